"""Every request in one list, open and recent, of whatever kind: for those who may see the report of each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.lifecycle import OPEN_REQUESTS, RequestState
from bot.domain.model import PersonId
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request, Step, StepKind
from bot.engine import waiting
from bot.engine.context import Engine
from bot.engine.view import READERS
from bot.store import Tx, due, listings, people
from bot.store.listings import Counts

RECENT = timedelta(days=30)  # so long what ended stays in the list


@dataclass(frozen=True, slots=True)
class Listed:
    """A request of the list: how many of its items are done, who is waited for, since when it is late."""

    request: Request
    name: str
    done: int = 0
    items: int = 0
    waits: tuple[str, ...] = ()
    late: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.request.state in OPEN_REQUESTS


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, and how long all of it is."""

    policy: Policy
    counts: Counts
    start: int
    rows: tuple[Listed, ...]


def listing(engine: Engine, by: PersonId, now: datetime, *, start: int = 0, size: int | None = None) -> Listing:
    """Some requests of all, the most pressing first; none that this person may not see. Raises Refused."""
    since = now - RECENT
    with engine.db.look() as tx:
        crew = people.crew(tx)
        if not may_list(crew, by, now):
            raise Refused(
                "You may not see the list of all requests.",
                hint="HR, IT, security, auditors and admins may. What concerns you is on your Home.",
            )
        counts = listings.counts(tx, by, now, since)
        start = min(start, max(0, counts.all - 1))
        found = listings.page(tx, by, now, since, start=start, size=size)
        return Listing(engine.policy(tx)[1], counts, start, _rows(engine, tx, crew, found, now))


def may_list(crew: Crew, person: PersonId, now: datetime) -> bool:
    """Whether somebody may see requests that they take no part in."""
    return crew.may(person, *READERS) and crew.working(person, now.date())


def _rows(engine: Engine, tx: Tx, crew: Crew, found: tuple[Request, ...], now: datetime) -> tuple[Listed, ...]:
    steps = due.steps(tx, [one.id for one in found]) if found else {}
    waits = waiting.among(engine, tx, crew, now, found)
    return tuple(_row(crew, one, steps[one.id], waits.get(one.id, ()), now) for one in found)


def _row(crew: Crew, request: Request, steps: tuple[Step, ...], waits: tuple[PersonId, ...], now: datetime) -> Listed:
    work = [step for step in steps if step.kind is not StepKind.READ]
    names = dict.fromkeys(_name(crew, person) for person in waits)
    done = sum(step.ended for step in work)
    return Listed(request, _name(crew, request.subject), done, len(work), tuple(names), _late(request, work, now))


def _late(request: Request, work: list[Step], now: datetime) -> datetime | None:
    """Since when its first item is overdue; or its day has come, and it is not decided."""
    if request.state is RequestState.RUNNING:
        return min((step.deadline for step in work if _overdue(step, now)), key=lambda one: one or now, default=None)
    asked = request.state in {RequestState.PLANNING, RequestState.AWAITING_APPROVAL} and not request.offer
    dated = not request.immediate and request.created_at < request.starts_at <= now
    return request.starts_at if asked and dated else None


def _overdue(step: Step, now: datetime) -> bool:
    return not step.ended and step.deadline is not None and step.deadline <= now


def _name(crew: Crew, person: PersonId) -> str:
    return crew.people[person].name if person in crew.people else person
