"""Two things at one instant: an offboarding and access, more time and the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from bot.chat.port import Filled
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.request import Request
from bot.engine import approve, expire
from bot.engine.borrow import Borrowing, submit
from bot.store import records
from tests.fakes.town import ALICE, HANNA, INES, MARCO, Town, button, speaker
from tests.stories import lends
from tests.stories.lends import ON_CALL, access, asked, end, every, holds, pass_time, step


def _offboarding_waits_for_one_yes(town: Town) -> Request:
    town.offboard(HANNA)
    town.work()
    town.press(MARCO, "approve")
    return next(one for one in _open(town) if one.id.startswith("OFF"))


def _open(town: Town) -> tuple[Request, ...]:
    with town.engine.db.look() as tx:
        return records.open_requests(tx)


@pytest.mark.parametrize("turn", range(3))
def test_fault_39_an_offboarding_and_access_at_the_same_instant(town: Town, turn: int) -> None:
    """The last yes to her offboarding, yes to her access, a new wish, more time: whoever is first, she keeps nothing.

    Open wishes are withdrawn, what was given ends, and a yes that comes later is refused.
    """
    lends.given(town)
    asked(town, what=ON_CALL)
    leaver = _offboarding_waits_for_one_yes(town)
    question = access(town, 102).request
    gate = Barrier(12)

    def act(number: int) -> None:
        gate.wait(timeout=30)
        now = town.now + timedelta(milliseconds=number)
        try:
            if number == turn * 4:
                approve.approve(town.engine, leaver.id, leaver.digest, INES, now, yes=True)
            elif number % 3 == 0:
                wish = Borrowing(ALICE, ALICE, ON_CALL, "once more", None)
                submit(town.engine, wish, now, delivery=f"wish-{number}")
            elif number % 3 == 1:
                approve.approve(town.engine, question.id, question.digest, INES, now, yes=True)
            else:
                town.inline.drain(town.engine, town.tick, 3)
        except Refused:
            pass

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(act, range(12)))
    for _ in range(6):
        pass_time(town, timedelta(seconds=20))
    assert not holds(town.aws)
    assert not holds(town.github, ON_CALL)
    for one in every(town):
        assert one.state in {RequestState.CLOSED, RequestState.WITHDRAWN}, one
    with pytest.raises(Refused):
        approve.approve(town.engine, question.id, question.digest, INES, town.now, yes=True)


def test_fault_39_a_wish_that_waits_is_withdrawn_as_the_offboarding_begins(town: Town) -> None:
    """Alice asked before, and nobody had answered: a yes after the last yes to her offboarding is refused."""
    asked(town)
    leaver = _offboarding_waits_for_one_yes(town)
    approve.approve(town.engine, leaver.id, leaver.digest, INES, town.now, yes=True)
    question = access(town).request
    assert _leaving(town, leaver) in {RequestState.RUNNING, RequestState.CLOSED}
    with pytest.raises(Refused):
        approve.approve(town.engine, question.id, question.digest, INES, town.now, yes=True)
    town.work()
    assert access(town).request.state is RequestState.WITHDRAWN


def test_fault_39_what_is_being_given_as_the_offboarding_begins_ends_with_it(town: Town) -> None:
    """The call that gives is on its way when the last yes falls: what it brings is taken back, once it is there."""
    asked(town)
    leaver = _offboarding_waits_for_one_yes(town)

    def begin(_change: object) -> None:
        town.aws.before_apply = None
        approve.approve(town.engine, leaver.id, leaver.digest, INES, town.now, yes=True)
        assert expire.expire(town.engine, town.now) == 0  # not while the system is being asked

    question = access(town).request
    approve.approve(town.engine, question.id, question.digest, INES, town.now, yes=True)
    town.aws.before_apply = begin
    town.work()
    for _ in range(4):
        pass_time(town, timedelta(seconds=20))
    assert not holds(town.aws)
    assert step(town, "revoke").state is StepState.CONFIRMED


def _leaving(town: Town, leaver: Request) -> RequestState:
    with town.engine.db.look() as tx:
        found = records.get(tx, leaver.id)
    assert found is not None
    return found.state


def test_fault_40_more_time_and_the_end_at_the_same_instant(town: Town) -> None:
    """A yes to more time races with the clock, sixteen threads: it lasts longer, or it ended; never both or neither."""
    lends.given(town)
    opened = lends.form(town.press(ALICE, "extend"))
    filled = Filled({"day": "2026-11-23", "time": "14:00"}, context=opened.context)
    town.talk.submit(speaker(ALICE), "extend", filled, "more")
    town.work()
    value = next(v for one in reversed(town.direct(INES)) if (v := button(one, "more_yes")))
    digest = town.desk.opened(value, 3, "more_yes")[2]
    old, gate = end(town), Barrier(16)

    def act(number: int) -> str:
        from bot.engine.extend import decide_more  # noqa: PLC0415

        gate.wait(timeout=30)
        try:
            if number % 2:
                return f"fired {expire.expire(town.engine, old + timedelta(microseconds=1))}"
            decide_more(town.engine, "ACC-101", digest, INES, old - timedelta(microseconds=1), yes=True)
        except Refused as refused:
            return refused.reason
        return "longer"

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(act, range(16)))
    longer, fired = said.count("longer"), said.count("fired 1")
    assert longer + fired == 1, said
    assert (end(town) > old) == (longer == 1)
    town.work()
    assert holds(town.aws) == (longer == 1)
