"""Roles of the organisation itself, such as one that reads every repository."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.domain.model import Account, Entitlement, Grant
from connectors.github.membership import nobody
from connectors.github.names import asked_by_name, login_of, same_name
from connectors.github.sight import ended, gone
from connectors.github.wire import NOT_FOUND, Api, Row, hidden, permitted, rows_of
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.http import Answer
from connectors.wire.together import side_by_side

ROLES = "the scope admin:org, or the app's permission Custom organization roles: write"
DIRECT = frozenset({"direct", "mixed"})
_POWER = ("write", "delete", "manage", "edit", "create", "bypass", "admin")


def listed(api: Api) -> tuple[Row, ...] | None:
    """Every role there is; None where we may not see them. Raises ConnectorError."""
    answer = permitted(partial(api.get, f"{api.home}/organization-roles", needs=ROLES))
    return rows_of(answer, "roles") if answer is not None and answer.found else None


def held(api: Api, who: Account, roles: tuple[Row, ...] | None) -> tuple[Grant, ...] | None:
    """The roles given to the account itself; what a team passes on ends with the team. None: not all seen."""
    if roles is None:
        return None
    holders = side_by_side(partial(_holder, api, who.native_id), roles, at_once=api.at_once)
    if any(one is None for one in holders):
        return None
    given = zip(roles, holders, strict=True)
    return tuple(Grant(who, entitlement(row)) for row, one in given if one and one.get("assignment") in DIRECT)


def _holder(api: Api, native_id: str, role: Row) -> Row | None:
    """Her row among those who hold a role; an empty one where she is not there, None where it is hidden."""
    people = permitted(partial(api.every, f"{api.home}/organization-roles/{role['id']}/users", needs=ROLES))
    if people is None:
        return None
    return next((row for row in people if str(row["id"]) == native_id), {})


def entitlement(row: Row) -> Entitlement:
    """A role as an entitlement: powerful where it changes more than it shows."""
    base, rights = str(row.get("base_role") or ""), [str(one) for one in row.get("permissions") or ()]
    strong = base in {"write", "maintain", "admin"} or any(one.startswith(_POWER) for one in rights)
    why = str(row.get("description") or "holds a role over the whole organisation")
    said = f"{why}; gives {base} on every repository" if base else why
    return Entitlement(f"role:{row['id']}", "organisation role", f"Organisation role {row['name']}", strong, said)


def take(api: Api, account: Account, number: str) -> Outcome:
    """Take one role away. Raises ConnectorError."""
    role = api.get(f"{api.home}/organization-roles/{number}", needs=ROLES)
    if not role.found:
        return gone(api, "The role no longer exists.")
    row = _holder(api, account.native_id, {"id": number})
    if row is None:
        raise hidden(ROLES)
    if row.get("assignment") not in DIRECT:
        return gone(api, "The account does not hold this role.")
    answer = _named(api, "DELETE", replace(account, label=str(row["login"])), number)
    return ended(answer, f"Organisation role {role.body['name']} taken away.")


def give(api: Api, account: Account, number: str) -> Outcome:
    """Give one role to a member. Raises ConnectorError, TRANSIENT where the membership is not there yet."""
    if not api.get(f"{api.home}/organization-roles/{number}", needs=ROLES).found:
        raise ConnectorError("The role no longer exists.", kind=Kind.GONE)
    row = _holder(api, account.native_id, {"id": number})
    if row and row.get("assignment") in DIRECT:
        return Outcome(Result.ALREADY, "The account holds this role.")
    login, member = asked_by_name(api, account.native_id, lambda name: f"{api.home}/memberships/{name}")
    if login is None:
        raise nobody()
    if not member.found or member.body["state"] != "active":
        raise ConnectorError("The role follows once the membership is there.")
    if login_of(api, account.native_id) != login:
        raise ConnectorError("The name of this account is being changed right now.")
    answer = _named(api, "PUT", replace(account, label=login), number)
    return Outcome(Result.APPLIED, "The role was given.", evidence=answer.evidence)


def _named(api: Api, method: str, who: Account, number: str) -> Answer:
    """A change by name; that GitHub does not find it means another name by now (TRANSIENT), or what it hides."""
    path = f"{api.home}/organization-roles/users/{who.label}/{number}"
    answer = api.send(method, path, needs=ROLES, accept=NOT_FOUND)
    if not answer.found:
        same_name(api, who)
        raise hidden(ROLES)
    return answer
