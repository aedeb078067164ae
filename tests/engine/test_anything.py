"""Whatever people press and whatever breaks: a few sentences that stay true, tried with random stories."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.chat.commands import Talk
from bot.chat.desk import Desk
from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.model import (
    Change,
    Credential,
    Entitlement,
    Grant,
    HandOver,
    Link,
    PersonId,
    SystemKey,
    Task,
    account_of,
)
from bot.domain.planning import key_of
from bot.domain.reading import Reading
from bot.domain.request import StepKind
from bot.domain.verify import Verdict, judge
from bot.engine import approve, control, succeed, tasks
from bot.engine.context import Engine
from bot.engine.expire import expire
from bot.engine.run import run_step
from bot.engine.start import start_due
from bot.store import Database, journal, records
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import Memory
from tests.fakes.town import (
    ALICE,
    ALICE_CLOUD,
    BEN,
    CLARA,
    CLOUD,
    CODE,
    HANNA,
    INES,
    MARCO,
    OMAR,
    SARA,
    TOMASZ,
    Town,
    speaker,
)
from tests.proof.ports import Died
from tests.stories.acts import asked, everything_said
from tests.tools import memory

REASON = "a reason that only HR may know"
MAY_DECIDE = {MARCO, INES}
OURS = {"40004", "AIDA4"}
PEOPLE = (ALICE, BEN, CLARA, HANNA, INES, INES, MARCO, MARCO, OMAR, SARA, TOMASZ)
Act = Callable[[Town], object]


class Watch:
    """Stands before every system and writes down what should never have been asked of it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.wrong: list[str] = []
        self.trail: list[journal.Entry] = []
        for system in (town.github, town.aws):
            system.before_apply = partial(self.asked, system.key)

    def asked(self, key: SystemKey, change: Change) -> None:
        """A change is about to be made: by the yes of enough people, and to Alice's accounts alone."""
        if account_of(change).native_id not in OURS:
            self.wrong.append(f"touched {account_of(change)}")
        with self.town.engine.db.begin() as tx:
            request = records.recent(tx, 1)[0]
            every = [s for s in records.steps(tx, request.id) if s.action and s.system == key]
            step = next(s for s in every if s.action and key_of(key, s.action) == key_of(key, change))
            yes = {
                one.person
                for one in records.approvals(tx, request.id)
                if one.yes and not one.withdrawn_at and one.digest == request.digest and step.number in one.items
            }
        if not (yes & MAY_DECIDE == MAY_DECIDE or (step.joined_late and step.reversible)):
            self.wrong.append(f"{step.id} ran with the yes of {sorted(yes)}")
        if request.state is not RequestState.RUNNING:
            self.wrong.append(f"{step.id} ran while {request.state}")

    def look(self) -> None:
        """The trail only grows, is what was written, and names no reason."""
        with self.town.engine.db.begin() as tx:
            now = list(journal.read(tx))
            assert journal.intact(tx) is None
            bodies = tx.exec_driver_sql("SELECT body FROM journal").scalars().all()
        assert now[: len(self.trail)] == self.trail
        assert not any(REASON in body for body in bodies)
        self.trail = now


def press(person: PersonId, action: str) -> Act:
    """Anybody presses anything that belongs to the whole request, properly sealed."""

    def act(town: Town) -> object:
        request = town.request()
        parts = (request.id, request.digest) if action in {"approve", "deny"} else (request.id,)
        return town.talk.press(speaker(person), action, town.desk.sealed(action, *parts), "", Where())

    return act


def outdated(person: PersonId) -> Act:
    """A yes to a plan that is not the plan any more."""
    return lambda town: approve.approve(town.engine, "OFF-101", "0" * 64, person, town.now, yes=True)


def item(person: PersonId, *, yes: bool) -> Act:
    """An answer about something that appeared late."""

    def act(town: Town) -> None:
        for step in town.view().steps:
            with suppress(Refused):
                approve.approve_item(town.engine, step.id, town.request().digest, person, town.now, yes=yes)

    return act


def answers(person: PersonId) -> Act:
    """Somebody answers every question there is: names Ben, says done, tries again."""

    def act(town: Town) -> None:
        for step in town.view().steps:
            for answer in (
                partial(succeed.name_successor, town.engine, step.id, person, "40008", town.now),
                partial(succeed.accept, town.engine, step.id, person, town.now),
                partial(succeed.decline, town.engine, step.id, person, "No time.", town.now),
                partial(tasks.try_again, town.engine, step.id, person, town.now),
                partial(tasks.attest, town.engine, step.id, person, "Done.", (), town.now),
            ):
                with suppress(Refused):
                    answer()

    return act


def moved(person: PersonId, hours: int) -> Act:
    """Somebody chooses another time."""
    return lambda town: control.reschedule(town.engine, "OFF-101", person, town.now + timedelta(hours=hours), town.now)


def fault(system: str, kind: Kind | None, times: int) -> Act:
    """A system refuses, or lies, the next few times."""

    def act(town: Town) -> None:
        memory: Memory = getattr(town, system)
        if kind is None:
            memory.lies = times
        else:
            memory.faults = [ConnectorError("No.", kind=kind, after=timedelta(seconds=30)) for _ in range(times)]

    return act


def grow(number: int, *, restorable: bool) -> Act:
    """Alice gets something new."""

    def act(town: Town) -> None:
        if any(key.native_id == f"NEW{number}" for key in town.aws.credentials):
            return  # no system shows two keys with one id
        town.aws.credentials.append(
            Credential(ALICE_CLOUD, f"NEW{number}", "access key", f"N{number}", restorable=restorable)
        )
        town.aws.grants.append(Grant(ALICE_CLOUD, Entitlement(f"group:{number}", "group", f"g{number}")))

    return act


def passing(minutes: int) -> Act:
    """Time passes, and everybody works."""

    def act(town: Town) -> None:
        town.pass_time(timedelta(minutes=minutes))
        start_due(town.engine, town.now)
        expire(town.engine, town.now)
        town.work()

    return act


def restarted(town: Town) -> None:
    """The process is gone, and with it everything that was not a row."""
    town.engine = Engine(town.engine.db, town.engine.connectors, town.inline)
    town.desk = Desk(town.engine, lambda: town.now, "a secret of this test only", "http://usher.test")
    town.talk = Talk(town.desk)


def dying(system: str, *, after: bool) -> Act:
    """The process dies with a call of a system in its hands; the next one is handed the same attempt again."""

    def act(town: Town) -> None:
        memory: Memory = getattr(town, system)
        asked = memory.before_apply

        def die(change: Change) -> None:
            memory.before_apply, memory.after_apply = asked, None
            raise Died

        if after:
            memory.after_apply = die
        else:
            memory.before_apply = die
        try:
            town.work()
        except Died:
            step, attempt = town.inline.ran[-1]
            restarted(town)
            run_step(town.engine, step, attempt, town.tick)
        finally:
            memory.before_apply, memory.after_apply = asked, None

    return act


WHO = st.sampled_from(PEOPLE)
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(press, WHO, st.sampled_from(["approve", "approve", "approve", "deny", "take_back"])),
    st.builds(press, st.sampled_from((MARCO, INES)), st.just("approve")),
    st.builds(press, WHO, st.sampled_from(["stop", "go_on", "go_on", "cancel"])),
    st.builds(outdated, WHO),
    st.builds(item, WHO, yes=st.booleans()),
    st.builds(answers, WHO),
    st.builds(moved, WHO, st.integers(-1, 5)),
    st.builds(fault, st.sampled_from(["github", "aws"]), st.sampled_from([None, *Kind]), st.integers(1, 3)),
    st.builds(grow, st.integers(1, 3), restorable=st.booleans()),
    st.builds(passing, st.sampled_from([0, 0, 1, 10, 300])),
    st.just(restarted),
    st.builds(dying, st.sampled_from(["github", "aws"]), after=st.booleans()),
)
FORMS = st.fixed_dictionaries(
    {
        "when": st.sampled_from(["now", "later"]),
        "exit": st.sampled_from(["voluntary", "involuntary"]),
        "day": st.just("2026-11-23"),
        "time": st.just("12:00"),
        "reason": st.just(REASON),
    }
)


def ended_well(town: Town) -> None:
    """A closed request left nothing open, and what it calls confirmed is really so."""
    view = town.view()
    if view.request.state is not RequestState.CLOSED:
        return
    assert {step.state for step in (*view.steps, *view.reads)} <= ENDED_STEPS - {StepState.FAILED}
    for step in view.steps:
        if step.state is StepState.CONFIRMED and step.action is not None and not isinstance(step.action, Task):
            assert step.kind is StepKind.APPLY
            assert really(town, step.system, step.action), step


def really(town: Town, key: SystemKey, change: Change) -> bool:
    """Whether the system itself shows it."""
    system, account = {CODE: (town.github, "40004"), CLOUD: (town.aws, "AIDA4")}[key]
    system.faults = []
    seen: Reading = system.read(Link(ALICE, key, account, "", ""), town.now)
    if isinstance(change, HandOver):
        return not any(asset.sole_admin for asset in seen.assets.items)
    return judge(change, seen) is Verdict.CONFIRMED


def tell(template: Path, form: dict[str, str], acts: list[Act], ending: list[Act]) -> RequestState:
    """One story on a database of its own; how it ended."""
    with memory.folder() as folder:
        path = folder / "usher.sqlite3"
        shutil.copyfile(template, path)
        with closing(Database(f"sqlite:///{path}")) as db, capture_logs():
            town = asked(Town(db), **form)
            watch = Watch(town)
            for act in (*acts, *ending):
                with suppress(Refused):
                    act(town)
                watch.look()
            assert watch.wrong == []
            assert REASON not in everything_said(town)
            assert town.direct(ALICE) == []
            ended_well(town)
            return town.request().state


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(FORMS, st.lists(ACTS, max_size=4), st.sampled_from([0, 2, 2, 2]), st.lists(ACTS, min_size=3, max_size=9))
def test_whatever_people_press_and_whatever_breaks(
    migrated_sqlite: Path, form: dict[str, str], before: list[Act], yes: int, after: list[Act]
) -> None:
    """Nothing runs without the yes of both who may decide.

    Nobody else's account is touched, the trail only grows, the reason is nowhere, and closed means seen (S1-11,
    S1-18, S3-10, S4-4, S4-12).
    """
    agreed = [press(MARCO, "approve"), press(INES, "approve")][:yes]
    tell(migrated_sqlite, form, [*before, *agreed, *after], [passing(10)])


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, max_size=6))
def test_a_removal_always_finds_its_end(migrated_sqlite: Path, acts: list[Act]) -> None:
    """After any trouble.

    Once the systems are well and the people answer, it is closed, unless somebody gave it up (S1-20, S3-10).
    """
    heal = [fault("aws", None, 0), fault("github", None, 0), fault("aws", Kind.GONE, 0), fault("github", Kind.GONE, 0)]
    yes = [press(MARCO, "approve"), press(INES, "approve"), press(HANNA, "go_on")]
    help_ = [item(MARCO, yes=True), item(INES, yes=True), answers(INES), answers(BEN), passing(400)]
    end = tell(migrated_sqlite, {"when": "now"}, acts, [*heal, *yes, passing(400), *help_ * 3])
    assert end in {RequestState.CLOSED, RequestState.DENIED, RequestState.WITHDRAWN}
