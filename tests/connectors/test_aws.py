"""What the AWS connector changes, and what it refuses, in the practice company's account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from bot.domain.model import (
    Account,
    Assign,
    Disable,
    Enable,
    Entitlement,
    Grant,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
)
from bot.domain.verify import Verdict, judge
from bot.practice.company import aws
from connectors.aws.wire import Api
from connectors.interface import Kind, Result
from tests.connectors import aws_practice
from tests.connectors.aws_practice import (
    NAME,
    OWN_POLICY,
    AwsHarness,
    alice,
    key_of,
    right,
)
from tests.connectors.contract import NOW, Contract, error_of, link_to


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


class TestAws(Contract):
    """What every connector owes: also that nobody but the leaver loses anything (S1-1, S0-34)."""


def test_a_suspended_account_can_do_nothing_even_with_its_working_key(harness: AwsHarness) -> None:
    """The deny policy wins over every group; taking it away gives back exactly what was there."""
    theirs = boto3.client(
        "iam",
        endpoint_url=harness.url,
        region_name=aws.REGION,
        aws_access_key_id=aws.ALICE_KEY_IDS[0],
        aws_secret_access_key=aws.ALICE_SECRET,
    )
    harness.admin.attach_user_policy(UserName=NAME, PolicyArn=_everything(harness))
    theirs.list_users()
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    with pytest.raises(theirs.exceptions.ClientError) as caught:
        theirs.list_users()
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert harness.connector.read(harness.link, NOW).account.items[0].active is False
    harness.connector.apply(Resume(alice(harness)))
    theirs.list_users()
    theirs.close()


def _everything(harness: AwsHarness) -> str:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = harness.admin.create_policy(PolicyName="everything", PolicyDocument=json.dumps(document))
    return str(made["Policy"]["Arn"])


def test_a_policy_that_only_has_our_name_suspends_nobody(harness: AwsHarness) -> None:
    """The document decides: a look-alike is shown as a right, replaced by Suspend, and never removed by Resume."""
    harness.admin.put_user_policy(UserName=NAME, PolicyName="usher-contain", PolicyDocument=OWN_POLICY)
    reading = harness.connector.read(harness.link, NOW)
    assert reading.account.items[0].active
    assert "inline:usher-contain" in {grant.entitlement.native_id for grant in reading.grants.items}
    assert error_of(lambda: harness.connector.apply(Resume(alice(harness)))).kind is Kind.PERMANENT
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    assert harness.connector.read(harness.link, NOW).account.items[0].active is False


def test_a_name_that_was_given_to_somebody_else_is_refused(harness: AwsHarness) -> None:
    """Same name, another UserId: nothing is read as hers and nothing is written."""
    stranger = link_to(harness.connector, "AIDAPRACTICEOLDALICE1", NAME)
    assert error_of(lambda: harness.connector.read(stranger, NOW)).kind is Kind.GONE
    account = replace(alice(harness), native_id=stranger.native_id)
    for change in (Suspend(account), Disable(replace(key_of(harness, 0), account=account))):
        assert "another account" in error_of(lambda change=change: harness.connector.apply(change)).said  # type: ignore[misc]
    assert not harness.recorded.ledger.writes


def test_usher_does_not_lock_itself_out(harness: AwsHarness) -> None:
    """The user of our own key is refused before any write, whatever the plan says."""
    own = boto3.client(
        "sts",
        endpoint_url=harness.url,
        region_name=aws.REGION,
        aws_access_key_id=aws.USHER_KEY_ID,
        aws_secret_access_key=aws.USHER_SECRET,
    ).get_caller_identity()["UserId"]
    error = error_of(lambda: harness.connector.apply(Suspend(Account(SystemKey("aws"), own, "usher"))))
    assert error.kind is Kind.PERMANENT
    assert "Usher itself" in error.said
    assert not harness.recorded.ledger.writes


def test_taking_from_somebody_who_is_gone_is_done_and_giving_is_impossible(harness: AwsHarness) -> None:
    """The full list of users, not one refused call, proves that she is gone."""
    gone = Account(SystemKey("aws"), harness.unlinked.native_id, harness.unlinked.label)
    assert harness.connector.apply(Suspend(gone)).result is Result.ALREADY
    assert error_of(lambda: harness.connector.apply(Resume(gone))).kind is Kind.GONE


def test_everything_that_was_switched_off_is_off_and_comes_back_on(harness: AwsHarness) -> None:
    """Keys, SSH keys, certificates and service passwords are kept, inactive, and made active again."""
    held = [one for one in harness.connector.read(harness.link, NOW).credentials.items if one.restorable]
    assert {one.native_id.partition(":")[0] for one in held} == {"key", "ssh", "cert", "service"}
    for one in held:
        assert harness.connector.apply(Disable(one)).result is Result.APPLIED
    assert not [c for c in harness.connector.read(harness.link, NOW).credentials.items if c.active and c.restorable]
    for one in held:
        assert harness.connector.apply(Enable(one)).result is Result.APPLIED
        assert judge(Enable(one), harness.connector.read(harness.link, NOW)) is Verdict.CONFIRMED


def test_a_deleted_console_password_cannot_be_given_back(harness: AwsHarness) -> None:
    """The step is announced as not reversible; Usher invents no password."""
    held = harness.connector.read(harness.link, NOW).credentials.items
    password = next(one for one in held if one.native_id == "console-password")
    assert not password.restorable
    assert password.label == "Console password, without a second factor"
    assert harness.connector.apply(Disable(password)).result is Result.APPLIED
    assert judge(Disable(password), harness.connector.read(harness.link, NOW)) is Verdict.CONFIRMED
    assert error_of(lambda: harness.connector.apply(Enable(password))).kind is Kind.PERMANENT


def test_an_own_policy_comes_back_word_for_word(harness: AwsHarness) -> None:
    """The stored change carries the text, because AWS keeps none."""
    grant = right(harness, "inline:reports")
    before = harness.admin.get_user_policy(UserName=NAME, PolicyName="reports")["PolicyDocument"]
    harness.connector.apply(Revoke(grant))
    harness.connector.apply(Assign(grant))
    assert harness.admin.get_user_policy(UserName=NAME, PolicyName="reports")["PolicyDocument"] == before


def test_an_own_policy_written_meanwhile_is_not_overwritten(harness: AwsHarness) -> None:
    """Two texts of one name are a person's choice."""
    grant = right(harness, "inline:reports")
    harness.connector.apply(Revoke(grant))
    other = OWN_POLICY.replace("GetObject", "PutObject")
    harness.admin.put_user_policy(UserName=NAME, PolicyName="reports", PolicyDocument=other)
    assert error_of(lambda: harness.connector.apply(Assign(grant))).kind is Kind.PERMANENT


def test_an_own_policy_nobody_could_read_is_neither_written_nor_deleted(harness: AwsHarness) -> None:
    """Deleting it would lose it for good, while the plan says that it can come back."""
    unread = Grant(alice(harness), Entitlement("inline:reports", "inline policy", "Own policy reports"))
    for change in (Revoke(unread), Assign(unread)):
        assert "not kept" in error_of(lambda change=change: harness.connector.apply(change)).said  # type: ignore[misc]
    assert not harness.recorded.ledger.writes


def test_a_group_that_was_made_again_under_the_same_name_is_refused(harness: AwsHarness) -> None:
    """A change that names the id of a group means that group only."""
    grant = right(harness, "group:developers")
    other = replace(grant, entitlement=replace(grant.entitlement, native_id="group:developers:AGPAPRACTICEOTHER"))
    assert "another group" in error_of(lambda: harness.connector.apply(Revoke(other))).said
    assert not harness.recorded.ledger.writes


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, Kind.THROTTLED), (409, Kind.TRANSIENT), (503, Kind.TRANSIENT), (403, Kind.PERMISSION)],
)
def test_what_aws_refuses_has_its_class(harness: AwsHarness, status: int, kind: Kind) -> None:
    """The retry law reads the class; a throttled call says how long to wait."""
    password = next(c for c in harness.connector.read(harness.link, NOW).credentials.items if not c.restorable)
    harness.fault("DeleteLoginProfile", status)
    error = error_of(lambda: harness.connector.apply(Disable(password)))
    assert error.kind is kind
    assert (error.after is not None) is (kind is Kind.THROTTLED)


def test_an_answer_that_was_lost_is_found_again(harness: AwsHarness) -> None:
    """The key was switched off, the answer never came: the next attempt looks and is satisfied."""
    key = key_of(harness, 0)
    harness.fault("UpdateAccessKey", 0, lost=True, times=1)
    assert error_of(lambda: harness.connector.apply(Disable(key))).retry
    assert harness.connector.apply(Disable(key)).result is Result.ALREADY


def test_a_key_that_is_gone_is_off_and_cannot_be_switched_on(harness: AwsHarness) -> None:
    """Somebody deleted it by hand; also between our look and our write."""
    key = key_of(harness, 0)
    harness.fault("UpdateAccessKey", 404, times=1)
    assert error_of(lambda: harness.connector.apply(Disable(key))).kind is Kind.GONE
    harness.admin.delete_access_key(UserName=NAME, AccessKeyId=aws.ALICE_KEY_IDS[0])
    assert harness.connector.apply(Disable(key)).result is Result.ALREADY
    assert error_of(lambda: harness.connector.apply(Enable(key))).kind is Kind.GONE


def test_what_somebody_else_did_between_look_and_write_is_already_so(harness: AwsHarness) -> None:
    """AWS says "no such thing"; a second look agrees."""
    gone: list[str] = []

    def meanwhile(params: Any, **_: object) -> None:
        if not gone:
            gone.append(params["body"]["PolicyName"])
            harness.admin.delete_user_policy(UserName=NAME, PolicyName="reports")

    harness.connector._accounts.events.register("before-call.iam.DeleteUserPolicy", meanwhile)  # noqa: SLF001
    assert harness.connector.apply(Revoke(right(harness, "inline:reports"))).result is Result.ALREADY
    assert gone == ["reports"]


@pytest.mark.parametrize("native_id", ["boundary:x", "inline:usher-contain"])
def test_a_right_of_another_kind_is_refused(harness: AwsHarness, native_id: str) -> None:
    """Also the policy that suspends: only Resume takes it away."""
    grant = replace(right(harness, "inline:reports"), entitlement=Entitlement(native_id, "other", "Other"))
    assert error_of(lambda: harness.connector.apply(Revoke(grant))).kind is Kind.PERMANENT


def test_a_credential_of_another_kind_is_refused(harness: AwsHarness) -> None:
    """Nothing is guessed from an id nobody wrote."""
    other = replace(key_of(harness, 0), native_id="mfa:device")
    assert error_of(lambda: harness.connector.apply(Disable(other))).kind is Kind.PERMANENT


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("LimitExceeded", 409, Kind.PERMANENT),
        ("EntityAlreadyExists", 409, Kind.PERMANENT),
        ("ExpiredToken", 403, Kind.CREDENTIAL),
        ("MalformedPolicyDocument", 400, Kind.PERMANENT),
        ("", 400, Kind.TRANSIENT),
        ("InternalFailure", 500, Kind.TRANSIENT),
    ],
)
def test_every_code_of_aws_has_its_class(code: str, status: int, kind: Kind) -> None:
    """What AWS said is told by its code, never by its text."""
    response = {"Error": {"Code": code, "Message": "secret"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error = error_of(lambda: failing(ClientError(cast(Any, response), "PutUserPolicy")).ask("PutUserPolicy"))
    assert error.kind is kind
    assert "secret" not in error.said


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (ReadTimeoutError(endpoint_url="http://iam.example"), Kind.TRANSIENT),
        (ConnectTimeoutError(endpoint_url="http://iam.example"), Kind.TRANSIENT),
        (NoCredentialsError(), Kind.CREDENTIAL),
        (ParamValidationError(report="secret"), Kind.PERMANENT),
        (BotoCoreError(), Kind.TRANSIENT),
    ],
)
def test_what_never_reached_aws_has_its_class_too(raised: BotoCoreError, kind: Kind) -> None:
    """And shows no address."""
    error = error_of(lambda: failing(raised).ask("PutUserPolicy"))
    assert error.kind is kind
    assert "example" not in error.said


def failing(error: Exception) -> Api:
    """An account where every call fails in one way."""
    return Api(lambda _service, _region: Failing(error))


class Failing:
    """An IAM that always fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def put_user_policy(self) -> None:
        """Fail."""
        raise self.error
