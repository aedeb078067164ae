"""Time itself in trouble: clocks that jump, hours that come twice or never, a week without a look, two at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, Entitlement, Grant, RequestId, Revoke, Wave
from bot.domain.request import Request, Step, StepKind
from bot.engine import expire
from bot.engine.inline import Inline
from bot.schedule import Tick, Ticking, Watch, start
from bot.store import Tx, due, records
from tests.fakes.town import ALICE, ALICE_CLOUD, CLOUD, INES, MARCO, START, Town
from tests.stories import lends
from tests.stories.acts import asked as offboarding
from tests.stories.lends import access, holds, pass_time

HOUR = timedelta(hours=1)


# ---- 32: the clock jumps ----


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["an hour ahead", "an hour back"])
def test_fault_32_a_clock_that_jumps_ends_each_access_once(town: Town, jump: timedelta) -> None:
    """Our clock jumps and comes back: what is lent ends by the time we have, once, and the end is seen."""
    lends.given(town)
    pass_time(town, timedelta(minutes=30))
    town.now += jump
    pass_time(town, timedelta(seconds=1))
    town.now -= jump
    for _ in range(8):
        pass_time(town, timedelta(minutes=15))
    assert not holds(town.aws)
    assert lends.calls(town.aws) == ["assign", "revoke"]
    assert access(town).request.state is RequestState.CLOSED


def test_fault_32_a_machine_that_slept_for_three_days_ends_at_once_what_is_over(town: Town) -> None:
    """The first look after waking does it, and says nothing that was true only while it slept."""
    lends.given(town)
    messages = len(town.direct(ALICE))
    assert pass_time(town, timedelta(days=3)) == 1
    assert not holds(town.aws)
    assert not any("ends today" in one.text for one in town.direct(ALICE)[messages:])


def test_fault_32_the_clock_of_the_database_decides_where_there_is_one(town: Town) -> None:
    """A replica whose clock is three hours fast ends nothing on PostgreSQL; SQLite has one machine and one clock."""
    town.now = datetime.now(UTC)
    lends.given(town)
    fired = expire.tick(town.engine, town.now + 3 * HOUR)
    assert fired == (1 if town.engine.db.is_sqlite else 0)
    with town.engine.db.look() as tx:
        shared = due.time(tx, START)
    assert shared == START if town.engine.db.is_sqlite else abs(shared - datetime.now(UTC)) < timedelta(minutes=1)


@dataclass
class Wall:
    """A clock that can be moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now


def test_fault_32_a_moved_clock_is_noticed_and_a_corrected_one_is_not() -> None:
    """A jump is told once, in seconds; the small steps by which machines keep time are nothing."""
    wall, steady = Wall(), Wall()
    watch = Watch(wall, steady)
    assert watch.moved() == 0
    wall.now, steady.now = wall.now + 60.5, steady.now + 60
    assert watch.moved() == 0
    wall.now -= 3600
    assert watch.moved() == -3600
    assert watch.moved() == 0


@pytest.fixture
def looks() -> list[float]:
    """When a tick looked."""
    return []


@pytest.fixture
def wall() -> Wall:
    """The clock on the wall of this test."""
    return Wall()


@pytest.fixture
def clock(looks: list[float], wall: Wall) -> Iterator[Ticking]:
    """A tick whose next look is an hour away, as after a clock that was set back an hour."""
    clock = start((Tick("look", 3600, lambda: looks.append(time.monotonic())),), Watch(wall, lambda: 0.0))
    yield clock
    clock.shutdown(wait=True)


def test_fault_32_a_clock_set_back_stops_no_tick(clock: Ticking, looks: list[float], wall: Wall) -> None:
    """The next look would be an hour away; it comes within seconds, and the log says why."""
    with capture_logs() as log:
        wall.now -= 3600
        over = time.monotonic() + 60
        while not looks and time.monotonic() < over:
            time.sleep(0.05)
    assert looks
    assert [one["seconds"] for one in log if "clock" in one["event"]] == [-3600]
    assert clock.scheduler.running


# ---- 34: nobody looked for a week ----


@dataclass
class Noting(Inline):
    """A dispatcher that notes what is put in the queue, in order, and how urgent it is."""

    queued: list[tuple[str, int]] = field(default_factory=list)

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = 10) -> None:
        """Noted."""
        self.queued.append((step.request, priority))


def lent(tx: Tx, template: Request, number: int, ends: datetime, *, privileged: bool = False) -> None:
    """A request for access that is given and waits for its end, as it stands in the rows."""
    name = RequestId(f"ACC-{1000 + number}")
    request = replace(template, id=name, until=ends, channel="C-off", thread=str(number))
    right = Entitlement(f"right:{number}", "group", f"Right {number}", privileged)
    grant = Grant(ALICE_CLOUD, right)
    read = Step(records.step_id(name, 0), name, 0, StepKind.READ, CLOUD, Wave.CONTAIN, None, StepState.CONFIRMED)
    give = replace(read, id=records.step_id(name, 1), number=1, kind=StepKind.APPLY, action=Assign(grant))
    back = replace(
        give,
        id=records.step_id(name, 2),
        number=2,
        action=Revoke(grant),
        state=StepState.WAITING,
        privileged=privileged,
        after_done=(1,),
        due=ends,
        reminded_at=ends - HOUR,
    )
    records.add(tx, request)
    records.add_steps(tx, [read, give, back])
    records.add_approval(tx, request, INES, yes=True, items=[1, 2], at=template.created_at)


def test_fault_34_after_a_week_everything_overdue_ends_at_once(town: Town) -> None:
    """Hundreds of ends were missed: none is skipped, the powerful and the oldest first, before all other work."""
    lends.given(town)
    queue = Noting()
    town.engine.dispatcher = queue
    many = 1100
    ends = {n: town.now + timedelta(minutes=(n * 37) % 9000) for n in range(many)}
    template = access(town).request
    with town.engine.db.begin() as tx:
        for number, at in ends.items():
            lent(tx, template, number, at, privileged=number % 10 == 0)
    town.now += timedelta(days=7)
    began = time.process_time()
    assert expire.expire(town.engine, town.now) == many + 1
    took = time.process_time() - began
    assert [priority for _, priority in queue.queued] == [1] * (many + 1)
    mine = [int(name[4:]) - 1000 for name, _ in queue.queued if name != "ACC-101"]
    assert mine == sorted(ends, key=lambda n: (n % 10 != 0, ends[n], f"ACC-{1000 + n}"))
    assert took < 20  # seconds of a processor, where it takes one
    assert expire.expire(town.engine, town.now) == 0


def test_fault_34_reminders_that_were_missed_are_one(town: Town) -> None:
    """Three ends come near while nobody looks: Alice hears of all three, once; of what is over she hears its end."""
    lends.given(town)
    template = access(town).request
    with town.engine.db.begin() as tx:
        for number, minutes in enumerate((30, 40, 50)):
            lent(tx, template, number, town.now + 24 * HOUR + timedelta(minutes=minutes))
    before = len(town.direct(ALICE))
    assert pass_time(town, timedelta(days=1)) == 2  # one end, one reminder
    (reminder,) = [one for one in town.direct(ALICE)[before:] if "Soon after or before it also end" in one.text]
    assert "ACC-1000" in reminder.text
    assert "ACC-1001 and ACC-1002" in reminder.text
    assert pass_time(town, timedelta(minutes=1)) == 0


def test_fault_34_what_waits_for_a_date_starts_after_any_pause(town: Town) -> None:
    """A step of any request may wait for a moment: nothing runs before it, and the first look after it begins it."""
    offboarding(town)
    request = town.request()
    wanted = town.now + timedelta(days=30)
    with town.engine.db.begin() as tx:
        team = next(s for s in records.steps(tx, request.id) if isinstance(s.action, Revoke) and s.system == CLOUD)
        records.settle(tx, team, team.state, due=wanted)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    pass_time(town, timedelta(days=29))
    assert _state(town, team.id) is StepState.WAITING
    pass_time(town, timedelta(days=2))
    assert _state(town, team.id) is StepState.CONFIRMED


def _state(town: Town, key: str) -> StepState:
    with town.engine.db.look() as tx:
        found = records.step(tx, key)
    assert found is not None
    return found.state
