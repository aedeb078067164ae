"""Who asks what: every question is asked by the role that reads, and no policy lets Usher raise itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from bot.domain.model import Revoke, inverse
from bot.practice.company import aws
from bot.practice.company.aws import members
from bot.practice.company.aws.centre import DESK
from connectors.aws import SPEC
from connectors.aws.connector import Aws
from connectors.aws.wire import READS
from connectors.interface import Result
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import AwsHarness, granted
from tests.connectors.aws_wide import FILES, ROLES
from tests.connectors.contract import link_to, removals

SIGNED = re.compile(r"Credential=([A-Z0-9]+)/")
WHO = {"GetCallerIdentity", "AssumeRole"}  # each identity may ask who it is, and only the key takes a role on
READER, WRITER, KEY = "usher-read", "usher-write", "the key itself"
LOOKING = ("Generate", "Get", "List", "Simulate")
OWN = ("user/usher", *(f"{kind}/{name}" for kind in ("role", "policy") for name in ("usher", READER, WRITER)))


@dataclass
class Signed:
    """Which role each call was signed with, told by botocore: the key of a session leads to its role."""

    calls: set[tuple[str, str]] = field(default_factory=set)
    roles: dict[str, str] = field(default_factory=dict)

    def watch(self, connector: Aws) -> None:
        """From now on every call of this connector is noted."""
        events = connector._accounts.events  # noqa: SLF001  botocore tells of every call
        events.register("after-call.sts.AssumeRole", self._took_on)
        events.register("before-send", self._sent)

    def _took_on(self, parsed: Any, **_: object) -> None:
        if "Credentials" in parsed:
            role = parsed["AssumedRoleUser"]["Arn"].split("/")[1]
            self.roles[parsed["Credentials"]["AccessKeyId"]] = role

    def _sent(self, request: Any, event_name: str, **_: object) -> None:
        said = request.headers["Authorization"]
        found = SIGNED.search(said.decode() if isinstance(said, bytes) else said)
        assert found
        self.calls.add((event_name.rpartition(".")[2], self.roles.get(found.group(1), KEY)))

    def by(self, *calls: str) -> set[str]:
        """Who made these calls."""
        return {role for call, role in self.calls if call in calls}


@pytest.fixture(scope="module")
def signed() -> Iterator[Signed]:
    """All that Usher reads and changes in two accounts and Identity Center, with a role for each of the two."""
    with aws_practice.account() as harness:
        yield everything(harness)


def everything(harness: AwsHarness) -> Signed:
    """A whole day: check, find, list, read, take away, give back."""
    settings = {**ROLES, "ACCOUNTS": "organization"}
    portal = aws_wide.portal(harness, **settings)
    there = aws_wide.other(harness, IDENTITY_CENTER="yes", **settings)
    aws_wide.two_roles(harness.backend, there.backend)
    members.role(harness.backend, "deploy", granted()[:1])
    aws_wide.took_on(harness, "deploy", "alice", timedelta(minutes=9), timedelta(hours=1))
    only = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": only})
    harness.backend.put_user_policy("usher", "access-runbooks", document)
    signed, connector = Signed(), there.connector
    signed.watch(connector)
    assert connector.check().ready, connector.check().missing
    connector.find(aws_wide.EMAIL)
    list(connector.accounts())
    for link in (harness.link, there.link, link_to(connector, portal.link.native_id, portal.link.label)):
        reading = connector.read(link, datetime.now(UTC))
        every = removals(reading, SPEC.can)
        wanted = [one for one in every if isinstance(one, Revoke)] if link.native_id.startswith("sso/") else every
        for change in (*wanted, *(back for one in wanted if (back := inverse(one)))):
            begun = connector.apply(change)
            if begun.result is Result.PENDING:
                DESK.settle()
                connector.poll(begun.handle)
    return signed


def test_the_accounts_of_the_organization_are_asked_for_by_the_role_that_reads(signed: Signed) -> None:
    """Neither the role that writes nor the key of the user may list them, and neither tries."""
    assert signed.by("ListAccounts") == {READER}


def test_every_question_is_asked_by_the_role_that_reads(signed: Signed) -> None:
    """In all accounts and in Identity Center; who writes only writes, and the key only takes roles on."""
    reads = {call for call, _ in signed.calls if call.startswith(READS)} - WHO
    writes = {call for call, _ in signed.calls} - reads - WHO
    assert {"ListUsers", "LookupEvents", "ListAccountAssignments", "DescribeUser", "GetRolePolicy"} <= reads
    assert {"PutUserPolicy", "PutRolePolicy", "UpdateAccessKey", "DeleteAccountAssignment"} <= writes
    assert signed.by(*reads) == {READER}
    assert signed.by(*writes) == {WRITER}
    assert {call for call, role in signed.calls if role == KEY} <= WHO


def policy(file: str) -> IAMPolicy:
    """A shipped policy, as moto's own evaluation reads it."""
    whole = json.loads((FILES / file).read_text())
    return IAMPolicy(json.dumps(whole.get("policy", whole)))


@pytest.mark.parametrize("file", ["permissions.json", "permissions.read.json", "permissions.write.json"])
def test_no_policy_we_ship_lets_usher_change_its_own_user_roles_or_policies(file: str) -> None:
    """Every call of IAM that is more than a look is denied there, which no other policy can allow again."""
    shipped = policy(file)
    calls = botocore.session.Session().get_service_model("iam").operation_names
    changes = [f"iam:{call}" for call in calls if not call.startswith(LOOKING)]
    assert len(changes) > 80
    arns = [f"arn:aws:iam::{aws.ACCOUNT}:{own}" for own in OWN]
    open_to = [(call, arn) for call in changes for arn in arns if not denied(shipped, call, arn)]
    assert not open_to


def test_what_is_denied_to_itself_is_not_denied_to_it_about_others() -> None:
    """A person's user is changed by the role that writes alone, and the role that reads may look at Usher itself."""
    somebody, usher = (f"arn:aws:iam::{aws.ACCOUNT}:user/{name}" for name in ("alice", "usher"))
    permitted = PermissionResult.PERMITTED
    assert policy("permissions.json").is_action_permitted("iam:PutUserPolicy", somebody) is permitted
    assert policy("permissions.write.json").is_action_permitted("iam:PutUserPolicy", somebody) is permitted
    assert policy("permissions.read.json").is_action_permitted("iam:PutUserPolicy", somebody) is not permitted
    assert policy("permissions.read.json").is_action_permitted("iam:GetUser", usher) is permitted
    role = f"arn:aws:iam::{aws.ACCOUNT}:role/usher"
    assert policy("permissions.json").is_action_permitted("sts:AssumeRole", role) is permitted


def denied(shipped: IAMPolicy, call: str, arn: str) -> bool:
    """Whether a policy forbids this outright; not to allow it would leave it to any other policy."""
    return shipped.is_action_permitted(call, arn) is PermissionResult.DENIED
