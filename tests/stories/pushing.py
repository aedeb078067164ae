"""An HR system and a sign-in service of a story: they speak HTTP to the same routes as in life."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.engine import hooks, provision
from bot.web import hook_routes, scim_routes
from tests.fakes.town import Town

SECRET = "a secret that HR and Usher share, of this story only"
TOKEN = "a token that the sign-in service has, of this story"
BASE = "https://usher.example/scim/v2"
POLICY = """
hooks:
  people_system:
    fields:
      event: id
      kind: type
      person: employee.number
      email: employee.email
      last_day: employee.last_day
    leaves: [employee.left]
    stays: [employee.stays]
"""


@contextmanager
def served(town: Town) -> Iterator[TestClient]:
    """Somebody who speaks HTTP to Usher."""
    hook = hook_routes(lambda name, said, body: hooks.take(town.engine, name, (SECRET,), said, body, town.now))
    accounts = scim_routes(
        lambda: (TOKEN,), lambda asked: provision.answer(town.engine, provision.Call(*asked, BASE), town.tick())
    )
    with TestClient(Starlette(routes=[*hook, *accounts])) as client:
        yield client


def event(key: str = "e-1", kind: str = "employee.left", day: str = "2026-11-27", **employee: str) -> dict[str, Any]:
    """What the HR system says; Alice, if it names nobody else."""
    about = employee or {"number": "P-004"}
    return {"id": key, "type": kind, "employee": {**about, "last_day": day}}


def sent(
    client: TestClient, town: Town, message: object, *, secret: str = SECRET, late: int = 0, **how: str
) -> tuple[int, Any]:
    """It is signed and sent, `late` seconds after it was signed; the status and the answer."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    stamp = str(int(town.now.timestamp()) - late)
    stamp = how.get("stamp", stamp)
    mark = how.get("mark", hooks.signature(secret, stamp, body))
    headers = {b"X-Usher-Timestamp": stamp.encode(), b"X-Usher-Signature": mark.encode("latin-1")}
    answer = client.post(f"/hooks/{how.get('name', 'people_system')}", content=body, headers=headers)
    return answer.status_code, answer.json()


def scim(client: TestClient, method: str, path: str, body: object = None, token: str = TOKEN) -> tuple[int, Any]:
    """The sign-in service asks something."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    answer = client.request(method, f"/scim/v2/{path}", content=content, headers=headers)
    return answer.status_code, answer.json() if answer.content else None
