"""Sixteen clicks at the same instant, from two processes: one decision, told the same by everything that is stored.

Two people click yes and no, each several times, and some clicks are about a plan that was replaced.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from typing import TypeAlias

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.engine.approve import approve
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.store import Database, Tx, journal, records
from tests.bench.lines import Line
from tests.bench.stage import BOSS, DIGEST, KINDS, OWNER, Case, ask, database, leaver, now, people
from tests.bench.vast import SYSTEMS, vast
from tests.tools.postgres import NoPostgresError

Tally: TypeAlias = "Synchronized[int]"  # how many answers nobody could expect

ROUNDS, PROCESSES, HANDS = 100, 2, 8  # rounds on each kind of database
_ENDS = {"request.approved": RequestState.RUNNING, "request.denied": RequestState.DENIED}


def measure() -> Iterator[Line]:
    """Wrong outcomes of two hundred rounds, half of them on each kind of database."""
    for kind in KINDS:
        with suppress(NoPostgresError), database(kind) as url:
            yield Line(f"one-winner, wrong of {ROUNDS} x 16, {kind}", _wrong(url), "n", limit=0)


def _wrong(url: str) -> int:
    db = Database(url)
    people(db, ROUNDS)
    cases = [leaver(number, systems=SYSTEMS[:1]) for number in range(ROUNDS)]
    with db.begin() as tx:
        ask(tx, cases)
    spawn = get_context("spawn")
    gate = spawn.Barrier(PROCESSES * HANDS)
    mistakes: Tally = spawn.Value("i", 0)
    clickers = [spawn.Process(target=click, args=(url, cases, gate, seed, mistakes)) for seed in range(PROCESSES)]
    for clicker in clickers:
        clicker.start()
    for clicker in clickers:
        clicker.join()
    with db.look() as tx:
        found = sum(not _well(tx, case) for case in cases)
    db.close()
    return int(found + mistakes.value + sum(clicker.exitcode != 0 for clicker in clickers))


def click(url: str, cases: list[Case], gate: Barrier, seed: int, mistakes: Tally) -> None:
    """One process: eight hands that click in every round at the same instant as the other eight."""
    db = Database(url)
    engine = Engine(db, vast(), Inline())

    def hand(number: int) -> int:
        chance = random.Random(seed * HANDS + number)  # noqa: S311 - the same clicks every time
        unexpected = 0
        for case in cases:
            person, yes = chance.choice((BOSS, OWNER)), chance.random() < 0.8
            seen = DIGEST if chance.random() < 0.9 else "an older plan"
            gate.wait(60)
            try:
                approve(engine, case.id, seen, person, now(), yes=yes)
                unexpected += seen != DIGEST
            except Refused:
                pass
            except Exception:  # noqa: BLE001 - whatever it is, nobody should be answered so
                unexpected += 1
        return unexpected

    with ThreadPoolExecutor(HANDS) as pool:
        count = sum(pool.map(hand, range(HANDS)))
    with mistakes.get_lock():
        mistakes.value += count
    db.close()


def _well(tx: Tx, case: Case) -> bool:
    """Whether everything that is stored about one request tells the same, possible story."""
    request = records.get(tx, case.id)
    given = records.approvals(tx, case.id)
    decided = [entry.kind for entry in journal.read(tx, request=case.id) if entry.kind in _ENDS]
    once = all(count == 1 for count in Counter(one.person for one in given).values())
    if request is None or len(decided) > 1 or not once:
        return False
    no = [one for one in given if not one.yes]
    if not decided:  # both said yes to an older plan, or only one of the two was drawn
        return request.state is RequestState.AWAITING_APPROVAL and len(given) < 2 and not no
    return request.state is _ENDS[decided[0]] and bool(no) == (decided[0] == "request.denied")
