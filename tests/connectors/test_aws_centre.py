"""What the AWS connector reads and changes in Identity Center, where an assignment takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.model import Account, Assign, EndSessions, Grant, Revoke, Suspend, SystemKey, inverse
from bot.domain.reading import Completeness
from bot.domain.verify import Verdict, judge
from bot.practice.company.aws.centre import DESK
from connectors.aws import SPEC
from connectors.interface import ConnectorError, Kind, Polls, Result
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import AwsHarness
from tests.connectors.aws_wide import Portal
from tests.connectors.contract import NOW, error_of, link_to


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


@pytest.fixture
def portal(harness: AwsHarness) -> Portal:
    """Identity Center with Alice in it."""
    return aws_wide.portal(harness)


def held(portal: Portal, kind: str) -> Grant:
    """One of her rights, by what its id begins with."""
    grants = portal.connector.read(portal.link, NOW).grants.items
    return next(one for one in grants if one.entitlement.native_id.startswith(f"{kind}:"))


def test_it_reads_groups_accounts_and_applications(portal: Portal) -> None:
    """What a group opens makes the group privileged; what came by it is not listed twice."""
    read = portal.connector.read(portal.link, NOW)
    assert portal.connector.read(portal.link, NOW) == replace(read, evidence=read.evidence) or read.evidence
    labels = {one.entitlement.label: one.entitlement.why for one in read.grants.items}
    assert labels == {
        "Group Platform": "can do everything in this AWS account",
        "ReadOnly in account 222222222222": "",
        "Application apl-wiki": "",
    }
    assert read.grants.complete
    assert {one.account.native_id for one in read.grants.items} == {portal.link.native_id}


def test_what_no_program_can_do_is_a_persons_task_in_words(portal: Portal) -> None:
    """Switching the user off and ending portal sessions: the parts say where, and are clean once it is done."""
    read = portal.connector.read(portal.link, NOW)
    assert read.account.items[0].active is None
    assert read.account.seen is Completeness.PARTIAL
    assert "Disable user access" in read.account.why
    assert read.sessions.seen is Completeness.NOT_PERMITTED
    DESK.disabled.add(portal.user)
    after = portal.connector.read(portal.link, NOW)
    assert after.account.complete
    assert after.account.items[0].active is False
    for change in (Suspend(read.account.items[0]), EndSessions(read.account.items[0])):
        assert error_of(lambda change=change: portal.connector.apply(change)).kind is Kind.PERMANENT  # type: ignore[misc]


def test_an_assignment_ends_when_aws_says_so(portal: Portal) -> None:
    """Pending first, asked about by its handle, then done and seen; given back the same way."""
    assert isinstance(portal.connector, Polls)
    change = Revoke(held(portal, "sso-assignment"))
    for each in (change, inverse(change)):
        assert each
        begun = portal.connector.apply(each)
        assert begun.result is Result.PENDING
        assert judge(each, portal.connector.read(portal.link, NOW)) is Verdict.CONTRADICTED
        assert portal.connector.poll(begun.handle).result is Result.PENDING
        assert portal.connector.poll(begun.handle).result is Result.APPLIED
        assert judge(each, portal.connector.read(portal.link, NOW)) is Verdict.CONFIRMED
        assert portal.connector.apply(each).result is Result.ALREADY


def test_an_assignment_that_aws_gives_up_is_told_and_made_again(portal: Portal) -> None:
    """A failure some minutes later is no success."""
    change = Revoke(held(portal, "sso-assignment"))
    begun = portal.connector.apply(change)
    DESK.fails = True
    portal.connector.poll(begun.handle)
    assert portal.connector.poll(begun.handle).result is Result.FAILED
    again = portal.connector.apply(change)
    DESK.settle()
    assert portal.connector.poll(again.handle).result is Result.APPLIED


def test_two_changes_of_one_account_and_set_wait_for_each_other(portal: Portal) -> None:
    """AWS refuses the second while the first runs; the retry law asks again."""
    change = Revoke(held(portal, "sso-assignment"))
    portal.connector.apply(change)
    error = error_of(lambda: portal.connector.apply(change))
    assert error.kind is Kind.TRANSIENT
    DESK.settle()
    assert portal.connector.apply(change).result is Result.ALREADY


@pytest.mark.parametrize("kind", ["sso-group", "sso-app"])
def test_groups_and_applications_are_taken_and_given_at_once(portal: Portal, kind: str) -> None:
    """Twice is already so."""
    change = Revoke(held(portal, kind))
    for each in (change, inverse(change)):
        assert each
        assert portal.connector.apply(each).result is Result.APPLIED
        assert portal.connector.apply(each).result is Result.ALREADY
        assert judge(each, portal.connector.read(portal.link, NOW)) is Verdict.CONFIRMED


def test_somebody_who_is_gone_reads_as_complete_and_empty(portal: Portal) -> None:
    """And taking from them is already so."""
    gone = link_to(portal.connector, "sso/00000000-0000-4000-8000-000000000000", "left")
    read = portal.connector.read(gone, NOW)
    assert read.control
    assert read.account.complete
    assert not read.account.items
    right = held(portal, "sso-group")
    lost = replace(right, account=Account(SystemKey("aws"), gone.native_id, "left"))
    assert portal.connector.apply(Revoke(lost)).result is Result.ALREADY
    assert error_of(lambda: portal.connector.apply(Assign(lost))).kind is Kind.GONE


def test_she_is_found_by_her_address_beside_her_iam_user(harness: AwsHarness, portal: Portal) -> None:
    """Two candidates, to be confirmed by a person."""
    found = {one.native_id for one in aws_wide.hers(portal.connector.find(aws_wide.EMAIL))}
    assert found == {harness.link.native_id, portal.link.native_id}


def test_a_question_that_is_not_permitted_makes_the_part_partial(harness: AwsHarness, portal: Portal) -> None:
    """The missing permission is named, and check() names it before anybody leaves."""
    harness.fault("ListApplicationAssignmentsForPrincipal", 403)
    part = portal.connector.read(portal.link, NOW).grants
    assert part.seen is Completeness.PARTIAL
    assert "sso:ListApplicationAssignmentsForPrincipal" in part.why
    assert len(part.items) == 2
    check = portal.connector.check()
    assert "sso:ListApplicationAssignmentsForPrincipal" in " ".join(check.missing)


def test_without_the_setting_its_users_are_an_error_that_names_it(harness: AwsHarness, portal: Portal) -> None:
    """Never an empty reading."""
    assert "IDENTITY_CENTER" in error_of(lambda: harness.connector.read(portal.link, NOW)).said


def test_the_instance_may_be_named(harness: AwsHarness, portal: Portal) -> None:
    """Then AWS is not asked for it."""
    one = portal.sso.instances[0]
    named = harness.with_settings(IDENTITY_STORE=one.identity_store_id, INSTANCE=one.instance_arn)
    harness.fault("ListInstances", 403)
    assert named.read(portal.link, NOW).grants.items
    other = harness.with_settings(IDENTITY_CENTER="yes")
    assert "sso:ListInstances" in error_of(lambda: other.read(portal.link, NOW)).said


def test_every_user_there_is_is_listed_with_whether_it_is_on(harness: AwsHarness, portal: Portal) -> None:
    """After those of IAM, page by page; a page that breaks off is an error."""
    name = {"GivenName": "Old", "FamilyName": "Hand"}
    empty: list[dict[str, str]] = []
    directory = portal.sso.instances[0].identity_store_id
    for number in range(120):
        portal.store.create_user(
            directory, f"old{number}", name, "Old Hand", "", "", empty, empty, empty, "", "", "", "", ""
        )
    DESK.disabled.add(portal.user)
    every = {one.native_id: one for one in portal.connector.accounts()}
    assert len([id for id in every if id.startswith("sso/")]) == 121
    assert harness.link.native_id in every
    assert (every[portal.link.native_id].active, every[portal.link.native_id].used) == (False, None)
    assert sum(one.active is True for id, one in every.items() if id.startswith("sso/")) == 120
    harness.fault("ListUsers|GetUserId", 403)  # answered as this service does, not as IAM
    assert "identitystore:ListUsers" in error_of(lambda: list(portal.connector.accounts())).said


@pytest.mark.parametrize("handle", ["", "x", "delete:", "other:1"])
def test_a_handle_nobody_gave_is_refused(portal: Portal, handle: str) -> None:
    """Nothing is guessed."""
    assert error_of(lambda: portal.connector.poll(handle)).kind is Kind.PERMANENT


READS = ("DescribeUser", "ListGroupMembershipsForMember", "DescribeGroup", "ListAccountAssignmentsForPrincipal",
         "DescribePermissionSet", "ListApplicationAssignmentsForPrincipal")  # fmt: skip


@pytest.mark.parametrize("operation", READS)
def test_no_fault_makes_a_reading_look_cleaner_than_it_is(harness: AwsHarness, portal: Portal, operation: str) -> None:
    """Whatever fails: an error, or parts that do not claim to be complete."""
    clean = portal.connector.read(portal.link, NOW)
    for how in ({"status": 403}, {"status": 429}, {"status": 500}, {"status": 0, "does": "half"},
                {"status": 0, "does": "hollow"}):  # fmt: skip
        harness.recorded.ledger.faults.clear()
        harness.fault(operation, how.pop("status"), **how)  # type: ignore[arg-type]
        try:
            read = portal.connector.read(portal.link, NOW)
        except ConnectorError:
            continue
        assert not read.grants.complete or {g.key for g in read.grants.items} == {g.key for g in clean.grants.items}
        assert not read.account.complete


WRITES = {"sso-assignment": "DeleteAccountAssignment", "sso-group": "DeleteGroupMembership",
          "sso-app": "DeleteApplicationAssignment"}  # fmt: skip


@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize("how", [{"status": 429}, {"status": 500}, {"status": 403}, {"status": 0, "lost": True}])
def test_a_change_that_failed_once_is_made_later(
    harness: AwsHarness, portal: Portal, kind: str, how: dict[str, int]
) -> None:
    """Also when only the answer was lost: the next attempt looks first, or waits for what runs."""
    change = Revoke(held(portal, kind))
    given = dict(how)
    harness.fault(WRITES[kind], given.pop("status"), **given, times=1)
    error_of(lambda: portal.connector.apply(change))
    DESK.settle()
    portal.connector.apply(change)
    DESK.settle()
    assert judge(change, portal.connector.read(portal.link, NOW)) is Verdict.CONFIRMED
    assert portal.connector.apply(change).result is Result.ALREADY
    assert Revoke in SPEC.can
