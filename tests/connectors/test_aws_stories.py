"""What really happened to companies when somebody left, played against their AWS accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    EndSessions,
    PersonId,
    Revoke,
    Suspend,
    SystemKey,
    Task,
    inverse,
)
from bot.domain.planning import Found, leaver_plan
from bot.domain.policy import System
from bot.domain.reading import Completeness, Reading
from bot.domain.verify import Verdict, judge
from bot.practice.company import aws
from bot.practice.company.aws import strict
from bot.practice.company.aws.centre import DESK
from bot.practice.company.aws.trail import HISTORY
from bot.practice.company.wire import Fault
from connectors.aws import SPEC
from connectors.interface import ConnectorError, Kind, Result
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import NAME, AwsHarness, alice, key_of, right
from tests.connectors.contract import NOW, error_of

OWNER = PersonId("P-005")
UNTIL = datetime(2026, 12, 1, 17, tzinfo=UTC)


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


def look(harness: AwsHarness) -> Reading:
    """What Alice's user holds now."""
    return harness.connector.read(harness.link, NOW)


def planned(reading: Reading) -> list[object]:
    """What a leaver's plan would do about it."""
    system = System(SystemKey("aws"), "AWS", OWNER)
    plan = leaver_plan([Found(system, reading)], {system.key: SPEC.can}, lambda _: OWNER)
    return [step.action for step in plan.steps]


def test_a_key_that_she_made_with_the_dying_one_is_found_by_the_second_look(harness: AwsHarness) -> None:
    """A deleted key works for some seconds, long enough to make another: the look after settling plans for it."""
    first = key_of(harness, 0)
    harness.connector.apply(Disable(first))
    assert judge(Disable(first), look(harness)) is Verdict.CONFIRMED
    harness.admin.delete_access_key(UserName=NAME, AccessKeyId=aws.ALICE_KEY_IDS[1])
    made = harness.admin.create_access_key(UserName=NAME)["AccessKey"]["AccessKeyId"]
    off = [one.credential.native_id for one in planned(look(harness)) if isinstance(one, Disable)]
    assert f"key:{made}" in off
    assert f"key:{aws.ALICE_KEY_IDS[0]}" not in off
    assert SPEC.twice
    assert SPEC.settle >= timedelta(seconds=10)


def test_a_console_password_that_came_back_is_not_called_gone(harness: AwsHarness) -> None:
    """Somebody reset it for her an hour later: the fresh look contradicts, and the same change ends it again."""
    password = next(c for c in look(harness).credentials.items if c.native_id == "console-password")
    change = Disable(password)
    harness.connector.apply(change)
    harness.admin.create_login_profile(UserName=NAME, Password="practice-console-password")
    assert judge(change, look(harness)) is Verdict.CONTRADICTED
    assert harness.connector.apply(change).result is Result.APPLIED
    assert judge(change, look(harness)) is Verdict.CONFIRMED


def test_the_two_users_she_made_are_told_by_name_and_by_whom_they_must_be_judged(harness: AwsHarness) -> None:
    """She made two users before she left: a person gets them as a task, with their names."""
    who = (NAME, harness.link.native_id)
    for name in ("backup-agent", "svc-metrics"):
        HISTORY.remember(aws.ACCOUNT, "CreateUser", who, NOW - timedelta(days=2), {"userName": name})
    tasks = [one.how for one in planned(look(harness)) if isinstance(one, Task)]
    assert any("user backup-agent" in how and "user svc-metrics" in how for how in tasks)


def test_the_key_that_production_runs_on_is_a_question_and_is_not_switched_off(harness: AwsHarness) -> None:
    """She made the key of a service user and may know it; who cuts it blindly stops the shop."""
    made = harness.admin.create_user(UserName="shop", Path="/service/")["User"]
    key = harness.admin.create_access_key(UserName="shop")["AccessKey"]["AccessKeyId"]
    who = (NAME, harness.link.native_id)
    HISTORY.remember(aws.ACCOUNT, "CreateAccessKey", who, NOW - timedelta(days=3), {"userName": "shop"})
    actions = planned(look(harness))
    for change in actions:
        if isinstance(change, Change):
            assert key not in repr(change)
            harness.connector.apply(change)
    assert [one for one in actions if isinstance(one, Task) and "an access key for shop" in one.how]
    held = harness.admin.list_access_keys(UserName="shop")["AccessKeyMetadata"]
    assert [(row["AccessKeyId"], row["Status"]) for row in held] == [(key, "Active")]
    assert made["Path"] == "/service/"


def test_a_role_session_that_outlives_the_assignment_stays_open_in_words(harness: AwsHarness) -> None:
    """The assignment is gone and the session goes on: for hours it is nobody's business to call that clean."""
    portal = aws_wide.portal(harness)
    read = portal.connector.read(portal.link, NOW)
    for grant in read.grants.items:
        begun = portal.connector.apply(Revoke(grant))
        DESK.settle()
        assert begun.result is not Result.FAILED
    after = portal.connector.read(portal.link, NOW)
    assert not after.grants.items
    assert after.sessions.seen is Completeness.NOT_PERMITTED
    assert "twelve hours" in after.sessions.why
    guide = portal.connector.by_hand(EndSessions(after.account.items[0]))
    assert guide
    assert "https://console.aws.amazon.com/singlesignon/home" in guide.how
    assert guide.evidence


def test_a_group_that_the_sync_would_bring_back_is_told_before_and_after(harness: AwsHarness) -> None:
    """Taken away here, back within the hour: the plan and the answer say where to take it away for good."""
    portal = aws_wide.portal(harness)
    DESK.synced[portal.group] = "idp-platform"
    read = portal.connector.read(portal.link, NOW)
    (grant,) = (one for one in read.grants.items if one.entitlement.native_id.startswith("sso-group:"))
    assert grant.path == "kept by the identity provider"
    assert "Group Platform: an identity provider keeps this" in read.account.why
    assert "next sync brings it back" in portal.connector.apply(Revoke(grant)).said


def test_a_user_is_deleted_with_everything_that_stands_in_the_way(harness: AwsHarness) -> None:
    """Eight kinds of things, in AWS's order, the lock last; nobody else loses anything, and twice does no harm."""
    aws_practice.second_factor(harness)
    before = harness.others()
    change = Delete(alice(harness))
    error = error_of(lambda: harness.connector.apply(change))
    assert error.kind is Kind.PERMANENT
    assert "suspended before" in error.said
    assert not harness.recorded.ledger.writes
    harness.connector.apply(Suspend(alice(harness)))
    harness.recorded.ledger.writes.clear()
    assert harness.connector.apply(change).result is Result.APPLIED
    made = [write.operation.removeprefix("POST ") for write in harness.recorded.ledger.writes]
    assert made[-2:] == ["DeleteUserPolicy", "DeleteUser"]
    assert len(set(made)) == 11
    assert judge(change, look(harness)) is Verdict.CONFIRMED
    assert harness.connector.apply(change).result is Result.ALREADY
    left = harness.others()
    assert {**left, "groups": ""} == {**before, "groups": ""}
    assert not harness.admin.list_virtual_mfa_devices()["VirtualMFADevices"]


@pytest.mark.parametrize("operation", ["DeleteAccessKey", "DeactivateMFADevice", "RemoveUserFromGroup", "DeleteUser"])
@pytest.mark.parametrize("how", [Fault("", 500), Fault("", 409), Fault("", 0, lost=True)], ids=["500", "409", "lost"])
def test_a_deletion_that_broke_off_goes_on_where_it_was(harness: AwsHarness, operation: str, how: Fault) -> None:
    """The same change again is enough, also when the answer to the last call was lost."""
    aws_practice.second_factor(harness)
    harness.connector.apply(Suspend(alice(harness)))
    change = Delete(alice(harness))
    harness.recorded.ledger.faults.append(replace(how, match=f"{operation}$"))
    assert error_of(lambda: harness.connector.apply(change)).retry
    harness.recorded.ledger.faults.clear()
    harness.connector.apply(change)
    assert judge(change, look(harness)) is Verdict.CONFIRMED


def test_what_is_hidden_is_not_deleted_over(harness: AwsHarness) -> None:
    """A list that is not permitted may hide what stands in the way: nothing is begun."""
    harness.connector.apply(Suspend(alice(harness)))
    harness.recorded.ledger.writes.clear()
    harness.fault("ListMFADevices", 403)
    assert "iam:ListMFADevices" in error_of(lambda: harness.connector.apply(Delete(alice(harness)))).said
    assert not harness.recorded.ledger.writes


def test_a_lent_policy_ends_in_aws_itself_and_a_later_end_is_written_there(harness: AwsHarness) -> None:
    """Usher may be gone by then: the copy that was written allows nothing after its end."""
    grant = right(harness, f"policy:arn:aws:iam::{aws.ACCOUNT}:policy/orders-write")
    harness.connector.apply(Revoke(grant))
    for until in (UNTIL, UNTIL + timedelta(hours=2)):
        lent = Assign(replace(grant, until=until))
        assert harness.connector.bounds(lent.grant)
        assert harness.connector.apply(lent).result is Result.APPLIED
        assert harness.connector.apply(lent).result is Result.ALREADY
        assert judge(lent, look(harness)) is Verdict.CONFIRMED
        text = harness.admin.get_user_policy(UserName=NAME, PolicyName="usher-lent-own-orders-write")["PolicyDocument"]
        assert text["Statement"][0]["Condition"] == {"DateLessThan": {"aws:CurrentTime": f"{until:%Y-%m-%dT%H:%M:%SZ}"}}
        assert right(harness, grant.entitlement.native_id).until == until
    taken = Revoke(right(harness, grant.entitlement.native_id))
    assert harness.connector.apply(taken).result is Result.APPLIED
    assert judge(taken, look(harness)) is Verdict.CONFIRMED
    back = inverse(taken)
    assert isinstance(back, Assign)
    assert back.grant.until == UNTIL + timedelta(hours=2), "what was lent comes back as lent"


def test_a_policy_too_long_for_a_copy_is_given_as_it_is(harness: AwsHarness) -> None:
    """Then its end is Usher's to make, and nobody waits for access that AWS has no room for."""
    grant = right(harness, f"policy:arn:aws:iam::{aws.ACCOUNT}:policy/orders-write")
    harness.connector.apply(Revoke(grant))
    harness.recorded.ledger.faults.append(Fault("PutUserPolicy", 410, times=0))
    assert harness.connector.apply(Assign(replace(grant, until=UNTIL))).result is Result.APPLIED
    assert right(harness, grant.entitlement.native_id).until is None


def test_an_own_policy_that_was_lent_longer_says_so_itself(harness: AwsHarness) -> None:
    """The text with the earlier end is ours, and is written again; any other text is a person's choice."""
    grant = right(harness, "inline:reports")
    harness.connector.apply(Revoke(grant))
    for until in (UNTIL, UNTIL + timedelta(hours=2)):
        assert harness.connector.apply(Assign(replace(grant, until=until))).result is Result.APPLIED
    text = harness.admin.get_user_policy(UserName=NAME, PolicyName="reports")["PolicyDocument"]
    assert text["Statement"][0]["Condition"]["DateLessThan"]["aws:CurrentTime"] == "2026-12-01T19:00:00Z"


CHANGES = (Suspend, EndSessions, Delete)


@pytest.mark.parametrize("kind", CHANGES)
def test_what_a_person_does_by_hand_has_a_link_and_names_the_proof(harness: AwsHarness, kind: type[Suspend]) -> None:
    """Also in another account, which they must sign in to first."""
    here, there = alice(harness), replace(alice(harness), native_id="222222222222/AIDA1")
    ours, theirs = (harness.connector.by_hand(kind(account)) for account in (here, there))
    assert ours
    assert theirs
    assert f"https://console.aws.amazon.com/iam/home#/users/details/{NAME}?section=" in ours.how
    assert theirs.how.startswith("Sign in to AWS account 222222222222.")
    assert "picture" in ours.evidence


@pytest.mark.parametrize(
    ("status", "html", "said"),
    [
        (403, False, "AWS does not accept our credentials: they are wrong, expired or revoked."),
        (502, True, ""),
        (404, True, ""),
    ],
)
def test_each_wrong_way_in_is_one_clear_sentence(harness: AwsHarness, status: int, html: bool, said: str) -> None:
    """An expired token, a proxy's page, an address where AWS is not: said once, without the page, by check and read."""
    harness.recorded.reply = lambda fault: strict.error("ExpiredToken", "secret", fault.status)
    harness.recorded.ledger.faults.append(Fault("", status, times=0, html=html))
    check = harness.connector.check()
    error = error_of(lambda: look(harness))
    assert not check.ready
    assert len(check.missing) == 1
    for words in (check.missing[0], error.said):
        assert words.count(".") == 1 or html
        assert "<" not in words
        assert "secret" not in words
        assert not said or words == said


def test_a_leaver_in_an_account_that_breaks_off_is_an_error_and_never_clean(harness: AwsHarness) -> None:
    """Whatever goes wrong in one account of several, no reading says that nothing is left there."""
    there = aws_wide.other(harness)
    harness.fault("ListAccessKeys", 500)
    with pytest.raises(ConnectorError):
        there.connector.read(there.link, NOW)
