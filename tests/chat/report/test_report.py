"""The report of a request: what an auditor and somebody from HR read in it, and what nobody reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.chat.cards.steps import state_words
from bot.chat.report import render
from bot.chat.report.render import clean, css_string, headline
from bot.chat.report.steps import change
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import (
    Account,
    Assign,
    Change,
    Credential,
    Delete,
    Disable,
    Enable,
    Entitlement,
    Grant,
    Provision,
    RequestId,
    Resume,
    StepId,
    Suspend,
    Task,
    Wave,
)
from bot.domain.reading import Completeness, Part
from bot.domain.request import Evidence, Step, StepKind
from bot.engine.view import View
from bot.store import Database
from bot.store.journal import Entry
from tests.chat.report.reading import Tree, page_of, words_of
from tests.chat.report.story import REASON
from tests.fakes.town import ALICE, CODE, MARCO, TOMASZ, Town


def test_the_page_is_sound_html_and_asks_nobody_for_anything(seen: View) -> None:
    """Every element closes, ids are unique and labels lead somewhere; no script, no address but the thread's."""
    page = page_of(seen, show_reason=True, intact=True)
    tree = Tree(page)
    assert tree.open == []
    assert len(tree.ids) == len(set(tree.ids))
    assert set(tree.labelled) <= set(tree.ids)
    assert "url(" not in page
    assert set(re.findall(r'(?:href|src)="([^"]*)"', page)) <= {seen.thread_link}
    assert "default-src 'none'" in page.replace("&#39;", "'")


def test_an_auditor_finds_who_what_and_when(seen: View) -> None:
    """Who asked, for whom, who decided, what was done and seen, and how one can check it (S0-31, S3-10)."""
    said = words_of(page_of(seen, intact=True))
    for words in (
        "Alice Martin , Senior engineer",
        "Hanna Lindqvist",
        "and took it back",
        "Switch off: access key “AKIA…001”",
        "worked → then switched off",
        "Fresh look, proven by reading aws itself",
        "Tomasz Nowak attests Asset 4711 is in the cupboard. Badge 88-203 is switched off.",
        "The courier fetches the laptop on Wednesday.",
        "Appeared after the plan was made and joined it.",
        "it was still there",
        "Tried 2 times. GitHub did not answer in 10 seconds.",
        "Sara Haddad pressed Stop",
        "Europe/Paris",
        "every row was still what was written",
        seen.request.digest,
    ):
        assert words in said


def test_the_page_never_judges_the_company(seen: View) -> None:
    """It is evidence for a rule; whether the rule is met is not ours to say."""
    said = words_of(page_of(seen)).casefold()
    assert "compliant" not in said
    assert "compliance" not in said
    assert "evidence for" in said


def test_the_reason_is_for_those_who_must_know(seen: View) -> None:
    """Whether somebody wanted to leave, and why, is on no page that is not for HR; every step is (S1-18)."""
    hidden, shown = page_of(seen), page_of(seen, show_reason=True)
    assert REASON in shown
    assert "not voluntary" in shown
    assert REASON not in hidden
    assert "voluntary" not in hidden
    assert hidden.count('class="step"') == shown.count('class="step"') == len(seen.steps)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eecila", 'O\'Brien & "Sons"', "a\x00b", "\ud800x"])
def test_a_hostile_name_stays_a_name(seen: View, name: str) -> None:
    """Markup is shown as letters; what would turn the line around, or is no letter, becomes a visible sign."""
    person = replace(seen.subject, name=name, title=name)
    crew = replace(seen.crew, people={**seen.crew.people, ALICE: person})
    step = replace(seen.steps[0], said=name, error=name)
    policy = replace(seen.policy, company=name)
    page = render(replace(seen, crew=crew, policy=policy, steps=(step, *seen.steps[1:])), made_for=name, now=seen.now)
    assert Tree(page).open == []
    assert "<script" not in page
    assert not {"\u202e", "\x00", "\ud800"} & set(page)
    assert page.encode()


def test_a_hostile_company_does_not_leave_the_style_sheet() -> None:
    """A text that becomes part of the page header is numbers where it is not letters."""
    said = str(css_string('a"; } </style><script>'))
    assert said.startswith('"a\\22 ')
    assert said.endswith('"')
    assert not {"<", ">", "}", ";"} & set(said)


def test_signs_of_other_languages_survive() -> None:
    """Only what hides or turns is replaced: names in Arabic, Hebrew and Chinese are what they were."""
    for name in ("عائشة", "רות", "王小明", "Zoë\nZ", 7, None):
        assert clean(name) == name


@pytest.mark.parametrize("state", list(StepState))
def test_every_state_of_a_step_is_said_in_words(seen: View, state: StepState) -> None:
    """No state is a blank or a name of the program."""
    changed = replace(seen, steps=tuple(replace(step, state=state, error="Why it is so.") for step in seen.steps))
    said = words_of(page_of(changed))
    for step in changed.steps:
        assert state_words(step, changed) in said
    proven = state in {StepState.CONFIRMED, StepState.ATTESTED, StepState.LAPSED}
    assert ("wanted: switched off" in said) is not proven


@pytest.mark.parametrize("state", list(RequestState))
def test_every_state_of_a_request_is_said_in_words(seen: View, state: RequestState) -> None:
    """A page of a request that is not over says so, and none claims an end that did not come."""
    changed = replace(seen, request=replace(seen.request, state=state))
    said = words_of(page_of(changed))
    assert headline(changed) in said
    over = state in {RequestState.CLOSED, RequestState.WITHDRAWN, RequestState.DENIED, RequestState.EXPIRED}
    assert ("This report is not final." in said) is not over


def test_a_request_without_a_plan_has_a_report_too(opened: Callable[[], Database]) -> None:
    """Hanna opens it while the systems are being read: nothing was changed, and the page says so."""
    town = Town(opened())
    town.offboard()
    early = town.view()
    said = words_of(page_of(early))
    assert "Nothing was changed." in said
    assert "There is no plan yet." in said or "Nothing was found" in said
    town.work()
    assert "Nobody has decided yet. Asked: Marco Rossi and Ines Ferreira." in words_of(page_of(town.view()))


def test_what_could_not_be_seen_is_listed_with_its_reason(seen: View) -> None:
    """A part that a system does not show is neither clean nor dirty."""
    dark = replace(seen.readings[CODE], credentials=Part((), Completeness.NOT_PERMITTED, "The plan hides tokens."))
    said = words_of(page_of(replace(seen, readings={**seen.readings, CODE: dark})))
    assert "GitHub keys and tokens The plan hides tokens." in said


def test_every_kind_of_change_says_what_was_and_what_is() -> None:
    """Before and after are words for every change there is, and none for a person's task."""
    account = Account(CODE, "1", "alice-m")
    grant = Grant(account, Entitlement("t", "team", "payments"), path="team oncall")
    key = Credential(account, "k", "key", "key", restorable=False)
    every: list[Change] = [
        Provision(account),
        Assign(grant),
        Enable(key),
        Disable(key),
        Resume(account),
        Suspend(account),
        Delete(account),
    ]
    step = Step(StepId("OFF-1.1"), RequestId("OFF-1"), 1, StepKind.APPLY, CODE, Wave.CONTAIN, None, StepState.READY)
    for one in every:
        before, after = change(replace(step, action=one))
        assert before
        assert after
    assert change(replace(step, action=Disable(key)))[1] == "gone for good"
    assert change(replace(step, action=Task("t", "h"))) == ("", "")


def test_vendor_request_numbers_and_files_are_printed(seen: View) -> None:
    """What one needs to ask the vendor, and what a person attached; only a web address becomes a link."""
    step = seen.steps[0]
    proof = Evidence(
        step.id, None, seen.now, TOMASZ, "See the photo.", ("https://files.example/1", "javascript:alert(1)")
    )
    applied = Entry(9001, seen.now, seen.request.id, "step.applied", {"step": step.id, "references": ["REQ-77"]}, {})
    page = page_of(replace(seen, evidence=(*seen.evidence, proof), journal=(*seen.journal, applied)))
    assert "<code>REQ-77</code>" in page
    assert '<a href="https://files.example/1"' in page
    assert "<code>javascript:alert(1)</code>" in page


def test_rows_we_do_not_know_yet_and_erased_words_are_still_told(seen: View) -> None:
    """A kind of a newer release is named as it is; a text that was erased is said to be erased."""
    rows = (
        Entry(9001, seen.now, seen.request.id, "request.new", {}, {}),
        Entry(9002, seen.now, seen.request.id, "step.new", {"step": "gone"}, {}),
        Entry(9003, seen.now, seen.request.id, "request.comment", {"by": TOMASZ}, {}),
        Entry(9004, seen.now, seen.request.id, "system.unread", {"system": CODE, "said": "It was down."}, {}),
        Entry(9005, seen.now, seen.request.id, "step.parked", {"step": seen.steps[0].id, "kind": "bug"}, {}),
        Entry(9006, seen.now, seen.request.id, "step.reminded", {"step": seen.steps[-1].id, "overdue": True}, {}),
    )
    said = words_of(page_of(replace(seen, journal=(*seen.journal, *rows))))
    for words in (
        "request.new",
        "an item of an earlier plan – step.new",
        "(the text was erased)",
        "It was down.",
        "Something unexpected",
        "past the deadline",
    ):
        assert words in said


def test_late_and_undecided_tasks_say_so(seen: View) -> None:
    """A task past its deadline says by how much, an open one whom it waits for, a dropped one who decided."""
    said = words_of(page_of(seen))
    assert "Asked of Tomasz Nowak, 5 hours 5 minutes past the deadline." in said
    assert "Asked of Sara Haddad, in time." in said
    step = replace(seen.steps[-1], state=StepState.DROPPED, ended_by=MARCO, wave=Wave.TASKS)
    changed = page_of(replace(seen, steps=(*seen.steps[:-1], step)))
    assert "Decided by Marco Rossi." in changed
    assert "Finished, with 1 left out by decision." in changed
    assert "not checked for this copy" in changed


def test_what_stands_in_the_way_is_told_while_it_does(seen: View) -> None:
    """A stopped request says who must let it go on; a stuck step is not called helped before it is."""
    request = replace(seen.request, state=RequestState.RUNNING, stopped_at=seen.now, contained_at=None)
    stuck = replace(seen.steps[0], state=StepState.PARKED, error="The token may not.", ended_at=None)
    row = Entry(9001, seen.now, seen.request.id, "step.parked", {"step": stuck.id, "said": "The token may not."}, {})
    changed = replace(seen, request=request, steps=(stuck, *seen.steps[1:]), journal=(*seen.journal, row))
    said = words_of(page_of(changed))
    assert "Stopped by a person. No new step starts." in said
    assert "Lock the account alice-m is still open. The token may not." in said
    assert "stuck until a person helped" not in said
    assert "stuck until a person helped" in words_of(page_of(replace(changed, steps=seen.steps)))


def test_what_was_so_already_and_votes_for_an_earlier_plan_are_told_apart(seen: View) -> None:
    """Nobody is credited with a change that was not needed, nor with a yes to another plan."""
    step = seen.steps[0]
    facts = {"step": step.id, "already": True}
    row = Entry(9001, seen.now, seen.request.id, "step.confirmed", facts, {})
    old = replace(seen.approvals[0], digest="another")
    said = words_of(page_of(replace(seen, journal=(*seen.journal, row), approvals=(old,))))
    assert "It was so already when the work began." in said
    assert "an earlier plan, 12 items" in said
