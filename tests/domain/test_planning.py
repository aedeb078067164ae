"""From what a person reaches to the ordered steps that end it, and the name those steps are approved by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model import (
    Account,
    Asset,
    Assign,
    Change,
    Credential,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Plan,
    PlannedStep,
    Provision,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    Task,
    Trigger,
    Wave,
    account_of,
    inverse,
)
from bot.domain.planning import (
    Found,
    digest,
    key_of,
    leaver_plan,
    raise_if_unsafe,
    steps_for,
    together,
)
from bot.domain.reading import Completeness, Part, Reading, absent, unseen
from tests.domain.things import (
    ALICE,
    BEN,
    CODE,
    DEPLOY,
    HOST,
    KEY,
    LAPTOP,
    MEMBER,
    NOW,
    OWNER,
    PROD,
    REPO,
    TEAM,
    everything,
    grant,
)

CAN: frozenset[type[Change]] = frozenset({Suspend, Disable, EndSessions, Revoke, HandOver})


def plan(reading: Reading | None = None, can: frozenset[type[Change]] = CAN) -> Plan:
    """The plan for one code host."""
    return leaver_plan([Found(HOST, reading or everything())], {CODE: can}, lambda _key: OWNER)


def line(found: Plan, change: Change) -> PlannedStep:
    """The step that makes this change."""
    return next(step for step in found.steps if step.action == change)


def named(found: Plan, starts: str = "2026-11-27T16:00:00+00:00") -> str:
    """The digest of a plan."""
    return digest("OFF-101", OWNER, starts, found.steps)


def test_everything_that_was_read_ends() -> None:
    """Account, keys, sessions, what she owns, every membership: one step each (S0-8, S0-20, S0-33, S1-12)."""
    actions = [step.action for step in plan().steps]
    assert actions[:4] == [Suspend(ALICE), Disable(KEY), Disable(DEPLOY), EndSessions(ALICE)]
    assert actions[4] == HandOver(REPO)
    assert actions[5:] == [Revoke(grant(PROD)), Revoke(grant(TEAM)), Revoke(grant(MEMBER))]
    assert [step.number for step in plan().steps] == list(range(1, 9))


def test_what_can_act_ends_before_what_only_belongs() -> None:
    """Memberships go once containment was tried.

    Sessions once the account is locked, and what would orphan a repository once that is handed over; nothing waits
    for anything else (S1-3, S1-9).
    """
    found = plan()
    contain = tuple(step.number for step in found.steps if step.wave is Wave.CONTAIN)
    assert line(found, EndSessions(ALICE)).after == (line(found, Suspend(ALICE)).number,)
    assert line(found, Revoke(grant(TEAM))).after == contain
    assert line(found, Revoke(grant(TEAM))).after_done == ()
    assert line(found, Revoke(grant(MEMBER))).after_done == (line(found, HandOver(REPO)).number,)
    assert line(found, Suspend(ALICE)).after == line(found, HandOver(REPO)).after == ()


def test_what_is_powerful_goes_first_and_is_marked() -> None:
    """A right that reaches production is said to be powerful (S1-6, S0-16)."""
    powerful = [step.action for step in plan().steps if step.privileged]
    assert powerful == [Revoke(grant(PROD))]


def test_what_cannot_be_undone_is_known() -> None:
    """A hand-over and a key that nobody can restore are irreversible; ended sessions are no loss (S4-27)."""
    lost = replace(KEY, restorable=False)
    found = plan(replace(everything(), credentials=Part((lost,))))
    assert not line(found, Disable(lost)).reversible
    assert not line(found, HandOver(REPO)).reversible
    assert line(found, EndSessions(ALICE)).reversible
    assert line(found, HandOver(REPO)).held == "successor"
    assert line(found, HandOver(REPO)).assignee == OWNER


def test_what_is_over_already_is_no_step() -> None:
    """A locked account, a dead key, a shared repository, a part without sessions: nothing to do (S1-25)."""
    idle = Reading(
        CODE,
        NOW,
        "the organisation",
        account=Part((replace(ALICE, active=False),)),
        credentials=Part((replace(KEY, active=False),)),
        assets=Part((replace(REPO, sole_admin=False),)),
        made=Part((replace(DEPLOY, active=False),)),
        sessions=absent("tokens are no sessions"),
    )
    assert plan(idle) == Plan(())


def test_a_system_without_a_connector_takes_part_from_day_one() -> None:
    """Its task is in the plan with words, evidence and an owner; without a task nothing is asked (S0-6, S3-2)."""
    found = leaver_plan([Found(LAPTOP), Found(replace(LAPTOP, tasks={}))], {}, lambda _key: OWNER)
    rule = LAPTOP.tasks[Trigger.LEAVER]
    assert found == Plan(
        (PlannedStep(1, LAPTOP.key, Wave.TASKS, Task(rule.title, rule.how, rule.evidence), assignee=OWNER),)
    )


def test_a_system_that_did_not_answer_is_open_and_never_clean() -> None:
    """The plan says what could not be read, and why (S1-2)."""
    found = leaver_plan([Found(HOST, None, "It does not answer.")], {}, lambda _key: OWNER)
    assert found.steps == ()
    assert [(one.part, one.why) for one in found.blind] == [("everything", "It does not answer.")]


def test_a_system_nobody_was_asked_about_in_is_looked_into_by_a_person() -> None:
    """Where no account of hers is known, somebody looks, and the plan says why (S1-12)."""
    found = leaver_plan([Found(HOST, unasked="No account is linked.")], {}, lambda _key: OWNER)
    assert [step.action.title for step in found.steps if isinstance(step.action, Task)] == [
        f"Check {found.blind[0].part} in Code host by eye"
    ]
    assert [one.why for one in found.blind] == ["No account is linked."]


def test_a_part_nobody_may_see_becomes_a_task_to_look() -> None:
    """Keys that a system does not show are looked at by a person, with evidence; what does not exist is not (S1-2)."""
    hidden = replace(
        everything(),
        credentials=unseen("no right to list keys"),
        assets=Part((REPO,), Completeness.PARTIAL, "one page failed"),
        sessions=absent("it has none"),
    )
    found = plan(hidden)
    titles = [step.action.title for step in found.steps if isinstance(step.action, Task)]
    assert titles == ["Check keys and tokens in Code host by eye", "Check things owned in Code host by eye"]
    assert [one.part for one in found.blind] == ["keys and tokens", "things owned"]
    asked = next(step.action for step in found.steps if isinstance(step.action, Task))
    assert asked.how.startswith("no right to list keys The account there: "), "whoever looks is told at whose account"


def test_several_systems_are_numbered_through_and_wait_only_inside_their_own() -> None:
    """What ends at once has the first numbers; one slow vendor never keeps another's keys alive (S0-21)."""
    cloud = SystemKey("cloud")
    account = replace(ALICE, system=cloud)
    there = Reading(
        cloud, NOW, "x", account=Part((account,)), grants=Part((grant(TEAM, account),)), sessions=everything().sessions
    )
    found = leaver_plan(
        [Found(HOST, everything()), Found(replace(HOST, key=cloud), there)], {CODE: CAN, cloud: CAN}, lambda _key: OWNER
    )
    assert [step.number for step in found.steps] == list(range(1, len(found.steps) + 1))
    home = {step.number: step.system for step in found.steps}
    assert all(home[n] == step.system for step in found.steps for n in (*step.after, *step.after_done))
    assert line(found, EndSessions(account)).after == (line(found, Suspend(account)).number,)
    waves = [step.wave is Wave.CONTAIN for step in found.steps]
    assert waves == sorted(waves, reverse=True)


def test_two_accounts_of_one_person_are_read_as_one() -> None:
    """Everything of both, and only as complete as the worse of the two; the older look counts (S1-2)."""
    second = replace(
        everything(),
        at=NOW - timedelta(minutes=1),
        account=Part((BEN,)),
        grants=unseen("no right"),
        evidence=("r-2",),
    )
    both = together((everything(), second))
    assert both.account.items == (ALICE, BEN)
    assert both.grants.items == everything().grants.items
    assert (both.grants.seen, both.grants.why) == (Completeness.NOT_PERMITTED, "no right")
    assert (both.at, both.evidence) == (second.at, ("r-2",))
    assert together((everything(),)) == everything()


def test_sessions_end_at_each_account_somebody_has() -> None:
    """A session does not say whose it is: of two accounts in one system neither keeps its own (S0-8)."""
    both = together((everything(), replace(everything(), account=Part((BEN,)))))
    assert {EndSessions(ALICE), EndSessions(BEN)} <= {step.action for step in plan(both).steps}


def changed_facts() -> Iterator[Reading]:
    """The same things, of which something is known that changes by the hour."""
    seen = everything()
    account = replace(ALICE, label="renamed", last_active=NOW)
    yield replace(seen, at=NOW + timedelta(hours=3), evidence=("r-9",))
    yield replace(seen, account=Part((account,)))
    yield replace(seen, credentials=Part((replace(KEY, last_used=NOW, used=True, label="A…new"),)))
    yield replace(seen, assets=Part((replace(REPO, last_activity=NOW, candidates=(), label="pay"),)))


@pytest.mark.parametrize("reading", list(changed_facts()))
def test_the_name_of_a_plan_ignores_what_changes_by_the_hour(reading: Reading) -> None:
    """Last uses, labels and candidates change while people decide; their approval stays good (S1-25)."""
    assert named(plan(reading)) == named(plan())


def changed_steps() -> Iterator[tuple[str, Reading]]:
    """What makes it another plan."""
    seen = everything()
    yield "one key more", replace(seen, credentials=Part((KEY, replace(KEY, native_id="key:2"))))
    yield "one grant less", replace(seen, grants=Part(seen.grants.items[1:]))
    yield "another account", replace(seen, account=Part((replace(ALICE, native_id="9"),)))
    yield "cannot be undone", replace(seen, credentials=Part((replace(KEY, restorable=False),)))


@pytest.mark.parametrize(("what", "reading"), list(changed_steps()))
def test_any_other_step_is_another_plan(what: str, reading: Reading) -> None:
    """An approval never covers a plan with other steps than those shown (S4-12)."""
    assert named(plan(reading)) != named(plan()), what


def test_another_request_person_time_or_doer_is_another_plan() -> None:
    """The name binds who, when and by whom."""
    steps = plan().steps
    names = {
        digest("OFF-101", OWNER, "t", steps),
        digest("OFF-102", OWNER, "t", steps),
        digest("OFF-101", type(OWNER)("P-2"), "t", steps),
        digest("OFF-101", OWNER, "t2", steps),
        digest("OFF-101", OWNER, "t", [replace(step, assignee=type(OWNER)("P-3")) for step in steps]),
        digest("OFF-101", OWNER, "t", [replace(step, held="approval") for step in steps]),
    }
    assert len(names) == 6


@given(st.permutations(everything().grants.items))
def test_a_plan_does_not_depend_on_luck(grants: list[object]) -> None:
    """Whatever order a vendor lists things in, the powerful goes first and nothing is lost."""
    reading = replace(everything(), grants=Part(tuple(grants)))  # type: ignore[arg-type]
    found = plan(reading)
    revoked = [step.action.grant for step in found.steps if isinstance(step.action, Revoke)]
    assert revoked[0] == grant(PROD)
    assert {one.key for one in revoked} == {one.key for one in everything().grants.items}


def test_somebody_elses_account_or_a_service_is_never_in_a_plan() -> None:
    """A plan touches only accounts linked to its subject, and no service account; tasks touch none (S0-33, S4-12)."""
    raise_if_unsafe(plan().steps, {CODE: frozenset({"1"})})
    raise_if_unsafe(leaver_plan([Found(LAPTOP)], {}, lambda _key: OWNER).steps, {})
    robot = replace(ALICE, service=True)
    for steps, linked in (
        (plan().steps, {CODE: frozenset({"2"})}),
        (plan().steps, {}),
        (plan(replace(everything(), account=Part((robot,)))).steps, {CODE: frozenset({"1"})}),
    ):
        with pytest.raises(ValueError, match="somebody else"):
            raise_if_unsafe(steps, linked)


EVERY: tuple[tuple[Change, Change | None, Account], ...] = (
    (Provision(ALICE), Delete(ALICE), ALICE),
    (Assign(grant()), Revoke(grant()), ALICE),
    (Revoke(grant()), Assign(grant()), ALICE),
    (Disable(KEY), Enable(KEY), ALICE),
    (Disable(replace(KEY, restorable=False)), None, ALICE),
    (Enable(KEY), Disable(KEY), ALICE),
    (Suspend(ALICE), Resume(ALICE), ALICE),
    (Resume(ALICE), Suspend(ALICE), ALICE),
    (EndSessions(ALICE), None, ALICE),
    (HandOver(REPO, BEN), None, ALICE),
    (Delete(ALICE), None, ALICE),
)


@pytest.mark.parametrize(("change", "back", "account"), EVERY, ids=lambda one: getattr(one, "kind", None))
def test_every_change_knows_its_way_back_and_whom_it_touches(
    change: Change, back: Change | None, account: Account
) -> None:
    """A change has an inverse or says that it has none (S4-27), and names the one account it touches."""
    assert inverse(change) == back
    assert account_of(change) == account


def test_things_are_told_apart_by_their_ids() -> None:
    """The same change twice has one key; another thing, account or system has another (S1-2)."""
    other = SystemKey("cloud")
    keys = [key_of(CODE, change) for change, _, _ in EVERY]
    assert len(set(keys)) == len(EVERY) - 1  # the key that nobody can restore is the same key
    assert key_of(CODE, Suspend(ALICE)) != key_of(other, Suspend(ALICE))
    assert key_of(CODE, Task("a", "b")) == key_of(CODE, Task("a", "c"))
    assert key_of(CODE, Disable(KEY)) == key_of(
        CODE, Disable(replace(KEY, label="new", account=replace(ALICE, label="x")))
    )
    assert key_of(CODE, HandOver(REPO)) == key_of(CODE, HandOver(REPO, BEN))


def test_a_hand_over_by_hand_keeps_the_membership_until_it_is_done() -> None:
    """Where no connector can hand over.

    The membership that carries the repository still waits for the person who does it: the last admin is never taken
    out first (S0-7, S1-3).
    """
    found = plan(can=CAN - {HandOver})
    by_hand = next(step for step in found.steps if isinstance(step.action, Task))
    assert line(found, Revoke(grant(MEMBER))).after_done == (by_hand.number,)


def test_values_stay_small() -> None:
    """The things used here are what they say."""
    assert MEMBER.carries == (REPO.native_id,)
    assert isinstance(REPO, Asset)
    assert isinstance(KEY, Credential)
    assert steps_for(Found(HOST), CAN, lambda _key: OWNER, first=1) == ()
