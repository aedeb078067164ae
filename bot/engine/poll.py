"""A change that a system took on and works at by itself: asked about until it is through, but not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from bot.engine import breaker, trouble
from bot.engine.context import Engine, queue
from bot.engine.retry import Clock, age_of, delay, parks, put_back
from bot.store import journal, records
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind, Outcome, Polls, Result

LONGEST = timedelta(hours=1)
_SLOWEST = timedelta(minutes=1)
_NEVER = "The system took it on and did not finish within an hour."
_GAVE_UP = "The system took it on and gave it up."


def ask(engine: Engine, step: Step, known: Breaker, clock: Clock) -> None:
    """Ask how an applied step stands: through is looked at, given up or too slow is made again. Safe to call twice."""
    connector = engine.connectors[step.system]
    if not isinstance(connector, Polls):
        return
    try:
        outcome = connector.poll(step.handle)
    except ConnectorError as error:
        breaker.failed(engine, step, error, known, clock())
        _unanswered(engine, step, error, clock())
    else:
        breaker.answered(engine, step.system, known, clock())
        _stands(engine, step, outcome, clock())


def works(engine: Engine, step: Step, now: datetime) -> bool:
    """Whether a system took the change of this step on, and may still make it at any moment."""
    taken_on = step.state is StepState.APPLIED and bool(step.handle) and step.system in engine.connectors
    asked = taken_on and isinstance(engine.connectors[step.system], Polls)
    return asked and step.applied_at is not None and now - step.applied_at < LONGEST


def _stands(engine: Engine, step: Step, outcome: Outcome, now: datetime) -> None:
    age = now - (step.applied_at or now)
    with engine.db.begin() as tx:
        records.lock(tx, step.request)
        match outcome.result:
            case Result.PENDING if age < LONGEST:
                pause = min(_SLOWEST, max(timedelta(seconds=1), age / 4))
                queue(engine, tx, step, StepState.APPLIED, now, pause)
            case Result.PENDING | Result.FAILED:
                said = outcome.said or (_NEVER if outcome.result is Result.PENDING else _GAVE_UP)
                again = delay(Kind.TRANSIENT, step.tries, age_of(step, now), None, engine.chance)
                put_back(engine, tx, step, StepState.READY, (Kind.TRANSIENT.value, said), now, again)
            case Result.APPLIED | Result.ALREADY:
                said = outcome.said or step.said
                if queue(engine, tx, step, StepState.APPLIED, now, handle="", applied_at=now, said=said) is not None:
                    trouble.ends(tx, step, now)
                    seen = {"step": step.id, "result": outcome.result.value, "references": list(outcome.evidence)}
                    journal.add(tx, "step.finished", now, request=step.request, facts=seen)


def _unanswered(engine: Engine, step: Step, error: ConnectorError, now: datetime) -> None:
    """Nobody said how it stands: ask again; where nobody can or may say, a look must do."""
    age = now - (step.applied_at or now)
    with engine.db.begin() as tx:
        records.lock(tx, step.request)
        if parks(error.kind):
            queue(engine, tx, step, StepState.APPLIED, now, handle="", applied_at=now)
            return
        pause = delay(error.kind, step.attempt, age, error.after, engine.chance)
        put_back(engine, tx, step, StepState.APPLIED, (error.kind.value, error.said), now, pause)
