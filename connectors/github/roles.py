"""Roles of the organisation itself, such as one that reads every repository."""

from __future__ import annotations

from functools import partial

from bot.domain.model import Account, Entitlement, Grant
from connectors.github.membership import nobody
from connectors.github.names import among, asked_by_name
from connectors.github.sight import ended, gone
from connectors.github.wire import Api, Row, hidden, permitted, rows_of
from connectors.interface import ConnectorError, Kind, Outcome, Result
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
    return None if people is None else among(api, people, native_id) or {}


def entitlement(row: Row) -> Entitlement:
    """A role as an entitlement: powerful where it changes more than it shows."""
    base, rights = str(row.get("base_role") or ""), [str(one) for one in row.get("permissions") or ()]
    strong = base in {"write", "maintain", "admin"} or any(one.startswith(_POWER) for one in rights)
    why = str(row.get("description") or "holds a role over the whole organisation")
    said = f"{why}; gives {base} on every repository" if base else why
    return Entitlement(f"role:{row['id']}", "organisation role", f"Organisation role {row['name']}", strong, said)


def _role(api: Api, number: str) -> Row | None:
    """One role out of the list of them all, which is hidden where we may not see them. Raises ConnectorError."""
    every = rows_of(api.sure(f"{api.home}/organization-roles", needs=ROLES), "roles")
    return next((row for row in every if str(row["id"]) == number), None)


def take(api: Api, account: Account, number: str) -> Outcome:
    """Take one role away. Raises ConnectorError."""
    role = _role(api, number)
    if role is None:
        return gone(api, "The role no longer exists.")
    row = _holder(api, account.native_id, {"id": number})
    if row is None:
        raise hidden(ROLES)
    if row.get("assignment") not in DIRECT:
        return gone(api, "The account does not hold this role.")
    answer = api.send("DELETE", _by_name(api, str(row["login"]), number), needs=ROLES)
    return ended(answer, f"Organisation role {role['name']} taken away.")


def give(api: Api, account: Account, number: str) -> Outcome:
    """Give one role to a member. Raises ConnectorError, TRANSIENT where the membership is not there yet."""
    if _role(api, number) is None:
        raise ConnectorError("The role no longer exists.", kind=Kind.GONE)
    row = _holder(api, account.native_id, {"id": number})
    if row and row.get("assignment") in DIRECT:
        return Outcome(Result.ALREADY, "The account holds this role.")
    login, member = asked_by_name(api, account.native_id, lambda name: f"{api.home}/memberships/{name}")
    if login is None:
        raise nobody()
    if not member.found or member.body["state"] != "active":
        raise ConnectorError("The role follows once the membership is there.")
    answer = api.send("PUT", _by_name(api, login, number), needs=ROLES)
    return Outcome(Result.APPLIED, "The role was given.", evidence=answer.evidence)


def _by_name(api: Api, login: str, number: str) -> str:
    return f"{api.home}/organization-roles/users/{login}/{number}"
