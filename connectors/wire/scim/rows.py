"""Entries of SCIM as values: names in the standard's spelling, paths, filters, and what an entry says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

Row = dict[str, Any]
# Attribute names are the same in any case (RFC 7643 2.1); these are the ones we ask for.
_SPELLINGS = {
    name.lower(): name
    for name in (
        *("id", "externalId", "userName", "displayName", "active", "emails", "groups", "members", "roles"),
        *("entitlements", "meta", "location", "version", "value", "display", "type", "primary", "totalResults"),
        *("Resources", "startIndex", "itemsPerPage", "nextCursor", "patch", "filter", "supported", "endpoint"),
        *("attributes", "name", "mutability"),
    )
}


def spelled(body: Any) -> Any:
    """The same JSON with the names we ask for as the standard spells them."""
    if isinstance(body, dict):
        return {_SPELLINGS.get(name.lower(), name): spelled(value) for name, value in body.items()}
    return [spelled(one) for one in body] if isinstance(body, list) else body


def user_path(id: str) -> str:
    """Where a user stands."""
    return f"/Users/{quote(id, safe='')}"


def group_path(id: str) -> str:
    """Where a group stands."""
    return f"/Groups/{quote(id, safe='')}"


def equals(attribute: str, value: str) -> str:
    """A filter for one value; a filter's text is written as in JSON (RFC 7644 3.4.2.2)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


def truth(value: object) -> bool | None:
    """A boolean, also one written as text, as some servers do; None where it is neither."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def is_active(row: Row) -> bool:
    """Whether an entry can act: only a plain no counts."""
    return truth(row.get("active")) is not False


def values(row: Row, attribute: str) -> tuple[str, ...]:
    """The values of an attribute that may have several; one written alone counts."""
    held = row.get(attribute) or ()
    several = held if isinstance(held, list) else (held,)
    texts = (one.get("value") if isinstance(one, dict) else one for one in several)
    return tuple(str(text) for text in texts if text)


def addresses(row: Row) -> frozenset[str]:
    """What somebody signs in with or is written to, in small letters."""
    return frozenset({str(row.get("userName") or "").lower(), *(value.lower() for value in values(row, "emails"))})


def version(row: Row) -> str:
    """The version a server gives an entry, for writing it only if it is still this one (RFC 7644 3.14)."""
    meta = row.get("meta")
    return str(meta.get("version") or "") if isinstance(meta, dict) else ""
