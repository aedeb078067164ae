"""Whatever AWS does at any one call: an error we know, never a reading cleaner than the truth, never half a change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.model import Change, Disable, Revoke, Suspend, inverse
from bot.domain.reading import Reading
from bot.domain.verify import Verdict, judge
from connectors.aws import SPEC
from connectors.interface import ConnectorError, Kind, Result
from tests.connectors import aws_practice
from tests.connectors.aws_practice import AwsHarness
from tests.connectors.contract import NOW, PARTS, error_of, removals

READS = (
    "GetCallerIdentity", "GetUser", "GetAccessKeyLastUsed", "GetGroupPolicy", "GetLoginProfile", "GetPolicy",
    "GetPolicyVersion", "GetUserPolicy", "ListAccessKeys", "ListAttachedGroupPolicies", "ListAttachedUserPolicies",
    "ListGroupPolicies", "ListGroupsForUser", "ListMFADevices", "ListSSHPublicKeys", "ListServiceSpecificCredentials",
    "ListSigningCertificates", "ListUserPolicies", "LookupEvents",
)  # fmt: skip
WRITES = {
    "PutUserPolicy": lambda c: isinstance(c, Suspend),
    "UpdateAccessKey": lambda c: isinstance(c, Disable) and c.credential.native_id.startswith("key:"),
    "UpdateSSHPublicKey": lambda c: isinstance(c, Disable) and c.credential.native_id.startswith("ssh:"),
    "UpdateSigningCertificate": lambda c: isinstance(c, Disable) and c.credential.native_id.startswith("cert:"),
    "UpdateServiceSpecificCredential": lambda c: (
        isinstance(c, Disable) and c.credential.native_id.startswith("service:")
    ),
    "DeleteLoginProfile": lambda c: isinstance(c, Disable) and not c.credential.restorable,
    "RemoveUserFromGroup": lambda c: isinstance(c, Revoke) and c.grant.entitlement.native_id.startswith("group:"),
    "DetachUserPolicy": lambda c: isinstance(c, Revoke) and c.grant.entitlement.native_id.startswith("policy:"),
    "DeleteUserPolicy": lambda c: isinstance(c, Revoke) and c.grant.entitlement.native_id.startswith("inline:"),
}
HOW: tuple[dict[str, Any], ...] = (
    {"status": 429}, {"status": 500}, {"status": 403}, {"status": 0, "lost": True},
    {"status": 0, "does": "half"}, {"status": 0, "does": "hollow"},
)  # fmt: skip


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


def fault(harness: AwsHarness, operation: str, how: dict[str, Any], times: int = 0) -> None:
    """Let one call fail in one way, and only that."""
    harness.recorded.ledger.faults.clear()
    harness.fault(f"{operation}$", **how, times=times)


def native(reading: Reading, part: str) -> set[object]:
    """What a part holds, by native ids."""
    items = getattr(reading, part).items
    return {one.key if part == "grants" else one.native_id for one in items}


@pytest.mark.parametrize("operation", READS)
def test_no_fault_makes_a_reading_look_cleaner_than_it_is(harness: AwsHarness, operation: str) -> None:
    """Either an error, or every part that claims to be complete holds what is really there."""
    clean = harness.connector.read(harness.link, NOW)
    for how in HOW:
        fresh = harness.with_settings()
        fault(harness, operation, how)
        try:
            read = fresh.read(harness.link, NOW)
        except ConnectorError:
            continue
        for part in PARTS:
            assert not getattr(read, part).complete or native(read, part) == native(clean, part), (how, part)
        assert read.account.items[0].active is True


def step(harness: AwsHarness, operation: str) -> Change:
    """The first change of a leaver that takes this call."""
    return next(one for one in removals(harness.connector.read(harness.link, NOW), SPEC.can) if WRITES[operation](one))


@pytest.mark.parametrize("operation", WRITES)
def test_a_change_that_failed_is_made_later_and_only_once(harness: AwsHarness, operation: str) -> None:
    """The same change again is enough, whether it had been made or not; then it is seen, and comes back twice alike."""
    change = step(harness, operation)
    back = inverse(change)
    for how in HOW:
        fault(harness, operation, how, times=1)
        try:
            harness.connector.apply(change)
        except ConnectorError as error:
            assert error.retry or error.kind is Kind.PERMISSION  # noqa: PT017  what waiting or a person ends
        harness.recorded.ledger.faults.clear()
        harness.connector.apply(change)
        assert judge(change, harness.connector.read(harness.link, NOW)) is Verdict.CONFIRMED
        assert harness.connector.apply(change).result is Result.ALREADY
        if back is None:
            return
        harness.connector.apply(back)
        assert harness.connector.apply(back).result is Result.ALREADY
        assert judge(back, harness.connector.read(harness.link, NOW)) is Verdict.CONFIRMED


@pytest.mark.parametrize("operation", ["GetCallerIdentity", "GetUser", "GetAccountAuthorizationDetails"])
def test_nothing_is_written_while_a_look_before_it_fails(harness: AwsHarness, operation: str) -> None:
    """Who we are, whose name it is, and whether somebody else can still do everything, comes first."""
    change = step(harness, "PutUserPolicy")
    for how in HOW:
        fresh = harness.with_settings()
        fault(harness, operation, how)
        error_of(lambda fresh=fresh: fresh.apply(change))  # type: ignore[misc]
    assert not harness.recorded.ledger.writes
