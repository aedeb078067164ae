"""Who may decide: the rules of the company, the people of today, and who is out because it concerns them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model import Person, PersonId, Power, SystemKey, Trigger
from bot.domain.policy import ApprovalRule, Crew, Decision, Policy, Reason, System, decide, keeper, leaving_time

TODAY = date(2026, 11, 23)
BOSS, LEA, OWEN, ODA, SEC, HR, IT = (PersonId(name) for name in ("boss", "lea", "owen", "oda", "sec", "hr", "it"))
CODE, CLOUD = SystemKey("code"), SystemKey("cloud")
SYSTEMS = {CODE: System(CODE, "Code", OWEN, deputy=ODA), CLOUD: System(CLOUD, "Cloud", ODA)}


def person(key: PersonId, manager: PersonId | None = BOSS, ends: date | None = None) -> Person:
    """Somebody, in short."""
    return Person(key, key.title(), f"{key}@lumen.example", manager=manager, ends=ends)


def crew(*left: PersonId) -> Crew:
    """Everybody; `left` are those whose last day was yesterday."""
    gone = TODAY - timedelta(days=1)
    everybody = {key: person(key, ends=gone if key in left else None) for key in (BOSS, LEA, OWEN, ODA, SEC, HR, IT)}
    powers = {SEC: frozenset({Power.SECURITY}), HR: frozenset({Power.HR, Power.ADMIN}), IT: frozenset({Power.IT})}
    return Crew(everybody, powers)


def policy(*ask: str, quorum: int = 1, fallback: tuple[str, ...] = ()) -> Policy:
    """One rule for leavers."""
    rule = ApprovalRule(ask, quorum, fallback)
    return Policy("Lumen", "Europe/Paris", "offboarding", SYSTEMS, {Trigger.LEAVER: rule}, {})


def decided(
    rules: Policy,
    people: Crew,
    *,
    by: PersonId = HR,
    about: PersonId = LEA,
    systems: tuple[SystemKey, ...] = (CODE,),
) -> Decision:
    """The decision about an offboarding."""
    return decide(rules, people, Trigger.LEAVER, requester=by, subject=about, systems=systems, today=TODAY)


@pytest.mark.parametrize(
    ("ask", "requester", "subject", "approvers"),
    [
        (("manager",), HR, LEA, {BOSS}),
        (("owners",), HR, LEA, {OWEN, ODA}),
        (("security",), HR, LEA, {SEC}),
        (("manager", "owners", "security"), HR, LEA, {BOSS, OWEN, ODA, SEC}),
        (("manager", "owners"), BOSS, LEA, {OWEN, ODA}),
        (("manager", "owners"), OWEN, LEA, {BOSS, ODA}),
        (("manager", "owners"), HR, OWEN, {BOSS, ODA}),
        (("owners",), OWEN, ODA, set()),
        (("manager",), BOSS, LEA, set()),
        (("hr", "admin"), HR, LEA, set()),
        (("nobody holds this",), HR, LEA, set()),
    ],
)
def test_whoever_asks_and_whoever_it_is_about_never_decides(
    ask: tuple[str, ...], requester: PersonId, subject: PersonId, approvers: set[PersonId]
) -> None:
    """Whatever other role they have, requester and subject are taken out before anyone is asked (S4-4, S4-8)."""
    found = decided(policy(*ask), crew(), by=requester, about=subject, systems=(CODE, CLOUD))
    assert found.approvers == approvers
    assert found.reason is (Reason.NEEDS_APPROVAL if approvers else Reason.NOBODY_LEFT)


def test_without_a_rule_nobody_is_asked_and_nothing_is_allowed() -> None:
    """No rule is no permission."""
    nothing = replace(policy("manager"), approvals={})
    assert decided(nothing, crew()) == Decision(Reason.NO_RULE)


def test_others_stand_in_when_too_few_are_left() -> None:
    """The fallback is asked beside those who are left (S2-12)."""
    found = decided(policy("manager", quorum=2, fallback=("security",)), crew())
    assert found == Decision(Reason.NEEDS_APPROVAL, frozenset({BOSS, SEC}), 2)
    enough = decided(policy("manager", fallback=("security",)), crew())
    assert enough == Decision(Reason.NEEDS_APPROVAL, frozenset({BOSS}), 1)


def test_nobody_left_is_said_and_never_a_yes() -> None:
    """Too few even with the fallback: no decision can be made, whoever is left is named (S2-12)."""
    found = decided(policy("manager", quorum=3, fallback=("security",)), crew())
    assert found == Decision(Reason.NOBODY_LEFT, frozenset({BOSS, SEC}), 3)


def test_people_who_left_decide_nothing() -> None:
    """Whoever's last day has passed is out, whatever they hold; on the last day itself they are in (S4-8)."""
    found = decided(policy("manager", "security", fallback=("owners",)), crew(BOSS, SEC))
    assert found == Decision(Reason.NEEDS_APPROVAL, frozenset({OWEN}), 1)
    last_day = Crew({BOSS: person(BOSS, ends=TODAY)}, {})
    assert last_day.working(BOSS, TODAY)
    assert not last_day.working(PersonId("stranger"), TODAY)


@pytest.mark.parametrize(("subject", "manager"), [(LEA, None), (PersonId("unknown"), None)])
def test_somebody_without_a_manager_has_no_manager_to_ask(subject: PersonId, manager: None) -> None:
    """A missing manager is nobody, not everybody; an unknown system has no owner."""
    people = Crew({LEA: person(LEA, manager=manager)}, {})
    found = decided(policy("manager", "owners"), people, about=subject, systems=(SystemKey("gone"),))
    assert found.reason is Reason.NOBODY_LEFT


def test_somebody_looks_after_a_system_even_when_its_owner_is_away() -> None:
    """Owner, deputy, IT, security, admin, in this order, and never the person the work is about (S0-7, S3-8)."""

    def who(system: SystemKey, *left: PersonId, besides: PersonId = LEA) -> PersonId:
        return keeper(policy("manager"), crew(*left), system, besides=besides, today=TODAY)

    assert who(CODE) == OWEN
    assert who(CODE, OWEN) == ODA
    assert who(CODE, OWEN, ODA) == IT
    assert who(CLOUD, ODA, IT) == SEC
    assert who(CODE, OWEN, ODA, IT, SEC) == HR
    assert who(CODE, besides=OWEN) == ODA
    with pytest.raises(LookupError, match="nobody looks after Code"):
        who(CODE, OWEN, ODA, IT, SEC, HR)


@given(
    st.sampled_from(sorted(available_timezones())),
    st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    st.times(),
)
def test_access_ends_at_the_hour_the_person_reads_on_the_wall(zone: str, day: date, at: time) -> None:
    """Wherever somebody works and whatever the clocks do that day.

    The end is one instant, in UTC, which is that wall time there; an hour that the clocks skip or repeat moves it
    by no more than the shift (S3-9).
    """
    hour = at.replace(second=0, microsecond=0)
    rules = replace(policy("manager"), leaving_at=hour)
    leaver = replace(person(LEA), zone=zone)
    instant = leaving_time(rules, leaver, day)
    assert instant.tzinfo is UTC
    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert abs(wall - datetime.combine(day, hour)) <= timedelta(hours=2)
    assert leaving_time(rules, leaver, day + timedelta(days=2)) > instant


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:30:00+00:00"),  # never on the wall: the instant after the jump
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),  # twice on the wall: the first of the two
        (date(2026, 11, 27), time(17, 0), "2026-11-27T16:00:00+00:00"),
        (date(2026, 7, 31), time(17, 0), "2026-07-31T15:00:00+00:00"),
    ],
)
def test_the_days_when_the_clocks_change_in_paris(day: date, at: time, utc: str) -> None:
    """Summer, winter, the missing hour and the doubled one (S3-9)."""
    rules = replace(policy("manager"), leaving_at=at)
    assert leaving_time(rules, replace(person(LEA), zone="Europe/Paris"), day).isoformat() == utc
