"""The AWS connector on the practice company's account: boto3 on one side, moto made strict on the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from bot.domain.model import (
    Account,
    Assign,
    Completeness,
    Credential,
    Disable,
    Enable,
    Entitlement,
    Grant,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    inverse,
)
from bot.domain.verify import Verdict, judge
from bot.practice.company import aws, hosting
from bot.practice.company.aws import strict
from bot.practice.company.hosting import NativeLink
from bot.practice.company.wire import Fault, Recorded
from connectors.aws import SPEC, Aws, connect
from connectors.interface import Kind, Result, Secrets
from tests.connectors import servers
from tests.connectors.contract import NOW, Contract, error_of, link_to, removals

PERMISSIONS = json.loads((Path(__file__).parents[2] / "connectors/aws/permissions.json").read_text())
NAME = "alice.martin"
OWN_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBEzCBuaADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCHByYWN0aWNl
MB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowEzERMA8GA1UEAwwIcHJh
Y3RpY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATHp/GNzImV4D0l3S6LQHHB
SVoTrWLIW0yUENPfl9GKQ1Z12HM2/o6I8HwJYh7EQEisygwPBPhRdJA0ky/ggwDk
MAoGCCqGSM49BAMCA0kAMEYCIQCLRYjUqYLUGZhT1glvitPv1EClH8X+tQemlDdu
oYpgugIhAPNoVDytV3ODZAoDLE7kUP5sgOCfQYnO7LmBAtd3k+Hh
-----END CERTIFICATE-----"""


def settings(url: str, **changed: str) -> Secrets:
    """The settings of the practice account."""
    given = {
        "ENDPOINT_URL": url,
        "REGION": aws.REGION,
        "ACCESS_KEY_ID": aws.USHER_KEY_ID,
        "SECRET_ACCESS_KEY": aws.USHER_SECRET,
        "SETTLE_SECONDS": "0",
    }
    return Secrets({**given, **changed})


@dataclass
class AwsHarness:
    """The practice account; Alice has every kind of credential and right in it."""

    url: str
    recorded: Recorded
    backend: strict.StrictBackend
    links: tuple[NativeLink, ...]
    secrets: tuple[str, ...] = (aws.USHER_SECRET, aws.ALICE_SECRET)
    called: set[str] = field(default_factory=set)
    connector: Aws = field(init=False)

    def __post_init__(self) -> None:
        self.connector = self.with_settings()
        self.link = link_to(self.connector, self.id_of(NAME), NAME)
        self.unlinked = link_to(self.connector, "AIDAPRACTICEGONE00001", "left.long.ago")
        self.admin = boto3.client(
            "iam",
            endpoint_url=self.url,
            region_name=aws.REGION,
            aws_access_key_id=aws.INES_KEY_ID,
            aws_secret_access_key=aws.INES_SECRET,
        )

    def with_settings(self, **changed: str) -> Aws:
        """The connector with some settings changed."""
        connector = connect(SystemKey("aws"), "AWS", settings(self.url, **changed))
        for client in (connector._api.iam, connector._api.sts):  # noqa: SLF001  botocore tells events on the client
            client.meta.events.register("before-call", self._note)
        return connector

    def _note(self, model: Any, **_: object) -> None:
        self.called.add(model.name)

    def id_of(self, name: str) -> str:
        """The UserId of a practice user."""
        return next(link.native_id for link in self.links if link.label == name)

    def others(self) -> dict[str, object]:
        """Every other user with groups, keys and policies; and every group."""
        details = self.admin.get_account_authorization_details()
        users = [user for user in details["UserDetailList"] if user["UserName"] != NAME]
        held = {user["UserId"]: (user, self._keys(user["UserName"])) for user in users}
        return {**held, "groups": details["GroupDetailList"]}

    def _keys(self, name: str) -> list[tuple[str, str]]:
        rows = self.admin.list_access_keys(UserName=name)["AccessKeyMetadata"]
        return [(row["AccessKeyId"], row["Status"]) for row in rows]

    def accept(self) -> None:
        """Nothing in IAM waits for the person."""

    def refused(self) -> Aws:
        """A key nobody issued."""
        return self.with_settings(ACCESS_KEY_ID="NOBODYPRACTICEKEY001")

    def unreachable(self) -> Aws:
        """An address where nobody listens."""
        with hosting.listen() as opened:
            return self.with_settings(ENDPOINT_URL=f"http://127.0.0.1:{opened.getsockname()[1]}")

    def garbled(self) -> AbstractContextManager[None]:
        """A maintenance page."""
        return servers.web_page(self.recorded)

    def fault(self, match: str, status: int, **how: Any) -> None:
        """Let one kind of call fail."""
        self.recorded.ledger.faults.append(Fault(match, status, **{"times": 0, **how}))


def fail(fault: Fault) -> Any:
    """AWS failing on demand."""
    codes = {403: "AccessDenied", 409: "EntityTemporarilyUnmodifiable", 429: "Throttling", 501: "InvalidAction"}
    return strict.error(codes.get(fault.status, "ServiceFailure"), "Practice fault", fault.status)


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day; Alice also has keys and rights of the rarer kinds.

    Our own key may do what permissions.json lists, and every call is held against that list.
    """
    recorded, backend, links = servers.aws_account(fail)
    backend.put_user_policy("usher", "access-runbooks", json.dumps({"Version": "2012-10-17", "Statement": _granted()}))
    with servers.served(recorded) as url:
        made = AwsHarness(url, recorded, backend, links)
        _rarer(made.admin)
        recorded.ledger.writes.clear()
        yield made
        made.admin.close()
        assert made.called <= {row["call"] for row in PERMISSIONS["calls"]}


def _granted() -> list[dict[str, Any]]:
    """What our policy allows, on everything: moto does not compare resources."""
    allowed = [one for one in PERMISSIONS["policy"]["Statement"] if one["Effect"] == "Allow"]
    return [{**one, "Resource": "*"} for one in allowed]


def _rarer(admin: Any) -> None:
    admin.upload_ssh_public_key(UserName=NAME, SSHPublicKeyBody="ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ alice")
    admin.upload_signing_certificate(UserName=NAME, CertificateBody=CERTIFICATE)
    admin.create_service_specific_credential(UserName=NAME, ServiceName="codecommit.amazonaws.com")
    admin.put_user_policy(UserName=NAME, PolicyName="reports", PolicyDocument=OWN_POLICY)
    made = admin.create_policy(
        PolicyName="orders-write",
        PolicyDocument=OWN_POLICY,
        Tags=[{"Key": "usher:why", "Value": "can change production orders"}],
    )
    admin.attach_user_policy(UserName=NAME, PolicyArn=made["Policy"]["Arn"])
    admin.attach_group_policy(GroupName="developers", PolicyArn=made["Policy"]["Arn"])


class TestAws(Contract):
    """What every connector owes."""


def alice(harness: AwsHarness) -> Account:
    """Alice's account as her link knows it."""
    return Account(SystemKey("aws"), harness.link.native_id, NAME)


def key_of(harness: AwsHarness, number: int) -> Credential:
    """One of Alice's access keys as it was read."""
    held = harness.connector.read(harness.link, NOW).credentials.items
    return next(one for one in held if one.native_id == f"key:{aws.ALICE_KEY_IDS[number]}")


def right(harness: AwsHarness, native_id: str) -> Grant:
    """One of Alice's rights as it was read."""
    grants = harness.connector.read(harness.link, NOW).grants.items
    return next(grant for grant in grants if grant.entitlement.native_id == native_id)


def test_hr_sees_a_key_that_somebody_used_an_hour_ago(harness: AwsHarness) -> None:
    """Something may still be running on it; a key that was never used is told apart from one nobody knows about."""
    used, unused = key_of(harness, 0), key_of(harness, 1)
    assert used.used is True
    assert used.last_used is not None
    assert timedelta(minutes=50) < datetime.now(UTC) - used.last_used < timedelta(minutes=70)
    assert (unused.used, unused.last_used) == (False, None)
    assert harness.connector.read(harness.link, NOW).account.items[0].last_active == used.last_used


def test_a_key_whose_use_may_not_be_read_is_unknown_and_not_unused(harness: AwsHarness) -> None:
    """That a key was never used is said only when AWS says so."""
    harness.fault("GetAccessKeyLastUsed", 403)
    assert key_of(harness, 1).used is None


def test_a_key_from_before_aws_recorded_use_is_unknown(harness: AwsHarness) -> None:
    """No date for an old key means that nobody looked then."""
    key = next(iter(key for key in harness.backend.access_keys.values() if key.user_name == NAME and not key.last_used))
    key.create_date = datetime(2014, 5, 1)  # noqa: DTZ001  moto keeps naive UTC
    assert key_of(harness, 1).used is None


def test_production_is_told_in_words(harness: AwsHarness) -> None:
    """The company's own words come first, then what the text of a policy gives, then its name."""
    whys = {
        grant.entitlement.native_id.rpartition(":")[2]: grant.entitlement.why
        for grant in harness.connector.read(harness.link, NOW).grants.items
    }
    assert whys["prod-readers"] == "reaches production, as its name says"
    assert whys["developers"] == "can change production orders"
    assert whys["policy/orders-write"] == "can change production orders"
    assert not whys["reports"]


def test_an_administrators_group_says_that_it_can_do_everything(harness: AwsHarness) -> None:
    """The text of a policy counts, whatever it is called."""
    ines = link_to(harness.connector, harness.id_of("ines.ferreira"), "ines.ferreira", "P-005")
    (grant,) = harness.connector.read(ines, NOW).grants.items
    assert grant.entitlement.privileged
    assert grant.entitlement.why == "can do everything in this AWS account"


def test_a_policy_nobody_may_read_counts_as_privileged(harness: AwsHarness) -> None:
    """What cannot be judged is not called harmless."""
    harness.fault("GetPolicy", 403)
    arn = f"policy:arn:aws:iam::{aws.ACCOUNT}:policy/orders-write"
    assert right(harness, arn).entitlement.why == "what it allows could not be read"


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


def test_a_renamed_user_is_found_by_id(harness: AwsHarness) -> None:
    """The id never changes; the name in a stored plan may be old."""
    harness.admin.update_user(UserName=NAME, NewUserName="alice.married")
    assert harness.connector.read(harness.link, NOW).account.items[0].label == "alice.married"
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    assert harness.connector.read(harness.link, NOW).account.items[0].active is False


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
    lost = replace(grant, entitlement=Entitlement("inline:lost", "inline policy", "Own policy lost"))
    assert "not kept" in error_of(lambda: harness.connector.apply(Assign(lost))).said


def test_a_group_that_was_made_again_under_the_same_name_is_refused(harness: AwsHarness) -> None:
    """A change that names the id of a group means that group only."""
    grant = right(harness, "group:developers")
    other = replace(grant, entitlement=replace(grant.entitlement, native_id="group:developers:AGPAPRACTICEOTHER"))
    assert "another group" in error_of(lambda: harness.connector.apply(Revoke(other))).said
    assert not harness.recorded.ledger.writes


def test_a_list_that_was_not_permitted_is_told_and_proves_nothing(harness: AwsHarness) -> None:
    """The missing permission is named where the keys would stand, and by check()."""
    harness.fault("ListSSHPublicKeys", 403)
    part = harness.connector.read(harness.link, NOW).credentials
    assert part.seen is Completeness.PARTIAL
    assert "iam:ListSSHPublicKeys" in part.why
    check = harness.connector.check()
    assert not check.ready
    assert "iam:ListSSHPublicKeys" in check.missing[0]


def test_an_address_without_service_passwords_hides_none(harness: AwsHarness) -> None:
    """A list that does not exist there leaves the reading complete, and says so."""
    harness.fault("ListServiceSpecificCredentials", 501)
    part = harness.connector.read(harness.link, NOW).credentials
    assert part.complete
    assert "ListServiceSpecificCredentials" in part.why


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


def test_it_finds_alice_by_her_address_and_not_her_look_alike(harness: AwsHarness) -> None:
    """Candidates for a link: by a tag, or named like the address."""
    assert [one.label for one in harness.connector.find("Alice.Martin@lumen.example")] == [NAME]
    harness.admin.untag_user(UserName=NAME, TagKeys=["email"])
    assert [one.native_id for one in harness.connector.find("alice.martin@lumen.example")] == [harness.link.native_id]


def test_long_lists_are_read_to_their_end(harness: AwsHarness) -> None:
    """A user on the second page is no user who is gone."""
    for number in range(120):
        harness.backend.create_user(aws.REGION, f"a{number}", "/", [])
    harness.admin.update_user(UserName=NAME, NewUserName="zoe")
    assert harness.connector.read(harness.link, NOW).account.items[0].label == "zoe"


def test_the_settling_time_can_be_set() -> None:
    """Ten seconds for AWS itself; a practice account settles at once."""
    assert connect(SystemKey("aws"), "AWS", settings("http://127.0.0.1:1")).spec.settle == timedelta(0)
    bare = Secrets({"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"})
    assert connect(SystemKey("aws"), "AWS", bare).spec.settle == timedelta(seconds=10)
    assert SPEC.settle == timedelta(seconds=10)


def test_the_permissions_we_ask_for_are_those_we_use(harness: AwsHarness) -> None:
    """Everything Usher can do here takes every call of permissions.json, so nothing is in there without need."""
    connector = harness.connector
    connector.check()
    connector.find("alice.martin@lumen.example")
    connector.read(replace(harness.link, label="alice.renamed"), NOW)
    connector.read(link_to(connector, harness.id_of("ines.ferreira"), "ines.ferreira"), NOW)
    changes = removals(connector.read(harness.link, NOW), SPEC.can)
    for change in (*changes, *(back for change in changes if (back := inverse(change)))):
        connector.apply(change)
    listed = {row["call"]: row["needs"] for row in PERMISSIONS["calls"]}
    assert harness.called == set(listed)
    assert sorted(listed.values()) == sorted(action for one in _granted() for action in one["Action"])
