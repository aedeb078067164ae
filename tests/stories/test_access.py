"""Access for a while: asked for by name, approved by whoever owns the system, seen given, and seen gone at its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.chat.port import Filled, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power
from bot.engine import approve, waiting
from bot.engine.expire import expire
from bot.store import people
from tests.fakes.town import ALICE, BEN, GRACE, HANNA, INES, MARCO, OMAR, SARA, Town, button, speaker, words
from tests.stories.acts import everything_said, link
from tests.stories.lends import (
    ON_CALL,
    PROD,
    access,
    ask,
    asked,
    calls,
    card,
    due,
    end,
    every,
    form,
    given,
    holds,
    last_words,
    pass_time,
    step,
)

pytestmark = pytest.mark.on_both_chats

HOUR = timedelta(hours=1)


def test_alice_asks_ines_approves_and_the_end_is_seen(town: Town) -> None:
    """Request, yes, gift, end: each seen by a fresh reading, the hours said with their place (S4-7, S4-9, S4-10)."""
    said = words(card(ask(town)))
    assert "ACC-101: “Read production data” for Alice Martin, for 2 hours, from the approval on." in said
    town.work()
    assert not holds(town.aws)
    assert "Look at a failed payment." in last_words(town, INES)
    town.press(INES, "approve")
    town.work()
    assert holds(town.aws)
    assert "Given. Ends today 12:00 (Paris)." in last_words(town, ALICE)
    assert pass_time(town, 2 * HOUR + timedelta(seconds=1)) == 1
    assert not holds(town.aws)
    assert calls(town.aws) == ["assign", "revoke"]
    view = access(town)
    assert view.request.state is RequestState.CLOSED
    assert [one.state for one in view.steps] == [StepState.CONFIRMED, StepState.CONFIRMED]
    assert any(line.startswith("✓ Given at 10:00:0") and "seen at 10:00:0" in line for line in town.thread())
    assert any("✓ Taken back at 12:00:0" in line and "seen gone at 12:00:0" in line for line in town.thread())


def test_the_end_is_stored_before_anything_is_given(town: Town) -> None:
    """When the system is asked to give, the row that takes it back stands in the database, approved too (S2-1)."""
    seen: list[object] = []

    def look(_change: object) -> None:
        seen.append((step(town, "revoke").state, due(town), access(town).request.until))

    asked(town)
    town.aws.before_apply = look
    town.press(INES, "approve")
    town.work()
    assert seen == [(StepState.WAITING, end(town), end(town))]


def test_it_waits_for_the_owner_and_for_nobody_else(town: Town) -> None:
    """Neither whoever asks, nor whom it is for, nor a colleague decides (S4-8, S2-8)."""
    asked(town)
    request = access(town).request
    assert request.approvers == (INES,)
    for person in (ALICE, BEN, HANNA):
        with pytest.raises(Refused):
            approve.approve(town.engine, request.id, request.digest, person, town.now, yes=True)
    assert not town.aws.log


def test_the_owner_who_needs_it_does_not_approve_it(town: Town) -> None:
    """Ines owns the system; what she asks for herself, security decides (S4-8)."""
    town.aws.account = town.aws.account.__class__(town.aws.key, "AIDA5", "ines", active=True)
    town.aws.grants = []
    link(town, INES, town.aws.account)
    asked(town, INES, person=INES)
    assert access(town).request.approvers == (SARA,)


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"what": "nothing"}, "what", "cannot be asked for"),
        ({"reason": "  "}, "reason", "what it is for"),
        ({"person": "P-999"}, "person", "do not know"),
        ({"person": BEN}, "person", "for yourself and for whom you manage"),
        ({"length": "until", "day": "2026-11-23", "time": "09:59"}, "day", "already passed"),
        ({"length": "until", "day": "2026-11-23", "time": "18:01"}, "day", "8 hours is the longest"),
        ({"length": "until", "day": "2026-11-23", "time": ""}, "time", "Choose the time"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(town: Town, values: dict[str, Any], field: str, told: str) -> None:
    """Nothing is stored, and the sentence says what to do instead (S0-5, S2-22)."""
    with pytest.raises(Refused, match=told) as caught:
        ask(town, **values)
    assert caught.value.field == field
    assert not every(town)


def test_a_manager_and_security_may_ask_for_somebody(town: Town) -> None:
    """Marco asks for Alice, whom he manages; then he does not decide although the policy asks managers (S4-4)."""
    asked(town, MARCO, ON_CALL)
    assert access(town).request.approvers == (INES,)
    assert [one.what for one in waiting.of(town.engine, INES, town.now)] == [waiting.Waits.APPROVAL]
    asked(town, SARA)
    assert [one.requester for one in every(town)] == [MARCO, SARA]


def test_whoever_is_protected_asks_security(town: Town) -> None:
    """Nothing about Grace starts from chat."""
    with pytest.raises(Refused, match="protected"):
        ask(town, GRACE, person=GRACE)


def test_somebody_without_an_account_is_told_so(town: Town) -> None:
    """Omar has no account that is known."""
    with pytest.raises(Refused, match="no account of Omar Aziz in AWS"):
        ask(town, OMAR, person=OMAR)


def test_the_same_form_twice_is_one_request(town: Town) -> None:
    """A platform may deliver a form twice; another form for the same thing is told the number (S0-3)."""
    ask(town)
    ask(town)
    assert len(every(town)) == 1
    town.pass_time()
    with pytest.raises(Refused, match="ACC-101"):
        ask(town)


def test_a_question_nobody_answers_is_over(town: Town) -> None:
    """After a day: said plainly to everybody, and a late click is answered kindly and changes nothing (S4-13)."""
    asked(town)
    request = access(town).request
    pass_time(town, timedelta(hours=23, minutes=59))
    assert access(town).request.state is RequestState.AWAITING_APPROVAL
    pass_time(town, timedelta(minutes=2))
    assert access(town).request.state is RequestState.EXPIRED
    assert "Nobody answered in time. Nothing was given." in last_words(town, ALICE)
    assert button(town.direct(INES)[-1], "approve") is None
    with pytest.raises(Refused, match=r"waited for an answer and ended at 09:00 UTC on 2026-11-24"):
        approve.approve(town.engine, request.id, request.digest, INES, town.now, yes=True)
    assert not town.aws.log


def test_a_late_yes_counts_for_nothing_even_before_the_clock_has_looked(town: Town) -> None:
    """The time to answer is part of the same update as the answer: one microsecond decides (S2-2)."""
    asked(town)
    request = access(town).request
    assert request.expires_at is not None
    with pytest.raises(Refused, match="waited for an answer"):
        approve.approve(town.engine, request.id, request.digest, INES, request.expires_at, yes=True)
    just = request.expires_at - timedelta(microseconds=1)
    approve.approve(town.engine, request.id, request.digest, INES, just, yes=True)
    assert access(town).request.state is RequestState.RUNNING


def test_a_no_ends_it(town: Town) -> None:
    """Denied: nothing was given, and whoever asked hears it."""
    asked(town)
    town.press(INES, "deny")
    pass_time(town, timedelta(days=2))
    assert access(town).request.state is RequestState.DENIED
    assert "Denied. Nothing was given." in last_words(town, ALICE)
    assert not town.aws.log


def test_an_end_by_name_is_said_in_both_clocks(town: Town) -> None:
    """Until 17:00 where Alice works is 16:00 UTC, and it is that instant (S2-22)."""
    said = words(card(ask(town, length="until", day="2026-11-23", time="17:00")))
    assert "until Mon 23 Nov 2026, 17:00 (Europe/Paris), 16:00 UTC" in said
    town.work()
    town.press(INES, "approve")
    town.work()
    assert end(town).isoformat() == "2026-11-23T16:00:00+00:00"


def test_a_reminder_comes_once_an_hour_before(town: Town) -> None:
    """With the two buttons it needs, and never for a time that is short anyway (S1-18)."""
    given(town)
    pass_time(town, timedelta(minutes=59))
    before = len(town.direct(ALICE))
    pass_time(town, timedelta(minutes=2))
    pass_time(town, timedelta(minutes=2))
    assert len(town.direct(ALICE)) == before + 1
    reminder = town.direct(ALICE)[-1]
    assert "“Read production data” ends today 12:00 (Paris) (ACC-101)." in reminder.text
    assert button(reminder, "extend")
    assert button(reminder, "give_back")


def test_more_time_needs_a_new_yes(town: Town) -> None:
    """Alice asks for two more hours; the end moves when Ines says yes, not before (S2-7)."""
    given(town)
    opened = form(town.press(ALICE, "extend"))
    filled = Filled({"day": "2026-11-23", "time": "14:00"}, context=opened.context)
    said = words(card(town.talk.submit(speaker(ALICE), "extend", filled, "more")))
    assert "until Mon 23 Nov 2026, 14:00 (Europe/Paris), 13:00 UTC" in said
    town.work()
    assert due(town) == end(town)
    assert f"{end(town):%H:%M}" == "11:00"
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(ALICE), "more_yes", _sealed(town, "more_yes"), "", Where())
    town.press(INES, "more_yes")
    town.work()
    assert f"{end(town):%H:%M}" == "13:00"
    assert "It is decided" in last_words(town, INES)
    pass_time(town, 3 * HOUR)
    assert holds(town.aws)
    pass_time(town, HOUR + timedelta(minutes=1))
    assert not holds(town.aws)


def _sealed(town: Town, action: str, person: PersonId = INES) -> str:
    found = [value for one in town.direct(person) if (value := button(one, action))]
    return found[-1]


def test_more_time_never_goes_beyond_the_longest(town: Town) -> None:
    """Eight hours from its beginning, whatever is asked; a no changes nothing."""
    given(town)
    opened = form(town.press(ALICE, "extend"))
    filled = Filled({"day": "2026-11-23", "time": "18:02"}, context=opened.context)
    with pytest.raises(Refused, match="8 hours is the longest"):
        town.talk.submit(speaker(ALICE), "extend", filled, "too much")
    filled = Filled({"day": "2026-11-23", "time": "17:30"}, context=opened.context)
    town.talk.submit(speaker(ALICE), "extend", filled, "more")
    town.work()
    town.press(INES, "more_no")
    town.work()
    assert f"{end(town):%H:%M}" == "11:00"
    assert "did not approve more time" in everything_said(town)


def test_the_end_is_faster_than_a_late_yes(town: Town) -> None:
    """The clock fired first: the yes is refused, and what ended stays ended."""
    given(town)
    opened = form(town.press(ALICE, "extend"))
    filled = Filled({"day": "2026-11-23", "time": "14:00"}, context=opened.context)
    town.talk.submit(speaker(ALICE), "extend", filled, "more")
    town.work()
    late = _sealed(town, "more_yes")
    pass_time(town, 2 * HOUR + timedelta(seconds=1))
    with pytest.raises(Refused, match="has ended, or is being taken back"):
        town.talk.press(speaker(INES), "more_yes", late, "", Where())
    assert not holds(town.aws)


@pytest.mark.parametrize("person", [ALICE, INES])
def test_what_is_no_longer_needed_is_given_back(town: Town, person: PersonId) -> None:
    """By whoever holds it or approved it, with one press; it is over once it is seen gone (S4-15)."""
    given(town)
    town.press(person, "give_back")
    town.work()
    assert not holds(town.aws)
    assert access(town).request.state is RequestState.CLOSED
    with pytest.raises(AssertionError, match="no button"):
        town.press(person, "give_back")


def test_nobody_else_ends_it(town: Town) -> None:
    """A colleague may not, and a request for access is never held by Stop: its end must come."""
    from bot.engine import control, give_back  # noqa: PLC0415

    given(town)
    with pytest.raises(Refused, match="may not end this"):
        give_back.give_back(town.engine, "ACC-101", BEN, town.now)
    with pytest.raises(Refused, match="ends by the clock"):
        control.stop(town.engine, "ACC-101", SARA, town.now)


def test_home_and_status_show_what_is_mine(town: Town) -> None:
    """Home lists it with its end and its buttons; its id answers with the same; a stranger to it sees nothing."""
    given(town)
    home = town.talk.home(speaker(ALICE))
    assert "ACC-101: Read production data, until Mon 23 Nov 2026, 12:00 (Europe/Paris)." in words(home)
    assert button(home, "give_back")
    for command, text in (("/access", "ACC-101"), ("/usher", "acc-101"), ("/usher", "access ACC-101")):
        assert "Given. Ends today 12:00 (Paris)." in words(
            card(town.talk.command(speaker(ALICE), command, text, Where()))
        )
    with pytest.raises(Refused, match="cannot show you"):
        town.talk.command(speaker(BEN), "/access", "ACC-101", Where())


def test_the_form_opens_from_everywhere(town: Town) -> None:
    """The command, its longer name, and the button on Home open one form; choosing a time asks for it (S4-7)."""
    for answer in (
        town.talk.command(speaker(ALICE), "/access", "", Where()),
        town.talk.command(speaker(ALICE), "/usher", "access", Where()),
        town.talk.press(speaker(ALICE), "access", "start", "", Where()),
    ):
        opened = form(answer)
        assert opened.handler == "access"
        assert "Be on call" in repr(opened.fields)
    again = town.talk.redraw(speaker(ALICE), "access", Filled({"what": PROD, "length": "until", "person": BEN}))
    assert "In Europe/London, where Ben Okafor works." in repr(again.fields)


def test_cancelled_before_the_answer(town: Town) -> None:
    """Alice needs it no more: nobody has to answer."""
    asked(town)
    town.press(ALICE, "cancel")
    town.work()
    assert access(town).request.state is RequestState.WITHDRAWN
    assert button(town.direct(INES)[-1], "approve") is None


def test_hr_decides_for_nobody_and_an_auditor_sees_it(town: Town) -> None:
    """Who may look is the same as everywhere; who may ask for others is written in the policy, or HR, IT, security."""
    given(town)
    assert "Given." in words(card(town.talk.command(speaker(OMAR), "/usher", "ACC-101", Where())))
    with town.engine.db.look() as tx:
        assert people.crew(tx).may(OMAR, Power.AUDITOR)
    with pytest.raises(Refused, match="for yourself"):
        ask(town, OMAR, ON_CALL)


def test_the_clock_finds_nothing_twice(town: Town) -> None:
    """However often it looks, each end is fired once."""
    given(town)
    town.pass_time(3 * HOUR)
    assert [expire(town.engine, town.now) for _ in range(3)] == [1, 0, 0]
