"""Somebody must be locked before the approval can be had: two people agree, and only what can be given back runs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Credential, Trigger, Wave
from bot.engine import control, restore
from bot.engine.lock import propose_lock
from bot.engine.start import start_due
from bot.engine.tend import tend
from bot.engine.view import view
from bot.store import Database, people, records
from tests.fakes.town import (
    ALICE,
    ALICE_CLOUD,
    BEN,
    CLARA,
    HANNA,
    INES,
    MARCO,
    SARA,
    TOMASZ,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import asked, everything_said, finish, leave, sealed
from tests.stories.holding import LOCK, ruled

AGAINST = {"exit": "involuntary", "when": "later", "day": "2026-11-27", "time": "17:00"}
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def town(db: Database) -> Town:
    """Alice must leave on Friday, against her will; the plan waits for approval."""
    return asked(ruled(Town(db), LOCK), **AGAINST)


def locked(town: Town) -> Town:
    """Hanna asked, Sara agreed, and what could be done is done."""
    town.press(HANNA, "lock_now")
    town.work()
    town.press(SARA, "second_yes")
    town.work()
    return town


def look(town: Town, span: timedelta = timedelta(0)) -> None:
    """Time passes, and the clock looks."""
    town.pass_time(span)
    tend(town.engine, town.now)
    town.work()


def state(town: Town, request: str) -> RequestState:
    """Where a request stands."""
    return view(town.engine, request, town.now).request.state


def test_two_people_lock_and_nothing_else_happens(town: Town) -> None:
    """Sign-in, keys and sessions end, seen gone; memberships and things stay as they are (S0-16, S0-20)."""
    locked(town)
    assert town.aws.account.active is False
    assert town.github.account.active is False
    assert not any(key.active for key in town.aws.credentials)
    assert town.aws.sessions == []
    assert len(town.github.grants) == 2
    assert len(town.aws.grants) == 1
    seen = view(town.engine, "LCK-101", town.now)
    assert {step.wave for step in seen.steps} == {Wave.CONTAIN}
    assert {step.state for step in seen.steps} == {StepState.CONFIRMED}
    assert seen.request.state is RequestState.CLOSED
    assert state(town, "OFF-101") is RequestState.AWAITING_APPROVAL
    assert "Hanna Lindqvist and Sara Haddad lock the accounts now: LCK-101" in everything_said(town)


def test_the_offer_comes_to_hr_alone_and_never_names_the_reason(town: Town) -> None:
    """One message to whoever asked; the channel shows no such button, and no card says how she leaves (S0-20)."""
    assert "lock the accounts now" in words(town.direct(HANNA)[-1])
    public = [card for channel, _, card in town.ears.posts.values() if channel in town.ears.rooms]
    assert all(button(card, "lock_now") is None for card in public)
    locked(town)
    assert "involuntary" not in everything_said(town)
    assert town.direct(ALICE) == []


def test_what_cannot_be_given_back_waits_for_the_approval(db: Database) -> None:
    """A key that nobody could restore is not part of the lock (S0-20)."""
    town = ruled(Town(db), LOCK)
    town.aws.credentials.append(Credential(ALICE_CLOUD, "AKIA8", "signing key", "S…8", restorable=False))
    locked(asked(town, **AGAINST))
    assert [key.native_id for key in town.aws.credentials if key.active] == ["AKIA8"]


def test_the_approval_counts_as_the_review_and_finds_it_done(town: Town) -> None:
    """Approved within the time: nothing is done twice, and nobody is reminded any more (S0-20, S1-7)."""
    locked(town)
    calls = len(town.aws.log)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert len(town.aws.log) == calls
    look(town)
    assert "lock.reviewed" in [entry.kind for entry in view(town.engine, "OFF-101", town.now).journal]
    town.now += timedelta(days=5)
    start_due(town.engine, town.now)
    town.work()
    assert town.aws.grants == []


def test_a_review_that_nobody_makes_reminds_and_then_escalates(town: Town) -> None:
    """Half-way those who decide, at the end security and admins too, and again every day (S0-20)."""
    locked(town)
    look(town, timedelta(hours=11))
    assert "still waits for approval" not in everything_said(town)
    look(town, timedelta(hours=2))
    assert "still waits for approval" in words(town.direct(MARCO)[-1])
    look(town, timedelta(hours=12))
    assert "should have been decided" in words(town.direct(SARA)[-1])
    assert "nobody has approved OFF-101 in time" in everything_said(town)
    before = len(town.direct(SARA))
    look(town)
    assert len(town.direct(SARA)) == before
    look(town, timedelta(hours=25))
    assert len(town.direct(SARA)) > before


def test_a_no_asks_back_what_was_locked_and_one_yes_gives_it(town: Town) -> None:
    """Denied: the thread says plainly what is locked and how it comes back; it does, and is seen (S4-27)."""
    locked(town)
    town.press(INES, "deny")
    look(town)
    said = everything_said(town)
    assert "What LCK-101 locked is asked back: RST-101. One yes is enough." in said
    assert "The accounts were locked before: see LCK-101" in said
    with town.engine.db.look() as tx:
        approvers = records.lock(tx, "RST-101").approvers
        assert people.crew(tx).working(ALICE, town.now.date())
    town.press(approvers[0], "approve")
    town.work()
    assert town.aws.account.active
    assert town.github.account.active
    assert [key.active for key in town.aws.credentials] == [True, True]
    assert state(town, "RST-101") is RequestState.CLOSED
    look(town, timedelta(days=2))
    assert "RST-102" not in everything_said(town)


def test_a_cancelled_request_gives_the_lock_back_too(town: Town) -> None:
    """It was the wrong person: cancelled, and asked back (S4-27)."""
    locked(town)
    control.cancel(town.engine, "OFF-101", HANNA, town.now)
    look(town)
    assert "RST-101" in everything_said(town)


def test_a_lock_that_is_denied_while_it_runs_takes_nothing_more(town: Town) -> None:
    """The systems had not answered yet: nothing was taken, nothing is, and the thread says so."""
    town.press(HANNA, "lock_now")
    town.work()
    town.press(SARA, "second_yes")
    town.press(INES, "deny")
    tend(town.engine, town.now)
    town.work()
    assert town.aws.log == town.github.log == []
    assert state(town, "LCK-101") is RequestState.CLOSED
    assert "is not given back by itself" in everything_said(town)


def test_a_way_back_that_was_cut_off_is_not_asked_for_twice(town: Town) -> None:
    """Usher died after it asked, before it wrote that down: the next look finds the question (S4-27)."""
    locked(town)
    town.press(INES, "deny")
    restore.submit(town.engine, restore.Restoring(HANNA, "LCK-101", contained=True), town.now)
    look(town)
    said = everything_said(town)
    assert "is asked back: RST-101" in said
    assert "RST-102" not in said


def test_the_leaver_decides_nothing_more_once_she_is_locked(town: Town) -> None:
    """A locked person is no approver and is asked nothing, also before the approval (S4-12)."""
    locked(town)
    with town.engine.db.look() as tx:
        assert not people.crew(tx).working(ALICE, town.now.date())


@pytest.mark.parametrize("way", ["voluntary", "no rule", "not HR", "herself", "reading", "approved", "twice"])
def test_it_is_refused_in_words(db: Database, way: str) -> None:
    """Each reason in its own words; nothing is locked (S0-20)."""
    town = ruled(Town(db), "" if way == "no rule" else LOCK)
    by, said = HANNA, ""
    if way == "reading":
        town.offboard(HANNA, **AGAINST)
        said = "still being read"
    else:
        asked(town, **({**AGAINST, "exit": "voluntary"} if way == "voluntary" else AGAINST))
    if way in {"voluntary", "no rule"}:
        said = "Policy does not allow"
    elif way == "not HR":
        by, said = BEN, "may not do this"
    elif way == "herself":
        by, said = ALICE, "may not do this"
    elif way == "approved":
        town.press(MARCO, "approve")
        town.press(INES, "approve")
        town.work()
        said = "does not wait for approval"
    elif way == "twice":
        propose_lock(town.engine, "OFF-101", HANNA, town.now)
        said = "proposed this already|proposed already"
    with pytest.raises(Refused, match=said):
        propose_lock(town.engine, "OFF-101", by, town.now)
    with town.engine.db.look() as tx:
        assert not [one for one in records.recent(tx) if one.trigger is Trigger.LOCK]


def test_whoever_proposes_never_agrees_and_a_second_press_is_told(town: Town) -> None:
    """Sara may do both, but not both at once; of two who agree at once one is told so (S4-12)."""
    value = sealed(town, HANNA, "lock_now")
    town.talk.press(speaker(SARA), "lock_now", value, "", Where())
    town.work()
    assert not any(button(card, "second_yes") for card in town.direct(SARA))
    agree = sealed(town, INES, "second_yes")
    town.press(INES, "second_yes")
    with pytest.raises(Refused, match="agreed to already"):
        town.talk.press(speaker(TOMASZ), "second_yes", agree, "", Where())
    town.work()
    assert town.aws.account.active is False


def test_a_yes_after_the_approval_finds_that_it_runs_already(town: Town) -> None:
    """The ordinary way was faster: nothing is locked twice (S1-7)."""
    town.press(HANNA, "lock_now")
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    with pytest.raises(Refused, match="does not wait for approval"):
        town.press(SARA, "second_yes")
    assert town.request().id == "OFF-101"


def test_nobody_left_who_could_agree_is_said_before_anything_is_asked(town: Town) -> None:
    """All of them have left: a plain word instead of a question to nobody."""
    for person in (SARA, INES, TOMASZ):
        leave(town, person, date(2026, 11, 1))
    with pytest.raises(Refused, match="Too few people"):
        propose_lock(town.engine, "OFF-101", HANNA, town.now)


def test_a_leaver_locked_early_ends_like_every_other(town: Town) -> None:
    """Locked, approved, her day comes, all is gone: one report in the end (S0-16)."""
    locked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    town.now += timedelta(days=5)
    start_due(town.engine, town.now)
    town.work()
    finish(town)
    assert state(town, "OFF-101") is RequestState.CLOSED


def test_what_is_locked_is_asked_back_although_whoever_asked_has_left(town: Town) -> None:
    """Hanna left before the no: somebody in HR stands in by name, and one yes gives it back (S0-16, S4-27)."""
    locked(town)
    town.press(INES, "deny")
    leave(town, HANNA, town.now.date() - timedelta(days=1))
    look(town)
    with town.engine.db.look() as tx:
        back = records.lock(tx, "RST-101")
    assert back.requester == CLARA
    assert HANNA not in back.approvers
    assert "in the name of Clara" in everything_said(town)
    town.press(back.approvers[0], "approve")
    town.work()
    assert town.aws.account.active
    assert state(town, "RST-101") is RequestState.CLOSED


def test_nobody_left_to_ask_is_said_in_the_thread(town: Town) -> None:
    """Neither HR nor security is there any more: the thread says that nothing comes back by itself (S4-27)."""
    locked(town)
    town.press(INES, "deny")
    for person in (HANNA, CLARA, SARA):
        leave(town, person, town.now.date() - timedelta(days=1))
    look(town)
    assert "is not given back by itself: Nobody is left who could ask for it." in everything_said(town)
