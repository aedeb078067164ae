"""IAM Identity Center: what one of its users reaches, and by which way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain.model import (
    Account,
    Completeness,
    Entitlement,
    Grant,
    Link,
    Part,
    Reading,
    SystemKey,
    absent,
    unseen,
)
from connectors.aws import facts
from connectors.aws.wire import NAME, Api, Row, evidence, missing_as_none, part
from connectors.interface import ConnectorError, Kind, Secrets
from connectors.wire.together import side_by_side

PREFIX = "sso"
ON = frozenset({"yes", "true", "on", "1"})
STILL_ON = (
    "AWS lets no program switch off a user of Identity Center. Do it where the user comes from (your identity "
    "provider), or in the console: IAM Identity Center, Users, Disable user access."
)
SESSIONS = (
    "AWS shows no program the sessions of its access portal. End them in the console: IAM Identity Center, Users, "
    "Active sessions. Sessions of roles that are open last until their permission set says, twelve hours at most."
)
KEYS = "A user of Identity Center has no keys of its own; second factors are of no use without it."
ASSETS = "A user of Identity Center owns nothing in AWS."
MADE = "What such a user makes is made by a role. CloudTrail tells it by the name of the session, for 90 days."
NOBODY = "Who is no longer there cannot open the access portal."
NO_INSTANCE = f"{NAME} has no Identity Center in this region, or does not show it."


@dataclass(frozen=True, slots=True)
class Centre:
    """The one instance of a company: its number, and the store in which its people are."""

    api: Api = field(repr=False)
    instance: str
    store: str

    def sso(self, operation: str, **given: Any) -> Row:
        """One call about assignments. Raises ConnectorError."""
        return self.api.ask(operation, InstanceArn=self.instance, **given)

    def people(self, operation: str, **given: Any) -> Row:
        """One call about users and groups. Raises ConnectorError."""
        return self.api.ask(operation, IdentityStoreId=self.store, **given)


def wanted(secrets: Secrets) -> bool:
    """Whether the settings speak of Identity Center."""
    return bool(secrets.get("IDENTITY_STORE")) or secrets.get("IDENTITY_CENTER").lower() in ON


def centre_of(api: Api, secrets: Secrets) -> Centre:
    """The instance of the settings, or the one that AWS names. Raises ConnectorError."""
    instance, store = secrets.get("INSTANCE"), secrets.get("IDENTITY_STORE")
    if not (instance and store):
        rows = api.every("ListInstances", "Instances")
        if not rows:
            raise ConnectorError(NO_INSTANCE, kind=Kind.PERMANENT)
        instance, store = instance or rows[0]["InstanceArn"], store or rows[0]["IdentityStoreId"]
    return Centre(api, instance, store)


def is_ours(native_id: str) -> bool:
    """Whether a native id is of a user of Identity Center."""
    return native_id.startswith(f"{PREFIX}/")


def account(system: SystemKey, user: Row) -> Account:
    """A user as an account. `active` says only a plain no: nothing here could make it one."""
    active = False if user.get("UserStatus") == "DISABLED" else None
    label = str(user.get("UserName") or user["UserId"])
    return Account(system, f"{PREFIX}/{user['UserId']}", label, active)


def user_of(centre: Centre, id: str) -> Row | None:
    """The user with this id, or None where the store does not know it. Raises ConnectorError."""
    return missing_as_none(partial(centre.people, "DescribeUser", UserId=id))


def read(centre: Centre, system: SystemKey, link: Link, now: datetime) -> Reading:
    """Everything a user of Identity Center reaches. Raises ConnectorError."""
    identity = centre.api.ask("GetCallerIdentity")
    control = f"Identity Center {centre.store}, read as {facts.policy_name(identity['Arn'])}"
    user = user_of(centre, facts.place_of(link.native_id)[1])
    read = Reading(
        system,
        now,
        control,
        credentials=absent(KEYS),
        assets=absent(ASSETS),
        made=absent(MADE),
        sessions=absent(NOBODY),
        evidence=evidence(identity),
    )
    if user is None:
        return read
    holder = account(system, user)
    off = holder.active is False
    seen = Part((holder,)) if off else Part((holder,), Completeness.PARTIAL, STILL_ON)
    return replace(read, account=seen, grants=_grants(centre, holder), sessions=unseen(SESSIONS))


def find(centre: Centre, system: SystemKey, email: str) -> tuple[Account, ...]:
    """The user with this e-mail, or with it as name. Raises ConnectorError."""
    found: dict[str, Row] = {}
    for attribute in ("emails.value", "userName"):
        asked = {"UniqueAttribute": {"AttributePath": attribute, "AttributeValue": email}}
        hit = missing_as_none(partial(centre.people, "GetUserId", AlternateIdentifier=asked))
        user = user_of(centre, part(hit, "UserId")) if hit else None
        if user:
            found[user["UserId"]] = user
    return tuple(account(system, user) for user in found.values())


def _grants(centre: Centre, holder: Account) -> Part[Grant]:
    """Groups and direct assignments; the parts that were refused are told, and make the whole a part."""
    id = facts.place_of(holder.native_id)[1]
    refused: list[str] = []
    asked: tuple[Callable[[Centre, str], list[Entitlement]], ...] = (_groups, _assignments, _applications)
    rights: list[Entitlement] = []
    for question in asked:
        try:
            rights.extend(question(centre, id))
        except ConnectorError as error:
            if error.kind is not Kind.PERMISSION:
                raise
            refused.append(error.said)
    seen = Completeness.PARTIAL if refused else Completeness.COMPLETE
    return Part(tuple(Grant(holder, right) for right in rights), seen, " ".join(refused))


def _groups(centre: Centre, user: str) -> list[Entitlement]:
    rows = _all(centre.people, "GroupMemberships", "ListGroupMembershipsForMember", MemberId={"UserId": user})
    return list(side_by_side(partial(_group, centre), rows, at_once=centre.api.at_once))


def _group(centre: Centre, row: Row) -> Entitlement:
    """What a group opens counts as what makes it privileged."""
    id = str(row["GroupId"])
    found = missing_as_none(partial(centre.people, "DescribeGroup", GroupId=id))
    name = str((found or {}).get("DisplayName") or id)
    opened = _held(centre, "GROUP", id)
    sets = [one["PermissionSetArn"] for one in opened]
    why = next((why for arn in dict.fromkeys(sets) if (why := facts.named(_set_name(centre, arn)))), facts.named(name))
    return Entitlement(f"sso-group:{id}", "Identity Center group", f"Group {name}", bool(why), why)


def _assignments(centre: Centre, user: str) -> list[Entitlement]:
    """Only those given to the user alone: the others end with the group they came by."""
    rows = [one for one in _held(centre, "USER", user) if one.get("PrincipalType", "USER") == "USER"]
    return [_assignment(centre, row) for row in rows]


def _held(centre: Centre, kind: str, id: str) -> tuple[Row, ...]:
    operation = "ListAccountAssignmentsForPrincipal"
    return _all(centre.sso, "AccountAssignments", operation, PrincipalId=id, PrincipalType=kind)


def _assignment(centre: Centre, row: Row) -> Entitlement:
    name = _set_name(centre, row["PermissionSetArn"])
    native = f"sso-assignment:{row['AccountId']}:{row['PermissionSetArn']}"
    why = facts.named(name)
    return Entitlement(native, "account assignment", f"{name} in account {row['AccountId']}", bool(why), why)


def _set_name(centre: Centre, arn: str) -> str:
    found = part(centre.sso("DescribePermissionSet", PermissionSetArn=arn), "PermissionSet")
    return str(found.get("Name") or facts.policy_name(arn))


def _applications(centre: Centre, user: str) -> list[Entitlement]:
    operation = "ListApplicationAssignmentsForPrincipal"
    rows = _all(centre.sso, "ApplicationAssignments", operation, PrincipalId=user, PrincipalType="USER")
    direct = [row["ApplicationArn"] for row in rows if row.get("PrincipalType", "USER") == "USER"]
    return [
        Entitlement(f"sso-app:{arn}", "application assignment", f"Application {facts.policy_name(arn)}")
        for arn in direct
    ]


def _all(ask: Callable[..., Row], field: str, operation: str, **given: Any) -> tuple[Row, ...]:
    """All rows of a list, to its last page. Raises ConnectorError."""
    page = ask(operation, **given)
    rows = list(part(page, field))
    while token := page.get("NextToken"):
        page = ask(operation, NextToken=token, **given)
        rows.extend(part(page, field))
    return tuple(rows)


def held_by(centre: Centre, account_id: str, permission_set: str) -> Iterable[Row]:
    """Who holds a permission set in an account, directly. Raises ConnectorError."""
    given = {"AccountId": account_id, "PermissionSetArn": permission_set}
    return _all(centre.sso, "AccountAssignments", "ListAccountAssignments", **given)


def memberships(centre: Centre, user: str) -> Iterable[Row]:
    """The groups a user is in. Raises ConnectorError."""
    return _all(centre.people, "GroupMemberships", "ListGroupMembershipsForMember", MemberId={"UserId": user})


def applications(centre: Centre, user: str) -> Iterable[Row]:
    """The applications given to a user alone. Raises ConnectorError."""
    operation = "ListApplicationAssignmentsForPrincipal"
    return _all(centre.sso, "ApplicationAssignments", operation, PrincipalId=user, PrincipalType="USER")
