"""What people do: anything at random while there is trouble, and what helps when it is over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from bot.chat.port import Speaker, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Trigger
from bot.domain.planning import SUCCESSOR
from bot.domain.request import Request, Step
from bot.domain.successors import ACCEPT
from bot.engine import approve, borrow, control, extend, give_back, succeed, tasks
from bot.engine.submit import Asked, submit
from bot.store import people, records
from tests.fakes.town import ALICE, BEN, CLARA, CLOUD, CODE, HANNA, INES, MARCO, OMAR, PRIYA, SARA, TOMASZ
from tests.proof.life import Life
from tests.proof.ports import Died
from tests.proof.world import World

LEAVERS = (ALICE, BEN, PRIYA)
CROWD = (ALICE, BEN, CLARA, HANNA, INES, MARCO, OMAR, PRIYA, SARA, TOMASZ)
STRANGER = Speaker("U999", None)
PRESSED = ("approve",) * 12 + ("take_back",) * 2 + ("deny", "cancel", "stop", "go_on")


def unfinished(world: World) -> tuple[Request, ...]:
    """The requests that are not over."""
    with world.db.look() as tx:
        return records.open_requests(tx)


# ---- what people do, at random ----


def leaves(life: Life, world: World, leaver: PersonId) -> None:
    """Somebody in HR fills in the form, perhaps twice."""
    at_once = life.chance.random() < 0.7
    starts = world.now + timedelta(minutes=life.chance.choice([1, 10, 60]))
    with world.db.look() as tx:
        name = people.every(tx)[leaver].name
    life.sent += 1
    asked = Asked(
        requester=life.chance.choice([HANNA, CLARA, SARA]),
        subject=leaver,
        starts_at=starts,
        immediate=at_once,
        voluntary=life.chance.random() < 0.7,
        typed_name=name,
    )
    for _ in range(life.chance.choice([1, 1, 2])):
        with suppress(Refused, Died):
            submit(world.engine, asked, world.now, delivery=f"form-{life.sent}")


def somebody_leaves(life: Life, world: World) -> None:
    """One more form."""
    leaves(life, world, life.chance.choice(LEAVERS))


def somebody_borrows(life: Life, world: World) -> None:
    """Access for a while is asked for, by form, once or twice."""
    what = life.chance.choice(["prod_reading", "on_call"])
    who, by = life.chance.choice(LEAVERS), life.chance.choice([*LEAVERS, INES])
    until = world.now + timedelta(minutes=life.chance.choice([3, 30, 200]))
    life.sent += 1
    for _ in range(life.chance.choice([1, 1, 2])):
        with suppress(Refused):
            borrow.submit(
                world.engine,
                borrow.Borrowing(by, who, what, "Why not.", until),
                world.now,
                delivery=f"form-{life.sent}",
            )


def somebody_decides_about_access(life: Life, world: World) -> None:
    """Access is approved, made longer, given back: by whoever may, or by whoever would like to."""
    engine, now = world.engine, world.now
    for request in unfinished(world):
        if request.trigger is not Trigger.ACCESS:
            continue
        by = life.chance.choice([*request.approvers, *CROWD])
        more = request.wanted.more if request.wanted else None
        acts: list[Callable[[], object]] = [
            partial(approve.approve, engine, request.id, request.digest, by, now, yes=life.chance.random() < 0.9),
            partial(extend.extend, engine, request.id, request.subject, now + timedelta(minutes=400), now),
            partial(extend.decide_more, engine, request.id, more.digest if more else "", by, now, yes=True),
            partial(give_back.give_back, engine, request.id, by, now),
        ]
        for act in acts:
            if life.chance.random() < 0.4:
                with suppress(Refused):
                    act()


def somebody_presses(life: Life, world: World) -> None:
    """Anybody presses anything that belongs to a whole request: known or not, early, late, twice."""
    with world.db.look() as tx:
        request = life.chance.choice(records.recent(tx, 4) or [None])
    if request is None:
        return
    action = life.chance.choice(PRESSED)
    able = request.approvers if action in {"approve", "take_back"} and life.chance.random() < 0.8 else CROWD
    person = life.chance.choice(able or CROWD)
    who = Speaker(f"U{person[2:]}", person) if life.chance.random() < 0.95 else STRANGER
    parts = (request.id, request.digest) if action in {"approve", "deny"} else (request.id,)
    value = world.desk.sealed(action, *parts)
    for _ in range(life.chance.choice([1, 1, 2])):
        with suppress(Refused):
            world.talk.press(who, action, value, "", Where())


def somebody_reschedules(life: Life, world: World) -> None:
    """HR chooses another time."""
    for request in unfinished(world):
        if life.chance.random() < 0.3:
            at = world.now + timedelta(minutes=life.chance.choice([2, 30]))
            control.reschedule(world.engine, request.id, HANNA, at, world.now)


def somebody_answers(life: Life, world: World) -> None:
    """A question is answered, by whoever was asked or by somebody else."""
    for request in unfinished(world):
        with world.db.look() as tx:
            steps = records.steps(tx, request.id)
        for step in steps:
            if life.chance.random() < 0.4:
                by = step.assignee if step.assignee and life.chance.random() < 0.8 else life.chance.choice(CROWD)
                answer(world, request, step, by)


def something_breaks(life: Life, world: World) -> None:
    """A system is away, or the chat, or a system says yes and does nothing."""
    who = life.chance.choice([CODE, CLOUD, "chat"])
    if who in world.vendors and life.chance.random() < 0.4:
        world.vendors[CODE if who == CODE else CLOUD].lies = life.chance.randint(1, 2)
    else:
        life.trouble.outage(who)


def it_dies(_life: Life, _world: World) -> None:
    """The machine goes away between two acts."""
    raise Died


ACTS: tuple[Callable[[Life, World], None], ...] = (
    *(somebody_presses,) * 10,
    *(somebody_answers,) * 4,
    *(something_breaks,) * 3,
    *(somebody_borrows,) * 3,
    *(somebody_decides_about_access,) * 3,
    somebody_leaves,
    somebody_reschedules,
    it_dies,
)


# ---- what people do, when they help ----


def help_(world: World, request: Request) -> None:
    """Whoever is asked says yes, does their task, tries again."""
    with suppress(Refused):
        control.go_on(world.engine, request.id, HANNA, world.now)
    if request.state is RequestState.AWAITING_APPROVAL:
        for person in request.approvers:
            with suppress(Refused):
                approve.approve(world.engine, request.id, request.digest, person, world.now, yes=True)
    with suppress(Refused):
        give_back.give_back(world.engine, request.id, request.subject, world.now)
    with world.db.look() as tx:
        steps = records.steps(tx, request.id)
    for step in steps:
        for by in (step.assignee, *request.approvers):
            if by is not None and not step.ended:
                answer(world, request, step, by)


def answer(world: World, request: Request, step: Step, by: PersonId) -> None:
    """One question, answered as it wants to be."""
    engine, now = world.engine, world.now
    acts: list[Callable[[], object]] = []
    if step.state is StepState.HELD and step.held == SUCCESSOR:
        with world.db.look() as tx:
            stays = BEN not in people.going(tx) and people.crew(tx).working(BEN, now.date())
            heir = "40008" if stays else "40005"
        acts.append(partial(succeed.name_successor, engine, step.id, by, heir, now))
    elif step.state is StepState.HELD and step.held == ACCEPT:
        acts.append(partial(succeed.accept, engine, step.id, by, now))
    elif step.state is StepState.HELD:
        acts.append(partial(approve.approve_item, engine, step.id, request.digest, by, now, yes=True))
    elif step.state is StepState.PARKED:
        acts.append(partial(tasks.try_again, engine, step.id, by, now))
    elif step.kind.value == "task" and step.state is StepState.READY:
        acts.append(partial(tasks.attest, engine, step.id, by, "Done.", (), now))
    for act in acts:
        with suppress(Refused):
            act()
