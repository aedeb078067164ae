"""Somebody is away for a while: her accounts are locked, everything is kept, and on the day it is given back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId
from bot.domain.request import Request
from bot.engine import leave
from bot.engine.expire import expire
from bot.engine.leave import Leave
from bot.engine.start import start_due
from bot.engine.view import View, view
from tests.fakes.town import ALICE, HANNA, INES, MARCO, Town

AWAY = timedelta(days=60)


def ask(town: Town, by: PersonId = HANNA, away: timedelta = AWAY, starts: datetime | None = None) -> Request:
    """Hanna asks for Alice's leave, and the plan is there."""
    found = leave.submit(town.engine, Leave(by, ALICE, town.now + away, starts), town.now)
    town.work()
    return found


def away(town: Town) -> Town:
    """Alice is on leave."""
    ask(town)
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
