"""An identity provider pushes accounts to us by SCIM: we keep them, and hear when one is switched off or deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.domain import scim
from bot.domain.model import Person, PersonId
from bot.domain.scim import Json, ScimError
from bot.domain.signals import Heard, Sign, Source, Trust, who
from bot.engine.context import Engine
from bot.store import Conflict, Tx, again, journal, people, pushed, signals
from bot.store.pushed import Pushed

_MOST = 200  # accounts of one page
_FURTHEST = 1_000_000_000  # more accounts there are not
_LONGEST = 200  # characters of what may go into the roster


@dataclass(frozen=True, slots=True)
class Call:
    """What an identity provider asks for: `path` below /scim/v2, and `base` as it was called."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    base: str


Reply = tuple[int, Json | None]


@again
def answer(engine: Engine, call: Call, now: datetime) -> Reply:
    """The HTTP status and the body of RFC 7644, errors included."""
    try:
        with engine.db.begin() as tx:
            return _answer(engine, tx, call, now)
    except ScimError as error:
        return error.status, error.body
    except Conflict:
        taken = ScimError(409, "There is a user of this name already.", "uniqueness")
        return taken.status, taken.body


def _answer(engine: Engine, tx: Tx, call: Call, now: datetime) -> Reply:
    if not all(map(str.isprintable, (call.path, *call.query.values()))):
        raise ScimError(400, "The address holds a character that cannot be shown.", "invalidValue")
    parts = [part for part in call.path.split("/") if part]
    match (call.method, *parts):
        case ("GET", "ServiceProviderConfig"):
            return 200, scim.config(call.base)
        case ("GET", "ResourceTypes" | "Schemas" as kind):
            found = scim.types(call.base) if kind == "ResourceTypes" else scim.schemas(call.base)
            return 200, scim.listed(found, len(found), 1)
        case ("GET", "ResourceTypes" | "Schemas", key):
            every = [*scim.types(call.base), *scim.schemas(call.base)]
            return 200, next((one for one in every if one["id"] == key), None) or _missing()
        case ("GET", "Users"):
            return _list(tx, call)
        case ("POST", "Users"):
            return _create(engine, tx, call, now)
        case ("GET", "Users", key):
            return 200, _shown(pushed.get(tx, key) or _missing(), call)
        case ("PUT" | "PATCH" | "DELETE" as method, "Users", key):
            return _change(engine, tx, method, pushed.get(tx, key, lock=True) or _missing(), call, now)
        case (_, "ServiceProviderConfig" | "ResourceTypes" | "Schemas" | "Users", *_rest):
            raise ScimError(405, "This cannot be done here.")
    raise ScimError(404, "There is no such place. Usher keeps users only.")


def _missing() -> Any:
    raise ScimError(404, "There is nothing of this id.")


def _list(tx: Tx, call: Call) -> Reply:
    try:
        start, count = int(call.query.get("startIndex") or 1), int(call.query.get("count") or _MOST)
    except ValueError:
        raise ScimError(400, "startIndex and count are numbers.", "invalidValue") from None
    start, count = min(max(1, start), _FURTHEST), min(max(0, count), _MOST)
    name, value = scim.wanted(call.query["filter"]) if call.query.get("filter") else ("", "")
    total, found = pushed.find(tx, name, value, skip=start - 1, limit=count)
    return 200, scim.listed((_shown(one, call) for one in found), total, start)


def _create(engine: Engine, tx: Tx, call: Call, now: datetime) -> Reply:
    user = scim.kept(_body(call))
    person, _why = _whose(tx, user)
    one = Pushed(str(uuid4()), _key(user), _external(user), user["active"], user, person, now, now)
    pushed.add(tx, one)
    journal.add(tx, "account.pushed", now, facts={"id": one.id, "person": person, "active": one.active})
    _update(engine, tx, one, now)
    return 201, _shown(one, call)


def _change(engine: Engine, tx: Tx, method: str, one: Pushed, call: Call, now: datetime) -> Reply:
    if method == "DELETE":
        pushed.change(tx, one.id, ended_at=now, active=False)
        if one.active:
            _hear(tx, one, Sign.GONE, now)
        return 204, None
    body = _body(call)
    user = scim.patched(one.body, body) if method == "PATCH" else scim.kept(body)
    person, _why = (one.person, "") if one.person else _whose(tx, user)
    facts: dict[str, Any] = {"user_name": _key(user), "external_id": _external(user), "active": user["active"]}
    pushed.change(tx, one.id, **facts, body=user, person=person, changed_at=now)
    fresh = replace(one, **facts, body=user, person=person, changed_at=now)
    if one.active != fresh.active:
        _hear(tx, fresh, Sign.STAYS if fresh.active else Sign.GONE, now)
    _update(engine, tx, fresh, now)
    return 200, _shown(fresh, call)


def _hear(tx: Tx, one: Pushed, sign: Sign, now: datetime) -> None:
    """It was switched off, or on again. Whose it is was said by an id, or by an address that only one person has."""
    person, why = (one.person, "") if one.person else _whose(tx, one.body)
    key = f"{one.id} {sign} {now.isoformat()}"
    if person is not None:
        signals.hear(tx, Heard(Source.SCIM, key, sign, person), now)
    elif sign is Sign.GONE:
        said = f"the account {one.body['userName']} was switched off: {why}"
        signals.hear(tx, Heard(Source.SCIM, key, Sign.DOUBT, said=said), now)


def _update(engine: Engine, tx: Tx, one: Pushed, now: datetime) -> None:
    """What policy lets the provider say of a person goes into the roster; nothing else does."""
    trust = engine.policy(tx)[1].signals.sources.get(Source.SCIM, Trust())
    person = people.one(tx, one.person) if one.person else None
    if person is None or not trust.updates:
        return
    said = {name: value for name, value in scim.facts_of(one.body).items() if name in trust.updates}
    said = {name: value for name, value in said.items() if value != getattr(person, name) and _fits(value)}
    if "email" in said and _taken(tx, person, said["email"]):
        del said["email"]
    if said:
        people.put(tx, [replace(person, **said)])  # type: ignore[arg-type]  # each of them is a text
        journal.add(tx, "roster.pushed", now, facts={"person": person.id, "what": sorted(said)}, private=said)


def _taken(tx: Tx, person: Person, email: str) -> bool:
    others = [one for one in people.every(tx).values() if one.id != person.id]
    return "@" not in email or any(one.email.casefold() == email.casefold() for one in others)


def _fits(value: str) -> bool:
    return len(value) <= _LONGEST and value.isprintable()


def _whose(tx: Tx, user: Json) -> tuple[PersonId | None, str]:
    """By the id of the roster where the provider knows it, else by an address that only one person has."""
    everybody = people.every(tx)
    key = _external(user)
    known = key if PersonId(key) in everybody else ""
    return who(everybody.values(), known, scim.email_of(user))


def _key(user: Json) -> str:
    return str(user["userName"]).strip().lower()


def _external(user: Json) -> str:
    found = str(user.get("externalId") or "")
    return found[:255] if found.isprintable() else ""


def _shown(one: Pushed, call: Call) -> Json:
    return scim.resource(one.id, one.body, one.at.isoformat(), one.changed_at.isoformat(), call.base)


def _body(call: Call) -> Any:
    try:
        return json.loads(call.body)
    except (ValueError, RecursionError):
        raise ScimError(400, "This is not JSON.", "invalidSyntax") from None
