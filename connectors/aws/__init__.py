"""AWS: the IAM users of one or many AWS accounts, and the users of its Identity Center."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.model import Assign, Delete, Disable, Enable, EndSessions, HandOver, Resume, Revoke, Suspend, SystemKey
from bot.domain.reading import Completeness
from connectors.interface import Ground, Proven, Secrets, Spec
from connectors.wire.address import safe

if TYPE_CHECKING:
    from connectors.aws.connector import Aws

SETTLE = timedelta(seconds=10)  # IAM is eventually consistent, mostly within seconds

SPEC = Spec(
    SystemKey("aws"),
    "AWS",
    frozenset({Suspend, Resume, Disable, Enable, Revoke, Assign, EndSessions, Delete}),
    ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
    "IAM users of one or many AWS accounts: keys, console password, groups, policies, sessions of roles; "
    "and users of Identity Center. May also be set: REGION, ACCOUNTS, READ_ROLE, WRITE_ROLE, EXTERNAL_ID, "
    "IDENTITY_CENTER, IDENTITY_STORE, INSTANCE, ENDPOINT_URL, SETTLE_SECONDS.",
    settle=SETTLE,
    twice=True,  # a deleted key works for some seconds, long enough to make another one with it
    concurrency=12,
)

PROVEN = Proven(
    on=dict.fromkeys(SPEC.can, frozenset({Ground.THIRD_PARTY})),
    absent={HandOver: "What a user makes belongs to the AWS account."},
    sees={"assets": Completeness.NOT_APPLICABLE, "made": Completeness.PARTIAL},
    lists=True,
)


def connect(key: SystemKey, name: str, secrets: Secrets) -> Aws:
    """The AWS accounts whose key the secrets hold; nothing is sent yet. Raises ConnectorError."""
    from connectors.aws.accounts import Accounts  # noqa: PLC0415  boto3, once an account is configured
    from connectors.aws.connector import Aws  # noqa: PLC0415

    if endpoint := secrets.get("ENDPOINT_URL"):
        safe(endpoint, "ENDPOINT_URL")
    settle = timedelta(seconds=float(secrets.get("SETTLE_SECONDS", str(SETTLE.seconds))))
    spec = replace(SPEC, key=key, name=name, settle=settle)
    return Aws(spec, Accounts(secrets, spec.concurrency), secrets)
