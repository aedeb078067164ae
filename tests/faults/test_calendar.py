"""Hours that come twice or never, leap days, the turn of the year: a named end is one instant, said in both clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.chat.cards.access import exactly
from bot.chat.offboard import instant
from bot.domain.errors import Refused
from tests.fakes.town import ALICE, Town
from tests.stories import lends
from tests.stories.lends import access, end

HOUR = timedelta(hours=1)
PARIS = "Europe/Paris"
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix", "right", "Etc")))


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
