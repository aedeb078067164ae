"""What a person answers about an item that waits: remove it, keep it, hand it over first, ask somebody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.errors import Refused
from bot.domain.hold import CHECKPOINT, DATE, HANDING, HOLDS, USE, latest
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import HandOver, PersonId, Power, Revoke, Task, Wave
from bot.domain.planning import APPROVAL, SUCCESSOR
from bot.domain.request import Request, Step, StepKind
from bot.engine import hold, progress
from bot.engine.context import Engine, Scene, scene
from bot.store import Tx, again, journal, outbox, records

_OVER = "This was answered already, or its time is over."
_FASTER = "Somebody else was a moment faster."
_ASKED_AGAIN = timedelta(days=1)  # before its end a hold asks once more


@dataclass(frozen=True, slots=True)
class Gone:
    """How many items go with one press, and how many it did not cover because the message did not show them."""

    items: int
    others: int


@again
def remove(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """It may go: the step runs as soon as its turn is. For a team this is its release. Raises Refused."""
    with engine.db.begin() as tx:
        step, request, around = mine(engine, tx, step_id, by, now)
        told = hold.recipients(around, request, step)
        gone = _removed(tx, around, request, step, by, now)
        progress.free(engine, tx, request, now)
        hold.tell(tx, request, told | {by}, now)
        return records.step(tx, gone.id) or gone


@again
def remove_all(engine: Engine, request_id: str, shown: Collection[int], by: PersonId, now: datetime) -> Gone:
    """Of what this person is asked about in a request, what their message showed may go: `shown` are its numbers.

    What was asked since, or did not fit, stays and is shown now. Raises Refused where nothing of it is left to answer.
    """
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        around = scene(engine, tx, request, now)
        held = [step for step in records.steps(tx, request.id) if step.assignee == by and _is_asked(step, request)]
        able = [step for step in held if hold.may_answer(around, request, step, by)]
        seen = [step for step in able if step.number in shown]
        if not seen:
            raise Refused(_OVER, hint="Look at my newest message about it." if able else "")
        for step in seen:
            _removed(tx, around, request, step, by, now)
        progress.free(engine, tx, request, now)
        hold.tell(tx, request, [by], now)
        return Gone(len(seen), len(able) - len(seen))


def _is_asked(step: Step, request: Request) -> bool:
    return request.state is RequestState.RUNNING and step.state is StepState.HELD and step.held == USE


def _removed(tx: Tx, around: Scene, request: Request, step: Step, by: PersonId, now: datetime) -> Step:
    gone = let_go(tx, around, request, step)
    if gone is None:
        raise Refused(_FASTER)
    what = "released" if step.held == CHECKPOINT else "removed"
    journal.add(tx, f"hold.{what}", now, request=request.id, facts={"step": step.id, "by": by})
    hold.line(tx, gone, f"hold {what}", now, by=by)
    return gone


def let_go(tx: Tx, around: Scene, request: Request, step: Step, **facts: Any) -> Step | None:
    """A held step takes its turn again, and asks what else only a person can say; None when somebody was first."""
    held = ""
    if isinstance(step.action, HandOver) and step.action.to is None:
        held = SUCCESSOR
    elif not progress.allowed(request, step, records.approvals(tx, request.id)):
        held = APPROVAL
    open_end: dict[str, Any] = {"held": held, "due": None, "deadline": None, "reminded_at": None}
    if step.kind is StepKind.TASK:  # who was asked whether, is not who does it
        open_end["assignee"] = around.keeper(request, step.system)
    return records.settle(tx, step, StepState.WAITING, **{**open_end, **facts})


@again
def keep(engine: Engine, step_id: str, by: PersonId, until: datetime, now: datetime) -> Step:
    """It stays until a time, and whoever said so looks after it. Raises Refused, naming the field."""
    with engine.db.begin() as tx:
        step, request, around = mine(engine, tx, step_id, by, now)
        rules = around.rules.policy.holds
        if until <= now:
            raise Refused("That time has already passed.", field="day")
        if until > latest(now, rules):
            raise Refused(
                f"{rules.longest.days} days ahead is the longest that policy allows.",
                hint="Choose an earlier day. Before its end I ask again, and you may say so again.",
                field="day",
            )
        team = step.held == CHECKPOINT
        told = hold.recipients(around, request, step)
        kept = _until(tx, step, CHECKPOINT if team else DATE, by, until, now)
        facts = {"step": step.id, "by": by, "until": until.isoformat()}
        journal.add(tx, "hold.kept", now, request=request.id, facts=facts)
        hold.line(tx, kept, "hold kept", now, by=by, until=until.isoformat())
        _redraw(tx, request, told | {by}, now)
        return kept


def _until(tx: Tx, step: Step, held: str, by: PersonId, until: datetime, now: datetime, **facts: Any) -> Step:
    remind = now + (until - now) / 2 if held == CHECKPOINT else max(now, until - min((until - now) / 2, _ASKED_AGAIN))
    ends = {"held": held, "assignee": by, "due": until, "deadline": until, "reminded_at": remind}
    kept = records.settle(tx, step, StepState.HELD, **{**ends, **facts})
    if kept is None:
        raise Refused(_FASTER)
    return kept


@again
def hand_first(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """What hangs on it is handed over before it goes, within the longest time a hold may last. Raises Refused."""
    with engine.db.begin() as tx:
        step, request, around = mine(engine, tx, step_id, by, now)
        if step.held == CHECKPOINT:
            raise Refused("A team only releases it.", hint="Press Release, or say until when it must wait.")
        told = hold.recipients(around, request, step)
        if isinstance(step.action, HandOver):
            handed = let_go(tx, around, request, step)  # the question for a successor comes next
        else:
            until = latest(now, around.rules.policy.holds)
            numbers = _hand_overs(tx, step) or _by_hand(tx, request, step, by)
            after = tuple(dict.fromkeys((*step.after_done, *numbers)))
            handed = _until(tx, step, HANDING, by, until, now, after_done=after)
        if handed is None:
            raise Refused(_FASTER)
        until_words = handed.due.isoformat() if handed.due else ""
        facts = {"step": step.id, "by": by, "until": until_words, "after": list(handed.after_done)}
        journal.add(tx, "hold.handing", now, request=request.id, facts=facts)
        hold.line(tx, handed, "hold handing", now, by=by, until=until_words)
        progress.free(engine, tx, request, now)
        hold.tell(tx, request, told | {by}, now)
        return handed


def _hand_overs(tx: Tx, step: Step) -> tuple[int, ...]:
    """The open hand-overs of what is lost with this right; the plan has them already."""
    carries = step.action.grant.entitlement.carries if isinstance(step.action, Revoke) else ()
    found = (other for other in records.steps(tx, step.request) if other.system == step.system and not other.ended)
    return tuple(
        other.number
        for other in found
        if isinstance(other.action, HandOver) and other.action.asset.native_id in carries
    )


def _by_hand(tx: Tx, request: Request, step: Step, by: PersonId) -> tuple[int, ...]:
    """A task for whoever said so: hand over what hangs on this item, and say who has it now."""
    number = max(other.number for other in records.steps(tx, request.id)) + 1
    label = step.action.grant.entitlement.label if isinstance(step.action, Revoke) else str(step.number)
    task = Step(
        id=records.step_id(request.id, number),
        request=request.id,
        number=number,
        kind=StepKind.TASK,
        system=step.system,
        wave=Wave.HAND_OVER,
        action=Task(f"Hand over what hangs on {label}", _HOW, _PROOF, target=f"hand over first|{step.number}"),
        state=StepState.WAITING,
        assignee=by,
        joined_late=True,
    )
    records.add_steps(tx, [task])
    return (number,)


_HOW = "Find somebody who stays, give them what they need, and tell them what is under way. Then press Done."
_PROOF = "Who has it now"


@again
def pass_on(engine: Engine, step_id: str, by: PersonId, to: PersonId, now: datetime) -> Step:
    """Somebody else is asked instead, until the same time. Raises Refused, naming the field."""
    with engine.db.begin() as tx:
        step, request, around = mine(engine, tx, step_id, by, now)
        if step.held == CHECKPOINT:
            raise Refused("A team answers this, not one person.")
        _raise_if_not_askable(around, request, step, by, to)
        told = hold.recipients(around, request, step)
        remind = now + (step.due - now) / 2 if step.due and step.due > now else None
        passed = records.settle(tx, step, StepState.HELD, assignee=to, reminded_at=remind)
        if passed is None:
            raise Refused(_FASTER)
        journal.add(tx, "hold.passed", now, request=request.id, facts={"step": step.id, "by": by, "to": to})
        until = step.due.isoformat() if step.due else ""
        hold.line(tx, passed, "hold passed", now, by=by, to=to, until=until)
        _redraw(tx, request, told | {by, to}, now)
        return passed


def _raise_if_not_askable(around: Scene, request: Request, step: Step, by: PersonId, to: PersonId) -> None:
    if to not in around.crew.people:
        raise Refused("I do not know this person.", hint="Choose somebody from the list.", field="person")
    name = around.person(to).name
    if to == request.subject:
        raise Refused("The person who leaves is not asked.", field="person")
    if not around.crew.working(to, around.today):
        raise Refused(f"{name} does not work here any more.", field="person")
    if to in {by, step.assignee}:
        raise Refused("That is who is asked now.", hint="Choose somebody else.", field="person")
    system = around.rules.policy.systems[step.system]
    trusted = to in {system.owner, system.deputy} or around.crew.may(to, Power.SECURITY, Power.IT, Power.ADMIN)
    if hold.is_sensitive(around.rules.policy, step) and not trusted:
        hint = f"Security, IT and whoever looks after {system.name} may answer it."
        raise Refused(f"This one is powerful: {name} may not decide about it.", hint=hint, field="person")


def answerable(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """The held step, if this person may answer for it now; nothing changes. Raises Refused."""
    with engine.db.look() as tx:
        return mine(engine, tx, step_id, by, now)[0]


def mine(engine: Engine, tx: Tx, step_id: str, by: PersonId, now: datetime) -> tuple[Step, Request, Scene]:
    """A held step, its request locked, and the people of now, for somebody who may answer. Raises Refused."""
    found = records.lock_step(tx, step_id)
    if found is None:
        raise Refused("I cannot find this item any more.")
    step, request = found
    if by == request.subject:
        raise Refused("You cannot act on a request that concerns you.")
    around = scene(engine, tx, request, now)
    if step.state is not StepState.HELD or step.held not in HOLDS or request.state is not RequestState.RUNNING:
        raise Refused(_OVER, hint=_who_answered(tx, around, step))
    if not hold.may_answer(around, request, step, by):
        raise Refused("This is not yours to answer.", hint=f"{around.person(step.assignee or by).name} is asked.")
    return step, request, around


def _who_answered(tx: Tx, around: Scene, step: Step) -> str:
    trail = journal.read(tx, request=step.request)
    said = [
        one for one in trail if one.kind.startswith("hold.") and one.facts.get("step") == step.id and "by" in one.facts
    ]
    return f"{around.person(PersonId(said[-1].facts['by'])).name} answered." if said else ""


def _redraw(tx: Tx, request: Request, told: frozenset[PersonId] | set[PersonId], now: datetime) -> None:
    hold.tell(tx, request, told, now)
    outbox.tell(tx, "root", now, request=request.id)
