"""What becomes of what somebody made for programs: ended, renewed, or looked after by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import Disable, PersonId
from bot.domain.planning import MACHINE
from bot.domain.request import Evidence, Request, Step
from bot.domain.successors import ACCEPT, RENEW
from bot.engine import desk, progress
from bot.engine.context import Engine
from bot.engine.succeed import look_after, may_take, taken_on
from bot.engine.tasks import mine, refresh
from bot.store import Tx, again, journal, outbox, people, records

_OPEN = frozenset({MACHINE, RENEW, ACCEPT})
_DECIDED = "This was decided already."
Deed = Callable[[Tx, Step, Request], Step | None]


@again
def end(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """Switch it off now: nothing uses it any more, or nothing should. Raises Refused."""
    return _decide(engine, step_id, by, now, "ended", partial(_run, engine, now))


def _run(engine: Engine, now: datetime, tx: Tx, step: Step, request: Request) -> Step | None:
    return taken_on(engine, tx, step, request, now)


@again
def renew(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """Whoever says so makes a new one; the old one works until they say that it is in place. Raises Refused."""

    def ask(tx: Tx, step: Step, request: Request) -> Step | None:
        times = progress.deadline(engine, tx, request, step, now)
        return records.settle(tx, step, StepState.HELD, held=RENEW, assignee=by, **times)

    return _decide(engine, step_id, by, now, "renewing", ask)


@again
def renewed(engine: Engine, step_id: str, by: PersonId, text: str, files: tuple[str, ...], now: datetime) -> Step:
    """The new one is in place, and how one can see it: the old one is switched off, and seen off. Raises Refused."""
    if not text.strip() and not files:
        raise Refused("Say in a sentence what you did, or attach a file.", field="evidence")

    def put(tx: Tx, step: Step, request: Request) -> Step | None:
        if step.held != RENEW:
            raise Refused(_DECIDED)
        records.add_evidence(tx, Evidence(step.id, None, now, by, text, files))
        return taken_on(engine, tx, step, request, now)

    return _decide(engine, step_id, by, now, "renewed", put, evidence=text)


@again
def give(engine: Engine, step_id: str, by: PersonId, person: PersonId, now: datetime) -> Step:
    """It stays, if this person accepts to look after it; whoever names themselves has accepted. Raises Refused."""

    def ask(tx: Tx, step: Step, request: Request) -> Step | None:
        if step.held == ACCEPT and step.assignee == person:
            raise Refused("They have been asked already.", hint="Wait for the answer, or choose somebody else.")
        if person not in people.every(tx) or not may_take(engine, tx, person, request, now):
            raise Refused("They cannot look after this.", hint="Choose somebody else.", field="person")
        if person == by:
            return look_after(engine, tx, step, request, person, now)
        times = progress.deadline(engine, tx, request, step, now)
        return records.settle(tx, step, StepState.HELD, held=ACCEPT, assignee=person, **times)

    return _decide(engine, step_id, by, now, "given", ask, to=person)


def _decide(
    engine: Engine,
    step_id: str,
    by: PersonId,
    now: datetime,
    what: str,
    deed: Deed,
    *,
    evidence: str = "",
    to: str = "",
) -> Step:
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        if step.state is not StepState.HELD or step.held not in _OPEN or not isinstance(step.action, Disable):
            raise Refused(_DECIDED)
        if step.held == ACCEPT and by == step.assignee:
            raise Refused("Press Accept or Decline.", hint="Whoever asked you decides about the rest.")
        facts = {"step": step.id, "by": by, "to": to}
        journal.add(tx, f"step.{what}", now, request=request.id, facts=facts, private={"evidence": evidence})
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what=what, by=by, to=to)
        done = deed(tx, step, request)
        if done is None:
            raise Refused("Somebody else was a moment faster.")
        refresh(tx, step, now)
        refresh(tx, done, now)
        desk.ask(tx, request.id, by, now)
        return done
