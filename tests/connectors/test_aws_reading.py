"""What the AWS connector tells of a user in the practice company's account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.model import Disable, Suspend, SystemKey
from bot.domain.reading import Completeness, Part
from bot.practice.company import aws
from connectors.aws import SPEC, connect, facts, survey
from connectors.aws.accounts import Accounts
from connectors.aws.wire import Api
from connectors.interface import Kind, Result, Secrets
from tests.connectors import aws_practice
from tests.connectors.aws_practice import (
    NAME,
    AwsHarness,
    alice,
    key_of,
    right,
    settings,
)
from tests.connectors.contract import NOW, error_of, link_to


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


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


def test_a_renamed_user_is_found_by_id(harness: AwsHarness) -> None:
    """The id never changes; the name in a stored plan may be old."""
    harness.admin.update_user(UserName=NAME, NewUserName="alice.married")
    assert harness.connector.read(harness.link, NOW).account.items[0].label == "alice.married"
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    assert harness.connector.read(harness.link, NOW).account.items[0].active is False


def test_a_list_that_was_not_permitted_is_told_and_proves_nothing(harness: AwsHarness) -> None:
    """The missing permission is named where the keys would stand, and by check()."""
    harness.fault("ListSSHPublicKeys", 403)
    part = harness.connector.read(harness.link, NOW).credentials
    assert part.seen is Completeness.PARTIAL
    assert "iam:ListSSHPublicKeys" in part.why
    check = harness.connector.check()
    assert not check.ready
    assert "iam:ListSSHPublicKeys" in check.missing[0]


def test_a_long_lived_bedrock_key_is_called_by_its_name_and_switched_off(harness: AwsHarness) -> None:
    """It answers for her like an access key does."""
    harness.admin.create_service_specific_credential(UserName=NAME, ServiceName="bedrock.amazonaws.com")
    held = harness.connector.read(harness.link, NOW).credentials.items
    (key,) = (one for one in held if one.label.startswith("Bedrock API key"))
    assert harness.connector.apply(Disable(key)).result is Result.APPLIED
    after = harness.connector.read(harness.link, NOW).credentials.items
    assert [one.active for one in after if one.native_id == key.native_id] == [False]


def test_a_boundary_is_told_beside_the_rights_it_limits() -> None:
    """The rights are held all the same, and are taken."""
    boundary = {"PermissionsBoundaryArn": f"arn:aws:iam::{aws.ACCOUNT}:policy/orders-write"}
    part = facts.bounded(Part(), {"PermissionsBoundary": boundary})
    assert part.complete
    assert "the policy orders-write, limits" in part.why


def test_an_address_without_service_passwords_hides_none(harness: AwsHarness) -> None:
    """A list that does not exist there leaves the reading complete, and says so."""
    harness.fault("ListServiceSpecificCredentials", 501)
    part = harness.connector.read(harness.link, NOW).credentials
    assert part.complete
    assert "ListServiceSpecificCredentials" in part.why


def test_it_finds_alice_by_her_address_and_not_her_look_alike(harness: AwsHarness) -> None:
    """Candidates for a link: by a tag, or named like the address."""
    forgotten = "migration-2024"  # a second user with her address, linked to nobody
    assert [one.label for one in harness.connector.find("Alice.Martin@lumen.example")] == [NAME, forgotten]
    harness.admin.untag_user(UserName=NAME, TagKeys=["email"])
    harness.admin.untag_user(UserName=forgotten, TagKeys=["email"])
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


class TwoPages:
    """An IAM that answers with one user a page, and may be asked for nothing else."""

    def list_users(self, Marker: str = "") -> dict[str, Any]:  # noqa: N803  boto3 names it so
        """The first page, or the second."""
        about = {"RequestId": "practice"}
        if Marker:
            return {"Users": [{"UserName": "zoe"}], "IsTruncated": False, "ResponseMetadata": about}
        return {"Users": [{"UserName": "adam"}], "IsTruncated": True, "Marker": "next", "ResponseMetadata": about}

    def get_user(self, UserName: str) -> dict[str, Any]:  # noqa: N803
        """What a page that happens to parse leaves: no request id."""
        return {"ResponseMetadata": {}}


def test_a_list_in_pages_is_read_to_its_last_page_and_an_empty_answer_is_none() -> None:
    """A user on the second page is not gone; an answer without AWS's own id is no answer."""
    api = Api(lambda _service, _region: TwoPages())
    assert [row["UserName"] for row in api.every("ListUsers", "Users")] == ["adam", "zoe"]
    assert error_of(lambda: api.ask("GetUser", UserName="adam")).kind is Kind.TRANSIENT


def test_somebody_who_goes_away_while_we_read_is_read_again(harness: AwsHarness) -> None:
    """A list that vanished between two calls proves nothing."""
    harness.fault("ListGroupsForUser", 404)
    assert error_of(lambda: harness.connector.read(harness.link, NOW)).kind is Kind.TRANSIENT


def test_a_user_we_may_not_look_at_is_an_error_that_names_the_permission(harness: AwsHarness) -> None:
    """Without it nothing that follows would be hers for certain."""
    harness.fault("GetUser", 403)
    assert "iam:GetUser" in error_of(lambda: harness.connector.read(harness.link, NOW)).said


def test_own_and_group_policies_nobody_may_read_count_as_privileged(harness: AwsHarness) -> None:
    """And the text of an own policy that was never seen is not kept as if it had been."""
    harness.fault("GetUserPolicy|GetGroupPolicy|ListGroupPolicies", 403)
    assert right(harness, "inline:reports").entitlement.why == "what it allows could not be read"
    assert right(harness, "inline:reports").entitlement.detail == ""
    harness.fault("ListAttachedGroupPolicies", 403)
    assert right(harness, "group:developers").entitlement.why == "what it allows could not be read"


def test_a_link_without_a_name_is_found_by_its_id(harness: AwsHarness) -> None:
    """Only the id is ever needed."""
    assert harness.connector.read(replace(harness.link, label=""), NOW).account.items[0].label == NAME


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, "can do everything in this AWS account"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "can do almost everything in this AWS account"),
        ({"Effect": "Allow", "Action": ["iam:*"], "Resource": "*"}, "can give itself and others every right"),
        ({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, ""),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, ""),
    ],
)
def test_what_a_policy_allows_is_told_in_words(statement: dict[str, Any], why: str) -> None:
    """A denial gives nothing."""
    assert facts.allowed({"Statement": statement}) == why
    assert facts.allowed({"Statement": [statement]}) == why
    assert not facts.allowed({})


def test_a_user_of_a_program_is_a_service_account(harness: AwsHarness) -> None:
    """Such an account is handed over, never suspended with a person."""
    made = harness.admin.create_user(UserName="nightly-backup", Path="/service/")["User"]
    program = link_to(harness.connector, made["UserId"], "nightly-backup")
    assert harness.connector.read(program, NOW).account.items[0].service


def test_a_root_key_is_more_than_usher_needs() -> None:
    """No policy can limit it."""
    assert facts.short("AKIA1") == "AKIA1"
    known = Accounts(settings("http://127.0.0.1:1"), 1)
    known.base = Api(lambda service, _region: {"iam": NoUsers(), "sts": RootKey(), "cloudtrail": NoEvents()}[service])
    known._apis[""] = known.base  # noqa: SLF001  the account itself is ours to break
    check = survey.check(known, None, NOW)
    assert check.ready
    assert "root" in check.excessive[0]


class NoUsers:
    """An IAM without users."""

    def list_users(self, MaxItems: int) -> dict[str, Any]:  # noqa: N803
        """Nobody."""
        return {"Users": [], "ResponseMetadata": {"RequestId": "practice"}}


class NoEvents:
    """A CloudTrail that has nothing to tell."""

    def lookup_events(self, **_: Any) -> dict[str, Any]:
        """Nothing."""
        return {"Events": [], "ResponseMetadata": {"RequestId": "practice"}}


class RootKey:
    """An STS that is asked with the key of the account's root user."""

    def get_caller_identity(self) -> dict[str, Any]:
        """The root user."""
        arn = f"arn:aws:iam::{aws.ACCOUNT}:root"
        return {
            "Account": aws.ACCOUNT,
            "Arn": arn,
            "UserId": aws.ACCOUNT,
            "ResponseMetadata": {"RequestId": "practice"},
        }
