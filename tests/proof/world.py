"""A company that can be left at any moment and entered again: rows in the database, everything else on the tape."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.chat.commands import Talk
from bot.chat.desk import Desk
from bot.domain.lifecycle import StepState
from bot.domain.model import (
    Account,
    Assign,
    Change,
    Credential,
    Entitlement,
    Grant,
    Link,
    Revoke,
    SystemKey,
)
from bot.engine.context import Engine
from bot.engine.expire import expire
from bot.engine.recover import recover
from bot.engine.start import start_due
from bot.engine.tasks import remind
from bot.engine.tend import tend
from bot.store import Database, people, records
from bot.store import tables as t
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, BEN, CLOUD, CODE, INES, PRIYA, START, Town, cloud, code_host
from tests.proof.ports import Points, Road, Watched, Weather, calm
from tests.proof.queue import Job, Queue
from tests.proof.tape import Tape
from tests.proof.vendors import Heard, Holding, Vendor

MORE = ((BEN, CLOUD, "AIDA8"), (INES, CODE, "40005"), (PRIYA, CODE, "40011"), (PRIYA, CLOUD, "AIDA11"))
OWNERS = {"40004": ALICE, "AIDA4": ALICE, "40008": BEN, "AIDA8": BEN, "40011": PRIYA, "AIDA11": PRIYA}


def found(path: Path | str) -> None:
    """Settle the company in a fresh, migrated database: people, links, powers, rules."""
    db = Database(str(path))
    Town(db)
    with db.begin() as tx:
        for person, system, native in MORE:
            people.link(tx, Link(person, system, native, native, "set-up", "set-up"), START)
    db.close()


def code_accounts() -> Mapping[str, Memory]:
    """Alice with all she has; Ben and Priya with a team each. Ines could take over, should Ben leave too."""
    alice = code_host()
    ines = Account(CODE, "40005", "iferreira", active=True)
    alice.assets = [replace(one, candidates=(*one.candidates, ines)) for one in alice.assets]
    return {"40004": alice, **{native: _small(CODE, native, "team:2") for native in ("40008", "40011")}}


def cloud_accounts() -> Mapping[str, Memory]:
    """Alice with all she has; Ben and Priya with a key and a group each."""
    return {"AIDA4": cloud(), **{native: _small(CLOUD, native, "group:2") for native in ("AIDA8", "AIDA11")}}


def _small(system: SystemKey, native: str, group: str) -> Memory:
    account = Account(system, native, native, active=True)
    held = Grant(account, Entitlement(group, "group", group))
    key = Credential(account, f"key-{native}", "key", f"key of {native}")
    return Memory(system, account, grants=[held], credentials=[key])


HOLDINGS: Mapping[SystemKey, Holding] = {CODE: code_accounts, CLOUD: cloud_accounts}


class World(Town):
    """One process in that company, from its start to whatever ends it."""

    def __init__(
        self,
        url: str,
        tape: Tape,
        *,
        points: Points | None = None,
        weather: Weather = calm,
        chance: random.Random | None = None,
        db: Watched | None = None,
    ) -> None:
        self.tape = tape
        self.points = points or Points()
        self.db = db or Watched(url, self.points)
        self.db.points = self.points
        self.road = Road(self.points, weather)
        self.queue = Queue(self.db, self.tick, chance)
        self.now = self._clock()
        self.vendors = {key: Vendor(key, held, tape, self.road, self.seen, self.ends) for key, held in HOLDINGS.items()}
        self.engine = Engine(self.db, self.vendors, self.queue, chance or random.Random(1))  # noqa: S311 - a story twice
        self.ears: Heard = Heard(tape, self.road, self.seen)
        self.desk = Desk(self.engine, lambda: self.now, "a secret of this test only", "http://usher.test")
        self.talk = Talk(self.desk)

    def _clock(self) -> datetime:
        """A moment after the last thing that anybody knows of."""
        with self.db.look() as tx:
            stamps = (t.journal.c.at, t.steps.c.first_tried_at)  # that a reading began stands in no journal
            known = [tx.execute(select(func.max(column))).scalar() or START for column in stamps]
        return max([*known, *(line.at for line in self.tape.lines)]) + timedelta(seconds=1)

    def seen(self) -> tuple[datetime, int]:
        """The time, and how far our trail is committed: asked by the outside whenever we call it."""
        assert not self.db.writing, "a call outside while a transaction is open"
        with self.db.look() as tx:
            return self.now, tx.execute(select(func.max(t.journal.c.id))).scalar() or 0

    def ends(self, change: Change) -> datetime | None:
        """When this gift will be taken back, by what is committed now; None where nothing says so."""
        if not isinstance(change, Assign):
            return None
        with self.db.look() as tx:
            waiting = tx.execute(select(t.steps.c.id).where(t.steps.c.state == "waiting", t.steps.c.due.is_not(None)))
            steps = [records.step(tx, row.id) for row in waiting]
        back = [s for s in steps if s and isinstance(s.action, Revoke) and s.action.grant.key == change.grant.key]
        return back[0].due if back else None

    def adopt(self) -> None:
        """What a dispatcher that keeps its queue in the database delivers again after the process died."""
        with self.db.look() as tx:
            for step in records.in_flight(tx):
                at_work = step.state is StepState.RUNNING  # there `due` says when the call should be over
                self.queue.add(Job(step.id, step.attempt, self.now if at_work else step.due or self.now))

    def ticks(self) -> None:
        """Everything that the clock looks at."""
        for look in TICKS:
            look(self.engine, self.now)

    def work(self) -> None:
        """What is due is started and run, and what there is to say is said."""
        self.ticks()
        self.queue.drain(self.engine)
        self.say()

    def leave(self) -> None:
        """The process is over, in whatever state it was."""
        with suppress(Exception):
            self.db.close()


TICKS: tuple[Callable[[Engine, datetime], object], ...] = (recover, start_due, remind, expire, tend)
