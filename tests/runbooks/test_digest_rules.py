"""What a company writes about the morning's message."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from bot.domain.digest import Digest, due_day
from bot.domain.model import PersonId
from bot.domain.telling import Quiet, Tell
from bot.runbooks import parse_policy
from tests.runbooks.written import POLICY, wrong_in_policy

WRITTEN = 'digest: {at: "08:30", weekdays: [sun, mon], channel: "#it-security"}\n'


def test_the_digest_becomes_the_rule_it_says() -> None:
    """Time, days and channel, as written; without a word nine o'clock, Monday to Friday (S1-25)."""
    assert parse_policy(POLICY + WRITTEN).digest == Digest(time(8, 30), frozenset({6, 0}), "it-security")
    assert parse_policy(POLICY).digest == Digest(time(9), frozenset(range(5)), "")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[sun,", "[sunday,", "sunday"),
        ("[sun, mon]", "[]", "the list is empty"),
        ("[sun, mon]", "[mon, mon]", "more than once"),
        ('"08:30"', "nine", "nine"),
        ("channel", "chanel", "did you mean channel?"),
        ("#it-security", "it security", "no spaces"),
    ],
)
def test_nonsense_about_the_digest_is_told(old: str, new: str, told: str) -> None:
    """Each mistake in words."""
    assert told in " ".join(wrong_in_policy(POLICY + WRITTEN.replace(old, new)))


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/Paris", "2026-11-27T07:59", None),
        ("Europe/Paris", "2026-11-27T08:00", date(2026, 11, 27)),
        ("Europe/Paris", "2026-11-27T13:59", date(2026, 11, 27)),
        ("Europe/Paris", "2026-11-27T14:00", None),
        ("Europe/Paris", "2026-11-28T08:00", None),
        ("Europe/Paris", "2026-07-03T07:00", date(2026, 7, 3)),
        ("Asia/Tokyo", "2026-11-27T00:00", date(2026, 11, 27)),
        ("Pacific/Kiritimati", "2026-11-25T19:00", date(2026, 11, 26)),
    ],
)
def test_a_morning_is_where_somebody_works(zone: str, moment: str, day: date | None) -> None:
    """Nine o'clock by the clock on their wall, summer and winter, up to six hours late, never on a day off."""
    assert due_day(Digest(), zone, datetime.fromisoformat(moment).replace(tzinfo=UTC)) == day


TOLD = """\
tell: {started: [manager, it], finished: [payroll], payroll: [P-012]}
quiet: {begins: "22:00", ends: "06:30"}
"""


def test_who_is_told_becomes_the_rule_it_says() -> None:
    """As written; without a word the manager and whoever looks after the systems, and nobody at night (S1-18)."""
    found = parse_policy(POLICY + TOLD)
    assert found.tell == Tell(("manager", "it"), ("payroll",), frozenset({PersonId("P-012")}))
    assert found.quiet == Quiet(time(22), time(6, 30))
    plain = parse_policy(POLICY)
    assert (plain.tell, plain.quiet) == (Tell(("manager", "owners"), ("manager",)), Quiet(time(20), time(7)))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (", payroll: [P-012]", "", "payroll is told, and nobody is named"),
        ("manager,", "boss,", "boss"),
        ("finished", "finish", "did you mean finished?"),
        ("begins", "from", "there is no field"),
    ],
)
def test_nonsense_about_who_is_told_is_told(old: str, new: str, told: str) -> None:
    """Each mistake in words."""
    assert told in " ".join(wrong_in_policy(POLICY + TOLD.replace(old, new)))


def test_the_digest_rests_on_the_holidays_of_the_company() -> None:
    """Its days are those on which the company works, unless it names days of its own."""
    found = parse_policy(POLICY + "hours: {days: [mon, tue], holidays: [2026-11-24]}\n")
    assert found.digest.weekdays == frozenset({0, 1})
    tuesday = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert due_day(found.digest, "Europe/Paris", tuesday, found.hours.holidays) is None
