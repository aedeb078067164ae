"""Whatever is offboarded, stopped, undone, paused and pressed in whatever order: nobody ends with more than before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.engine import approve, control, halt, leave, restore, seconds
from bot.engine.expire import expire
from bot.engine.leave import Leave
from bot.engine.restore import Restoring
from bot.engine.start import start_due
from bot.store import Database, proposals, records
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, CLARA, HANNA, INES, MARCO, SARA, Town, speaker
from tests.stories.acts import everything_said
from tests.tools import memory

Act = Callable[[Town], object]
REASON = "a reason that only HR may know"


def reach(town: Town) -> frozenset[str]:
    """Everything that lets Alice do something now, in both systems."""
    found = set()
    for system in (town.github, town.aws):
        found |= {f"{system.key} {grant.entitlement.native_id}" for grant in system.grants}
        keys = (*system.credentials, *system.made)
        found |= {f"{system.key} {key.native_id}" for key in keys if key.active}
        found |= {f"{system.key} account"} if system.account.active else set()
    return frozenset(found)


def newest(town: Town, *prefixes: str) -> list[str]:
    """The ids of her requests of these kinds, newest first."""
    with town.engine.db.look() as tx:
        return [one.id for one in records.recent(tx, 50) if one.id.startswith(prefixes)]


def offboard(town: Town) -> object:
    """Somebody begins an offboarding."""
    return town.offboard(HANNA, reason=REASON, note=str(town.now))


def agree(town: Town) -> None:
    """Both say yes to whatever waits for them."""
    for key in newest(town, "OFF", "RST", "PSE"):
        with town.engine.db.look() as tx:
            request = records.get(tx, key)
        if request is not None and request.state is RequestState.AWAITING_APPROVAL:
            for person in (MARCO, INES):
                with suppress(Refused):
                    approve.approve(town.engine, key, request.digest, person, town.now, yes=True)


def steer(act: Callable[[Town, str, PersonId], object], *prefixes: str) -> Act:
    """Clara does something with the newest request of this kind."""

    def do(town: Town) -> None:
        for key in newest(town, *prefixes)[:1]:
            act(town, key, CLARA)

    return do


def away(town: Town) -> object:
    """Somebody asks for a leave of ten hours."""
    return leave.submit(town.engine, Leave(HANNA, ALICE, town.now + timedelta(hours=10)), town.now)


def seconded(town: Town) -> None:
    """Usher may go on, if somebody proposed it."""
    with suppress(Refused):
        halt.propose_going_on(town.engine, SARA, town.now)
    with town.engine.db.look() as tx:
        found = proposals.open_ones(tx, kind=halt.KIND)
    for one in found:
        seconds.answer(town.engine, one.id, INES, town.now, yes=True)


def fault(system: str, kind: Kind, times: int) -> Act:
    """A system refuses the next few times."""

    def act(town: Town) -> None:
        broken: Memory = getattr(town, system)
        broken.faults = [ConnectorError("No.", kind=kind) for _ in range(times)]

    return act


def passing(minutes: int, most: int | None = None) -> Act:
    """Time passes, and some of the work, or all of it, is done."""

    def act(town: Town) -> None:
        town.pass_time(timedelta(minutes=minutes))
        start_due(town.engine, town.now)
        expire(town.engine, town.now)
        if most is None:
            town.work()
        else:
            town.inline.drain(town.engine, town.tick, most=most)

    return act


def give_all(town: Town, key: str, by: PersonId) -> None:
    """Undo all of it."""
    restore.submit(town.engine, Restoring(by, key), town.now)


def mistaken(town: Town, key: str, by: PersonId) -> None:
    """It is the wrong person."""
    restore.submit(town.engine, Restoring(by, key, contained=True), town.now)


ACTS: st.SearchStrategy[Act] = st.one_of(
    st.sampled_from([offboard, offboard, away, agree, agree, agree, seconded]),
    st.just(steer(lambda town, key, by: control.stop(town.engine, key, by, town.now), "OFF", "RST")),
    st.just(steer(lambda town, key, by: control.go_on(town.engine, key, by, town.now), "OFF", "RST")),
    st.just(steer(lambda town, key, by: control.cancel(town.engine, key, by, town.now), "OFF", "RST", "PSE")),
    st.just(steer(lambda town, key, by: leave.end_now(town.engine, key, by, town.now), "PSE")),
    st.just(steer(give_all, "OFF")),
    st.just(steer(mistaken, "OFF")),
    st.just(lambda town: halt.pause(town.engine, SARA, "", town.now)),
    st.builds(fault, st.sampled_from(["github", "aws"]), st.sampled_from([*Kind]), st.integers(1, 2)),
    st.builds(passing, st.sampled_from([0, 1, 30, 700]), st.sampled_from([None, None, 1, 3])),
)


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=4, max_size=14))
def test_nobody_ends_with_more_than_before(migrated_sqlite: Path, acts: list[Act]) -> None:
    """At no moment can she reach what she could not before the first request; the reason stays with HR (S4-27)."""
    with memory.folder() as folder:
        path = folder / "usher.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        with closing(Database(f"sqlite:///{path}")) as db, capture_logs():
            town = Town(db)
            before = reach(town)
            for act in (*acts, agree, passing(0), seconded, passing(700)):
                with suppress(Refused):
                    act(town)
                assert reach(town) <= before
            assert REASON not in everything_said(town)
            assert town.direct(ALICE) == []
            if not newest(town, "OFF", "PSE"):
                assert reach(town) == before


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, max_size=8))
def test_a_last_offboarding_takes_everything(migrated_sqlite: Path, acts: list[Act]) -> None:
    """However often it was undone before: once it ran to its end nothing comes back, whatever was still under way."""
    with memory.folder() as folder:
        path = folder / "usher.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        with closing(Database(f"sqlite:///{path}")) as db, capture_logs():
            town = Town(db)
            for act in acts:
                with suppress(Refused):
                    act(town)
            heal(town)
            if not began(town):
                return
            for _ in range(3):
                passing(700)(town)
            assert not any(system.account.active for system in (town.github, town.aws))
            assert not any(key.active for key in (*town.aws.credentials, *town.github.made))


def heal(town: Town) -> None:
    """The systems are well, Usher goes on, and whatever is open is given up."""
    town.github.faults, town.aws.faults = [], []
    with suppress(Refused):
        seconded(town)
    for key in newest(town, "OFF", "RST", "PSE"):
        with suppress(Refused):
            control.cancel(town.engine, key, CLARA, town.now)
        with suppress(Refused):
            control.go_on(town.engine, key, CLARA, town.now)


def began(town: Town) -> bool:
    """A last offboarding is asked for, approved and begins; False where one runs already or none may."""
    try:
        offboard(town)
    except Refused:
        return False
    town.work()
    agree(town)
    town.work()
    with town.engine.db.look() as tx:
        found = records.get(tx, newest(town, "OFF")[0])
    return found is not None and found.started_at is not None and found.stopped_at is None


def test_a_press_that_makes_no_sense_is_refused(migrated_sqlite: Path) -> None:
    """The presses above are the real ones: sealed in chat they answer as in the engine."""
    with memory.folder() as folder:
        path = folder / "usher.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        with closing(Database(f"sqlite:///{path}")) as db:
            town = Town(db)
            offboard(town)
            town.work()
            for action in ("undo", "wrong_person", "leave_end", "leave_move"):
                with suppress(Refused):
                    town.talk.press(speaker(HANNA), action, town.desk.sealed(action, "OFF-101"), "", Where())
            assert len(newest(town, "RST", "PSE")) == 0
