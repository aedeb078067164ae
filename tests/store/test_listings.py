"""The list of every request, read from either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, RequestId, StepId, SystemKey, Task, Trigger, Wave
from bot.domain.request import Request, Step, StepKind
from bot.store import Database, listings, records
from bot.store.listings import Counts

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
READER = PersonId("P-9")
S = RequestState


def request(name: str, state: RequestState, age: int, trigger: Trigger = Trigger.LEAVER, *, ended: int = 0) -> Request:
    """One that began so many days ago, and ended so many days ago."""
    begun = NOW - timedelta(days=age)
    return Request(
        id=RequestId(name),
        trigger=trigger,
        state=state,
        requester=PersonId("P-1"),
        subject=PersonId(f"P-{name}"),
        starts_at=begun,
        immediate=True,
        voluntary=True,
        reason="",
        note="",
        created_at=begun,
        policy_version=1,
        runbook_version=1,
        closed_at=NOW - timedelta(days=ended) if ended else None,
    )


def step(of: str, kind: StepKind, state: StepState, deadline: datetime | None) -> Step:
    """Its only step."""
    action = Task("Look", "Look", "A note")
    key = StepId(f"{of}.1")
    return Step(key, RequestId(of), 1, kind, SystemKey("github"), Wave.TASKS, action, state, deadline=deadline)


def filled(db: Database) -> None:
    """Everything that belongs on the list, and everything that does not."""
    hour = timedelta(hours=1)
    some = (
        request("newer", S.RUNNING, 2),
        request("older", S.AWAITING_APPROVAL, 9),
        replace(request("undecided", S.AWAITING_APPROVAL, 3), starts_at=NOW - hour, immediate=False),
        request("overdue", S.RUNNING, 1),
        request("done", S.CLOSED, 40, ended=2),
        request("denied", S.DENIED, 40, ended=1),
        request("long-ago", S.CLOSED, 90, ended=31),
        request("clean", S.CLOSED, 5, Trigger.RESCAN, ended=5),
        replace(request("hers", S.RUNNING, 5), subject=READER),
        replace(request("lent", S.RUNNING, 4, Trigger.ACCESS), subject=READER),
    )
    steps = (
        step("overdue", StepKind.TASK, StepState.READY, NOW - hour),
        step("newer", StepKind.TASK, StepState.READY, NOW + hour),
        step("older", StepKind.READ, StepState.READY, NOW - hour),
        step("lent", StepKind.TASK, StepState.CONFIRMED, NOW - hour),
        step("clean", StepKind.READ, StepState.CONFIRMED, None),
        step("hers", StepKind.TASK, StepState.READY, NOW - hour),
    )
    with db.begin() as tx:
        for one in some:
            records.add(tx, one)
        records.add_steps(tx, steps)


def test_what_is_late_is_first_then_what_is_open_then_what_ended(db: Database) -> None:
    """In the order of the page; nothing of the reader but what they borrow, and nothing that found nothing (S0-10)."""
    filled(db)
    with db.look() as tx:
        found = [one.id for one in listings.page(tx, READER, NOW, SINCE)]
        counts = listings.counts(tx, READER, NOW, SINCE)
        pages = [one.id for start in (0, 3, 6) for one in listings.page(tx, READER, NOW, SINCE, start=start, size=3)]
    assert found == ["undecided", "overdue", "older", "lent", "newer", "denied", "done"]
    assert pages == found
    assert (counts, counts.all) == (Counts(open=5, late=2, recent=2), 7)


def test_an_empty_list_has_no_page(db: Database) -> None:
    """Nothing was ever asked for."""
    with db.look() as tx:
        assert listings.page(tx, READER, NOW, SINCE) == ()
        assert listings.counts(tx, READER, NOW, SINCE) == Counts(0, 0, 0)
