"""Before the first write to a system, what it held is in the store: there is always something to go back by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.model import Change, Disable, EndSessions, HandOver, Revoke, SystemKey, account_of
from bot.domain.planning import key_of
from bot.domain.reading import Reading
from bot.engine.run import run_step
from bot.store import Database, records, snapshots
from tests.fakes.memory import Memory
from tests.fakes.town import CODE, INES, MARCO, Town
from tests.stories.acts import asked, finish


class Crash(BaseException):
    """The process dies here: nothing catches it."""


@pytest.fixture
def town(db: Database) -> Town:
    """Alice's exit is approved, and nothing is read or changed yet."""
    town = asked(Town(db))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    return town


def stored(town: Town, system: SystemKey) -> Reading:
    """What is in the store of this system at this very moment, in a transaction of its own."""
    with town.engine.db.look() as tx:
        seen = records.last_reading(tx, town.request().id, system)
    assert seen is not None
    return seen


def test_a_look_that_ended_last_is_not_the_newest_for_that(town: Town) -> None:
    """A slow look that began before another one does not stand for what there is now."""
    newest, request = stored(town, CODE), town.request().id
    with town.engine.db.begin() as tx:
        records.add_reading(tx, request, replace(newest, at=newest.at - timedelta(seconds=9), control="slow"))
    assert stored(town, CODE) == newest


def holds(seen: Reading, change: Change) -> bool:
    """Whether this reading shows what the change takes away."""
    match change:
        case Revoke(grant):
            return grant.key in {one.key for one in seen.grants.items}
        case Disable(credential):
            return credential.native_id in {one.native_id for one in (*seen.credentials.items, *seen.made.items)}
        case EndSessions():
            return bool(seen.sessions.items)
        case HandOver(asset):
            return asset.native_id in {one.native_id for one in seen.assets.items}
        case _:
            return account_of(change).native_id in {one.native_id for one in seen.account.items}


def watching(town: Town, memory: Memory, written: list[str], *, dies: bool) -> None:
    """Ask the store at every write, from the first one on; the process may die right after the first."""

    def before(change: Change) -> None:
        first = not written
        seen = stored(town, memory.key)
        started = town.request().started_at
        assert started is not None
        assert seen.at >= started, "it is the reading of the start, not that of the plan"
        assert holds(seen, change) or key_of(memory.key, change) in written
        written.append(key_of(memory.key, change))
        if first and dies:
            raise Crash

    memory.before_apply = before


@pytest.mark.parametrize("dies", [False, True], ids=["runs through", "dies at the first write"])
def test_what_a_system_held_is_stored_before_the_first_write(town: Town, dies: bool) -> None:
    """Each change finds its own thing in the reading of the start, also after a crash at the first one (S1-20)."""
    written: dict[str, list[str]] = {"github": [], "aws": []}
    for memory in (town.github, town.aws):
        watching(town, memory, written[memory.key], dies=dies)
    while True:
        try:
            town.inline.drain(town.engine, town.tick)
            break
        except Crash:
            run_step(town.engine, *town.inline.ran[-1], town.tick)
    town.say()
    finish(town)
    assert all(written.values())


def test_the_snapshot_is_the_last_look_before_the_first_write(town: Town) -> None:
    """Looks that confirmed come later, and do not take its place."""
    town.inline.drain(town.engine, town.tick)
    first = min(s.first_tried_at for s in town.view().steps if s.system == "aws" and s.first_tried_at)
    with town.engine.db.look() as tx:
        every = snapshots.readings(tx, town.request().id, town.aws.key)
    *_earlier, snapshot = (one for one in every if one.at <= first)
    assert any(key.active for key in snapshot.credentials.items)
    assert not any(key.active for key in every[-1].credentials.items)
