"""Whoever decides, owns or holds the keys of Usher leaves: others are asked, and nobody is locked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Asset, Person, PersonId, Power, SystemKey, Trigger
from bot.domain.policy import ApprovalRule, Crew, Policy, Reason, System, decide
from bot.engine.start import start_due
from bot.engine.tend import tend
from bot.store import people, records, versions
from tests.fakes.town import ALICE_CODE, BEN_CODE, CLARA, HANNA, INES, MARCO, SARA, START, Town, speaker
from tests.stories.acts import approved, asked, finish, leave, sealed, steps

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}
A, B, C, D = (PersonId(name) for name in "ABCD")


def test_fault_41_an_approver_who_left_before_answering_is_replaced(town: Town) -> None:
    """Ines was asked and leaves: within the next look others are asked, and her old button decides nothing."""
    asked(town)
    value = sealed(town, INES, "approve")
    leave(town, INES, START.date() - timedelta(days=1))
    assert tend(town.engine, town.now) >= 1
    request = town.request()
    assert INES not in request.approvers
    assert len(request.approvers) >= request.quorum
    with pytest.raises(Refused):
        town.talk.press(speaker(INES), "approve", value, "", Where())
    assert tend(town.engine, town.now) == 0


def test_fault_41_a_yes_of_somebody_who_left_before_the_day_counts_no_more(town: Town) -> None:
    """Both said yes on Monday, Ines leaves on Wednesday: on Friday somebody else is asked before anything changes."""
    asked(town, **FRIDAY)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    leave(town, INES, START.date() + timedelta(days=2))
    town.pass_time(timedelta(days=4, hours=9))
    start_due(town.engine, town.now)
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert town.github.log == town.aws.log == []


def companies() -> Iterator[tuple[Policy, Crew]]:
    """Every small company: who manages whom, who owns the system, who is security, two to four people."""
    for size in (2, 3, 4):
        everybody = (A, B, C, D)[:size]
        for manager, owner, security, quorum in product(everybody, everybody, everybody, (1, 2)):
            staff = {key: Person(key, key, "", manager=manager if manager != key else None) for key in everybody}
            rule = ApprovalRule(("manager", "owners"), quorum, ("security",))
            system = System(SystemKey("code"), "Code", owner, connector="code")
            policy = Policy("Two", "UTC", "off", {system.key: system}, {Trigger.LEAVER: rule}, {})
            yield policy, Crew(staff, {security: frozenset({Power.SECURITY})})


def test_fault_42_nobody_ever_decides_for_themselves_or_about_what_they_asked() -> None:
    """Every combination of who asks, whom it is about, who manages, owns and guards, in companies of two to four."""
    for policy, crew in companies():
        for by, subject in product(crew.people, crew.people):
            found = decide(
                policy,
                crew,
                Trigger.LEAVER,
                requester=by,
                subject=subject,
                systems=policy.systems,
                today=date(2026, 11, 23),
            )
            assert not found.approvers & {by, subject}
            enough = len(found.approvers) >= found.quorum
            assert (found.reason is Reason.NEEDS_APPROVAL) == enough


def test_fault_43_the_last_owner_of_an_organisation_holds_that_alone(town: Town) -> None:
    """She is the only owner of the whole organisation: her place there waits for a yes, everything else goes."""
    org = Asset(ALICE_CODE, "org:lumen", "organisation", "lumen-works", True, admins=("40004",), candidates=(BEN_CODE,))
    membership = town.github.grants[0]
    town.github.grants[0] = replace(
        membership, entitlement=replace(membership.entitlement, carries=("repo:1", "org:lumen"))
    )
    town.github.assets.append(org)
    approved(town)
    assert [grant.entitlement.native_id for grant in town.github.grants] == ["org:lumen"]
    assert town.aws.account.active is False
    for step in steps(town, "hand-over"):
        town.talk.press(speaker(INES), "successor", town.desk.sealed("successor", step.id), "40008", Where())
        assert town.github.grants
        ben = town.desk.sealed("accept", step.id)
        town.talk.press(speaker(PersonId("P-008")), "accept", ben, "", Where())
        town.work()
    assert {step.state for step in steps(town, "hand-over")} == {StepState.CONFIRMED}
    assert all("40008" in asset.admins for asset in town.github.assets)
    assert town.github.grants == []


def test_fault_44_the_last_admin_of_usher_is_not_let_go(town: Town) -> None:
    """Nobody could give roles afterwards: refused in words before anything is read; with a second admin it goes on."""
    with town.engine.db.begin() as tx:
        people.end_powers(tx, SARA, town.now)
        people.give(tx, SARA, Power.SECURITY, town.now, by="set-up")
    with pytest.raises(Refused, match="last admin of Usher"):
        town.offboard(CLARA, person=HANNA, typed="Hanna Lindqvist")
    with town.engine.db.look() as tx:
        assert records.recent(tx) == ()
    with town.engine.db.begin() as tx:
        people.give(tx, MARCO, Power.ADMIN, town.now, by="set-up")
    town.offboard(CLARA, person=HANNA, typed="Hanna Lindqvist")
    town.work()
    assert town.request().subject == HANNA


def test_fault_44_usher_does_not_lock_itself_out_with_the_leaver(town: Town) -> None:
    """Usher works in AWS as Alice: refused in words; once Usher has a credential of its own, it goes on."""
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, "policy.yaml")
        text = versions.body(tx, version or 0)
        versions.keep(tx, "policy.yaml", re.sub(r"(  aws:\n)", r"\1    credential_of: P-004\n", text), town.now)
    with pytest.raises(Refused, match="with a credential of Alice Martin"):
        town.offboard()
    with town.engine.db.begin() as tx:
        versions.keep(tx, "policy.yaml", text + "\n", town.now)
    approved(town)
    finish(town)
    assert town.request().state is RequestState.CLOSED
