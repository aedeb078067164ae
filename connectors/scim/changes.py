"""The changes SCIM has words for. Each looks first, writes only what is not so, and believes no 404 of a write."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from bot.domain.model import Entitlement
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.scim import searching
from connectors.scim.reading import KINDS
from connectors.wire.http import Answer, refusal
from connectors.wire.scim.client import GONE, NO_SUCH_METHOD, Scim
from connectors.wire.scim.offers import Offers
from connectors.wire.scim.rows import Row, equals, group_path, is_active, user_path, values

Control = Callable[[str], None]
ACTIVE, DELETED = "active", "deleted"


def switch(scim: Scim, user: Row, server: Offers, *, active: bool) -> Outcome:
    """Make an account active or not. Raises ConnectorError."""
    state = "active" if active else "inactive"
    if is_active(user) is active:
        return Outcome(Result.ALREADY, f"The account was already {state}.")
    operation = {"op": "replace", "path": "active", "value": active}
    answer = _written(scim, user_path(str(user["id"])), user, operation, server, active=active)
    return _outcome(scim, answer, f"The account was made {state}.", [ACTIVE, str(user["id"]), "", active])


def delete(scim: Scim, user: Row, gone: Callable[[], None]) -> Outcome:
    """Remove an account for good, once it is inactive where that is possible. Raises ConnectorError."""
    if is_active(user) and not scim.profile.inactive_deletes:
        said = "The account is still active. It is made inactive first, and deleted when nobody missed it."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    id = str(user["id"])
    answer = scim.delete(user_path(id))
    if answer.status == HTTPStatus.ACCEPTED:
        return _outcome(scim, answer, "", [DELETED, id, "", True])
    if scim.entry(user_path(id), id).found:
        said = f"{scim.name} answered, and the account is still there."
        raise ConnectorError(said, kind=Kind.TRANSIENT)
    gone()
    return Outcome(Result.APPLIED, "The account was deleted.", evidence=answer.evidence)


def right(scim: Scim, user: Row, entitlement: Entitlement, server: Offers, *, wanted: bool) -> Outcome:
    """Give or take one group, role or entitlement. Raises ConnectorError."""
    kind, _, id = entitlement.native_id.partition(":")
    if kind == "group" and id:
        return _membership(scim, user, id, entitlement.label, server, wanted=wanted)
    if kind in KINDS and id:
        return _listed(scim, user, entitlement, server, wanted=wanted)
    raise ConnectorError(f"{scim.name} has no right of this kind.", kind=Kind.PERMANENT)


def _membership(scim: Scim, user: Row, id: str, label: str, server: Offers, *, wanted: bool) -> Outcome:
    group = scim.entry(group_path(id), id)
    if not group.found and wanted:
        raise ConnectorError(f"{label} no longer exists.", kind=Kind.GONE)
    if not group.found:
        scim.first("/Groups")  # the list answers: it is this group that is missing
        return Outcome(Result.ALREADY, f"{label} no longer exists.")
    if searching.in_group(scim, user, group.body) is wanted:
        return Outcome(Result.ALREADY, f"{label} was {'already given' if wanted else 'not held'}.")
    member = str(user["id"])
    answer = _written(
        scim, group_path(id), group.body, _moving(scim, member, wanted=wanted), server,
        members=lambda: _members(scim, group.body, member, wanted=wanted),
    )  # fmt: skip
    said = f"{label} {'given' if wanted else 'taken away'}."
    return _outcome(scim, answer, said, ["group", member, id, wanted])


def _moving(scim: Scim, member: str, *, wanted: bool) -> dict[str, object]:
    if wanted:
        return {"op": "add", "path": "members", "value": [{"value": member}]}
    if scim.profile.removal_by_value:
        return {"op": "remove", "path": "members", "value": [{"value": member}]}
    # Never so where a vendor does not ask for it: a server that does not read the value empties the group.
    return {"op": "remove", "path": f"members[{equals('value', member)}]"}


def _members(scim: Scim, group: Row, member: str, *, wanted: bool) -> list[Row]:
    """All members as they should be. Raises ConnectorError where they are not shown: they would all be removed."""
    members = group.get("members")
    if not members or not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
        said = f"{scim.name} wants the whole group written and does not show who is in it."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    others = [one for one in members if str(one.get("value")) != member]
    return [*others, {"value": member}] if wanted else others


def _listed(scim: Scim, user: Row, entitlement: Entitlement, server: Offers, *, wanted: bool) -> Outcome:
    """Roles and entitlements are values of the account's own entry."""
    kind, _, id = entitlement.native_id.partition(":")
    attribute, label = KINDS[kind], entitlement.label
    if (id in values(user, attribute)) is wanted:
        return Outcome(Result.ALREADY, f"{label} was {'already given' if wanted else 'not held'}.")
    row = json.loads(entitlement.detail) if entitlement.detail else {"value": id}
    held = user.get(attribute) or []
    others = [one for one in held if str(one.get("value") if isinstance(one, dict) else one) != id]
    operation: dict[str, object] = {"op": "remove", "path": f"{attribute}[{equals('value', id)}]"}
    if wanted:
        operation = {"op": "add", "path": attribute, "value": [row]}
    whole = {attribute: [*others, row] if wanted else others}
    answer = _written(scim, user_path(str(user["id"])), user, operation, server, **whole)
    said = f"{label} {'given' if wanted else 'taken away'}."
    return _outcome(scim, answer, said, [kind, str(user["id"]), id, wanted])


def _written(scim: Scim, path: str, row: Row, operation: dict[str, object], server: Offers, **whole: object) -> Answer:
    """Change one thing by PATCH, or by PUT of the whole entry where there is no PATCH or it is refused."""
    if server.patch:
        answer = scim.patch(path, operation, accept=NO_SUCH_METHOD)
        if answer.status not in NO_SUCH_METHOD:
            return _proved(scim, path, answer, str(row["id"]))
    changed = {name: value() if callable(value) else value for name, value in whole.items()}
    return _proved(scim, path, scim.put(path, row, **changed), str(row["id"]))


def _proved(scim: Scim, path: str, answer: Answer, id: str) -> Answer:
    """A write that is answered with "not found" proves nothing: look again. Raises ConnectorError either way."""
    if answer.status not in GONE:
        return answer
    there = scim.entry(path, id).found
    said = f"{scim.name} answered that it is not there" + (", and still shows it." if there else ".")
    raise ConnectorError(said, kind=Kind.TRANSIENT)  # the next attempt reads first, and knows what it means


def _outcome(scim: Scim, answer: Answer, said: str, asked: list[object]) -> Outcome:
    if answer.status != HTTPStatus.ACCEPTED:
        return Outcome(Result.APPLIED, said, evidence=answer.evidence)
    place = scim.within(str(answer.headers.get("location") or ""))
    handle = json.dumps([*asked, place])
    return Outcome(Result.PENDING, f"{scim.name} took it on and has not finished.", handle, answer.evidence)


def poll(scim: Scim, handle: str, gone: Control) -> Outcome:
    """How a change stands that was answered with "taken on". What counts is what is so now. Raises ConnectorError."""
    kind, user, id, wanted, place = json.loads(handle)
    place = scim.within(place)  # again: the settings may name another server by now
    job = scim.job(place) if place else None
    if job and job.status == HTTPStatus.ACCEPTED:
        return Outcome(Result.PENDING, f"{scim.name} is still at it.", handle, job.evidence)
    if _is_so(scim, kind, user, id, gone, wanted=wanted):
        return Outcome(Result.APPLIED, "It is done.", evidence=job.evidence if job else ())
    if job and job.status >= HTTPStatus.BAD_REQUEST and job.status not in GONE:
        return Outcome(Result.FAILED, refusal(scim.name, job.status, {}).said, evidence=job.evidence)
    return Outcome(Result.PENDING, f"{scim.name} does not show it yet.", handle, job.evidence if job else ())


def _is_so(scim: Scim, kind: str, user: str, id: str, gone: Control, *, wanted: bool) -> bool:
    found = scim.entry(user_path(user), user)
    if not found.found:
        gone(user)
        return kind == DELETED or not wanted
    match kind:
        case "active":
            return is_active(found.body) is wanted
        case "group":
            group = scim.entry(group_path(id), id)
            return searching.in_group(scim, found.body, group.body) is wanted if group.found else not wanted
        case "role" | "entitlement":
            return (id in values(found.body, KINDS[kind])) is wanted
    return False
