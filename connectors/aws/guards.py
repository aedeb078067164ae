"""What is never taken: the last way in for an administrator of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.model import Change, Delete, Revoke, Suspend
from connectors.aws import facts
from connectors.aws.wire import Api, Row, part
from connectors.interface import ConnectorError, Kind

ADMIN = "AdministratorAccess"
CENTRE = "AWSReservedSSO_"  # the roles with which people of Identity Center come in
LAST = (
    "This is the last user who can do everything in this AWS account. Give that right to somebody else first, "
    "or do this by hand with the root user at hand."
)
Details = Mapping[str, list[Row]]


def raise_if_last(api: Api, user: Row, change: Change) -> None:
    """Raises ConnectorError where a change would leave the account without an administrator."""
    takes = isinstance(change, Suspend | Delete) or (
        isinstance(change, Revoke) and change.grant.entitlement.why == facts.EVERYTHING
    )
    if not takes:
        return
    details: dict[str, list[Row]] = {}
    for page in api.pages("GetAccountAuthorizationDetails", Filter=["User", "Group", "Role", "LocalManagedPolicy"]):
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"):
            details.setdefault(name, []).extend(part(page, name))
    admins = {row["UserId"] for row in details["UserDetailList"] if _rules(row, details)}
    others = any(
        _attached(row, details) for row in details["RoleDetailList"] if str(row["RoleName"]).startswith(CENTRE)
    )
    if admins == {user["UserId"]} and not others:
        raise ConnectorError(LAST, kind=Kind.PERMANENT)


def _rules(user: Row, details: Details) -> bool:
    """Whether this user can do everything now: one who is suspended, or a program, cannot help."""
    own = {row["PolicyName"]: row["PolicyDocument"] for row in user.get("UserPolicyList", ())}
    if facts.contains(own.get(facts.CONTAIN)) or str(user.get("Path", "/")).startswith("/service"):
        return False
    groups = [row for row in details["GroupDetailList"] if row["GroupName"] in user.get("GroupList", ())]
    written = [*own.values(), *(one["PolicyDocument"] for group in groups for one in group.get("GroupPolicyList", ()))]
    return any(map(_everything, written)) or any(_attached(row, details) for row in (user, *groups))


def _attached(row: Row, details: Details) -> bool:
    names = {one["PolicyArn"]: one["PolicyName"] for one in row.get("AttachedManagedPolicies", ())}
    texts = {one["Arn"]: _default(one) for one in details["Policies"] if one["Arn"] in names}
    return ADMIN in names.values() or any(map(_everything, texts.values()))


def _default(policy: Row) -> Any:
    versions = policy.get("PolicyVersionList", ())
    return next((one["Document"] for one in versions if one.get("IsDefaultVersion")), {})


def _everything(document: Any) -> bool:
    return bool(facts.allowed(document) == facts.EVERYTHING)
