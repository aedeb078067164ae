"""What an entry of SCIM says about somebody: the account, the groups, the roles, and all that SCIM has no words for."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.domain.model import Account, Entitlement, Grant, SystemKey
from bot.domain.reading import Completeness, Part, absent, unseen
from connectors.interface import ConnectorError, Kind
from connectors.scim import searching
from connectors.wire.scim.client import Scim
from connectors.wire.scim.offers import has_groups
from connectors.wire.scim.rows import Row, is_active, truth, values

POWERFUL = re.compile(r"(?<![a-z])(admin|owner|prod(uction)?(?![a-z]))", re.IGNORECASE)
KINDS = {"role": "roles", "entitlement": "entitlements"}  # RFC 7643 4.1.2; the standard gives their values no meaning
_STATED = "The account's own entry is all that {name} lets us see of its groups: {said}"
_HIDDEN = "{name} does not show over SCIM who is in a group."
_NO_GROUPS = "{name} has no groups over SCIM."
_LOST = "{name} says that it has groups, and does not know their list."


def account_from(system: SystemKey, row: Row) -> Account:
    """The account of an entry. SCIM has no last activity, so it stays unknown."""
    label = str(row.get("userName") or row.get("displayName") or row["id"])
    return Account(system, str(row["id"]), label, is_active(row))


Searched = tuple[Row, ...] | ConnectorError | None


def searched(scim: Scim, id: str) -> Searched:
    """The groups of an account by search, None where it must be found otherwise, or why we may not see groups at all.

    Raises ConnectorError for what may pass.
    """
    if scim.profile.groups is False:
        return ConnectorError("", kind=Kind.GONE)
    try:
        return searching.groups_of(scim, id)
    except ConnectorError as error:
        if error.kind in {Kind.PERMISSION, Kind.GONE}:
            return error
        raise


def grants(scim: Scim, holder: Account, user: Row, found: Searched) -> Part[Grant]:
    """Everything the account holds: groups it is in directly, roles and entitlements. Raises ConnectorError."""
    listed = tuple(Grant(holder, one) for kind in KINDS for one in _listed(user, kind))
    stated = _direct(user)
    if isinstance(found, ConnectorError):
        return _without_groups(scim, listed + _told(holder, stated), found)
    if found is None and not stated and (stated is None or not _tells_groups(scim)):
        return _one_by_one(scim, holder, str(user["id"]), listed)
    # What the account's own entry says counts too: a search may be late, or not know a group.
    mine = {str(row["id"]): group(str(row["id"]), str(row.get("displayName") or "")) for row in found or ()}
    return Part(tuple({grant.key: grant for grant in (*_told(holder, stated), *_held(holder, mine))}.values()) + listed)


def _without_groups(scim: Scim, known: tuple[Grant, ...], error: ConnectorError) -> Part[Grant]:
    if error.kind is not Kind.GONE:
        said = _STATED.format(name=scim.name, said=error.said)
        return Part(known, Completeness.PARTIAL, said) if known else unseen(error.said)
    said, none = _LOST.format(name=scim.name), _NO_GROUPS.format(name=scim.name)
    match has_groups(scim):
        case True:
            return Part(known, Completeness.PARTIAL, said) if known else unseen(said)
        case False:
            return Part(known, why=none)
    return Part(known, Completeness.NOT_APPLICABLE, none)  # a list that is missing today proves nothing


def _tells_groups(scim: Scim) -> bool:
    """Whether accounts name their groups here: some servers write an empty list into every one of them."""
    return any(values(row, "groups") for row in scim.first("/Users", count=scim.profile.most))


def _one_by_one(scim: Scim, holder: Account, id: str, listed: tuple[Grant, ...]) -> Part[Grant]:
    """Every group, page by page: the server can neither search for a member nor says it with the account."""
    mine: dict[str, Entitlement] = {}
    some = shown = False
    for page in scim.pages("/Groups"):
        some = some or bool(page)
        for row in searching.with_members(scim, page) if scim.profile.members_shown else ():
            shown = shown or bool(values(row, "members"))
            if id in values(row, "members"):
                mine[str(row["id"])] = group(str(row["id"]), str(row.get("displayName") or ""))
    held = _held(holder, mine) + listed
    return Part(held, Completeness.PARTIAL, _HIDDEN.format(name=scim.name)) if some and not shown else Part(held)


def _held(holder: Account, groups: dict[str, Entitlement]) -> tuple[Grant, ...]:
    return tuple(Grant(holder, one) for one in groups.values())


def _told(holder: Account, stated: list[Row] | None) -> tuple[Grant, ...]:
    return tuple(Grant(holder, group(str(row["value"]), str(row.get("display") or ""))) for row in stated or ())


def _direct(user: Row) -> list[Row] | None:
    """The groups the account's entry names itself, without those it is in only through another group."""
    groups = user.get("groups")
    if not isinstance(groups, list):
        return None
    rows = [row for row in groups if isinstance(row, dict)]
    return [row for row in rows if str(row.get("type")).lower() != "indirect" and row.get("value")]


def group(id: str, name: str) -> Entitlement:
    """The right that lies in being in a group."""
    return _right("group", id, name or id)


def _listed(user: Row, kind: str) -> tuple[Entitlement, ...]:
    """Roles or entitlements of an entry; what restoring one needs is kept with it."""
    held = user.get(KINDS[kind]) or ()
    rows = [one if isinstance(one, dict) else {"value": one} for one in (held if isinstance(held, list) else [held])]
    return tuple(
        _right(kind, str(row["value"]), str(row.get("display") or row["value"]), json.dumps(row, sort_keys=True))
        for row in rows
        if row.get("value")
    )


def _right(kind: str, id: str, name: str, detail: str = "") -> Entitlement:
    powerful = bool(POWERFUL.search(name))
    why = "has special powers, as its name says" if powerful else ""
    return Entitlement(f"{kind}:{id}", kind, f"{kind.capitalize()} {name}", powerful, why, detail=detail)


def silent(scim: Scim, user: Row | None = None) -> dict[str, Any]:
    """What SCIM has no words for, and who has to look instead."""
    name, profile = scim.name, scim.profile
    nothing: Part[Any] = absent(f"SCIM says nothing about what people own or made in {name}.")
    sessions: Part[Any] = absent(f"SCIM shows no sessions of {name}; an inactive account cannot sign in again.")
    if user is not None and profile.inactive_deletes and truth(user.get("active")) is not False:
        sessions = unseen(
            f"This account can still sign in: {name} deletes what is made inactive, so Usher left it active."
        )
    tokens: Part[Any] = absent("There is no account that could hold tokens.")
    if user is not None:
        look = profile.beyond or "Look in its own settings for keys and tokens of this account."
        tokens = unseen(f"{name} does not show tokens over SCIM. {look}")
    return {"credentials": tokens, "assets": nothing, "made": nothing, "sessions": sessions}
