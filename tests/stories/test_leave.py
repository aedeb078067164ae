"""Somebody is away for a while: her accounts are locked, everything is kept, and on the day it is given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.port import Card, DateField, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Credential, PersonId
from bot.domain.request import Request, StepKind
from bot.engine import leave
from bot.engine.expire import expire
from bot.engine.leave import Leave
from bot.engine.start import start_due
from bot.engine.view import View, view
from tests.fakes.memory import down
from tests.fakes.town import ALICE, ALICE_CLOUD, BEN, CLARA, HANNA, INES, MARCO, OMAR, Town, speaker
from tests.stories.acts import approved, everything_said

pytestmark = [pytest.mark.on_both_chats, pytest.mark.parametrize("database_kind", ["sqlite"])]
AWAY = timedelta(days=60)


def ask(town: Town, by: PersonId = HANNA, away: timedelta = AWAY, starts: datetime | None = None) -> Request:
    """Hanna asks for Alice's leave, and the plan is there."""
    found = leave.submit(town.engine, Leave(by, ALICE, town.now + away, starts), town.now)
    town.work()
    return found


def away(town: Town) -> Town:
    """Alice is on leave."""
    ask(town)
    return agree(town)


def agree(town: Town) -> Town:
    """Marco and Ines say yes."""
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    return town


def of(town: Town, number: int = 101) -> View:
    """A leave, whole."""
    return view(town.engine, f"PSE-{number}", town.now)


def pass_time(town: Town, span: timedelta) -> None:
    """Time passes, the clock looks, and what is due is done."""
    town.pass_time(span)
    start_due(town.engine, town.now)
    expire(town.engine, town.now)
    town.work()


def held(town: Town) -> tuple[int, int]:
    """How many rights she has."""
    return len(town.github.grants), len(town.aws.grants)


def locked(town: Town) -> bool:
    """Whether she can do nothing at all in both systems."""
    keys = (*town.aws.credentials, *town.github.made)
    return not (town.aws.account.active or town.github.account.active or any(key.active for key in keys))


def open_again(town: Town) -> bool:
    """Whether everything works as before."""
    keys = (*town.aws.credentials, *town.github.made)
    return bool(town.aws.account.active and town.github.account.active and all(key.active for key in keys))


def test_accounts_are_locked_everything_is_kept_and_given_back_on_the_day(town: Town) -> None:
    """Locked on approval, groups untouched, unlocked on the day and seen so, without a press (S4-27)."""
    before = held(town)
    away(town)
    assert locked(town)
    assert held(town) == before
    pass_time(town, AWAY - timedelta(hours=1))
    assert locked(town)
    pass_time(town, timedelta(hours=1))
    assert open_again(town)
    assert of(town).request.state is RequestState.CLOSED
    assert {step.state for step in of(town).steps} == {StepState.CONFIRMED}


def test_in_chat_from_the_command_to_the_day(town: Town) -> None:
    """`/pause-access @alice until …` fills the form in; HR hears the day before; she never hears anything (S0-1)."""
    form = town.talk.command(speaker(HANNA), "pause-access", "<@U004> until 2027-01-15", Where())
    assert isinstance(form, Form)
    chosen = {one.name: one.value for one in form.fields if isinstance(one, DateField)}
    assert chosen["day"] == "2027-01-15"
    typed = {"person": ALICE, "when": "now", "day": "2027-01-15", "time": "08:00", "reason": "A child."}
    answer = town.talk.submit(speaker(HANNA), "leave", Filled(typed), "one")
    assert isinstance(answer, Card)
    assert "PSE-101" in answer.text
    again = town.talk.submit(speaker(HANNA), "leave", Filled(typed), "one")
    assert isinstance(again, Card)
    assert again.text == answer.text
    town.work()
    agree(town)
    assert locked(town)
    town.now = datetime(2027, 1, 14, 8, 0, tzinfo=UTC)
    pass_time(town, timedelta(0))
    assert "then everything is unlocked" in town.direct(HANNA)[-1].text
    pass_time(town, timedelta(days=1))
    assert open_again(town)
    assert town.direct(ALICE) == []
    assert "A child" not in everything_said(town)


def test_it_may_begin_later(town: Town) -> None:
    """Approved today for next week: nothing before that day (S1-7)."""
    ask(town, starts=town.now + timedelta(days=7))
    agree(town)
    assert open_again(town)
    pass_time(town, timedelta(days=7))
    assert locked(town)


def test_one_press_ends_it(town: Town) -> None:
    """She is back early, or HR was mistaken: unlocked at once, without another approval (S4-27)."""
    away(town)
    town.press(HANNA, "leave_end")
    town.work()
    assert open_again(town)
    assert of(town).request.state is RequestState.CLOSED
    with pytest.raises(Refused, match="no leave that runs"):
        leave.end_now(town.engine, "PSE-101", HANNA, town.now)


def test_ended_while_it_is_being_locked(town: Town) -> None:
    """What was not locked yet is not locked any more, and what was is unlocked."""
    ask(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, most=3)  # two readings, and one lock
    leave.end_now(town.engine, "PSE-101", HANNA, town.now)
    town.work()
    pass_time(town, timedelta(seconds=1))
    assert open_again(town)
    assert of(town).request.state is RequestState.CLOSED


def test_its_end_moves_by_one_press(town: Town) -> None:
    """Later or earlier; the day that counts is the last one that was chosen."""
    away(town)
    form = town.press(HANNA, "leave_move")
    assert isinstance(form, Form)
    filled = Filled({"day": "2027-03-01", "time": "08:00"}, context=form.context)
    town.talk.submit(speaker(HANNA), "leave_move", filled, "later")
    pass_time(town, AWAY)
    assert locked(town)
    leave.move(town.engine, "PSE-101", CLARA, town.now + timedelta(days=1), town.now)
    pass_time(town, timedelta(days=1))
    assert open_again(town)


def test_who_leaves_meanwhile_is_given_nothing_back(town: Town) -> None:
    """Offboarded during the leave: on the day nothing is unlocked (S1-20)."""
    away(town)
    approved(town)
    assert of(town).request.state is RequestState.CLOSED
    pass_time(town, AWAY)
    assert not town.aws.account.active
    assert not any(key.active for key in town.aws.credentials)


def test_what_was_locked_before_stays_locked(town: Town) -> None:
    """A key that somebody had switched off already is not ours to switch on."""
    first, second = town.aws.credentials
    ask(town)
    town.aws.credentials = [replace(first, active=False), second]
    agree(town)
    pass_time(town, AWAY)
    assert [key.active for key in town.aws.credentials] == [False, True]
    assert of(town).request.state is RequestState.CLOSED


def test_what_appeared_late_is_locked_and_looked_at_by_a_person(town: Town) -> None:
    """Nobody approved to switch it on later, so somebody looks at it on the day."""
    ask(town)
    town.aws.credentials.append(Credential(ALICE_CLOUD, "NEW1", "access key", "AKIA…NEW"))
    agree(town)
    assert not any(key.active for key in town.aws.credentials)
    pass_time(town, AWAY)
    task = next(step for step in of(town).steps if step.state is StepState.READY)
    assert task.kind is StepKind.TASK
    assert [key.active for key in town.aws.credentials] == [True, True, False]


def test_what_could_never_be_given_back_is_left_alone(town: Town) -> None:
    """A token that can only be deleted stays, and those who decide read it."""
    token = Credential(ALICE_CLOUD, "TOK1", "token", "deploy", restorable=False)
    town.aws.credentials.append(token)
    away(town)
    assert next(key for key in town.aws.credentials if key.native_id == "TOK1").active
    assert "Cannot be locked for a while" in everything_said(town)


def test_a_system_that_is_away_on_the_day_is_tried_again(town: Town) -> None:
    """The day is kept: unlocked as soon as it answers."""
    away(town)
    town.aws.faults = [down() for _ in range(3)]
    pass_time(town, AWAY)
    for _ in range(6):
        pass_time(town, timedelta(minutes=5))
    assert open_again(town)


@pytest.mark.parametrize(
    ("by", "days", "said"),
    [
        (MARCO, 5, "may not ask"),
        (ALICE, 5, "may not ask"),
        (OMAR, 5, "may not ask"),
        (HANNA, -1, "not after the first"),
        (HANNA, 500, "a year at most"),
    ],
)
def test_what_is_refused(town: Town, by: PersonId, days: int, said: str) -> None:
    """Only HR asks, for others, for days ahead."""
    with pytest.raises(Refused, match=said):
        ask(town, by, timedelta(days=days))


def test_one_request_a_person(town: Town) -> None:
    """Two leaves, or a leave beside an offboarding, make no sense; strangers cannot end one."""
    ask(town)
    with pytest.raises(Refused, match="in another request already: PSE-101"):
        ask(town)
    agree(town)
    for person in (ALICE, BEN, OMAR):
        with pytest.raises(Refused):
            leave.end_now(town.engine, "PSE-101", person, town.now)
    approved(town)
    with pytest.raises(Refused):
        ask(town)
