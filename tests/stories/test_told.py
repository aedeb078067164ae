"""People who are not asked hear once that it starts and once that it is over; the leaver never, and nobody why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.cards.news import line
from bot.chat.port import Card, Filled, Form, Small
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId, RequestId, Trigger
from bot.domain.request import Request
from bot.domain.telling import FINISHED, GIVEN_BACK, STARTED, Quiet
from bot.engine import restore
from bot.engine.restore import Restoring
from bot.engine.start import start_due
from bot.engine.telling import News, tick
from bot.store import tellings
from tests.fakes.town import ALICE, BEN, GRACE, HANNA, INES, MARCO, PRIYA, TOMASZ, Town, speaker, words
from tests.stories.acts import approved, everything_said, finish, leave
from tests.stories.heard import trusting

pytestmark = pytest.mark.on_both_chats

_REQUEST = Request(
    RequestId("OFF-101"),
    Trigger.LEAVER,
    RequestState.RUNNING,
    HANNA,
    ALICE,
    datetime(2026, 11, 27, 16, 0, tzinfo=UTC),
    immediate=False,
    voluntary=True,
    reason="",
    note="",
    created_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    policy_version=1,
    runbook_version=2,
)
LATER = {"when": "later", "day": "2026-11-27", "time": "17:00"}
FRIDAY = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
BOSS = "tell: {started: [manager, owners, payroll], payroll: [P-001]}\n"
WHY = "xyzzy she took the silver"


def news(town: Town, person: PersonId) -> list[Card]:
    """What somebody was told without being asked."""
    return [card for card in town.direct(person) if "for your information" in words(card)]


def told(town: Town) -> set[PersonId]:
    """Everybody who was told something."""
    return {person for n in range(1, 14) if news(town, person := PersonId(f"P-{n:03}"))}


def hear(town: Town) -> None:
    """The clock looks, and everybody hears."""
    tick(town.engine, town.now)
    town.say()


def begin(town: Town, at: datetime = FRIDAY) -> None:
    """The last day has come."""
    town.now = at
    start_due(town.engine, town.now)
    town.work()
    hear(town)


def test_manager_and_owners_hear_once_when_it_starts(town: Town) -> None:
    """As planned, with the day; however often the clock looks it is one message each (S1-18, S0-28, S1-25)."""
    approved(town, **LATER)
    assert told(town) == set()
    begin(town)
    hear(town)
    assert told(town) == {MARCO, INES}
    (card,) = news(town, MARCO)
    assert card.text == "OFF-101: the access of Alice Martin ends as planned, on Fri 27 Nov 2026, 17:00 (Europe/Paris)."
    assert news(town, ALICE) == []


def test_an_exit_at_once_reads_differently_and_is_not_told_to_who_just_approved(town: Town) -> None:
    """Whoever pressed Approve a moment ago knows it; the others hear that it ends now (S1-25)."""
    trusting(town, BOSS)
    approved(town)
    hear(town)
    assert told(town) == {GRACE}
    (card,) = news(town, GRACE)
    assert "ends now. If somebody asks you why, send them to HR." in card.text


def test_at_the_end_the_manager_hears_that_it_is_over(town: Town) -> None:
    """Once; who asked for it has the report already (S0-28)."""
    approved(town)
    finish(town)
    hear(town)
    hear(town)
    assert [card.text for card in news(town, MARCO)] == [
        "OFF-101: the access of Alice Martin has ended everywhere. Nothing is left to do for you."
    ]
    assert news(town, HANNA) == []


def test_payroll_and_it_hear_where_policy_says_so(town: Town) -> None:
    """Named people and everybody with a role, each once although named twice (S1-18)."""
    trusting(town, "tell: {started: [it, payroll, payroll], finished: [], payroll: [P-001, P-008, P-004]}\n")
    approved(town)
    hear(town)
    assert told(town) == {GRACE, BEN, TOMASZ}
    assert news(town, ALICE) == []


def test_in_the_night_nobody_is_disturbed(town: Town) -> None:
    """What can wait is told in the morning, where each person is; the work itself waits for no morning (S1-25)."""
    approved(town, **{**LATER, "time": "23:30"})
    begin(town, datetime(2026, 11, 27, 22, 31, tzinfo=UTC))
    assert town.aws.account.active is False
    assert told(town) == set()
    begin(town, datetime(2026, 11, 28, 6, 1, tzinfo=UTC))
    assert told(town) == {MARCO}
    begin(town, datetime(2026, 11, 28, 7, 1, tzinfo=UTC))
    assert told(town) == {MARCO, INES}


def test_what_comes_together_is_one_message(town: Town) -> None:
    """Two people who leave on one day are one message to somebody who hears of both (S1-25)."""
    approved(town)
    town.offboard(person=PRIYA, typed="Priya Shah")
    with town.engine.db.begin() as tx:
        for key in ("OFF-101", "OFF-102"):
            tellings.plan(tx, key, STARTED, {GRACE: town.now})
    hear(town)
    (card,) = news(town, GRACE)
    assert card.text == "News about 2 people"
    assert "Alice Martin" in words(card)
    assert "Priya Shah" in words(card)


def test_who_left_meanwhile_hears_nothing(town: Town) -> None:
    """Whoever was to be told, and does not work here when it is told, is not."""
    trusting(town, BOSS)
    approved(town)
    leave(town, GRACE, town.now.date() - timedelta(days=1))
    hear(town)
    assert told(town) == set()


def test_whoever_heard_that_it_ends_hears_that_it_is_given_back(town: Town) -> None:
    """A wrong person must not stay gone in people's heads (S1-18)."""
    trusting(town, BOSS)
    approved(town)
    hear(town)
    finish(town)
    restore.submit(town.engine, Restoring(HANNA, RequestId("OFF-101")), town.now)
    town.work()
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    hear(town)
    assert "is given back. What I said before about its end is no longer so." in news(town, GRACE)[-1].text


def test_the_form_says_before_it_is_sent_who_will_be_told(town: Town) -> None:
    """By name and in words, so that nobody is surprised who hears of it (S1-18)."""
    form = town.talk.redraw(speaker(HANNA), "offboard", Filled({"person": ALICE}))
    assert isinstance(form, Form)
    said = " ".join(piece.text for piece in form.fields if isinstance(piece, Small))
    assert "Told when it begins: Marco Rossi and whoever looks after the systems." in said
    assert "Told when it is over: Marco Rossi." in said
    assert "Alice Martin is told nothing by me." in said


@pytest.mark.parametrize("exit_", ["voluntary", "involuntary"])
def test_no_message_says_why_somebody_leaves(town: Town, exit_: str) -> None:
    """Not the reason, and not whether they wanted to: in no message to anybody (S4-12, S1-18)."""
    approved(town, reason=WHY, exit=exit_)
    finish(town)
    hear(town)
    said = everything_said(town).casefold()
    assert "xyzzy" not in said
    assert "voluntar" not in said
    assert "not by their choice" not in said


@given(
    st.text(min_size=8, max_size=40).filter(lambda text: text.strip() and not text.isspace()),
    st.booleans(),
    st.booleans(),
    st.sampled_from([STARTED, FINISHED, GIVEN_BACK]),
)
def test_whatever_the_reason_and_the_kind_of_exit_the_words_are_the_same(
    why: str, voluntary: bool, immediate: bool, what: str
) -> None:
    """What people hear depends on when access ends alone: reason, note and will change no letter of it."""
    plain = replace(_REQUEST, immediate=immediate or not voluntary, voluntary=True)
    told_ = replace(_REQUEST, immediate=immediate, voluntary=voluntary, reason=why, note=why)
    person = Person(ALICE, "Alice Martin", "alice@lumen.example", zone="Europe/Paris")
    assert line(News(what, told_, person)) == line(News(what, plain, person))


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "then"),
    [
        ("20:00", "07:00", "2026-11-27T18:59", "2026-11-27T18:59"),
        ("20:00", "07:00", "2026-11-27T19:00", "2026-11-28T06:00"),
        ("20:00", "07:00", "2026-11-28T05:59", "2026-11-28T06:00"),
        ("20:00", "07:00", "2026-11-28T06:00", "2026-11-28T06:00"),
        ("12:00", "13:00", "2026-11-27T11:30", "2026-11-27T12:00"),
        ("12:00", "12:00", "2026-11-27T11:00", "2026-11-27T11:00"),
    ],
)
def test_quiet_hours_end_where_somebody_is(begins: str, ends: str, moment: str, then: str) -> None:
    """Over midnight or within a day; the same time twice means never."""
    at, until = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (moment, then))
    clock = [datetime.strptime(one, "%H:%M").replace(tzinfo=UTC).time() for one in (begins, ends)]
    assert Quiet(clock[0], clock[1]).over(at, "Europe/Paris") == until
