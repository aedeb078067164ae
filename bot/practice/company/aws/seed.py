"""Lumen Works on AWS: who has what before anybody leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from moto.iam.models import AccessKey, AccessKeyLastUsed

from bot.practice.company import aws, people
from bot.practice.company.aws.strict import StrictBackend
from bot.practice.company.aws.trail import HISTORY
from bot.practice.company.hosting import NativeLink

_GROUPS = {
    "developers": ["codecommit:*", "logs:Get*", "cloudwatch:Get*"],
    "prod-readers": ["s3:GetObject", "dynamodb:Query", "rds:DescribeDBInstances"],
    "billing": ["ce:Get*", "budgets:View*"],
    "admins": ["*"],
}
_USERS = {
    "alice": ("developers", "prod-readers"),
    "ben": ("developers",),
    "yuki": ("developers", "prod-readers"),
    "marco": ("developers",),
    "alicem": ("billing",),
    "sara": ("prod-readers",),
    "ines": ("admins",),
}
# What it takes to list, contain, give back and, after the grace period, delete an IAM user; and nothing else.
USHER_MAY = [
    "iam:Get*",
    "iam:List*",
    "iam:AddUserToGroup",
    "iam:RemoveUserFromGroup",
    "iam:PutUserPolicy",
    "iam:DeleteUserPolicy",
    "iam:AttachUserPolicy",
    "iam:DetachUserPolicy",
    "iam:UpdateAccessKey",
    "iam:DeleteAccessKey",
    "iam:CreateLoginProfile",
    "iam:DeleteLoginProfile",
    "iam:UpdateSSHPublicKey",
    "iam:DeleteSSHPublicKey",
    "iam:UpdateSigningCertificate",
    "iam:DeleteSigningCertificate",
    "iam:UpdateServiceSpecificCredential",
    "iam:DeleteServiceSpecificCredential",
    "iam:DeactivateMFADevice",
    "iam:DeleteVirtualMFADevice",
    "iam:DeleteUser",
    "iam:GenerateCredentialReport",
    "iam:PutRolePolicy",
    "iam:SimulatePrincipalPolicy",
    "cloudtrail:LookupEvents",
]


def company(backend: StrictBackend) -> tuple[NativeLink, ...]:
    """Fill the account; says whose user is whose, by UserId."""
    now = datetime.now(UTC).replace(tzinfo=None)  # moto keeps naive UTC
    for name, actions in _GROUPS.items():
        backend.create_group(name)
        backend.put_group_policy(name, f"{name}-policy", _policy(actions))
    links = tuple(_person(backend, handle, groups) for handle, groups in _USERS.items())
    _console(backend, "alice.martin", now - timedelta(days=1))
    _console(backend, "ines.ferreira", now - timedelta(hours=3))
    used, unused = (_key(backend, "alice.martin", each, aws.ALICE_SECRET) for each in aws.ALICE_KEY_IDS)
    used.last_used = AccessKeyLastUsed(now - timedelta(hours=1), "codecommit", aws.REGION)
    used.create_date, unused.create_date = now - timedelta(days=500), now - timedelta(days=90)
    _key(backend, "ben.okafor", "BENPRACTICEKEY000001", "practice-secret-of-ben")
    _key(backend, "ines.ferreira", aws.INES_KEY_ID, aws.INES_SECRET)
    backend.create_user(aws.REGION, "usher", "/", [{"Key": "owner", "Value": "Platform"}])
    backend.put_user_policy("usher", "access-runbooks", _policy(USHER_MAY))
    _key(backend, "usher", aws.USHER_KEY_ID, aws.USHER_SECRET)
    _forgotten(backend)
    alice = ("alice.martin", next(link.native_id for link in links if link.label == "alice.martin"))
    made = datetime.now(UTC) - timedelta(days=40)
    HISTORY.remember(aws.ACCOUNT, "CreateRole", alice, made, {"roleName": "nightly-report"})
    return links


def _person(backend: StrictBackend, handle: str, groups: Sequence[str]) -> NativeLink:
    human = people.person(handle)
    name = human.name.lower().replace(" ", ".")
    tags = [{"Key": "email", "Value": human.email}, {"Key": "department", "Value": human.department}]
    user = backend.create_user(aws.REGION, name, "/", tags)
    user.id = f"AIDAPRACTICE{human.id[-3:]:0>9}"
    user.create_date = datetime.fromisoformat(human.starts)
    for group in groups:
        backend.add_user_to_group(group, name)
    return NativeLink(human.id, aws.KEY, user.id, name)


def _forgotten(backend: StrictBackend) -> None:
    """A second user that somebody made for Alice once, and that nobody linked to her."""
    tags = [{"Key": "email", "Value": people.person("alice").email}, {"Key": "purpose", "Value": "migration of 2024"}]
    user = backend.create_user(aws.REGION, "migration-2024", "/", tags)
    user.id, user.create_date = "AIDAPRACTICE000000024", datetime(2024, 3, 4)  # noqa: DTZ001 - moto keeps naive UTC


def _console(backend: StrictBackend, name: str, last_used: datetime) -> None:
    user = backend.create_login_profile(name, "practice-console-password")
    user.password_last_used = last_used  # type: ignore[assignment]  # moto means it to be set, and types it None


def _key(backend: StrictBackend, name: str, key_id: str, secret: str) -> AccessKey:
    """A key with an id everybody knows beforehand, where moto would draw one."""
    made = backend.create_access_key(name)
    del backend.access_keys[made.access_key_id]
    made.access_key_id, made.secret_access_key = key_id, secret
    backend.access_keys[key_id] = made
    return made


def _policy(actions: Sequence[str]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
