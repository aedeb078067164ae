"""A company in trouble, by seed: `python -m tests.proof.simulation FIRST COUNT` lives that many lives.

In each life a few people leave at the same time, everybody presses what they like, systems and the chat fail in every
way they can, the process dies at any point, deliveries come twice or never. Then the trouble ends and people help:
every request must find its end, and every invariant must hold. A seed that does not tells its number; the same number
lives the same life again (set PYTHONHASHSEED=0, as `make soak` does).
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.chat.port import Speaker, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Trigger
from bot.domain.planning import SUCCESSOR
from bot.domain.request import Request, Step
from bot.engine import approve, borrow, control, extend, give_back, tasks
from bot.engine.submit import Asked, submit
from bot.store import Database, people, records
from bot.store import tables as t
from bot.store.claims import ALERT
from tests.fakes.town import ALICE, BEN, CLARA, CLOUD, CODE, HANNA, INES, MARCO, OMAR, PRIYA, SARA, TOMASZ
from tests.proof.invariants import broken, look, nothing_drops_out
from tests.proof.ports import Died, Points, Watched
from tests.proof.tape import Tape
from tests.proof.weather import Trouble
from tests.proof.world import World, found

LEAVERS = (ALICE, BEN, PRIYA)
TOGETHER = ((ALICE,), (BEN,), (PRIYA,), (BEN, PRIYA), (PRIYA, BEN), (ALICE, PRIYA))
CROWD = (ALICE, BEN, CLARA, HANNA, INES, MARCO, OMAR, PRIYA, SARA, TOMASZ)
STRANGER = Speaker("U999", None)
PRESSED = ("approve",) * 12 + ("take_back",) * 2 + ("deny", "cancel", "stop", "go_on")
PATIENCE = 120


@dataclass
class Life:
    """One seed: its chance, its trouble, and the world as the living process knows it."""

    db: Watched
    chance: random.Random
    trouble: Trouble
    tape: Tape = field(default_factory=Tape)
    slow: timedelta = timedelta(0)
    sent: int = 0

    def begin(self) -> World:
        """A process starts: after a death the dispatcher delivers again, or remembers nothing."""
        points = Points(self.trouble.point)
        world = World(self.db.url, self.tape, points=points, weather=self.trouble.call, chance=self.chance, db=self.db)
        world.queue.twice = 0.0 if self.trouble.over else 0.05
        for vendor in world.vendors.values():
            vendor.slow = self.slow
        if self.chance.random() < 0.5:
            world.adopt()
        return world


def live(seed: int, folder: Path, db: Watched) -> tuple[list[str], Life]:
    """One life from its first form to its last signature, in the file `life` of the folder; what was wrong with it."""
    random.seed(seed)
    chance = random.Random(seed)  # noqa: S311 - a life to live again
    for path in folder.glob("life*"):
        path.unlink()
    shutil.copyfile(folder / "settled", folder / "life")
    trouble = Trouble(
        chance,
        refusal=chance.choice([0, 0.05, 0.2]),
        silence=chance.choice([0, 0.05, 0.2]),
        death=chance.choice([0, 0.002, 0.01]),
    )
    slow = timedelta(seconds=chance.choice([0, 0, 3, 40]))
    life = Life(db, chance, trouble, slow=slow)
    world = troubled(life)
    wrong = [*healed(life, world), *broken(world)]
    world.leave()
    return wrong, life


def troubled(life: Life) -> World:
    """Anything happens at any time, in whatever process lives at that moment."""
    world = life.begin()
    for leaver in life.chance.choice(TOGETHER):
        leaves(life, world, leaver)
    for _ in range(life.chance.randint(5, 12)):
        try:
            world.pass_time(timedelta(seconds=life.chance.choice([1, 1, 5, 60, 600])))
            with suppress(Refused):
                life.chance.choice(ACTS)(life, world)
            world.ticks()
            world.queue.drain(world.engine, most=life.chance.randint(1, 12))
            if life.chance.random() < 0.35:
                world.say()
        except Died:
            world.leave()
            world = life.begin()
    return world


def healed(life: Life, world: World) -> Iterator[str]:
    """The trouble is over: whatever is still open is queued or asked of somebody, and ends once people help."""
    life.trouble.over = True
    world.queue.twice = 0.0
    for vendor in world.vendors.values():
        vendor.lies = 0
    move(world)
    yield from nothing_drops_out(look(world))
    for turn in range(PATIENCE):
        left = unfinished(world)
        if not left:
            break
        for request in left:
            help_(world, request)
        world.pass_time(timedelta(seconds=2) if turn % 4 else timedelta(minutes=20))
        move(world)
    yield from (f"{request.id} does not end: {request.state.value}" for request in unfinished(world))
    yield from all_said(world)


def move(world: World) -> None:
    """What is due is started and run; it is said later, which is fewer and longer messages."""
    world.ticks()
    world.queue.drain(world.engine)


def all_said(world: World) -> Iterator[str]:
    """Once the chat is well, nothing stays unsaid."""
    unsent = t.notices.select().where(t.notices.c.sent_at.is_(None), t.notices.c.kind != ALERT)
    left: Sequence[object] = ()
    for _ in range(10):
        world.say()
        with world.db.look() as tx:
            left = tx.execute(unsent).all()
        if not left:
            return
        world.pass_time(timedelta(minutes=2))  # whoever died with a thread in hand holds it for a while
    yield from (f"never said: {row}" for row in left)


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
        acts.append(partial(tasks.name_successor, engine, step.id, by, "40008", now))
    elif step.state is StepState.HELD:
        acts.append(partial(approve.approve_item, engine, step.id, request.digest, by, now, yes=True))
    elif step.state is StepState.PARKED:
        acts.append(partial(tasks.try_again, engine, step.id, by, now))
    elif step.kind.value == "task" and step.state is StepState.READY:
        acts.append(partial(tasks.attest, engine, step.id, by, "Done.", (), now))
    for act in acts:
        with suppress(Refused):
            act()


def main() -> int:
    """Live the lives of these seeds; print those that went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.disable()
    memory = Path("/dev/shm")  # noqa: S108 - a disk that is none, where there is one
    began, failed, deaths = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as where:
        folder = Path(where)
        url = f"sqlite:///{folder / 'settled'}"
        db = Database(url)
        db.migrate()
        db.close()
        found(url)
        life_db = Watched(f"sqlite:///{folder / 'life'}", Points())
        for seed in range(told.first, told.first + told.count):
            try:
                wrong, life = live(seed, folder, life_db)
                deaths += life.trouble.deaths
            except Exception:  # noqa: BLE001 - whatever it is, the seed is told and the next life begins
                wrong = [traceback.format_exc()]
            if wrong:
                failed += 1
                print(f"seed {seed} ({os.environ.get('PYTHONHASHSEED')}):", *wrong, sep="\n  ", flush=True)
            if seed % 20 == 0:
                gc.collect()
    print(f"{told.count} lives, {deaths} deaths, {failed} wrong, {time.monotonic() - began:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
