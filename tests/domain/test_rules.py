"""The rule table: the first rule that fits decides, what ends at once never waits, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hold import CHECKPOINT, USE, Checkpoint
from bot.domain.item import Item, item_of, tags_of
from bot.domain.model import (
    Account,
    Asset,
    Credential,
    Delete,
    Disable,
    Entitlement,
    Grant,
    HandOver,
    Person,
    PersonId,
    PlannedStep,
    Power,
    Revoke,
    Suspend,
    SystemKey,
    Task,
    Wave,
)
from bot.domain.policy import Crew, Policy, System
from bot.domain.reading import Part, Reading, Work
from bot.domain.rule import Days, Effect, Hours, Mark, Rule, Since, Span, Tag, Use, When, used
from bot.domain.rules import Leaver, automatic, fits, is_sensitive, ruled, ruling

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
CODE = SystemKey("github")
OWNER, ALICE, SARA, TOMASZ, MARCO = (PersonId(name) for name in ("P-005", "P-004", "P-007", "P-006", "P-003"))
HERS = Account(CODE, "40004", "alice-m", active=True, last_active=NOW - timedelta(days=2))
REPO = Asset(HERS, "repo:1", "repository", "payments-api", last_activity=NOW - timedelta(days=1))
ROLE = Entitlement("repo:1:write", "repository role", "Write on payments-api")
TEAM = Entitlement("team:1", "team", "Team payments")
ADMIN = Entitlement("org:lumen", "organisation", "lumen-works", privileged=True)
READING = Reading(
    CODE,
    NOW,
    "github itself",
    account=Part((HERS,)),
    grants=Part((Grant(HERS, ROLE), Grant(HERS, TEAM))),
    assets=Part((REPO,)),
)
LEAVER = Leaver(Person(ALICE, "Alice Martin", "a@x", "Engineer", "Engineering", MARCO), voluntary=True, ends=NOW)
CREW = Crew(
    {one: Person(one, f"Person {one}", f"{one}@x") for one in (OWNER, ALICE, SARA, TOMASZ, MARCO)},
    {SARA: frozenset({Power.SECURITY})},
)
RECENT, IDLE, NEVER, UNKNOWN = (
    Since(Span.WITHIN, timedelta(days=7)),
    Since(Span.OVER, timedelta(days=90)),
    Since(Span.NEVER),
    Since(Span.UNKNOWN),
)


def policy(*rules: Rule, tags: tuple[Tag, ...] = (), **more: Any) -> Policy:
    """One system, looked after by one person, and this table."""
    systems = {CODE: System(CODE, "GitHub", OWNER, connector="github")}
    team = Checkpoint("devops", "DevOps", frozenset({TOMASZ}))
    return Policy("X", "UTC", "off", systems, {}, {}, checkpoints={"devops": team}, rules=rules, tags=tags, **more)


def revoke(right: Entitlement = ROLE) -> PlannedStep:
    """Something is taken away."""
    return PlannedStep(1, CODE, Wave.MEMBERSHIPS, Revoke(Grant(HERS, right)), right.privileged)


def rule(then: Effect = Effect.ASK, name: str = "busy", team: str = "", **when: Any) -> Rule:
    """One line of a table."""
    return Rule(name, then, When(**when), team)


def after(line: PlannedStep, *rules: Rule, crew: Crew = CREW, leaver: Leaver = LEAVER, **more: Any) -> PlannedStep:
    """The line once the table has had its say."""
    return ruled(policy(*rules, **more), crew, leaver, NOW)(line, line.action, READING)


def test_an_owner_is_asked_because_the_repository_had_a_change_yesterday() -> None:
    """The rule and the fact stand on the line, in words (S1-16, S1-22)."""
    line = after(revoke(), rule(last_used=(RECENT,), kinds=("repository*",)))
    assert (line.held, line.assignee, line.rule) == (USE, OWNER, "busy")
    assert line.why == "payments-api had a change 2026-11-22 09:00 UTC"


BUSY = Work("repo:7", "repository", "web-shop", ("team:1",), NOW - timedelta(days=2), pulls=0, reviews=1, running=1)


def _with(*work: Work) -> Reading:
    return replace(READING, work=Part(work))


def test_a_team_is_as_busy_as_what_it_opens() -> None:
    """The newest change of what a team opens counts, and only of that (S1-16)."""
    found = ruling(policy(rule(last_used=(RECENT,))), CREW, LEAVER, item_of(*_team_of(_with(BUSY))), NOW)
    assert found is not None
    assert found.why == "web-shop had a change 2026-11-21 09:00 UTC"
    elsewhere = _with(replace(BUSY, rights=("team:2",)))
    assert not fits(policy(), rule(last_used=(RECENT,)), LEAVER, item_of(*_team_of(elsewhere)), NOW)


@pytest.mark.parametrize(
    ("pulls", "running", "wanted", "expected"),
    [
        (2, 0, {"open_pull_requests": True, "running_pipelines": False}, True),
        (0, 0, {"open_pull_requests": False}, True),
        (0, 3, {"running_pipelines": True}, True),
        (0, 3, {"open_pull_requests": True}, False),
        (None, None, {"open_pull_requests": False}, False),
        (None, None, {"open_pull_requests": True}, False),
        (None, None, {"running_pipelines": False}, False),
    ],
)
def test_what_is_open_and_what_runs_may_decide(
    pulls: int | None, running: int | None, wanted: dict[str, Any], expected: bool
) -> None:
    """Some, none, and nobody can say are three things: the last fits neither condition (S1-16)."""
    reading = _with(replace(BUSY, pulls=pulls, reviews=pulls, running=running))
    assert fits(policy(), rule(**wanted), LEAVER, item_of(*_team_of(reading)), NOW) is expected


def test_what_is_handed_over_is_as_busy_as_it_is_itself() -> None:
    """A thing says of itself what goes on in it, and a key says nothing of the kind."""
    reading = _with(replace(BUSY, native_id="repo:1", rights=()))
    handed = PlannedStep(1, CODE, Wave.HAND_OVER, HandOver(REPO))
    assert item_of(handed, handed.action, reading).running
    line = PlannedStep(1, CODE, Wave.CONTAIN, Suspend(HERS))
    assert item_of(line, line.action, reading).running is None
    when = rule(open_pull_requests=True, running_pipelines=True)
    found = ruling(policy(when), CREW, LEAVER, item_of(handed, handed.action, reading), NOW)
    assert found is not None
    assert found.why == "open pull requests there concern the person; a pipeline is running there"


def _team_of(reading: Reading) -> tuple[PlannedStep, Revoke, Reading]:
    action = Revoke(Grant(HERS, TEAM))
    return PlannedStep(1, CODE, Wave.MEMBERSHIPS, action), action, reading


def test_the_first_rule_that_fits_wins() -> None:
    """The order is that of the table, whatever else fits later (S1-17)."""
    first, second = rule(name="one", kinds=("team",)), rule(Effect.SECURITY, "two")
    assert after(revoke(TEAM), first, second).rule == "one"
    assert after(revoke(TEAM), second, first).rule == "two"
    assert after(revoke(ROLE), first, second).assignee == SARA


def test_a_team_releases_what_waits_at_its_checkpoint() -> None:
    """The line waits for the team that the rule names (S0-23)."""
    line = after(revoke(), rule(Effect.CHECKPOINT, team="devops"))
    assert (line.held, line.assignee) == (CHECKPOINT, TOMASZ)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (PlannedStep(1, CODE, Wave.CONTAIN, Suspend(HERS)), "ends at once"),
        (PlannedStep(1, CODE, Wave.CONTAIN, Disable(Credential(HERS, "k", "key", "a key"))), "ends at once"),
        (PlannedStep(1, CODE, Wave.TASKS, Task("Collect the laptop", "Meet.")), "a person does it"),
        (PlannedStep(1, CODE, Wave.MEMBERSHIPS, Task("Take it away", "By hand.")), "a person does it"),
        (PlannedStep(1, CODE, Wave.HAND_OVER, HandOver(REPO), held="successor"), "waits for a successor already"),
    ],
)
def test_some_lines_are_told_of_a_rule_and_do_not_wait(line: PlannedStep, why: str) -> None:
    """The rule is named, and nothing about the line changes but that (S0-20)."""
    found = after(line, rule(Effect.SECURITY))
    assert found == replace(line, rule="busy", why=found.why), why


def test_who_is_asked_is_never_the_leaver_nor_somebody_who_left() -> None:
    """The tag's owner, else the owner of the system, else whoever looks after it."""
    tag = Tag("payments", (Mark(CODE, "payments-*"),), owner=MARCO)
    assert after(revoke(), rule(), tags=(tag,)).assignee == MARCO
    assert after(revoke(), rule(), tags=(replace(tag, owner=ALICE),)).assignee == OWNER
    gone = replace(CREW.people[MARCO], ends=date(2026, 11, 1))
    crew = replace(CREW, people={**CREW.people, MARCO: gone})
    assert after(revoke(), rule(), tags=(tag,), crew=crew).assignee == OWNER
    nobody = replace(CREW, powers={})
    assert after(revoke(), rule(Effect.SECURITY), crew=nobody).assignee == OWNER
    hers = replace(CREW, powers={ALICE: frozenset({Power.SECURITY})})
    assert after(revoke(), rule(Effect.SECURITY), crew=hers).assignee == OWNER


def test_tags_are_found_by_label_by_id_and_by_what_hangs_on_a_right() -> None:
    """A role on a repository carries the tag of the repository."""
    tags = tuple(
        Tag(name, (Mark(CODE, name),)) for name in ("Payments-*", "repo:1", "other", "write on*", "team:1", "alice-m")
    )
    assert [tag.key for tag in tags_of(tags, item_of(revoke(), revoke().action, READING))] == [
        "Payments-*",
        "repo:1",
        "write on*",
    ]
    everything = Tag("all", (Mark(CODE),))
    assert tags_of((everything,), item_of(revoke(TEAM), revoke(TEAM).action, None)) == (everything,)


def test_what_the_company_calls_sensitive_is_told_apart() -> None:
    """A condition may ask for it, and so may whoever decides what silence means."""
    tag = Tag("money", (Mark(CODE, "payments-*"),), sensitive=True)
    assert after(revoke(), rule(sensitive=True), tags=(tag,)).why == "Write on payments-api is marked money"
    assert after(revoke(TEAM), rule(sensitive=True), tags=(tag,)).rule == ""
    assert is_sensitive(policy(tags=(tag,)), revoke(), READING)
    assert not is_sensitive(policy(tags=(tag,)), revoke(TEAM), READING)


CONDITIONS: tuple[tuple[Mapping[str, Any], bool, str], ...] = (
    ({"systems": (CODE,)}, True, "it is in GitHub"),
    ({"systems": (SystemKey("aws"),)}, False, ""),
    ({"kinds": ("repository role",)}, True, "it is a repository role"),
    ({"privileged": True}, False, ""),
    ({"privileged": False}, True, "the rule is for everything"),
    ({"account_used": (RECENT,)}, True, "the account alice-m was used 2026-11-21 09:00 UTC"),
    ({"account_used": (IDLE,)}, False, ""),
    ({"contracts": ("employee",)}, True, "the contract is that of an employee"),
    ({"contracts": ("contractor",)}, False, ""),
    ({"voluntary": True}, True, "the rule is for everything"),
    ({"voluntary": False}, False, ""),
    ({"titles": ("*engineer*",)}, True, "the person is Engineer"),
    ({"departments": ("Sales", "engineering")}, True, "the person works in Engineering"),
    ({"days": (Days.MONDAY,)}, True, "it would end on a Monday at 09:00"),
    ({"days": (Days.FRIDAY,)}, False, ""),
    ({"hours": Hours(time(18), time(9))}, False, ""),
    ({"hours": Hours(time(9), time(18))}, True, "it would end on a Monday at 09:00"),
)


@pytest.mark.parametrize(("when", "expected", "why"), CONDITIONS)
def test_each_condition_by_itself(when: Mapping[str, Any], expected: bool, why: str) -> None:
    """It fits or it does not, and where it does the words say what made it (S1-17)."""
    found = ruling(policy(rule(**when)), CREW, LEAVER, item_of(revoke(), revoke().action, READING), NOW)
    assert (found is not None, found.why if found else "") == (expected, why)


def test_never_and_unknown_have_words_of_their_own() -> None:
    """Nobody reads “long ago” where nobody can say (S1-14)."""
    assert after(revoke(TEAM), rule(last_used=(UNKNOWN,))).why == "nobody can say when Team payments was last used"
    unused = Disable(Credential(HERS, "k", "key", "a key", used=False))
    key = PlannedStep(1, CODE, Wave.CONTAIN, unused)
    assert after(key, rule(last_used=(IDLE, NEVER))).why == "a key was never used"


def test_a_key_is_as_powerful_as_its_account() -> None:
    """What its account holds, a key opens; and where nobody could see what it holds, it may be anything."""
    key = PlannedStep(1, CODE, Wave.CONTAIN, Disable(Credential(HERS, "k", "key", "a key")))
    strong = replace(READING, grants=Part((Grant(HERS, ADMIN),)))
    assert not item_of(key, key.action, READING).privileged
    assert item_of(key, key.action, strong).privileged
    assert item_of(key, key.action, None).privileged


def test_what_is_powerful_is_approved_by_itself_only_where_that_is_said() -> None:
    """A rule that says nothing about power leaves it to people (S1-11)."""
    assert after(revoke(ADMIN), rule(Effect.AUTO)).rule == ""
    assert after(revoke(ADMIN), rule(Effect.AUTO, privileged=True)).rule == "busy"
    assert after(revoke(TEAM), rule(Effect.AUTO)).rule == "busy"


@pytest.mark.parametrize(
    ("uses", "holds"),
    [
        ((), [UNKNOWN]),
        ((Use("a"),), [UNKNOWN]),
        ((Use("a", never=True),), [NEVER]),
        ((Use("a", NOW),), [RECENT]),
        ((Use("a", NOW + timedelta(days=1)),), [RECENT]),
        ((Use("a", NOW - timedelta(days=30)),), []),
        ((Use("a", NOW - timedelta(days=91)),), [IDLE]),
        ((Use("a", NOW - timedelta(days=91)), Use("b", never=True)), [IDLE]),
        ((Use("a", NOW - timedelta(days=91)), Use("b")), [UNKNOWN]),
        ((Use("a", NOW), Use("b", NOW - timedelta(days=91))), [RECENT]),
    ],
)
def test_the_cases_of_a_last_use(uses: tuple[Use, ...], holds: list[Since]) -> None:
    """Recent, idle, never and unknown are four things (S1-14, S1-19)."""
    assert [since for since in (RECENT, IDLE, NEVER, UNKNOWN) if used(uses, since, NOW)] == holds


# ---- what must never happen, whatever the table says ----

NAMES = st.sampled_from(["a", "b", "c", "d"])
SINCES = st.sampled_from([(), (RECENT,), (IDLE,), (NEVER,), (UNKNOWN,), (IDLE, NEVER)])
WHENS = st.builds(
    When,
    kinds=st.sampled_from([(), ("team",), ("*",), ("account", "key")]),
    privileged=st.sampled_from([None, True, False]),
    last_used=SINCES,
    account_used=SINCES,
    voluntary=st.sampled_from([None, True, False]),
)
RULES = st.lists(
    st.builds(Rule, NAMES, st.sampled_from(Effect), WHENS, st.just("devops")), max_size=4, unique_by=lambda r: r.name
)
MOMENTS = st.sampled_from([None, NOW, NOW - timedelta(days=30), NOW - timedelta(days=400)])
CONTAINED = st.one_of(
    st.builds(lambda at, used: Suspend(replace(HERS, last_active=at, used=used)), MOMENTS, st.none() | st.booleans()),
    st.builds(lambda at: Disable(Credential(HERS, "k", "key", "a key", last_used=at)), MOMENTS),
    st.builds(lambda: Revoke(Grant(HERS, ADMIN))),
)


@given(RULES, CONTAINED, st.booleans())
def test_no_table_holds_what_ends_at_once(rules: list[Rule], action: Any, voluntary: bool) -> None:
    """Whatever fits, in whatever order, a contain step waits for nobody (S0-16, S0-20)."""
    line = PlannedStep(1, CODE, Wave.CONTAIN, action)
    found = after(line, *rules, leaver=replace(LEAVER, voluntary=voluntary))
    assert replace(found, rule="", why="") == line


@given(st.lists(st.builds(Use, st.just("a"), MOMENTS), max_size=3), st.integers(1, 3000))
def test_what_is_not_known_is_never_idle(uses: list[Use], days: int) -> None:
    """One thing of several that nobody can tell about is enough (S1-14)."""
    idle = Since(Span.OVER, timedelta(days=days))
    if any(not use.known for use in uses) or not uses:
        assert not used(tuple(uses), idle, NOW)


PLANS = st.lists(st.sampled_from([revoke(TEAM), revoke(ROLE), revoke(ADMIN)]), max_size=4)


@given(RULES, PLANS)
def test_what_no_rule_covers_is_never_approved_by_itself(rules: list[Rule], lines: list[PlannedStep]) -> None:
    """One line without an auto rule is enough; so is one that waits, and an empty plan (S1-11)."""
    known = policy(*rules)
    found = tuple(after(line, *rules) for line in lines)
    if automatic(known, found):
        assert found
        for line, plain in zip(found, lines, strict=True):
            item = item_of(plain, plain.action, READING)
            first = next(one for one in rules if fits(known, one, LEAVER, item, NOW))
            assert (first.then, first.name, line.held) == (Effect.AUTO, line.rule, "")
            assert not plain.privileged or first.when.privileged


def test_what_no_plan_of_a_leaver_holds_is_an_item_all_the_same() -> None:
    """Its account, and nothing that could be called in use."""
    line = PlannedStep(1, CODE, Wave.TASKS, Delete(HERS))
    found = item_of(line, line.action, READING)
    assert (found.kind, found.label, found.uses) == ("account", "alice-m", ())
    assert found.account_uses == (Use("the account alice-m", NOW - timedelta(days=2)),)


def test_an_item_knows_nothing_of_a_task_but_its_words() -> None:
    """What a person does by hand is told by its title."""
    line = PlannedStep(1, CODE, Wave.TASKS, Task("Collect the laptop", "Meet."))
    assert item_of(line, line.action, None) == Item(
        CODE, "task", "Collect the laptop", Wave.TASKS, frozenset({"Collect the laptop"}), by_hand=True
    )
