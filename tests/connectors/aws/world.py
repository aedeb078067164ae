"""IAM for the conformance suite: moto, made as strict as AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.wrappers import Request, Response

from bot.domain.model import Assign, Change, Delete, Disable, Enable, EndSessions, Resume, Revoke, Suspend
from bot.practice.company.aws import strict
from connectors.interface import Ground
from tests.connectors import aws_practice
from tests.connectors.aws_practice import NAME
from tests.connectors.conformance.faults import PAUSE, Fault, Weather, Words
from tests.connectors.conformance.world import World

ELSEWHERE = "alice.elsewhere"
CODES = {
    Fault.THROTTLED: ("Throttling", 429),
    Fault.BROKEN: ("ServiceFailure", 500),
    Fault.LAST_OWNER: ("AccessDenied", 403),
    Fault.DENIED: ("AccessDenied", 403),
}


def refuse(fault: Fault, request: Request) -> Response | None:
    """AWS's own words; who one is, everybody may ask."""
    if fault is Fault.DENIED and aws_practice.operation(request) == "POST GetCallerIdentity":
        return None
    code, status = CODES[fault]
    said = strict.error(code, "Practice fault", status)
    if request.headers.get("X-Amz-Target"):
        said = Response(json.dumps({"__type": code, "message": "Practice fault"}), status, mimetype="text/json")
    if fault is Fault.THROTTLED:
        said.headers["Retry-After"] = str(PAUSE)
    return said


WORDS = Words(aws_practice.operation, aws_practice.is_write, refuse)


def holds(backend: strict.StrictBackend, change: Change) -> bool | None:
    """What moto's memory says of Alice."""
    user = next((user for user in backend.users.values() if user.name in {NAME, ELSEWHERE}), None)
    if user is None:
        return False
    match change:
        case Delete():
            return True
        case Suspend() | Resume():
            return "usher-contain" not in user.policies
        case Disable(credential) | Enable(credential):
            return _works(backend, user, credential.native_id)
        case Revoke(grant) | Assign(grant):
            kind, _, rest = grant.entitlement.native_id.partition(":")
            groups = {one.name for one in backend.get_groups_for_user(user.name)}
            return rest in {"group": groups, "inline": set(user.policies), "policy": set(user.managed_policies)}[kind]
    return None


def _works(backend: strict.StrictBackend, user: Any, native_id: str) -> bool:
    kind, _, id = native_id.partition(":")
    if kind == "console-password":
        return user.password is not None
    keys = {
        "key": {one.access_key_id: one.status for one in user.access_keys},
        "ssh": {one.ssh_public_key_id: one.status for one in user.ssh_public_keys},
        "cert": {one.id: one.status for one in user.signing_certificates.values()},
        "service": {one["ServiceSpecificCredentialId"]: one["Status"] for one in backend.credentials_of(user.name)},
    }
    return keys[kind].get(id) == "Active"


def _renamed(backend: strict.StrictBackend, old: str, new: str) -> None:
    if old not in backend.users:  # deleted meanwhile
        return
    user = backend.get_user(old)
    backend.update_user(old, None, new)
    held: Any
    for held in (*user.access_keys, *user.signing_certificates.values()):
        held.user_name = new
    for held in backend.service_credentials.values():
        held["UserName"] = new if held["UserName"] == old else held["UserName"]


@contextmanager
def opened() -> Iterator[World]:
    """The account on its first day."""
    with aws_practice.account() as made:
        backend = made.backend

        def rename(away: bool) -> None:
            _renamed(backend, *((NAME, ELSEWHERE) if away else (ELSEWHERE, NAME)))

        weather = Weather(made.recorded.system, WORDS, rename)
        made.recorded.system = weather
        yield World(
            made.connector,
            made.link,
            weather,
            lambda change: holds(backend, change),
            frozenset({Ground.THIRD_PARTY}),
            also=frozenset({EndSessions}),  # test_aws_sessions: Alice has no role open on the first day
        )
