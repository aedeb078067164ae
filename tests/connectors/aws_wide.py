"""The practice company with more than one AWS account, and with Identity Center."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from moto.identitystore.models import identitystore_backends
from moto.ssoadmin.models import ssoadmin_backends

from bot.domain.model import Account, Link
from bot.practice.company import aws
from bot.practice.company.aws import members
from bot.practice.company.aws.centre import DESK
from bot.practice.company.aws.strict import StrictBackend
from bot.practice.company.aws.trail import HISTORY
from connectors.aws.connector import Aws
from tests.connectors.aws_practice import NAME, AwsHarness, granted
from tests.connectors.contract import link_to

SECOND_KEY = "ALICEMEMBERKEY000001"
EMAIL = "alice.martin@lumen.example"
PORTAL = "arn:aws:sso::123456789012:application/ssoins-1/apl-wiki"

FILES = Path(__file__).parents[2] / "connectors/aws"
ROLES = {"READ_ROLE": "usher-read", "WRITE_ROLE": "usher-write", "EXTERNAL_ID": members.EXTERNAL_ID}


def hers(found: Iterable[Account]) -> list[Account]:
    """Without the user with her address that nobody linked, which the company has from its first day."""
    return [one for one in found if one.label.startswith(NAME)]


@dataclass(frozen=True, slots=True)
class Other:
    """Another account of the company, in which Alice has a user with one key."""

    number: str
    backend: StrictBackend
    connector: Aws
    link: Link


def other(harness: AwsHarness, **settings: str) -> Other:
    """An account of the organization that our key reaches through a role."""
    number, backend = members.member("data", granted())
    tags = [{"Key": "email", "Value": EMAIL}]
    user = backend.create_user(aws.REGION, NAME, "/", tags)
    made = backend.create_access_key(NAME)
    del backend.access_keys[made.access_key_id]
    made.access_key_id = SECOND_KEY
    backend.access_keys[SECOND_KEY] = made
    backend.create_user(aws.REGION, "nadia.haddad", "/", [])
    backend.create_access_key("nadia.haddad")
    given = {"ACCOUNTS": number, "EXTERNAL_ID": members.EXTERNAL_ID, **settings}
    connector = harness.with_settings(**given)
    return Other(number, backend, connector, link_to(connector, f"{number}/{user.id}", f"{NAME} in {number}"))


def two_roles(*backends: StrictBackend) -> None:
    """In each account the two roles with the shipped files, on everything: moto does not compare resources."""
    for backend in backends:
        for name, file in (("usher-read", "permissions.read.json"), ("usher-write", "permissions.write.json")):
            policy = json.loads((FILES / file).read_text())
            may = [{**one, "Resource": "*"} for one in policy["Statement"] if one["Effect"] == "Allow"]
            members.role(backend, name, may)


@dataclass(frozen=True, slots=True)
class Portal:
    """Identity Center, with Alice in a group, in an account and in an application of her own."""

    connector: Aws
    link: Link
    store: Any
    sso: Any
    user: str
    group: str


def portal(harness: AwsHarness, **settings: str) -> Portal:
    """The Identity Center of the practice company."""
    sso = ssoadmin_backends[aws.ACCOUNT][aws.REGION]
    store = identitystore_backends[aws.ACCOUNT][aws.REGION]
    instance = sso.instances[0]
    directory = instance.identity_store_id
    name = {"GivenName": "Alice", "FamilyName": "Martin"}
    mails = [{"Value": EMAIL, "Type": "work", "Primary": True}]
    empty: list[dict[str, str]] = []
    user, _ = store.create_user(directory, NAME, name, "Alice Martin", "", "", mails, empty, empty, "", "", "", "", "")
    group, _ = store.create_group(directory, "Platform", "")
    store.create_group_membership(directory, group, {"UserId": user})
    for kind, principal, title in (("USER", user, "ReadOnly"), ("GROUP", group, "AdministratorAccess")):
        made = sso.create_permission_set(title, "", instance.instance_arn, "PT1H", "", [])
        sso.create_account_assignment(
            instance.instance_arn, "222222222222", "AWS_ACCOUNT", made["PermissionSetArn"], kind, principal
        )
    DESK.applications.add((PORTAL, user))
    connector = harness.with_settings(IDENTITY_CENTER="yes", **settings)
    return Portal(connector, link_to(connector, f"sso/{user}", NAME), store, sso, user, group)


def took_on(
    harness: AwsHarness, role: str, session: str, ago: timedelta, lasts: timedelta, account: str = aws.ACCOUNT
) -> datetime:
    """Alice took on a role some time ago; when that session ends."""
    since = datetime.now(UTC).replace(microsecond=0) - ago
    asked = {
        "roleArn": f"arn:aws:iam::{account}:role/{role}",
        "roleSessionName": session,
        "durationSeconds": int(lasts.total_seconds()),
    }
    HISTORY.remember(aws.ACCOUNT, "AssumeRole", (NAME, harness.link.native_id), since, asked)
    if account == aws.ACCOUNT and role not in {one.name for one in harness.backend.roles.values()}:
        members.role(harness.backend, role, granted()[:1])
    return since + lasts
