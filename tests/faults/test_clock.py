"""Time itself in trouble: clocks that jump, hours that come twice or never, a week without a look, two at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.chat.cards.access import exactly
from bot.chat.offboard import instant
from bot.chat.port import Filled
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, Entitlement, Grant, RequestId, Revoke, Wave
from bot.domain.request import Request, Step, StepKind
from bot.engine import approve, expire
from bot.engine.borrow import Borrowing, submit
from bot.engine.inline import Inline
from bot.schedule import Clock, Tick, Watch, start
from bot.store import Database, Tx, due, records
from tests.fakes.town import ALICE, ALICE_CLOUD, CLOUD, HANNA, INES, MARCO, START, Town, button, speaker
from tests.stories import lends
from tests.stories.acts import asked as offboarding
from tests.stories.lends import ON_CALL, access, asked, end, every, holds, pass_time, step

HOUR = timedelta(hours=1)
PARIS = "Europe/Paris"
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix", "right", "Etc")))


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind."""
    return Town(db)


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
def clock(looks: list[float], wall: Wall) -> Iterator[Clock]:
    """A tick whose next look is an hour away, as after a clock that was set back an hour."""
    clock = start((Tick("look", 3600, lambda: looks.append(time.monotonic())),), Watch(wall, lambda: 0.0))
    yield clock
    clock.shutdown(wait=True)


def test_fault_32_a_clock_set_back_stops_no_tick(clock: Clock, looks: list[float], wall: Wall) -> None:
    """The next look would be an hour away; it comes within seconds, and the log says why."""
    with capture_logs() as log:
        wall.now -= 3600
        over = time.monotonic() + 10
        while not looks and time.monotonic() < over:
            time.sleep(0.05)
    assert looks
    assert [one["seconds"] for one in log if "clock" in one["event"]] == [-3600]
    assert clock.scheduler.running


# ---- 33: hours that come twice or never ----


@pytest.mark.parametrize(
    ("day", "at", "zone", "utc"),
    [
        ("2026-11-27", "17:00", PARIS, "2026-11-27T16:00:00+00:00"),
        ("2026-10-25", "02:30", PARIS, "2026-10-25T00:30:00+00:00"),  # twice: the first of the two
        ("2028-02-29", "12:00", PARIS, "2028-02-29T11:00:00+00:00"),
        ("2026-12-31", "23:59", "America/New_York", "2027-01-01T04:59:00+00:00"),
        ("2027-01-01", "00:30", "Asia/Kolkata", "2026-12-31T19:00:00+00:00"),
        ("2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00+00:00"),
    ],
)
def test_fault_33_a_named_end_is_one_instant(day: str, at: str, zone: str, utc: str) -> None:
    """Summer time, leap day and the turn of the year: one instant, said in both clocks."""
    moment = instant(day, at, zone)
    assert moment.isoformat() == utc
    said = exactly(moment, zone)
    assert zone in said
    assert f"{at} ({zone})" in said
    assert f"{moment:%H:%M} UTC" in said


@pytest.mark.parametrize(
    ("day", "at", "zone"),
    [
        ("2026-03-29", "02:30", PARIS),
        ("2011-12-30", "12:00", "Pacific/Apia"),
        ("2026-03-08", "02:00", "America/Chicago"),
    ],
)
def test_fault_33_a_time_that_never_comes_is_refused_at_its_field(day: str, at: str, zone: str) -> None:
    """Nobody is told “until 02:30” on a night that has no 02:30."""
    with pytest.raises(Refused, match="does not exist") as caught:
        instant(day, at, zone)
    assert caught.value.field == "time"


def test_fault_33_a_day_that_is_in_no_calendar_is_refused() -> None:
    """29 February comes in leap years only."""
    with pytest.raises(Refused, match="Choose the day"):
        instant("2027-02-29", "12:00", PARIS)


@given(
    st.sampled_from(ZONES),
    st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    st.integers(0, 24 * 60 - 1),
)
def test_fault_33_what_people_chose_is_what_they_read(zone: str, day: date, minute: int) -> None:
    """In every zone, at every minute of a century: refused, or exactly the hour that was chosen, and never guessed."""
    at = f"{minute // 60:02}:{minute % 60:02}"
    try:
        moment = instant(day.isoformat(), at, zone)
    except Refused:
        local = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)) + timedelta(minutes=minute)
        assert local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None)
        return
    assert f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == f"{day} {at}"
    assert moment.utcoffset() == timedelta(0)
    assert f"{at} ({zone})" in exactly(moment, zone)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - made aware below
def test_fault_33_every_instant_is_said_so_that_it_can_be_found_again(zone: str, when: datetime) -> None:
    """An end that is told can be typed again: the same instant comes back, or the first of an hour that is twice."""
    moment = when.replace(second=0, microsecond=0, tzinfo=UTC)
    local = moment.astimezone(ZoneInfo(zone))
    assume(not local.second)  # zones that once were not whole minutes
    again = instant(f"{local:%Y-%m-%d}", f"{local:%H:%M}", zone)
    assert again == moment or (local.fold == 1 and again < moment)


def test_fault_33_a_length_is_a_length_even_when_the_clocks_change(town: Town) -> None:
    """Two hours on the night of the change are two hours; the end is said in the clock of that moment."""
    town.now = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Paris, for the first time
    lends.given(town)
    begun = access(town).request.decided_at
    assert begun is not None
    assert end(town) - begun == 2 * HOUR
    assert "Ends today 03:30 (Paris)" in lends.last_words(town, ALICE)


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
    began = time.monotonic()
    assert expire.expire(town.engine, town.now) == many + 1
    took = time.monotonic() - began
    assert [priority for _, priority in queue.queued] == [1] * (many + 1)
    mine = [int(name[4:]) - 1000 for name, _ in queue.queued if name != "ACC-101"]
    assert mine == sorted(ends, key=lambda n: (n % 10 != 0, ends[n], f"ACC-{1000 + n}"))
    assert took < 20  # seconds; on a busy machine, where it takes one
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


# ---- 39: an offboarding and access at the same instant ----


def _offboarding_waits_for_one_yes(town: Town) -> Request:
    town.offboard(HANNA)
    town.work()
    town.press(MARCO, "approve")
    return next(one for one in _open(town) if one.id.startswith("OFF"))


def _open(town: Town) -> tuple[Request, ...]:
    with town.engine.db.look() as tx:
        return records.open_requests(tx)


@pytest.mark.parametrize("turn", range(3))
def test_fault_39_an_offboarding_and_access_at_the_same_instant(town: Town, turn: int) -> None:
    """The last yes to her offboarding, yes to her access, a new wish, more time: whoever is first, she keeps nothing.

    Open wishes are withdrawn, what was given ends, and a yes that comes later is refused.
    """
    lends.given(town)
    asked(town, what=ON_CALL)
    leaver = _offboarding_waits_for_one_yes(town)
    question = access(town, 102).request
    gate = Barrier(12)

    def act(number: int) -> None:
        gate.wait(timeout=30)
        now = town.now + timedelta(milliseconds=number)
        try:
            if number == turn * 4:
                approve.approve(town.engine, leaver.id, leaver.digest, INES, now, yes=True)
            elif number % 3 == 0:
                wish = Borrowing(ALICE, ALICE, ON_CALL, "once more", None)
                submit(town.engine, wish, now, delivery=f"wish-{number}")
            elif number % 3 == 1:
                approve.approve(town.engine, question.id, question.digest, INES, now, yes=True)
            else:
                town.inline.drain(town.engine, town.tick, 3)
        except Refused:
            pass

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(act, range(12)))
    for _ in range(6):
        pass_time(town, timedelta(seconds=20))
    assert not holds(town.aws)
    assert not holds(town.github, ON_CALL)
    for one in every(town):
        assert one.state in {RequestState.CLOSED, RequestState.WITHDRAWN}, one
    with pytest.raises(Refused):
        approve.approve(town.engine, question.id, question.digest, INES, town.now, yes=True)


def test_fault_39_a_wish_that_waits_is_withdrawn_as_the_offboarding_begins(town: Town) -> None:
    """Alice asked before, and nobody had answered: a yes after the last yes to her offboarding is refused."""
    asked(town)
    leaver = _offboarding_waits_for_one_yes(town)
    approve.approve(town.engine, leaver.id, leaver.digest, INES, town.now, yes=True)
    question = access(town).request
    assert _leaving(town, leaver) in {RequestState.RUNNING, RequestState.CLOSED}
    with pytest.raises(Refused):
        approve.approve(town.engine, question.id, question.digest, INES, town.now, yes=True)
    town.work()
    assert access(town).request.state is RequestState.WITHDRAWN


def test_fault_39_what_is_being_given_as_the_offboarding_begins_ends_with_it(town: Town) -> None:
    """The call that gives is on its way when the last yes falls: what it brings is taken back, once it is there."""
    asked(town)
    leaver = _offboarding_waits_for_one_yes(town)

    def begin(_change: object) -> None:
        town.aws.before_apply = None
        approve.approve(town.engine, leaver.id, leaver.digest, INES, town.now, yes=True)
        assert expire.expire(town.engine, town.now) == 0  # not while the system is being asked

    question = access(town).request
    approve.approve(town.engine, question.id, question.digest, INES, town.now, yes=True)
    town.aws.before_apply = begin
    town.work()
    for _ in range(4):
        pass_time(town, timedelta(seconds=20))
    assert not holds(town.aws)
    assert step(town, "revoke").state is StepState.CONFIRMED


def _leaving(town: Town, leaver: Request) -> RequestState:
    with town.engine.db.look() as tx:
        found = records.get(tx, leaver.id)
    assert found is not None
    return found.state


def test_fault_40_more_time_and_the_end_at_the_same_instant(town: Town) -> None:
    """A yes to more time races with the clock, sixteen threads: it lasts longer, or it ended; never both or neither."""
    lends.given(town)
    opened = lends.form(town.press(ALICE, "extend"))
    filled = Filled({"day": "2026-11-23", "time": "14:00"}, context=opened.context)
    town.talk.submit(speaker(ALICE), "extend", filled, "more")
    town.work()
    value = next(v for one in reversed(town.direct(INES)) if (v := button(one, "more_yes")))
    digest = town.desk.opened(value, 3, "more_yes")[2]
    old, gate = end(town), Barrier(16)

    def act(number: int) -> str:
        from bot.engine.extend import decide_more  # noqa: PLC0415

        gate.wait(timeout=30)
        try:
            if number % 2:
                return f"fired {expire.expire(town.engine, old + timedelta(microseconds=1))}"
            decide_more(town.engine, "ACC-101", digest, INES, old - timedelta(microseconds=1), yes=True)
        except Refused as refused:
            return refused.reason
        return "longer"

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(act, range(16)))
    longer, fired = said.count("longer"), said.count("fired 1")
    assert longer + fired == 1, said
    assert (end(town) > old) == (longer == 1)
    town.work()
    assert holds(town.aws) == (longer == 1)
