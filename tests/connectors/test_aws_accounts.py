"""Alice has a user in a second AWS account: it is found, closed with the first, and never forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from moto.organizations.models import organizations_backends

from bot.domain.model import Assign, Change, Disable, Enable, PersonId, Suspend, SystemKey, inverse
from bot.domain.planning import Found, leaver_plan, raise_if_unsafe, together
from bot.domain.policy import System
from bot.domain.reading import Completeness
from bot.domain.verify import Verdict, judge
from bot.practice.company import aws
from bot.practice.company.aws import members
from connectors.aws import SPEC, connect
from connectors.interface import Kind, Result
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import NAME, AwsHarness, granted
from tests.connectors.contract import NOW, error_of, link_to, removals


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account of our key on its first day."""
    with aws_practice.account() as made:
        yield made


def test_the_second_key_in_another_account_is_found_and_ends_with_the_first(harness: AwsHarness) -> None:
    """Both users are found by her address; one plan switches all keys off; nobody else there loses anything."""
    there = aws_wide.other(harness)
    before = list(there.backend.access_keys.values())
    found = aws_wide.hers(there.connector.find(aws_wide.EMAIL))
    assert {one.native_id for one in found} == {harness.link.native_id, there.link.native_id}
    links = [link_to(there.connector, one.native_id, one.label) for one in found]
    seen = together(tuple(there.connector.read(link, NOW) for link in links))
    owner = PersonId("P-005")
    system = System(SystemKey("aws"), "AWS", owner)
    plan = leaver_plan([Found(system, seen)], {system.key: SPEC.can}, lambda _: owner)
    raise_if_unsafe(plan.steps, {system.key: frozenset(link.native_id for link in links)})
    changes = [step.action for step in plan.steps if not hasattr(step.action, "title")]
    off = {one.credential.native_id for one in changes if isinstance(one, Disable)}
    assert {f"key:{aws_wide.SECOND_KEY}", *(f"key:{id}" for id in aws.ALICE_KEY_IDS)} <= off
    for change in changes:
        assert isinstance(change, Change)
        there.connector.apply(change)
    after = together(tuple(there.connector.read(link, NOW) for link in links))
    assert not [one for one in after.credentials.items if one.active]
    assert {key.access_key_id: key.status for key in before if key.user_name != NAME} == {
        key.access_key_id: "Active" for key in before if key.user_name != NAME
    }


def test_a_user_of_another_account_is_suspended_and_comes_back(harness: AwsHarness) -> None:
    """All changes go through the role of that account, and are undone there."""
    there = aws_wide.other(harness)
    first = there.connector.read(there.link, NOW)
    assert [one.native_id for one in first.account.items] == [there.link.native_id]
    assert first.account.items[0].label == f"{NAME} in {there.number}"
    changes = removals(first, SPEC.can)
    for change in changes:
        assert there.connector.apply(change).result is Result.APPLIED
        assert there.connector.apply(change).result is Result.ALREADY
        assert judge(change, there.connector.read(there.link, NOW)) is Verdict.CONFIRMED
    assert not harness.recorded.ledger.writes[0].body.get("UserName", "").startswith("ben")
    for back in (one for change in changes if (one := inverse(change))):
        there.connector.apply(back)
        assert judge(back, there.connector.read(there.link, NOW)) is Verdict.CONFIRMED


@pytest.mark.parametrize("reason", ["a wrong external id", "no role"])
def test_an_account_that_cannot_be_opened_stays_open_in_the_plan(harness: AwsHarness, reason: str) -> None:
    """Nobody knows whether she has a user there: the account part is partial, and names the account."""
    there = aws_wide.other(harness, **({"EXTERNAL_ID": "wrong"} if "id" in reason else {"READ_ROLE": "nobody"}))
    connector = there.connector
    if reason == "no role":
        connector = harness.with_settings(ACCOUNTS=there.number)
    read = connector.read(harness.link, NOW)
    assert read.account.seen is Completeness.PARTIAL
    assert there.number in read.account.why
    assert "sts:AssumeRole" in read.account.why
    assert read.account.items[0].active
    check = connector.check()
    assert not check.ready
    assert there.number in " ".join(check.missing)
    found = aws_wide.hers(connector.find(aws_wide.EMAIL))
    assert [one.native_id for one in found] == [harness.link.native_id]
    error = error_of(lambda: list(connector.accounts()))
    assert error.kind is Kind.PERMISSION
    assert error_of(lambda: connector.read(there.link, NOW)).kind is Kind.PERMISSION


def test_an_account_that_lets_us_in_and_shows_nobody_is_no_account_without_her(harness: AwsHarness) -> None:
    """No reading tells of it as shut, so the search itself says which permission it lacks."""
    there = aws_wide.other(harness)
    call = "iam:GetAccountAuthorizationDetails"
    less = [{**one, "Action": [a for a in one["Action"] if a != call]} for one in granted()]
    del there.backend.roles[there.backend.get_role(members.ROLE).id]
    members.role(there.backend, members.ROLE, less)
    error = error_of(lambda: there.connector.find(aws_wide.EMAIL))
    assert error.kind is Kind.PERMISSION
    assert call in error.said


def test_an_account_nobody_told_us_of_is_not_opened(harness: AwsHarness) -> None:
    """A link to it reads as an error that names the setting, never as gone."""
    there = aws_wide.other(harness)
    bare = harness.connector
    assert "ACCOUNTS" in error_of(lambda: bare.read(there.link, NOW)).said
    assert error_of(lambda: bare.apply(Suspend(there.connector.read(there.link, NOW).account.items[0]))).said


def test_the_accounts_of_the_organization_are_asked_for(harness: AwsHarness) -> None:
    """A new account is looked into from its first day; one that AWS closed lets nobody act and is left out."""
    there = aws_wide.other(harness, ACCOUNTS="organization")
    assert there.connector.read(there.link, NOW).account.items
    company = organizations_backends[aws.ACCOUNT]["aws"]
    closed, _ = members.member("old", granted())
    company.get_account_by_id(closed).close()
    assert there.connector.read(harness.link, NOW).account.complete
    harness.fault("ListAccounts", 403)
    read = there.connector.read(harness.link, NOW)
    assert not read.account.complete
    assert "organizations:ListAccounts" in read.account.why


def test_every_account_there_is_has_its_last_use(harness: AwsHarness) -> None:
    """Users of all accounts, page by page; the report of AWS tells the latest of password and keys."""
    there = aws_wide.other(harness)
    list(there.connector.accounts())  # AWS begins its report
    every = {one.native_id: one for one in there.connector.accounts()}
    assert {harness.link.native_id, there.link.native_id} <= set(every)
    assert every[harness.id_of("marco.rossi")].last_active is None
    assert every[there.link.native_id].active
    harness.connector.apply(Suspend(every[harness.link.native_id]))
    again = {one.native_id: one for one in there.connector.accounts()}
    assert again[harness.link.native_id].active is False
    harness.fault("GenerateCredentialReport", 403)
    assert {one.last_active for one in there.connector.accounts()} == {None}
    harness.fault("GetAccountAuthorizationDetails", 503)
    assert error_of(lambda: list(there.connector.accounts())).retry


def test_a_setting_that_names_no_account_is_told() -> None:
    """At the start, not at the first leaver."""
    error = error_of(lambda: connect(SystemKey("aws"), "AWS", aws_practice.settings("https://x", ACCOUNTS="prod")))
    assert "prod" in error.said


def test_reading_and_writing_can_be_two_roles_that_may_only_that(harness: AwsHarness) -> None:
    """The shipped files are enough: the role that reads cannot write, and the one that writes lists nothing."""
    aws_wide.two_roles(harness.backend)
    only = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": only})
    harness.backend.put_user_policy("usher", "access-runbooks", document)
    connector = harness.with_settings(**aws_wide.ROLES)
    assert connector.check().ready, connector.check().missing
    first = connector.read(harness.link, NOW)
    changes = removals(first, SPEC.can)
    for change in changes:
        connector.apply(change)
    for back in (one for change in changes if (one := inverse(change))):
        connector.apply(back)
    again = connector.read(harness.link, NOW)
    assert {grant.key for grant in again.grants.items} == {grant.key for grant in first.grants.items}
    swapped = harness.with_settings(**{**aws_wide.ROLES, "WRITE_ROLE": "usher-read"})
    assert error_of(lambda: swapped.apply(changes[0])).kind is Kind.PERMISSION
    assert Suspend in swapped.check().cannot


def test_a_right_for_a_time_ends_even_if_nobody_takes_it_away(harness: AwsHarness) -> None:
    """The policy that is written says itself until when it holds."""
    grant = aws_practice.right(harness, "inline:reports")
    harness.admin.delete_user_policy(UserName=NAME, PolicyName="reports")
    until = datetime(2026, 12, 1, 17, tzinfo=UTC)
    lent = Assign(replace(grant, until=until))
    assert harness.connector.apply(lent).result is Result.APPLIED
    assert harness.connector.apply(lent).result is Result.ALREADY
    written = harness.admin.get_user_policy(UserName=NAME, PolicyName="reports")["PolicyDocument"]["Statement"]
    assert written[0]["Condition"] == {"DateLessThan": {"aws:CurrentTime": "2026-12-01T17:00:00Z"}}
    back = inverse(lent)
    assert back
    assert harness.connector.apply(back).result is Result.APPLIED


def test_the_last_administrator_is_not_shut_out(harness: AwsHarness) -> None:
    """Neither suspended nor taken out of the group, until somebody else can do everything."""
    ines = link_to(harness.connector, harness.id_of("ines.ferreira"), "ines.ferreira", "P-005")
    read = harness.connector.read(ines, NOW)
    changes = [one for one in removals(read, SPEC.can) if not isinstance(one, Disable)]
    for change in changes:
        error = error_of(lambda change=change: harness.connector.apply(change))  # type: ignore[misc]
        assert error.kind is Kind.PERMANENT
        assert "last user" in error.said
    assert not harness.recorded.ledger.writes
    harness.admin.add_user_to_group(UserName=NAME, GroupName="admins")
    assert harness.connector.apply(changes[0]).result is Result.APPLIED


def test_a_policy_that_is_too_wide_is_told(harness: AwsHarness) -> None:
    """Usher would work with it, and asks for less."""
    assert not harness.connector.check().excessive
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    harness.backend.put_user_policy("usher", "wide", document)
    assert "iam:CreateUser" in " ".join(harness.connector.check().excessive)


def test_each_missing_permission_is_named_with_what_it_costs(harness: AwsHarness) -> None:
    """By the action to add, and by the kind of change of which nothing can be made without it."""
    less = [{**one, "Action": [a for a in one["Action"] if a != "iam:UpdateAccessKey"]} for one in granted()]
    document = json.dumps({"Version": "2012-10-17", "Statement": less})
    harness.backend.put_user_policy("usher", "access-runbooks", document)
    check = harness.connector.check()
    assert [said for said in check.missing if "iam:UpdateAccessKey" in said]
    assert Enable in check.cannot
    assert not {Disable, Suspend} & set(check.cannot), "a password can still be dropped, other keys switched off"
    harness.fault("SimulatePrincipalPolicy", 403)
    assert "iam:SimulatePrincipalPolicy" in " ".join(harness.connector.check().missing)
