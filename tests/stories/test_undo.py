"""It was a mistake: what an offboarding took is given back, by the same approval, and nothing more than that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Card, Filled, Form, Text, Where
from bot.chat.report.render import render
from bot.domain.by_hand import order
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Assign, Entitlement, Grant, Trigger
from bot.engine import control, restore
from bot.engine.expire import expire
from bot.engine.look import look
from bot.engine.restore import Restoring
from bot.engine.undo import undo as preview
from bot.store import people, records
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import ALICE, ALICE_CLOUD, CLOUD, HANNA, INES, MARCO, OMAR, Town, speaker, words
from tests.stories import lends
from tests.stories.acts import approved, asked, everything_said, finish, leave, link, wait
from tests.stories.undos import agree, keys, left, of, undo, undone

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
SECOND = Account(CLOUD, "AIDA5", "alice.second", active=True)


def test_everything_it_took_is_given_back(town: Town) -> None:
    """Groups, keys and the account itself come back, each seen by a fresh look (S4-27)."""
    before = keys(town)
    finish(approved(town))
    assert keys(town) == []
    undone(town)
    assert keys(town) == before
    assert town.aws.account.active
    assert all(key.active for key in town.aws.credentials)
    seen = of(town, "RST-101")
    assert (seen.request.trigger, seen.request.parent) == (Trigger.RESTORE, "OFF-101")
    assert seen.request.state is RequestState.CLOSED
    assert {step.state for step in seen.steps} == {StepState.CONFIRMED}
    with town.engine.db.look() as tx:
        assert people.crew(tx).working(ALICE, town.now.date())


@pytest.mark.parametrize("minutes", [5, 61])
def test_what_joined_at_the_start_is_given_back_too(town: Town, minutes: int) -> None:
    """She came into a group after the plan was made; what contains went before the look that showed it (S4-27)."""
    asked(town)
    late = replace(town.aws.grants[0].entitlement, native_id="late", label="late")
    town.aws.grants = [*town.aws.grants, replace(town.aws.grants[0], entitlement=late)]
    before = keys(town)
    town.pass_time(timedelta(minutes=minutes))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    finish(town)
    assert keys(town) == []
    undone(town)
    assert sorted(keys(town)) == sorted(before)


def test_the_whole_way_in_chat(town: Town) -> None:
    """The form says first what cannot come back, and so does the question; why it is asked is for HR (S4-27, S0-5)."""
    finish(approved(town))
    form = town.talk.command(speaker(HANNA), "usher", "undo OFF-101", Where())
    assert isinstance(form, Form)
    said = [piece.text if isinstance(piece, Text) else getattr(piece, "title", "") for piece in form.fields]
    assert said[1] == "What cannot come back"
    answer = town.talk.submit(speaker(HANNA), "undo", Filled({"reason": "He stays."}, context=form.context), "one")
    assert isinstance(answer, Card)
    again = town.talk.submit(speaker(HANNA), "undo", Filled({"reason": "He stays."}, context=form.context), "one")
    assert isinstance(again, Card)
    assert answer.text == again.text
    town.work()
    question = words(town.direct(MARCO)[-1])
    assert question.index("What cannot come back") < question.index("What I give back")
    agree(town)
    assert of(town, "RST-101").request.state is RequestState.CLOSED
    assert "He stays" not in everything_said(town)
    assert town.direct(ALICE) == []
    status = town.talk.command(speaker(HANNA), "usher", "RST-101", Where())
    assert isinstance(status, Card)
    assert "given back and seen by a fresh look" in status.text


def test_the_button_is_there_while_it_can_be_undone(town: Town) -> None:
    """Not while it runs; once stopped or over, until the time of policy has passed (S4-27)."""
    approved(town)
    with pytest.raises(AssertionError):
        town.press(HANNA, "undo")
    town.press(HANNA, "stop")
    town.say()
    assert isinstance(town.press(HANNA, "undo"), Form)


def test_what_runs_must_be_stopped_first(town: Town) -> None:
    """It says so; stopped, it is given up when the restore begins, and never goes on behind its back (S4-27)."""
    approved(town)
    with pytest.raises(Refused, match="OFF-101 is running"):
        undo(town)
    control.stop(town.engine, "OFF-101", HANNA, town.now)
    undo(town)
    with pytest.raises(Refused, match="RST-101 would give back"):
        control.go_on(town.engine, "OFF-101", HANNA, town.now)
    agree(town)
    off = of(town, "OFF-101")
    assert off.request.state is RequestState.CLOSED
    assert all(step.ended for step in off.steps)
    assert town.aws.account.active
    assert "Given up: RST-101 gives back what was taken." in everything_said(town)


def test_what_somebody_else_took_or_gave_meanwhile_is_left_alone(town: Town) -> None:
    """Only its own removals are undone; the rest is told to those who decide (S4-27)."""
    asked(town)
    gone = town.github.grants.pop()  # the team: somebody else was faster than the work
    agree(town)
    finish(town)
    fresh = Grant(ALICE_CLOUD, Entitlement("group:new", "group", "billing"))
    town.aws.grants.append(fresh)
    undone(town)
    assert gone not in town.github.grants
    assert fresh in town.aws.grants
    assert any("billing" in line and "Somebody gave it since." in line for line in left(town))


def test_what_is_there_again_is_seen_and_not_given_twice(town: Town) -> None:
    """Somebody unlocked her by hand: told in the plan, and no call is made for it (S4-27)."""
    finish(approved(town))
    town.aws.account = replace(town.aws.account, active=True)
    undone(town)
    assert "resume" not in [change.kind for change in town.aws.log]
    assert any("alice.martin" in line and "It is there again." in line for line in left(town))


def test_what_cannot_be_given_is_told_and_becomes_a_task(town: Town) -> None:
    """Access fails closed: said in the thread, asked of whoever looks after the system, closed when they did it."""
    finish(approved(town))

    def refuse(change: object) -> None:
        if isinstance(change, Assign):
            raise ConnectorError("The group is full.", kind=Kind.PERMANENT)

    town.aws.before_apply = refuse
    undone(town)
    seen = of(town, "RST-101")
    assert [step.error for step in seen.steps if step.state is StepState.FAILED] == ["The group is full."]
    assert seen.request.state is RequestState.RUNNING
    assert "Could not be given" in everything_said(town)
    task = next(step for step in seen.steps if step.state is StepState.READY)
    assert task.assignee is not None
    form = town.press(task.assignee, "done")
    assert isinstance(form, Form)
    filled = Filled({"evidence": "Made room."}, context=form.context)
    town.talk.submit(speaker(task.assignee), "evidence", filled, "by hand")
    town.work()
    assert of(town, "RST-101").request.state is RequestState.CLOSED


def test_a_system_that_is_away_is_given_nothing(town: Town) -> None:
    """What cannot be read now is told, and nobody decides about it unseen (S4-27)."""
    finish(approved(town))
    undo(town)
    control.cancel(town.engine, "RST-101", HANNA, town.now)
    town.aws.faults = [ConnectorError("AWS is away.") for _ in range(2)]
    undo(town)
    wait(town)
    agree(town)
    assert {step.system for step in of(town, "RST-102").steps} == {"github"}
    assert any("nothing is given there" in line for line in left(town, "RST-102"))


def test_what_was_lent_is_not_revived(town: Town) -> None:
    """Access that had its own end ended with the offboarding: it is asked for anew, or not at all."""
    town.aws.grants = []
    lends.given(town)
    assert keys(town).count("group:prod-readers") == 1
    finish(approved(town))
    undone(town)
    assert "group:prod-readers" not in keys(town)
    assert any("It was lent until a time" in line for line in left(town))


@pytest.mark.parametrize(("days", "given"), [(1, 0), (20, 1)])
def test_access_with_an_end_of_its_own_keeps_it(town: Town, days: int, given: int) -> None:
    """Over by now: not given. Still ahead: given until then, and taken back by the clock."""
    group = replace(town.aws.grants[0], until=town.now + timedelta(days=days))
    town.aws.grants = [group]
    finish(approved(town))
    town.pass_time(timedelta(days=5))
    undone(town)
    assert len(town.aws.grants) == given
    town.pass_time(timedelta(days=20))
    expire(town.engine, town.now)
    town.work()
    assert town.aws.grants == []
    assert of(town, "RST-101").request.state is RequestState.CLOSED


def test_the_time_for_it_ends(town: Town) -> None:
    """After 30 days, or what policy says, it is refused, with what to do instead."""
    finish(approved(town))
    town.pass_time(timedelta(days=31))
    with pytest.raises(Refused, match="lets it be undone for 30 days"):
        undo(town)


def test_only_the_last_offboarding_can_be_undone_and_once_at_a_time(town: Town) -> None:
    """Two presses are one restore; after a second offboarding the first one rests for ever."""
    finish(approved(town))
    undo(town)
    with pytest.raises(Refused, match="asked for already: RST-101"):
        undo(town)
    agree(town)
    town.offboard(note="again")
    town.work()
    agree(town)
    with pytest.raises(Refused, match="offboarded again after OFF-101"):
        undo(town)


def test_only_whoever_may_asks(town: Town) -> None:
    """Not the person, no auditor, nobody the roster says has left; and not for who left by the roster."""
    finish(approved(town))
    for person in (ALICE, OMAR, MARCO):
        with pytest.raises(Refused):
            restore.submit(town.engine, Restoring(person, "OFF-101"), town.now)
    leave(town, ALICE, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="The roster says that Alice Martin left"):
        undo(town)


def test_nothing_was_taken_nothing_is_given(town: Town) -> None:
    """Before the start there is Cancel."""
    asked(town)
    with pytest.raises(Refused, match="has not begun"):
        undo(town)


def test_everything_is_there_already(town: Town) -> None:
    """People were faster: the restore ends by itself, and says why."""
    before = (town.github.account, list(town.github.grants), list(town.github.made), town.aws.account)
    held, credentials = list(town.aws.grants), list(town.aws.credentials)
    finish(approved(town))
    town.github.account, town.github.grants, town.github.made, town.aws.account = before
    town.aws.grants, town.aws.credentials = held, credentials
    undo(town)
    assert of(town, "RST-101").request.state is RequestState.WITHDRAWN
    assert "Nothing is left to give back" in everything_said(town)


def test_offboarded_again_nothing_more_is_given(town: Town) -> None:
    """What waits is dropped, what was being given is taken back, whichever call comes last (S1-20)."""
    finish(approved(town))
    undo(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, most=3)  # the readings, and a first step
    town.offboard(note="again")
    town.work()
    agree(town)
    assert keys(town) == []
    assert not town.aws.account.active
    assert not any(key.active for key in town.aws.credentials)
    assert of(town, "RST-101").request.state is RequestState.CLOSED


def test_an_account_linked_after_the_first_change_is_given_back_too(town: Town) -> None:
    """Each account by how it stood before the first change to it, whenever somebody linked it."""
    approved(town)
    town.aws.account = SECOND
    group = Grant(SECOND, Entitlement("group:second", "group", "second"))
    town.aws.grants = [group]
    link(town, ALICE, SECOND)
    with town.engine.db.begin() as tx:
        look(town.engine, tx, records.lock(tx, "OFF-101"), town.now, only=CLOUD)
    town.work()
    assert town.aws.grants == []
    finish(town)
    _name, systems = preview(town.engine, "OFF-101", town.now)
    back = [order(give) for one in systems if one.system == CLOUD for give in one.preview.gives]
    assert "Give group second to alice.second" in back
    assert "Give group prod-readers to alice.martin" in back


def test_the_inverse_is_kept_before_the_step_runs(town: Town) -> None:
    """The trail says with each first try what would undo it."""
    approved(town)
    begun = [entry.facts for entry in of(town, "OFF-101").journal if entry.kind == "step.started"]
    known = {one["change"]: one["inverse"] for one in begun}
    assert (known["suspend"], known["disable"], known["end-sessions"]) == ("resume", "enable", "")


def test_the_report_speaks_of_giving_back(town: Town) -> None:
    """Nobody reads that something was seen gone where it was given, nor of a promise that nobody made (S0-25)."""
    finish(approved(town))
    undone(town)
    page = render(of(town, "RST-101"), made_for="Hanna Lindqvist", now=town.now)
    assert "given back and seen by a fresh look" in page
    assert "seen gone by a fresh look" not in page
    assert "No hours are promised for giving back" in page
