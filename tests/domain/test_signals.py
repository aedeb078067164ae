"""What signals about one person may ask for, whatever came in whatever order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.lifecycle import NOT_STARTED, OPEN_REQUESTS, RequestState
from bot.domain.model import Person, PersonId, RequestId, Trigger
from bot.domain.request import Request
from bot.domain.signals import Ask, Brake, Sign, Signal, SignalState, Source, question, weigh

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALICE = PersonId("P-004")
DAYS = st.dates(date(2026, 11, 1), date(2027, 3, 1))


@st.composite
def said(draw: st.DrawFn, number: int) -> Signal:
    """A signal about Alice."""
    sign = draw(st.sampled_from([Sign.LEAVES, Sign.STAYS, Sign.GONE]))
    ends = draw(DAYS) if sign is Sign.LEAVES else None
    state = draw(st.sampled_from(SignalState))
    return Signal(number, draw(st.sampled_from(Source)), f"{number}", sign, ALICE, ends, "", "", START, state, 1)


@st.composite
def asked(draw: st.DrawFn, number: int) -> Request:
    """An offboarding of Alice."""
    state = draw(st.sampled_from(RequestState))
    at = datetime.combine(draw(DAYS), datetime.min.time(), UTC)
    made = START - timedelta(days=10 - number)
    begun = at if state in {RequestState.RUNNING, RequestState.CLOSED} else None
    over = at if state is RequestState.CLOSED else None
    return Request(
        RequestId(f"OFF-{number}"), Trigger.LEAVER, state, PersonId("P-002"), ALICE, at, immediate=False,
        voluntary=True, reason="", note="", created_at=made, policy_version=1, runbook_version=1,
        started_at=begun, closed_at=over,
    )  # fmt: skip


SIGNALS = st.integers(0, 5).flatmap(lambda n: st.tuples(*(said(number) for number in range(1, n + 1))))
REQUESTS = st.integers(0, 3).flatmap(lambda n: st.tuples(*(asked(number) for number in range(1, n + 1))))


@given(SIGNALS, REQUESTS)
def test_a_question_never_asks_for_what_cannot_be(signals: tuple[Signal, ...], requests: tuple[Request, ...]) -> None:
    """A start only beside no open request, a move or a cancel only before the start, nothing where nothing is open."""
    found = question(signals, requests, {one.id: one.starts_at.date() for one in requests})
    living = [one for one in signals if one.state is SignalState.OPEN]
    if not living:
        assert found.ask is Ask.NOTHING
    if found.ask is Ask.START:
        assert not [one for one in requests if one.state in OPEN_REQUESTS]
        assert any(one.sign is not Sign.STAYS for one in living)
    if found.ask in {Ask.MOVE, Ask.CANCEL, Ask.LATE}:
        assert found.request
        assert found.request.state in NOT_STARTED
    if found.ask is Ask.CANCEL:
        assert all(one.sign is Sign.STAYS for one in living)
    if found.ask is Ask.BEGUN:
        assert found.request
        assert found.request.started_at


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_no_roster_that_ends_or_misses_many_is_light(known: set[int], named: set[int], ended: set[int]) -> None:
    """Whoever is missing or ends is counted once, and more than the bound is heavy."""
    before = {key: Person(key, "x", "x@y") for key in (PersonId(str(n)) for n in known)}
    near = START.date() + timedelta(days=3)
    after = [Person(PersonId(str(n)), "x", "x@y", ends=near if n in ended else None) for n in named]
    found = weigh(before, after, START.date(), 14, Brake())
    assert len(found.missing) == len(known - named)
    assert len(found.ended) == len(known & named & ended)
    assert found.heavy == (found.count > 5)
