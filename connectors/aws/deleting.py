"""The end of an IAM user, after the grace period: everything it holds goes first, in the order in which AWS lets it go.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names what stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from connectors.aws import facts
from connectors.aws.reading import PROFILE, lists_of
from connectors.aws.wire import Api, Row, Unoffered, evidence, missing_as_none
from connectors.interface import ConnectorError, Kind, Outcome, Result

FIRST = "Only a user that Usher suspended before is deleted: this one can still act. Suspend it and wait for the grace."
DONE = "The user was deleted, with everything it held. It cannot come back: a new one would have another id."
# What is listed, how its rows are named, which of their fields names one, and the call that deletes it.
HELD = (
    ("ListAccessKeys", "AccessKeyId", "DeleteAccessKey"),
    ("ListSigningCertificates", "CertificateId", "DeleteSigningCertificate"),
    ("ListSSHPublicKeys", "SSHPublicKeyId", "DeleteSSHPublicKey"),
    ("ListServiceSpecificCredentials", "ServiceSpecificCredentialId", "DeleteServiceSpecificCredential"),
    ("ListMFADevices", "SerialNumber", "DeactivateMFADevice"),
    ("ListAttachedUserPolicies", "PolicyArn", "DetachUserPolicy"),
    ("ListGroupsForUser", "GroupName", "RemoveUserFromGroup"),
)
CALLS = (
    *(call for _, _, call in HELD), "DeleteLoginProfile", "DeleteUserPolicy", "DeleteUser", "DeleteVirtualMFADevice",
)  # fmt: skip
Call = tuple[str, dict[str, Any]]


def delete(api: Api, user: Row) -> Outcome:
    """Take everything away, the policy that suspends last, then the user. Raises ConnectorError, also half way."""
    name = str(user["UserName"])
    lists = lists_of(api, name)
    hidden = [one for one in lists.values() if isinstance(one, ConnectorError) and not isinstance(one, Unoffered)]
    if hidden:
        raise hidden[0]
    calls = tuple(_calls(name, lists))
    if calls and not _suspended(api, name, _rows(lists, "ListUserPolicies")):
        raise ConnectorError(FIRST, kind=Kind.PERMANENT)
    for operation, given in calls:  # one after the other: what IAM changes of one user at the same time it refuses
        missing_as_none(partial(api.ask, operation, **given))
    return Outcome(Result.APPLIED, DONE, evidence=evidence(api.ask("DeleteUser", UserName=name)))


def _calls(name: str, lists: Any) -> Iterator[Call]:
    if _rows(lists, PROFILE):
        yield "DeleteLoginProfile", {"UserName": name}
    for listing, field, call in HELD:
        for row in _rows(lists, listing):
            yield call, {"UserName": name, field: row[field]}
            if listing == "ListMFADevices" and ":mfa/" in row[field]:  # a device that is no thing, but a record
                yield "DeleteVirtualMFADevice", {field: row[field]}
    for policy in sorted(_rows(lists, "ListUserPolicies"), key=lambda one: one == facts.CONTAIN):
        yield "DeleteUserPolicy", {"UserName": name, "PolicyName": policy}


def _rows(lists: Any, operation: str) -> tuple[Any, ...]:
    rows = lists[operation,]
    return () if isinstance(rows, ConnectorError) else rows


def _suspended(api: Api, name: str, policies: tuple[Any, ...]) -> bool:
    if facts.CONTAIN not in policies:
        return False
    found = missing_as_none(partial(api.ask, "GetUserPolicy", UserName=name, PolicyName=facts.CONTAIN))
    if found is None:  # listed a moment ago: somebody gave the user another name, or took the policy away, meanwhile
        raise ConnectorError("This user changed in AWS while Usher looked at it.")
    return facts.contains(found.get("PolicyDocument"))
