"""Bad luck: whoever decides is demoted, a connector is taken out half-way, a system comes into the policy late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Credential, Person, PersonId, Power, SystemKey
from bot.engine.start import start_due
from bot.engine.tend import tend
from bot.store import people, versions
from connectors.interface import Connector
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, ALICE_CLOUD, BEN, CLOUD, HANNA, INES, MARCO, PRIYA, SARA, Town, speaker
from tests.stories.acts import approved, asked, everything_said, finish, leave, link, read_again, sealed, steps, wait
from tests.stories.later import later

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}


def roster(town: Town, person: PersonId, **facts: object) -> None:
    """HR changes a row."""
    with town.engine.db.begin() as tx:
        known = people.every(tx)[person]
        kept = {name: getattr(known, name) for name in Person.__dataclass_fields__}
        people.put(tx, [Person(**{**kept, **facts})])


def look(town: Town) -> None:
    """The clock looks after what waits for people."""
    tend(town.engine, town.now)
    town.work()


def test_a_manager_who_is_manager_no_more_is_not_waited_for(town: Town) -> None:
    """Alice has a new manager since the question: Ben is asked, Marco's button does nothing (S1-17, S0-30)."""
    asked(town)
    old = sealed(town, MARCO, "approve")
    roster(town, ALICE, manager=BEN)
    look(town)
    assert MARCO not in town.request().approvers
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(MARCO), "approve", old, "", Where())
    town.press(BEN, "approve")
    town.press(INES, "approve")
    assert town.request().state is RequestState.RUNNING
    assert tend(town.engine, town.now) == 0


def test_somebody_who_lost_the_role_that_decides_is_not_waited_for(town: Town) -> None:
    """Sara was asked because of her role and has it no more: Ben of security is asked in her place (S1-17)."""
    leave(town, MARCO, town.now.date() - timedelta(days=1))
    asked(town)
    assert set(town.request().approvers) == {INES, SARA}
    old = sealed(town, SARA, "approve")
    with town.engine.db.begin() as tx:
        people.end_powers(tx, SARA, town.now)
        people.give(tx, BEN, Power.SECURITY, town.now, by="set-up")
    look(town)
    assert set(town.request().approvers) == {INES, BEN}
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(SARA), "approve", old, "", Where())
    town.press(BEN, "approve")
    town.press(INES, "approve")
    assert town.request().state is RequestState.RUNNING


def test_an_item_is_asked_of_others_when_its_approver_left(town: Town) -> None:
    """A key that nobody can give back waits for two; Ines leaves before she says anything: Sara is asked (S1-17)."""
    approved(town, **FRIDAY)
    town.aws.credentials.append(Credential(ALICE_CLOUD, "AKIA8", "signing key", "S…8", restorable=False))
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    town.press(MARCO, "item_yes")
    leave(town, INES, town.now.date() - timedelta(days=1))
    look(town)
    town.press(SARA, "item_yes")
    town.work()
    assert not town.aws.credentials[-1].active


def without(town: Town, system: SystemKey) -> dict[SystemKey, Connector]:
    """Usher is started again, and the settings of one connector are missing; returns what it had."""
    every = dict(town.engine.connectors)
    town.engine.connectors = {key: one for key, one in every.items() if key != system}
    return every


def test_a_connector_taken_out_half_way_is_told_and_its_work_goes_on_when_it_is_back(town: Town) -> None:
    """Nothing is lost or called done: Ines reads why, nobody need press anything once AWS is there again (S1-19)."""
    read_again(town)
    had = without(town, CLOUD)
    town.work()
    assert {step.state for step in steps(town, "disable", "aws")} == {StepState.PARKED}
    assert {step.state for step in steps(town, "suspend", "github")} == {StepState.CONFIRMED}
    told = everything_said(town)
    assert "Usher is not connected to AWS any more. Whoever runs Usher must connect it again." in told
    assert "Something unexpected" not in told
    finish(town)
    wait(town, timedelta(minutes=6))
    look(town)
    assert town.request().state is RequestState.RUNNING
    town.engine.connectors = had
    wait(town, timedelta(minutes=16))
    look(town)
    assert town.request().state is RequestState.CLOSED
    assert not town.aws.account.active


def test_what_was_changed_but_not_seen_waits_for_the_connector_too(town: Town) -> None:
    """AWS said yes, then its connector was taken out: without a fresh look nothing counts as done (S1-2, S3-10)."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.aws.settle = timedelta(minutes=1)
    town.aws.lies = 99
    town.work()
    assert {step.state for step in steps(town, "suspend", "aws")} == {StepState.APPLIED}
    had = without(town, CLOUD)
    wait(town)
    assert {step.state for step in steps(town, "suspend", "aws")} == {StepState.PARKED}
    town.aws.lies = 0
    town.engine.connectors = had
    wait(town, timedelta(minutes=16), times=2)
    look(town)
    wait(town)
    assert {step.state for step in steps(town, "suspend", "aws")} == {StepState.CONFIRMED}
    assert not town.aws.account.active


def test_a_plan_is_made_though_a_connector_is_taken_out_while_it_reads(town: Town) -> None:
    """The reading was queued, the connector is gone: the plan says that nobody looked there (S1-2)."""
    town.offboard()
    without(town, CLOUD)
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert "The connector of this system is not running" in everything_said(town)


def test_a_system_added_to_policy_while_it_runs_is_looked_at_afterwards(town: Town) -> None:
    """The request keeps the plan that was approved; on day 1 her account in the new system is found and locked."""
    approved(town)
    key = SystemKey("atlas")
    wiki = Memory(key, Account(key, "w4", "alice.martin", active=True))
    town.engine.connectors = {**town.engine.connectors, key: wiki}
    link(town, ALICE, wiki.account)
    with town.engine.db.begin() as tx:
        newest = versions.newest(tx, "policy.yaml")
        block = "  atlas:\n    name: Atlas wiki\n    about: What we know\n    owner: P-006\n    connector: scim\n"
        text = versions.body(tx, newest or 0).replace("systems:\n", f"systems:\n{block}", 1)
        versions.keep(tx, "policy.yaml", text, town.now)
    finish(town)
    assert town.request().state is RequestState.CLOSED
    assert (wiki.log, wiki.account.active) == ([], True)
    later(town, 1)
    assert wiki.account.active is False
    assert "Atlas wiki" in everything_said(town)


def test_an_admin_asks_for_the_end_of_a_contractor(town: Town) -> None:
    """Hanna, an admin, names the last day of Priya's contract: nothing ends before it, all of it then (S1-15)."""
    town.offboard(HANNA, person=PRIYA, typed="", when="later", day="2027-03-31", time="17:00")
    town.work()
    for person in town.request().approvers[: town.request().quorum]:
        town.press(person, "approve")
    assert town.request().state is RequestState.SCHEDULED
    town.now = town.request().starts_at - timedelta(seconds=1)
    start_due(town.engine, town.now)
    assert town.request().state is RequestState.SCHEDULED
    town.pass_time()
    start_due(town.engine, town.now)
    assert town.request().state is RequestState.RUNNING


def test_when_nobody_is_left_it_is_said_and_whoever_comes_is_asked(town: Town) -> None:
    """Sara of security asks herself, so that Marco alone could decide, where two must: told, and mended by a role."""
    town.offboard(SARA, person=PRIYA, typed="", when="later", day="2026-11-27", time="17:00")
    town.work()
    assert town.request().approvers == (MARCO,)
    assert any("Too few people are left who may approve this" in line for line in town.thread())
    town.press(MARCO, "approve")
    assert town.request().state is RequestState.AWAITING_APPROVAL
    look(town)
    assert tend(town.engine, town.now) == 0
    with town.engine.db.begin() as tx:
        people.give(tx, BEN, Power.SECURITY, town.now, by="set-up")
    look(town)
    assert set(town.request().approvers) == {MARCO, BEN}
    town.press(BEN, "approve")
    assert town.request().state is RequestState.SCHEDULED
