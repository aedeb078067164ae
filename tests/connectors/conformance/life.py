"""One change through one fault, from the first try to the day it was given back; and a reading through one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar
from zlib import crc32

from bot.domain.model import Assign, Change, Delete, Enable, Resume, inverse
from bot.domain.reading import Reading
from bot.domain.verify import Verdict, judge
from connectors.interface import ConnectorError, Outcome, Polls, Result
from tests.connectors.conformance.faults import KINDS, PAUSE, WRITES_ONLY, Armed, Call, Fault
from tests.connectors.conformance.world import Stage, World, held
from tests.connectors.contract import PARTS, SETTLED

FULL = os.environ.get("CONFORMANCE") == "full"
TRIES = 4  # the retry law has more patience; a change that needs more of it without a fault is not idempotent
GIVES = (Assign, Enable, Resume)

Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class Case:
    """One call at which something goes wrong: of the reading (no number), of a change, or of giving it back."""

    call: Call
    number: int | None = None
    back: bool = False


def cases(stage: Stage) -> tuple[Case, ...]:
    """Every call that a life without faults makes, each kind once per change; that life must end well itself."""
    found = [Case(call) for call in _calls(stage, stage.read)]
    for number in range(len(stage.changes)):
        change = prepared(stage, number)
        found += [Case(call, number) for call in _calls(stage, partial(finish, stage.world, change))]
        end = _stays(stage, change)
        back = given_back(stage, change)
        if back is not None:
            found += [Case(call, number, back=True) for call in _calls(stage, partial(finish, stage.world, back))]
            end = _stays(stage, back)
        stage.tidy(end)
    return tuple(found)


def prepared(stage: Stage, number: int) -> Change:
    """The change of this number, and what a plan makes before it: an account is deleted with nothing left."""
    change = stage.changes[number]
    for one in stage.changes[:number] if isinstance(change, Delete) else ():
        finish(stage.world, one)
    return change


def _calls(stage: Stage, act: Callable[[], object]) -> tuple[Call, ...]:
    stage.world.trouble.arm()
    act()
    return tuple(dict.fromkeys(stage.world.trouble.calls))


def chosen(every: Sequence[Case], fault: Fault, most: int) -> tuple[Case, ...]:
    """The cases this fault can meet: all with CONFORMANCE=full, else `most`, the same at every run, writes first."""
    able = [case for case in every if case.call.write or fault not in WRITES_ONLY]
    if FULL or len(able) <= most:
        return tuple(able)
    able.sort(key=lambda case: crc32(f"{fault.name} {case.call.name} {case.number} {case.back}".encode()))
    writes = [case for case in able if case.call.write][: (most + 1) // 2]
    return (*writes, *[case for case in able if not case.call.write][: most - len(writes)])


def endure(stage: Stage, case: Case, fault: Fault) -> None:
    """Everything the suite promises of one case."""
    if case.number is None:
        _glance(stage, case, fault)
        return
    change = prepared(stage, case.number)
    if case.back:
        finish(stage.world, change)
        change = given_back(stage, change) or change
    armed = Armed(fault, case.call.name)
    stage.world.trouble.arm(armed)
    attempt(lambda: stage.world.connector.apply(change), fault)
    assert armed.met, "the connector never made this call"
    confirmed_truly(stage, change)
    stage.world.trouble.clear()
    finish(stage.world, change)
    end = _stays(stage, change)
    undo = None if case.back else given_back(stage, change)
    if undo is not None:
        finish(stage.world, undo)
        end = _stays(stage, undo)
    stage.tidy(end)


def _glance(stage: Stage, case: Case, fault: Fault) -> None:
    """A reading through a fault: an error of its class, or nothing that looks cleaner than it is."""
    stage.world.trouble.arm(Armed(fault, case.call.name))
    read = attempt(stage.read, fault)
    stage.world.trouble.clear()
    for part in PARTS if read else ():
        assert not getattr(read, part).complete or held(read)[part] == held(stage.clean)[part], part  # type: ignore[arg-type]
    assert read is None or not read.work.complete or read.work == stage.clean.work
    assert held(stage.read()) == held(stage.clean)


def attempt(act: Callable[[], Got], *faults: Fault) -> Got | None:
    """What came of it, or None where it ended in an error of a class that one of these faults may have."""
    try:
        return act()
    except ConnectorError as error:
        allowed = frozenset().union(*(KINDS[fault] for fault in faults))
        assert error.kind in allowed, f"{error.kind}: {error.said}"  # noqa: PT017
        if faults == (Fault.THROTTLED,):
            assert error.after == timedelta(seconds=PAUSE), error.after  # noqa: PT017
        return None


def confirmed_truly(stage: Stage, change: Change) -> None:
    """A fresh reading, if there can be one now, never confirms what the system itself belies."""
    try:
        verdict = judge(change, stage.read())
    except ConnectorError:
        return
    if verdict is Verdict.CONFIRMED:
        assert _true(stage.world, change), f"wrongly confirmed: {change}"


def _true(world: World, change: Change) -> bool:
    return world.holds(change) in {None, isinstance(change, GIVES)}


def finish(world: World, change: Change) -> Outcome:
    """The change made, as the retry law would: a few tries, each answered or worth another. Raises ConnectorError."""
    for tries in range(TRIES):
        try:
            outcome = _to_its_end(world, world.connector.apply(change))
            if outcome.result is not Result.FAILED:
                world.accept()
                return outcome
        except ConnectorError as error:
            if not error.retry or tries == TRIES - 1:
                raise
        world.accept()
    raise AssertionError(f"never done: {change}")


def _to_its_end(world: World, outcome: Outcome) -> Outcome:
    for _ in range(TRIES * 5):
        if outcome.result is not Result.PENDING or not isinstance(world.connector, Polls):
            return outcome
        outcome = world.connector.poll(outcome.handle)
    return outcome


def _stays(stage: Stage, change: Change) -> Reading:
    """Twice is once, a fresh reading bears it out, and the system itself says the same; that reading."""
    assert finish(stage.world, change).result is Result.ALREADY, change
    reading = stage.read()
    assert judge(change, reading) in SETTLED, change
    assert _true(stage.world, change), change
    return reading


def given_back(stage: Stage, change: Change) -> Change | None:
    """The change that undoes this one, where this connector can make it."""
    back = inverse(change)
    return back if back is not None and type(back) in stage.can else None
