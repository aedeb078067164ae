"""IAM Identity Center: what one of its users reaches, and by which way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain.model import Account, Entitlement, Grant, Link, SystemKey
from bot.domain.reading import Completeness, Part, Reading, absent, unseen
from connectors.aws import facts
from connectors.aws.wire import NAME, Api, Row, evidence, missing_as_none, part, turned
from connectors.interface import ConnectorError, Kind, Secrets
from connectors.wire.together import side_by_side

PREFIX = "sso"
LIST = "identitystore:ListUsers"  # IAM has a call of the same name
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
COMES_BACK = "an identity provider keeps this by SCIM. Take the person out there too, or its next sync brings it back."
DELETED_THERE = "A user of Identity Center without rights is harmless. Delete it where your people come from."
CHANGING = "Identity Center changed while we were reading it."
DIRECT, SYNCED = "direct", "kept by the identity provider"
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
    """Everything a user of Identity Center reaches, in three levels of calls. Raises ConnectorError."""
    id = facts.place_of(link.native_id)[1]
    first: tuple[Callable[[], Any], ...] = (
        partial(centre.api.ask, "GetCallerIdentity"),
        partial(user_of, centre, id),
        partial(_permitted, partial(_groups, centre, id)),
        partial(_permitted, partial(_held, centre, "USER", id)),
        partial(_permitted, partial(applications, centre, id)),
    )
    identity, user, groups, assigned, apps = _together(centre, first)
    control = f"Identity Center {centre.store}, read as {facts.policy_name(identity['Arn'])}"
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
    asked = (groups, assigned, apps)
    _raise_if_changed(asked)
    grants = _grants(centre, holder, *(() if isinstance(one, ConnectorError) else one for one in asked))
    refused = " ".join(one.said for one in asked if isinstance(one, ConnectorError))
    synced = [one.entitlement.label for one in grants if one.path != DIRECT]
    seen = Completeness.PARTIAL if refused else Completeness.COMPLETE
    return replace(
        read, account=_seen(holder, synced), grants=Part(tuple(grants), seen, refused), sessions=unseen(SESSIONS)
    )


def _seen(holder: Account, synced: Iterable[str]) -> Part[Account]:
    """What a person has to do before it counts: what AWS lets no program do, and what a sync would bring back."""
    back = f"{', '.join(synced)}: {COMES_BACK}" if synced else ""
    if holder.active is False:
        return Part((holder,), why=back)
    return Part((holder,), Completeness.PARTIAL, f"{STILL_ON} {back}".strip())


def _together(centre: Centre, questions: Iterable[Callable[[], Any]]) -> tuple[Any, ...]:
    return side_by_side(lambda question: question(), questions, at_once=centre.api.at_once)


def _permitted(question: Callable[[], Any]) -> Any:
    """The answer; where it was not permitted, or nobody is there, the error that says so."""
    try:
        return question()
    except ConnectorError as error:
        if error.kind in {Kind.PERMISSION, Kind.GONE}:
            return error
        raise


def _raise_if_changed(answers: Iterable[Any]) -> None:
    """A user who is there and has no lists went away between two calls: that proves nothing."""
    if any(isinstance(one, ConnectorError) and one.kind is Kind.GONE for one in answers):
        raise ConnectorError(CHANGING, kind=Kind.TRANSIENT)


def accounts(centre: Centre, system: SystemKey) -> Iterator[Account]:
    """Every user, a page at a time. When they were last here AWS does not say. Raises ConnectorError, also midway."""
    for page in centre.api.pages(LIST, IdentityStoreId=centre.store):
        for user in part(page, "Users"):
            active = user["UserStatus"] == "ENABLED" if "UserStatus" in user else None
            yield replace(account(system, user), active=active)


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


def _grants(
    centre: Centre, holder: Account, groups: Iterable[Row], assigned: Iterable[Row], apps: Iterable[Row]
) -> list[Grant]:
    """What the lists of a user mean: what each group opens, and what every permission set is called, asked once.

    Of assignments only those given to the user alone: the others end with the group they came by.
    """
    opened = dict(_together(centre, (partial(_opened, centre, str(row["GroupId"])) for row in groups)))
    direct = [row for row in assigned if row.get("PrincipalType", "USER") == "USER"]
    every = [row for _, rows in opened.values() for row in rows]
    arns = sorted({str(row["PermissionSetArn"]) for row in (*direct, *every)})
    names = dict(zip(arns, _together(centre, (partial(_set_name, centre, arn) for arn in arns)), strict=True))
    return [
        *(_group(holder, id, group, rows, names) for id, (group, rows) in opened.items()),
        *(Grant(holder, _assignment(row, names[row["PermissionSetArn"]])) for row in direct),
        *(Grant(holder, _application(row["ApplicationArn"])) for row in apps if row.get("PrincipalType") != "GROUP"),
    ]


def _groups(centre: Centre, user: str) -> tuple[Row, ...]:
    return tuple(memberships(centre, user))


def _opened(centre: Centre, id: str) -> tuple[str, tuple[Row, tuple[Row, ...]]]:
    """A group, and which permission sets it opens."""
    group, rows = _together(centre, (partial(group_of, centre, id), partial(_held, centre, "GROUP", id)))
    return id, (group or {}, rows)


def group_of(centre: Centre, id: str) -> Row | None:
    """The group with this id, or None where the store does not know it. Raises ConnectorError."""
    return missing_as_none(partial(centre.people, "DescribeGroup", GroupId=id))


def synced(group: Row) -> bool:
    """Whether an identity provider keeps this group: who is taken out here is put back by its next sync."""
    return bool(group.get("ExternalIds"))


def _group(holder: Account, id: str, group: Row, rows: Iterable[Row], names: Mapping[str, str]) -> Grant:
    """What a group opens counts as what makes it privileged."""
    name = str(group.get("DisplayName") or id)
    sets = dict.fromkeys(names[row["PermissionSetArn"]] for row in rows)
    why = next((why for one in sets if (why := facts.named(one))), facts.named(name))
    right = Entitlement(f"sso-group:{id}", "Identity Center group", f"Group {name}", bool(why), why)
    return Grant(holder, right, SYNCED if synced(group) else DIRECT)


def _held(centre: Centre, kind: str, id: str) -> tuple[Row, ...]:
    operation = "ListAccountAssignmentsForPrincipal"
    return _all(centre.sso, "AccountAssignments", operation, PrincipalId=id, PrincipalType=kind)


def _assignment(row: Row, name: str) -> Entitlement:
    native = f"sso-assignment:{row['AccountId']}:{row['PermissionSetArn']}"
    why = facts.named(name)
    return Entitlement(native, "account assignment", f"{name} in account {row['AccountId']}", bool(why), why)


def _set_name(centre: Centre, arn: str) -> str:
    found = part(centre.sso("DescribePermissionSet", PermissionSetArn=arn), "PermissionSet")
    return str(found.get("Name") or facts.policy_name(arn))


def _application(arn: str) -> Entitlement:
    return Entitlement(f"sso-app:{arn}", "application assignment", f"Application {facts.policy_name(arn)}")


def _all(ask: Callable[..., Row], field: str, operation: str, **given: Any) -> tuple[Row, ...]:
    """All rows of a list, to its last page. Raises ConnectorError."""
    page = ask(operation, **given)
    rows, seen = list(part(page, field)), set[str]()
    while token := page.get("NextToken"):
        turned(seen, token)
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
