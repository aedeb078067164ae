"""AWS: the IAM users of one AWS account."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Disable,
    Enable,
    Link,
    Reading,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
)
from connectors.aws import changes, reading, survey
from connectors.aws.wire import NAME, Api, clients
from connectors.interface import Check, Outcome, Secrets, Spec

SETTLE = timedelta(seconds=10)  # IAM is eventually consistent, mostly within seconds

SPEC = Spec(
    SystemKey("aws"),
    NAME,
    frozenset({Suspend, Resume, Disable, Enable, Revoke, Assign}),
    ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
    "IAM users of one AWS account: keys, console password, groups and policies. "
    "May also be set: REGION, ENDPOINT_URL, SETTLE_SECONDS.",
    settle=SETTLE,
    twice=True,  # a deleted key works for some seconds, long enough to make another one with it
    concurrency=12,
)


class Aws:
    """One AWS account, through the key of an IAM user."""

    def __init__(self, spec: Spec, api: Api) -> None:
        self.spec = spec
        self._api = api

    def check(self) -> Check:
        """What this key may read, tried on one user. Never raises."""
        return survey.check(self._api)

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this user reaches. Raises ConnectorError."""
        return reading.read(self._api, self.spec.key, link, now)

    def apply(self, change: Change) -> Outcome:
        """Make it so. Raises ConnectorError."""
        return changes.apply(self._api, self.spec, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Users that carry this address in a tag, or are named like it. Raises ConnectorError."""
        return survey.find(self._api, self.spec.key, email)


def connect(key: SystemKey, name: str, secrets: Secrets) -> Aws:
    """The AWS account whose key the secrets hold; nothing is sent yet. Raises ConnectorError."""
    settle = timedelta(seconds=float(secrets.get("SETTLE_SECONDS", str(SETTLE.seconds))))
    spec = replace(SPEC, key=key, name=name, settle=settle)
    return Aws(spec, clients(secrets, spec.concurrency))
