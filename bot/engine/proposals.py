"""One person proposes what takes two: whoever may agree is asked. What they answer stands in seconds.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.domain.policy import Crew, Policy
from bot.domain.proposal import Proposal, Second
from bot.domain.request import Step
from bot.engine.context import Engine
from bot.engine.view import View, look_at
from bot.store import Tx, brakes, journal, outbox, people, proposals, records


@dataclass(frozen=True, slots=True)
class Asked:
    """A proposal with all that its card says: the answers so far, and what it is about."""

    proposal: Proposal
    given: tuple[Second, ...]
    crew: Crew
    policy: Policy
    view: View | None = None
    step: Step | None = None
    about: tuple[PersonId, ...] = ()  # whom the requests are about that a brake holds

    def name(self, person: str) -> str:
        """A person's name, or what stands for one."""
        found = self.crew.people.get(PersonId(person))
        return found.name if found else person


def propose(  # noqa: PLR0913 - what is asked, about what, by whom, of whom
    engine: Engine,
    tx: Tx,
    kind: str,
    by: PersonId,
    asked: Iterable[PersonId],
    now: datetime,
    *,
    request: str = "",
    step: str = "",
    needs: int = 1,
    **body: Any,
) -> Proposal:
    """Ask for `needs` more people's agreement. Raises Refused when too few are left who could give it.

    What is open already about the same thing is not asked twice; where too few are left to answer that, this one
    takes its place. Whether `by` may propose it at all, and who may be asked, is for the caller to know.
    """
    crew = people.crew(tx)
    able = _able(tx, crew, by, asked, request, now)
    if len(able) < needs:
        raise Refused(
            "Too few people are left who could agree to this.",
            hint="Somebody else in security, or another admin, must exist and work here.",
        )
    for other in proposals.open_ones(tx, kind=kind, request=request, step=step):
        if _same(other, request, step, body):
            _take_the_place(tx, crew, other, now)
    fresh = Proposal(0, kind, request, step, body, by, now, able, needs)
    made = proposals.add(tx, fresh)
    facts = {"proposal": made.id, "kind": kind, "by": by, "asked": list(able), "needs": needs}
    facts |= {"step": step} if step else {}
    journal.add(tx, "proposal.made", now, request=request or None, facts=facts)
    tell(tx, made, made.asked, now)
    return made


def _same(other: Proposal, request: str, step: str, body: Mapping[str, Any]) -> bool:
    """Whether the same is asked already; what is about no request is told apart by what it needs to know."""
    return (other.request, other.step) == (request, step) and (bool(request) or dict(other.body) == dict(body))


def _able(
    tx: Tx, crew: Crew, by: PersonId, asked: Iterable[PersonId], request: str, now: datetime
) -> tuple[PersonId, ...]:
    """Whoever may be asked and works here; never who proposes, never whom the request is about."""
    out = {by, records.subject_of(tx, request)} if request else {by}
    return tuple(sorted(one for one in set(asked) - out if crew.working(one, now.date())))


def _take_the_place(tx: Tx, crew: Crew, other: Proposal, now: datetime) -> None:
    given = {one.person for one in proposals.seconds(tx, other.id)}
    left = {one for one in other.asked if crew.working(one, now.date())}
    if len(left | given) >= other.needs:
        names = ", ".join(crew.people[one].name for one in sorted(left - given))
        raise Refused("This was proposed already.", hint=f"It waits for {names}." if names else "")
    proposals.decide(tx, other.id, now, yes=False)
    facts = {"proposal": other.id, "kind": other.kind, "yes": False, "why": "nobody left"}
    journal.add(tx, "proposal.decided", now, request=other.request or None, facts=facts)


def tell(tx: Tx, proposal: Proposal, to: Iterable[PersonId], now: datetime) -> None:
    """Everybody's copy of the question, as it stands when it is sent."""
    for person in to:
        outbox.tell(
            tx,
            "proposal",
            now,
            request=proposal.request or None,
            step=proposal.step or None,
            person=person,
            proposal=proposal.id,
        )


def asked_about(engine: Engine, key: int, now: datetime) -> Asked | None:
    """A proposal as its card shows it, or None."""
    with engine.db.look() as tx:
        found = proposals.get(tx, key)
        if found is None:
            return None
        view = look_at(engine, tx, found.request, now) if found.request else None
        step = records.step(tx, found.step) if found.step else None
        crew = view.crew if view else people.crew(tx)
        policy = view.policy if view else engine.policy(tx)[1]
        about = tuple(map(PersonId, brakes.subjects(tx, key)))
        return Asked(found, proposals.seconds(tx, key), crew, policy, view, step, about)
