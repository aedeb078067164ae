"""The words of SCIM that an identity provider speaks to us (RFC 7643, RFC 7644): users only, no passwords kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

Json = dict[str, Any]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"

_FILTER = re.compile(r'\s*(userName|externalId|id)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*', re.IGNORECASE)
_PLACE = re.compile(
    r'(?P<name>[\w$-]+)(?:\[(?P<key>\w+)\s+eq\s+"?(?P<value>[^"\]]*)"?\])?(?:\.(?P<sub>[\w$-]+))?', re.IGNORECASE
)
_NOT_KEPT = frozenset({"id", "meta", "schemas", "password", "groups"})
_MANY = frozenset({"emails", "phoneNumbers", "addresses", "roles", "entitlements", "ims", "photos", "x509Certificates"})


class ScimError(Exception):
    """What is answered instead: the HTTP status, the word of RFC 7644 for it (`kind`), and a sentence."""

    def __init__(self, status: int, said: str, kind: str = "") -> None:
        super().__init__(said)
        self.status, self.said, self.kind = status, said, kind

    @property
    def body(self) -> Json:
        """The answer of RFC 7644, section 3.12."""
        found: Json = {"schemas": [ERROR], "status": str(self.status), "detail": self.said}
        return {**found, "scimType": self.kind} if self.kind else found


def wanted(text: str) -> tuple[str, str]:
    """The attribute and the value of a filter such as `userName eq "a"`. Raises ScimError for any other."""
    found = _FILTER.fullmatch(text)
    if found is None:
        raise ScimError(400, "Only userName, externalId and id can be asked for, with eq.", "invalidFilter")
    names = {"username": "userName", "externalid": "externalId", "id": "id"}
    return names[found[1].lower()], re.sub(r"\\(.)", r"\1", found[2])


def kept(given: Any) -> Json:
    """What we keep of a user as it was given. Raises ScimError where there is no userName."""
    if not isinstance(given, dict):
        raise ScimError(400, "The body is no object.", "invalidSyntax")
    found = {_spelled(key): value for key, value in given.items() if _spelled(key) not in _NOT_KEPT}
    name = found.get("userName")
    if not isinstance(name, str) or not name.strip() or len(name) > 255 or not name.isprintable():
        raise ScimError(400, "userName is missing, or too long.", "invalidValue")
    for key, kind in ((ENTERPRISE, dict), ("emails", list)):  # some write null where there is nothing
        if not isinstance(found.get(key, kind()), kind):
            del found[key]
    found["active"] = truth(found.get("active", True))
    return found


def truth(value: Any) -> bool:
    """Whether `active` says yes; some providers write it as text. Raises ScimError for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ScimError(400, "active is true or false.", "invalidValue")


def patched(before: Mapping[str, Any], message: Any) -> Json:
    """A user after the operations of a PATCH, all or none (RFC 7644, section 3.5.2). Raises ScimError."""
    found: Json = deepcopy(dict(before))
    operations = _get(message, "Operations")
    if not isinstance(operations, list) or not operations or len(operations) > 100:
        raise ScimError(400, "There are no operations.", "invalidSyntax")
    for one in operations:
        word = str(_get(one, "op") or "").lower()
        if word not in {"add", "replace", "remove"}:
            raise ScimError(400, "op is add, replace or remove.", "invalidSyntax")
        path, value = _get(one, "path"), _get(one, "value")
        if path:
            _set(found, str(path), None if word == "remove" else value)
        elif word != "remove" and isinstance(value, dict):
            for key, inner in value.items():
                _set(found, str(key), inner)
        else:
            raise ScimError(400, "An operation without a path needs a value with attributes.", "noTarget")
    return kept(found)


def _set(user: Json, path: str, value: Any) -> None:
    holder = user
    for urn in (ENTERPRISE, USER):
        if path.lower() == urn.lower() and isinstance(value, dict):
            user.setdefault(urn, {}).update(value) if urn == ENTERPRISE else user.update(value)
            return
        if path.lower().startswith(f"{urn.lower()}:"):
            path, holder = path[len(urn) + 1 :], user.setdefault(urn, {}) if urn == ENTERPRISE else user
    place = _PLACE.fullmatch(path)
    if place is None:
        raise ScimError(400, f"There is no place {path[:100]}.", "invalidPath")
    name = _spelled(place["name"])
    if name in _NOT_KEPT:
        if name in {"id", "meta"}:
            raise ScimError(400, f"{name} cannot be changed.", "mutability")
        return
    if place["key"]:
        _set_in(holder, name, place, value)
    elif place["sub"]:
        inner = holder.setdefault(name, {})
        if isinstance(inner, dict):
            _put(inner, place["sub"], value)
    else:
        _put(holder, name, value)


def _set_in(holder: Json, name: str, place: re.Match[str], value: Any) -> None:
    """One of several values, such as the e-mail address of type work."""
    every = holder.setdefault(name, [])
    if not isinstance(every, list):
        return
    key, wants = place["key"], place["value"]
    fits = [one for one in every if isinstance(one, dict) and str(one.get(key, "")).lower() == wants.lower()]
    if value is None and not place["sub"]:
        holder[name] = [one for one in every if one not in fits]
        return
    if not fits and value is not None:
        fits = [{key: wants}]
        every.extend(fits)
    for one in fits:
        if place["sub"]:
            _put(one, place["sub"], value)
        elif isinstance(value, dict):
            one.update(value)


def _put(holder: Json, name: str, value: Any) -> None:
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value


def _get(message: Any, name: str) -> Any:
    """Names of attributes are the same in capital and small letters (RFC 7643, section 2.1)."""
    if not isinstance(message, dict):
        return None
    return next((value for key, value in message.items() if str(key).lower() == name.lower()), None)


def _spelled(name: str) -> str:
    known = ("userName", "externalId", "displayName", "active", "name", "title", "emails", *_NOT_KEPT, *_MANY)
    return next((one for one in known if one.lower() == str(name).lower()), str(name))


# ---- what a user says of a person ----


def email_of(user: Mapping[str, Any]) -> str:
    """The primary address, else the first, else a userName that is one."""
    every = [one for one in user.get("emails") or [] if isinstance(one, dict) and isinstance(one.get("value"), str)]
    first = next((one for one in every if one.get("primary") is True), every[0] if every else {})
    name = str(user.get("userName", ""))
    return str(first.get("value") or (name if "@" in name else ""))


def facts_of(user: Mapping[str, Any]) -> dict[str, str]:
    """Name, e-mail address, title and department, where they are there."""
    name = user.get("name") if isinstance(user.get("name"), dict) else {}
    assert isinstance(name, dict)  # noqa: S101 - said in the line above
    both = " ".join(str(name.get(part) or "") for part in ("givenName", "familyName")).strip()
    more = user.get(ENTERPRISE)
    found = {
        "name": user.get("displayName") or name.get("formatted") or both,
        "email": email_of(user),
        "title": user.get("title"),
        "department": more.get("department") if isinstance(more, dict) else "",
    }
    return {key: " ".join(value.split()) for key, value in found.items() if isinstance(value, str) and value.strip()}


# ---- answers ----


def resource(key: str, user: Mapping[str, Any], created: str, changed: str, base: str) -> Json:
    """A user as it is answered."""
    schemas = [USER, ENTERPRISE] if ENTERPRISE in user else [USER]
    meta = {"resourceType": "User", "created": created, "lastModified": changed, "location": f"{base}/Users/{key}"}
    return {"schemas": schemas, "id": key, **user, "meta": meta}


def listed(found: Iterable[Json], total: int, start: int) -> Json:
    """A page of answers."""
    some = list(found)
    return {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(some), "Resources": some}


def config(base: str) -> Json:
    """What we can (RFC 7643, section 5)."""
    no = {"supported": False}
    bearer = {"type": "oauthbearertoken", "name": "Bearer token", "description": "A token in the header Authorization"}
    return {
        "schemas": [_CONFIG],
        "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": 200},
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [bearer],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def types(base: str) -> list[Json]:
    """Users are all there is."""
    meta = {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/User"}
    more = [{"schema": ENTERPRISE, "required": False}]
    found = {"id": "User", "name": "User", "endpoint": "/Users", "description": "An account", "schema": USER}
    return [{"schemas": [_TYPE], **found, "schemaExtensions": more, "meta": meta}]


def schemas(base: str) -> list[Json]:
    """The attributes we look at; others are kept as they were given."""

    def attribute(name: str, kind: str = "string", **more: Any) -> Json:
        usual = {"multiValued": False, "required": False, "mutability": "readWrite", "returned": "default"}
        return {"name": name, "type": kind, **usual, **more}

    address = [attribute("value"), attribute("type"), attribute("primary", "boolean")]
    core = [
        attribute("userName", required=True, uniqueness="server"),
        attribute("externalId"),
        attribute("displayName"),
        attribute("title"),
        attribute("active", "boolean"),
        attribute("name", "complex", subAttributes=[attribute("givenName"), attribute("familyName")]),
        attribute("emails", "complex", multiValued=True, subAttributes=address),
    ]
    every = ((USER, "User", core), (ENTERPRISE, "EnterpriseUser", [attribute("department")]))
    return [
        {
            "schemas": [_SCHEMA],
            "id": urn,
            "name": name,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
        }
        for urn, name, attributes in every
    ]
