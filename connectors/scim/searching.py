"""Finding accounts and groups on servers that search well, badly, or only say that they did.

Some ignore a filter they do not know and answer with everything, some answer with nothing at all. Both would be
believed, so a search counts once it was seen to find what is there; until then the list is read to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from connectors.interface import ConnectorError, Kind
from connectors.wire.scim.client import Scim
from connectors.wire.scim.rows import Row, addresses, equals, group_path, values
from connectors.wire.together import side_by_side

NOBODY = "00000000-0000-0000-0000-000000000000"
_PROBES = 3  # groups that are looked at one by one for a member to try a search with


def people(scim: Scim, wanted: str) -> Iterator[Row]:
    """Accounts with this user name or address, in any case; all of them where both can be searched for.

    Where only names can, an account of this name will do, and otherwise everybody is looked at. Raises ConnectorError.
    """
    yield from _sought(scim, wanted, scim.profile.accounts_by)


def named(scim: Scim, name: str) -> Iterator[Row]:
    """Every account of this user name, in any case. Raises ConnectorError."""
    found = _sought(scim, name, scim.profile.accounts_by[:1], enough=True)
    yield from (row for row in found if str(row.get("userName") or "").lower() == name.strip().lower())


def _sought(scim: Scim, wanted: str, attributes: tuple[str, ...], *, enough: bool = False) -> Iterator[Row]:
    """By search where it can be believed; `enough`: what these attributes do not find is not there."""
    small = wanted.strip().lower()
    by = partial(_people_by, scim, small=small, wanted=wanted.strip())
    found = side_by_side(by, attributes, at_once=max(1, len(attributes)))
    rows = {str(row["id"]): row for one in found for row in one or ()}
    whole = enough or any(attribute.lower().startswith("email") for attribute in attributes)
    if rows or (whole and found and None not in found):
        yield from rows.values()
        return
    for page in scim.pages("/Users"):
        yield from (row for row in page if small in addresses(row))


def _people_by(scim: Scim, attribute: str, small: str, wanted: str) -> tuple[Row, ...] | None:
    rows = asked(scim, "/Users", attribute, wanted, lambda row: small in addresses(row))
    return rows if rows or (rows is not None and _finds_people(scim, attribute)) else None


def _finds_people(scim: Scim, attribute: str) -> bool:
    """Whether this search finds somebody who is there: the first of the list."""
    for row in scim.first("/Users"):
        known = "" if attribute == "userName" else next(iter(values(row, "emails")), "")
        known = known or str(row.get("userName") or "")
        again = asked(scim, "/Users", attribute, known) if known else None
        return any(one["id"] == row["id"] for one in again or ())
    return False


def groups_of(scim: Scim, id: str) -> tuple[Row, ...] | None:
    """The groups that name this account, by a search that can be believed; None where there is none."""
    attribute = scim.profile.groups_by
    if not attribute:
        return None
    found = asked(
        scim, "/Groups", attribute, id, lambda row: not values(row, "members") or id in values(row, "members")
    )
    if found is None:
        return None
    if not scim.profile.members_shown:
        return found if not found or _leaves_out(scim, attribute) else None
    mine = tuple(row for row in with_members(scim, found) if id in values(row, "members"))
    return mine if mine or _finds_groups(scim, attribute) else None


def _leaves_out(scim: Scim, attribute: str) -> bool:
    """Whether a search for nobody finds nothing: a server that ignores it would show every group."""
    return asked(scim, "/Groups", attribute, NOBODY) == ()


def _finds_groups(scim: Scim, attribute: str) -> bool:
    """Whether this search finds a group that is there by somebody who is in it."""
    listed = scim.first("/Groups", count=scim.profile.most)
    shown = [row for row in listed if values(row, "members")] or with_members(scim, listed[:_PROBES])
    for group in shown:
        for member in values(group, "members")[:1]:
            return any(row["id"] == group["id"] for row in asked(scim, "/Groups", attribute, member) or ())
    return False


def in_group(scim: Scim, user: Row, group: Row) -> bool | None:
    """Whether an account is in a group, by whatever of the two says so; None where nothing shows it."""
    id, other = str(user["id"]), str(group["id"])
    if id in values(group, "members"):
        return True
    if not scim.profile.members_shown:
        where = f"{equals('id', other)} and {equals(scim.profile.groups_by, id)}"
        return bool(scim.every("/Groups", where))
    if values(group, "members"):
        return False
    if user.get("groups") is not None:  # an empty list may be nobody, or nobody we may see
        return other in values(user, "groups")
    found = groups_of(scim, id)
    if found is None:
        return False if _shows_members(scim) else None
    return any(str(row["id"]) == other for row in found)


def _shows_members(scim: Scim) -> bool:
    """Whether any group says who is in it; then one without anybody is empty."""
    listed = scim.first("/Groups", count=scim.profile.most)
    return any(values(row, "members") for row in with_members(scim, listed))


def with_members(scim: Scim, groups: tuple[Row, ...] | list[Row]) -> tuple[Row, ...]:
    """The same groups with their members: lists of some servers leave them out."""

    def whole(group: Row) -> Row:
        if "members" in group:
            return group
        found = scim.get(group_path(str(group["id"])))
        return {**group, **found.body}

    return side_by_side(whole, groups, at_once=4)


def asked(
    scim: Scim, path: str, attribute: str, value: str, holds: Callable[[Row], bool] = lambda _row: True
) -> tuple[Row, ...] | None:
    """What a search answers; None where the server cannot search like this, or shows what was not asked for.

    Raises ConnectorError. It stops at the first page that is wrong: the rest would be everybody.
    """
    found: list[Row] = []
    try:
        for page in scim.pages(path, equals(attribute, value)):
            if not all(map(holds, page)):
                return None
            found += page
    except ConnectorError as error:
        if error.kind is Kind.PERMANENT:
            return None
        raise
    return tuple(found)
