"""What a server says of itself: RFC 7644 section 4. Where it says nothing, it is taken for the whole standard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.interface import ConnectorError, Kind
from connectors.wire.scim.client import Scim
from connectors.wire.scim.rows import truth
from connectors.wire.together import side_by_side

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PLACES = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")
_SILENT = frozenset({Kind.GONE, Kind.PERMANENT, Kind.PERMISSION})  # not there, or not for us


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be asked of a server: `patch`; `groups`; `active`, whether accounts can be made inactive."""

    patch: bool = True
    groups: bool = True
    active: bool = True


def offers(scim: Scim) -> Offers:
    """What its three pages about itself say, and the profile before them. Raises ConnectorError."""
    config, types, schemas = side_by_side(lambda path: _told(scim, path), PLACES, at_once=len(PLACES))
    profile = scim.profile
    return Offers(
        patch=_patches(config) if profile.patch is None else profile.patch,
        groups=_has_groups(types) if profile.groups is None else profile.groups,
        active=_switches(schemas),
    )


def _told(scim: Scim, path: str) -> Any:
    try:
        return scim.page(path)
    except ConnectorError as error:
        if error.kind in _SILENT:
            return None
        raise


def _patches(config: Any) -> bool:
    patch = config.get("patch") if isinstance(config, dict) else None
    return truth(patch.get("supported")) is not False if isinstance(patch, dict) else True


def has_groups(scim: Scim) -> bool | None:
    """Whether there are groups at all; None where the server does not say. Raises ConnectorError."""
    if scim.profile.groups is not None:
        return scim.profile.groups
    types = _told(scim, "/ResourceTypes")
    return _has_groups(types) if _places(types) >= {"users"} else None


def _has_groups(types: Any) -> bool:
    """No only where it lists its kinds of entries, and groups are none of them."""
    places = _places(types)
    return "groups" in places or "users" not in places


def _places(types: Any) -> set[str]:
    return {str(row.get("endpoint") or "").strip("/").rpartition("/")[2].lower() for row in _rows(types)}


def _switches(schemas: Any) -> bool:
    """No only where it describes accounts, and `active` is missing or may only be read."""
    users = [row for row in _rows(schemas) if str(row.get("id") or "").lower() == USER.lower()]
    described = [one for row in users for one in _rows(row.get("attributes"))]
    active = [one for one in described if str(one.get("name") or "").lower() == "active"]
    return not described or any(str(one.get("mutability")).lower() != "readonly" for one in active)


def _rows(told: Any) -> list[dict[str, Any]]:
    """All that is told; nothing where it is only the first page of it, which proves no absence."""
    listed = told.get("Resources") if isinstance(told, dict) else told
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    total = told.get("totalResults") if isinstance(told, dict) else None
    return [] if isinstance(total, int) and total > len(rows) else rows
