"""The company wrote rules: what is in use is asked about, what is plain needs nobody, and everybody reads why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.hold import CHECKPOINT, USE
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Entitlement, Grant, Revoke, Wave
from bot.engine.approve import approve, take_back
from bot.engine.control import reschedule
from bot.engine.start import start_due
from tests.fakes.town import ALICE, ALICE_CODE, CODE, HANNA, INES, MARCO, SARA, START, TOMASZ, Town, words
from tests.stories.acts import approved, asked, steps
from tests.stories.ruled import BUSY, EVERYTHING, protect, with_rules


def test_an_owner_is_asked_because_a_repository_had_a_change_yesterday(town: Town) -> None:
    """The plan, the approval card and the step say who is asked, why, and by which rule (S1-16, S1-22)."""
    asked(with_rules(town, BUSY))
    (step,) = [one for one in town.view().steps if one.held == USE]
    assert isinstance(step.action, Revoke)
    assert step.action.grant.entitlement.label == "lumen-works"
    assert (step.assignee, step.rule) == (INES, "busy repositories")
    said = "Ines Ferreira is asked first, because payments-api had a change yesterday (rule: busy repositories)"
    plan = next(card for _, thread, card in town.ears.posts.values() if thread and "Plan for" in card.text)
    assert said in words(plan)
    assert said in words(town.direct(MARCO)[-1])


def test_without_rules_nothing_waits_and_people_approve(town: Town) -> None:
    """A policy as it was means what it meant (S1-17)."""
    asked(town)
    assert not any(step.rule or step.why for step in town.view().steps)
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_what_ends_at_once_waits_for_nobody_whatever_the_table_says(town: Town) -> None:
    """Sign-in, keys and sessions end on approval, though the first rule holds everything (S0-16, S0-20, S1-1)."""
    approved(with_rules(town, "\nrules:\n  - {rule: all of it, then: security}\n"))
    view = town.view()
    assert all(step.state is StepState.CONFIRMED for step in view.steps if step.wave is Wave.CONTAIN)
    assert not town.aws.account.active
    assert [grant.entitlement.label for grant in town.aws.grants] == ["prod-readers"]
    held = {step.assignee for step in view.steps if step.held == USE}
    assert held == {SARA}


def test_a_plan_that_rules_cover_is_approved_by_them(town: Town) -> None:
    """Nobody is asked, the rules are named, and the trail names no person (S1-11, S1-17, S1-25)."""
    asked(with_rules(town, EVERYTHING))
    view = town.view()
    assert view.request.state is RequestState.RUNNING
    assert not town.aws.account.active
    assert not any("decision" in card.text for person in (MARCO, INES) for card in town.direct(person))
    kinds = {entry.kind: entry for entry in view.journal}
    assert kinds["request.approved_by_rule"].facts["rules"] == ["nothing powerful", "powerful too"]
    assert "request.approval" not in kinds
    line = "Approved by the company's rules, without asking anybody: every item is covered by"
    assert any(f"{line} “nothing powerful” and “powerful too”." in said for said in town.thread())
    assert "OFF-101 · Leaver: Alice Martin: approved by the rules “nothing powerful” and “powerful too”." in [
        card.text for card in town.direct(HANNA)
    ]
    plan = next(card for _, thread, card in town.ears.posts.values() if thread and "Plan for" in card.text)
    assert "approved by a rule, because prod-readers is powerful (rule: powerful too)" in words(plan)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("privileged: yes", "privileged: yes\n      kinds: [team]"),
        ("privileged: no\n", "privileged: no\n      voluntary: no\n"),
        ("privileged: no\n    then: auto", "privileged: no\n    then: ask"),
        ("privileged: no\n", "privileged: no\n      kinds: ['*key', organisation, team, account, open*, repository]\n"),
    ],
)
def test_one_item_that_no_rule_covers_is_enough_for_people_to_be_asked(town: Town, old: str, new: str) -> None:
    """A powerful group, another way of leaving, an item that waits, the tasks of people (S1-11)."""
    asked(with_rules(town, EVERYTHING.replace(old, new, 1).replace("'*key'", '"*key"')))
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert town.direct(MARCO)


def test_a_system_that_was_not_read_is_covered_by_no_rule(town: Town) -> None:
    """What nobody saw, nobody approved (S1-2)."""
    town.aws.faults = [RuntimeError("away")] * 9
    asked(with_rules(town, EVERYTHING))
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_nobody_who_is_protected_leaves_by_a_rule(town: Town) -> None:
    """Protection that came after the request counts, though the request keeps its rules otherwise (S4-4)."""
    with_rules(town, EVERYTHING)
    town.offboard()
    protect(town, ALICE)
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_a_press_after_the_rules_approved_gets_a_friendly_answer(town: Town) -> None:
    """Somebody who would have been asked is told who decided."""
    asked(with_rules(town, EVERYTHING))
    view = town.view()
    with pytest.raises(Refused, match="already approved by the rules “nothing powerful”"):
        approve(town.engine, view.request.id, view.request.digest, MARCO, town.now, yes=True)
    with pytest.raises(Refused, match="no approval of yours"):
        take_back(town.engine, view.request.id, MARCO, town.now)


def test_another_day_asks_people_though_rules_approved(town: Town) -> None:
    """A new date is a new question, and a rule answered the old one (S4-4)."""
    asked(with_rules(town, EVERYTHING), when="later", day="2026-11-27", time="17:00")
    assert town.request().state is RequestState.SCHEDULED
    reschedule(town.engine, town.request().id, HANNA, START + timedelta(days=9), town.now)
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert "decision" in town.direct(MARCO)[-1].text
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    assert town.request().state is RequestState.SCHEDULED


def test_what_rules_approved_starts_at_its_time(town: Town) -> None:
    """Days later the yes of a rule still counts: the request keeps the rules it began with."""
    asked(with_rules(town, EVERYTHING), when="later", day="2026-11-27", time="17:00")
    with_rules(town, "")
    town.now = START + timedelta(days=5)
    start_due(town.engine, town.now)
    town.work()
    assert town.request().state is RequestState.RUNNING
    assert not town.aws.account.active


def test_a_team_is_named_at_its_checkpoint(town: Town) -> None:
    """The plan says for whom it waits (S0-23)."""
    team = "\ncheckpoints:\n  devops: {words: DevOps, people: [P-006]}\n"
    asked(with_rules(town, team + "rules:\n  - {rule: ours, when: {systems: [aws]}, then: checkpoint, team: devops}\n"))
    (step,) = [one for one in town.view().steps if one.held == CHECKPOINT]
    assert (step.assignee, step.wave) == (TOMASZ, Wave.MEMBERSHIPS)
    assert "waits for DevOps, because it is in AWS (rule: ours)" in words(town.direct(MARCO)[-1])


def test_how_somebody_leaves_is_not_given_away_by_a_rule(town: Town) -> None:
    """Neither the words nor the name of such a rule stand in a card (S1-18, S4-12)."""
    text = "\nrules:\n  - {rule: thrown out, when: {voluntary: no}, then: security}\n"
    asked(with_rules(town, text), exit="involuntary")
    said = words(town.direct(MARCO)[-1])
    assert "Sara Haddad is asked first, because the rule is for everything" in said
    assert "thrown out" not in said
    assert "voluntar" not in said


def test_a_plan_approved_by_such_a_rule_names_none(town: Town) -> None:
    """Not in the thread, not to whoever asked, not in the journal (S1-18, S4-12)."""
    asked(with_rules(town, EVERYTHING.replace("when:", "when:\n      voluntary: yes", 1)))
    view = town.view()
    assert view.request.state is RequestState.RUNNING
    assert not any("nothing powerful" in words(card) for _, _, card in town.ears.posts.values())
    assert any("approved by rules of the company" in card.text for card in town.direct(HANNA))
    assert not any("nothing powerful" in str(entry) for entry in view.journal)


def test_what_appears_later_goes_by_the_same_table(town: Town) -> None:
    """A right that joins the plan at the start waits as it would have from the beginning (S1-3, S1-9)."""
    asked(with_rules(town, BUSY.replace("[organisation]", '["repository*"]')))
    assert not any(step.held == USE for step in town.view().steps)
    role = Entitlement("repo:1:write", "repository role", "Write on payments-api")
    town.github.grants.append(Grant(ALICE_CODE, role))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    (late,) = [step for step in steps(town, "revoke", CODE) if step.joined_late]
    assert (late.rule, late.assignee) == ("busy repositories", INES)
    assert late.state is StepState.HELD


def test_a_key_of_a_program_asks_its_own_question_only(town: Town) -> None:
    """Somebody decides about it anyway; the rule is remembered and asks nothing more (S0-33)."""
    asked(with_rules(town, "\nrules:\n  - {rule: all of it, then: security}\n"))
    (step,) = steps(town, "disable", CODE)
    assert (step.held, step.assignee, step.rule) == ("machine", INES, "all of it")
    assert "Decide what becomes of deploy key “ci-payments” (used just now; by hand: Ines Ferreira)" in words(
        town.direct(MARCO)[-1]
    )


def test_a_thing_that_asks_for_a_successor_asks_no_second_question(town: Town) -> None:
    """The hand-over waits already; the rule is remembered and holds nothing more (S0-7)."""
    asked(with_rules(town, "\nrules:\n  - {rule: all of it, then: security}\n"))
    (step,) = steps(town, "hand-over")
    assert (step.held, step.assignee, step.rule) == ("successor", INES, "all of it")
