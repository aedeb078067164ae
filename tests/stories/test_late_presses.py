"""A press that comes late, from a message or a form of before, or from somebody whose right has ended since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Entitlement, Grant, PersonId, Power, Revoke
from bot.engine import control, leave
from bot.engine.batch import begin
from bot.engine.borrow import Borrowing
from bot.engine.borrow import submit as borrow
from bot.engine.extend import extend
from bot.engine.leave import Leave
from bot.store import people
from tests.fakes.town import (
    ALICE,
    ALICE_CODE,
    BEN,
    CLARA,
    HANNA,
    INES,
    MARCO,
    MARTEN,
    YUKI,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import approved, steps
from tests.stories.holding import ASK, holds, ruled

pytestmark = pytest.mark.on_both_chats

DAY = timedelta(days=1)


def teams(town: Town, numbers: range) -> None:
    """Alice is in these teams too."""
    town.github.grants += [Grant(ALICE_CODE, Entitlement(f"team:{n}", "team", f"squad {n}")) for n in numbers]


def press_old(town: Town, person: PersonId, value: str) -> Card:
    """Somebody presses the button for all of it, as it stood in their message."""
    answer = town.talk.press(speaker(person), "hold_all", value, "", Where())
    town.work()
    assert isinstance(answer, Card)
    return answer


def all_button(town: Town, person: PersonId) -> str:
    """What the button for all of it carries now."""
    found = button(holds(town, person)[-1], "hold_all")
    assert found is not None
    return found


def waiting(town: Town) -> set[str]:
    """The rights about which somebody is asked now."""
    held = [one for one in steps(town, "revoke") if one.state is StepState.HELD]
    return {one.action.grant.entitlement.label for one in held if isinstance(one.action, Revoke)}


def test_remove_all_covers_only_what_the_message_showed(town: Town) -> None:
    """What is asked after the message was drawn stays, is shown, and the answer says so (S1-9)."""
    teams(town, range(2, 4))
    approved(ruled(town, ASK))
    old = all_button(town, INES)
    late = next(one for one in steps(town, "revoke") if "squad 3" in repr(one.action))
    shown = [one for one in steps(town, "revoke") if one.state is StepState.HELD and one.id != late.id]
    # The message of before: it was drawn when the third was not asked about yet.
    old = town.desk.sealed("hold_all", "OFF-101", ",".join(str(one.number) for one in shown))
    said = words(press_old(town, INES, old))
    assert "2 items go now" in said
    assert "1 more were not in the message" in said
    assert waiting(town) == {"squad 3"}
    assert "squad 3" in words(holds(town, INES)[-1])


def test_a_button_for_all_of_it_covers_no_more_than_fits_into_the_message(town: Town) -> None:
    """A message shows eight items; the press for all of them is for these eight, and the others follow (S1-9)."""
    teams(town, range(2, 12))
    approved(ruled(town, ASK))
    assert len(waiting(town)) == 11
    assert "Remove all 8 now" in repr(holds(town, INES)[-1])
    press_old(town, INES, all_button(town, INES))
    assert len(waiting(town)) == 3
    assert "squad 11" in words(holds(town, INES)[-1])


def test_the_same_press_twice_takes_nothing_more(town: Town) -> None:
    """A double click on an old message finds that all it showed is answered."""
    teams(town, range(2, 12))
    approved(ruled(town, ASK))
    old = all_button(town, INES)
    press_old(town, INES, old)
    with pytest.raises(Refused, match="answered already"):
        press_old(town, INES, old)
    assert len(waiting(town)) == 3


def powers(town: Town, person: PersonId, *, end: bool) -> None:
    """Somebody's roles end, or HR is given to them."""
    with town.engine.db.begin() as tx:
        if end:
            people.end_powers(tx, person, town.now)
        else:
            people.give(tx, person, Power.HR, town.now, by="a story")


def test_who_asked_and_may_no_more_steers_nothing(town: Town) -> None:
    """Clara moved out of HR: her request goes on, and only those who may today stop or cancel it."""
    town.offboard(CLARA)
    town.work()
    powers(town, CLARA, end=True)
    for act in (control.cancel, control.stop):
        with pytest.raises(Refused, match="You may not do this"):
            act(town.engine, "OFF-101", CLARA, town.now)
    powers(town, CLARA, end=False)
    assert control.cancel(town.engine, "OFF-101", CLARA, town.now).state is RequestState.WITHDRAWN


def test_who_asked_for_a_leave_and_may_no_more_neither_ends_nor_moves_it(town: Town) -> None:
    """The rights are looked at when somebody presses, not when they asked."""
    request = leave.submit(town.engine, Leave(CLARA, ALICE, town.now + 30 * DAY), town.now)
    town.work()
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    powers(town, CLARA, end=True)
    with pytest.raises(Refused, match="You may not do this"):
        leave.end_now(town.engine, request.id, CLARA, town.now)
    with pytest.raises(Refused, match="You may not do this"):
        leave.move(town.engine, request.id, CLARA, town.now + 40 * DAY, town.now)
    assert leave.end_now(town.engine, request.id, HANNA, town.now).id == request.id


def test_a_manager_of_before_asks_for_no_more_time(town: Town) -> None:
    """Marco asked for somebody in his team who has another manager now."""
    asked = Borrowing(MARCO, ALICE, "on_call", "A release tonight")
    request = borrow(town.engine, asked, town.now)
    town.work()
    town.press(INES, "approve")
    town.work()
    with town.engine.db.begin() as tx:
        known = people.every(tx)[ALICE]
        people.put(tx, [type(known)(**{n: getattr(known, n) for n in type(known).__slots__} | {"manager": YUKI})])
    with pytest.raises(Refused, match="may not ask"):
        extend(town.engine, request.id, MARCO, town.now + 2 * DAY, town.now)


def listed(town: Town, key: str, *names: PersonId) -> str:
    """Hanna sends a list; the name that the platform gave this form is `key`."""
    with town.engine.db.look() as tx:
        found = tuple(people.every(tx)[name] for name in names)
    return begin(
        town.engine, HANNA, found, starts_at=town.now, immediate=True, voluntary=True, reason="", note="",
        typed=str(len(found)), now=town.now, delivery=key,
    ).id  # fmt: skip


def test_a_list_that_comes_again_late_is_answered_with_itself(town: Town) -> None:
    """Another list was begun since: the form of before still names its own (fault 11)."""
    first = listed(town, "form-1", ALICE, BEN)
    second = listed(town, "form-2", YUKI, MARTEN)
    assert first != second
    assert listed(town, "form-1", ALICE, BEN) == first
    assert listed(town, "form-2", YUKI, MARTEN) == second
