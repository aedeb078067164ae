"""What only people can do: a task attested, a stuck step tried again or done by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from bot.domain.by_hand import asked_whose
from bot.domain.errors import Refused
from bot.domain.hold import HOLDS
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power, Task
from bot.domain.policy import calm
from bot.domain.request import Evidence, Request, Step, StepKind
from bot.domain.successors import ACCEPT
from bot.engine import desk, lapse, progress
from bot.engine.chain import urgent
from bot.engine.context import Engine, requeue, scene
from bot.engine.look import look
from bot.store import Tx, again, breakers, escalations, journal, outbox, people, records, stuck


@again
def attest(engine: Engine, step_id: str, by: PersonId, text: str, files: tuple[str, ...], now: datetime) -> Step:
    """A named person says that it is done, and how one can see it. Raises Refused."""
    if not text.strip() and not files:
        raise Refused("Say in a sentence what you did, or attach a file.", field="evidence")
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        by_hand = step.kind is StepKind.APPLY and desk.is_stuck(step)
        if not by_hand and not (step.kind is StepKind.TASK and step.state is StepState.READY):
            raise Refused("This is not waiting for anybody any more.")
        done = records.settle(tx, step, StepState.ATTESTED, ended_at=now, ended_by=by, said=text, error="")
        if done is None:
            raise Refused("Somebody else was a moment faster.")
        records.add_evidence(tx, Evidence(step.id, None, now, by, text, files))
        facts = {"step": step.id, "by": by, "files": len(files)}
        journal.add(tx, "step.attested", now, request=request.id, facts=facts, private={"evidence": text})
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="attested", by=by)
        refresh(tx, done, now, "stuck" if by_hand else desk.TASKS)
        _read_if_hers(engine, tx, step, request, now)
        progress.free(engine, tx, request, now)
        return done


def _read_if_hers(engine: Engine, tx: Tx, step: Step, request: Request, now: datetime) -> None:
    """An account that nobody had linked turned out to be this person's: it is read, and what it holds joins."""
    account = asked_whose(step.action) if isinstance(step.action, Task) else ""
    if account and people.owner_of(tx, step.system, account) == request.subject:
        look(engine, tx, request, now, only=step.system)


@again
def try_again(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """Try a step that is stuck, or waits for its next try, now: never a second time beside it. Raises Refused."""
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        if step.state is StepState.RUNNING:
            raise Refused("It is being tried right now.")
        if not desk.is_stuck(step):
            raise Refused("This step is not stuck any more.")
        ready = retry(engine, tx, step, request, by, now)
        if ready is None:
            raise Refused("Somebody else was a moment faster.")
        return ready


def retry(engine: Engine, tx: Tx, step: Step, request: Request, by: PersonId, now: datetime) -> Step | None:
    """Bring the next try of a stuck step forward to now; the try that was planned finds that it is over.

    Raises Refused while its system asked to be left alone.
    """
    state = breakers.of(tx, step.system)
    if state.slow_until is not None and now < state.slow_until:
        raise Refused(
            f"The system asked us to wait until {state.slow_until:%H:%M:%S} UTC.", hint="I go on by myself then."
        )
    breakers.probe_now(tx, step.system, now)
    parked = step.state is StepState.PARKED
    facts: dict[str, Any] = {"error": "", "error_kind": ""} if parked else {}
    ready = requeue(engine, tx, step, now, **facts)
    if ready is not None:
        kind = "step.unparked" if parked else "step.brought_forward"
        journal.add(tx, kind, now, request=request.id, facts={"step": step.id, "by": by})
        refresh(tx, ready, now, "stuck")
    return ready


def draw_again(engine: Engine, request_id: str, person: PersonId, now: datetime) -> None:
    """What waits for this person gets its buttons back where its message stands: after a restore it may have none."""
    with engine.db.begin() as tx:
        request = records.get(tx, request_id)
        if request and request.state is RequestState.AWAITING_APPROVAL and person in request.approvers:
            outbox.tell(tx, "approval", now, request=request_id, person=person)
        for step, other in records.assigned(tx, person):
            if other.id == request_id:
                draw(tx, step, now)


def draw(tx: Tx, step: Step, now: datetime) -> None:
    """The message of whoever is asked about a step, drawn again as the step stands by then."""
    if step.state is StepState.HELD and step.held in HOLDS:
        outbox.tell(tx, "holds", now, request=step.request, person=step.assignee)
        return
    if step.state is StepState.PARKED:
        outbox.tell(tx, "stuck", now, request=step.request, step=step.id, person=step.assignee)
        return
    desk.ask(tx, step.request, step.assignee, now)


def remind(engine: Engine, now: datetime) -> int:
    """Half-way to its deadline a person is reminded once, past it the whole thread hears; how many steps.

    What can wait waits for the end of that person's night. What is due at one time is one message.
    """
    told: defaultdict[tuple[str, PersonId | None], list[str]] = defaultdict(list)
    with engine.db.begin() as tx:
        late = stuck.overdue_tasks(tx, now)
        policy, crew = (engine.policy(tx)[1], people.crew(tx)) if late else (None, None)
        for step in late:
            wakes = now if policy is None or crew is None or urgent(step) else calm(policy, crew, step.assignee, now)
            over = step.deadline is not None and step.deadline <= now
            again = wakes if wakes > now else None if over else step.deadline
            if records.settle(tx, step, step.state, reminded_at=again) is None or wakes > now:
                continue  # answered in this very moment, or in their night
            if over and step.held == ACCEPT:
                continue  # somebody else is asked instead, and the thread hears that
            told[step.request, step.assignee].append(step.id)
            if over:
                said = {"what": "overdue", "asked": step.assignee, "held": step.held}
                outbox.tell(tx, "line", now, request=step.request, step=step.id, **said)
            journal.add(tx, "step.reminded", now, request=step.request, facts={"step": step.id, "overdue": over})
        for (request, person), steps in told.items():
            outbox.tell(tx, "reminder", now, request=request, step=steps[0], person=person, steps=steps)
    return len(late) + lapse.remind(engine, now)


def mine(engine: Engine, tx: Tx, step_id: str, by: PersonId, now: datetime) -> tuple[Step, Request]:
    """The step, for its assignee, the system's owner or deputy, IT or security; never the subject. Raises Refused."""
    found = records.lock_step(tx, step_id)
    if found is None:
        raise Refused("I cannot find this step any more.")
    step, request = found
    if by == request.subject:
        raise Refused("You cannot act on a request that concerns you.")
    around = scene(engine, tx, request, now)
    system = around.rules.policy.systems.get(step.system)
    named = {step.assignee, *((system.owner, system.deputy) if system else ())}
    may = by in named or around.crew.may(by, Power.IT if system else Power.ADMIN, Power.SECURITY)
    may = may or any(one.person == by for one in escalations.told(tx, step.id))  # asked because others were silent
    if not may or not around.crew.working(by, around.today):
        raise Refused(
            "This is not yours to answer.",
            hint=f"It belongs to whoever looks after {system.name if system else step.system}.",
        )
    return step, request


def refresh(tx: Tx, step: Step, now: datetime, card: str = desk.TASKS) -> None:
    """The card of whoever was asked, and the head of the thread, tell how the step stands now."""
    if card == desk.TASKS:
        desk.ask(tx, step.request, step.assignee, now)
    elif step.assignee:
        outbox.tell(tx, card, now, request=step.request, step=step.id, person=step.assignee)
    desk.redraw(tx, step, now)
    outbox.tell(tx, "root", now, request=step.request)
