"""The practice wiki for the conformance suite: a third party's SCIM server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from bot.domain.model import Assign, Change, Delete, Resume, Revoke, Suspend
from bot.practice.company import scim
from bot.practice.company.scim_quirks import QUIRKS, Bent
from bot.practice.company.wire import Application, Recorded
from connectors.interface import Ground, Secrets
from connectors.scim import SPEC, connect
from tests.connectors import servers
from tests.connectors.conformance.faults import PAUSE, Fault, Weather, Words
from tests.connectors.conformance.world import World
from tests.connectors.contract import link_to

EMAIL = "alice.martin@lumen.example"
STATUS = {Fault.THROTTLED: 429, Fault.BROKEN: 500, Fault.LAST_OWNER: 403, Fault.DENIED: 403}


def name(request: Request) -> str:
    """The call without ids, which differ from one first day to the next, and with the attribute it searches."""
    asked = request.args.get("filter", "").partition(" ")[0]
    path = re.sub(r"/(Users|Groups)/.+", r"/\1/{id}", request.path)
    return f"{request.method} {path}{' by ' if asked else ''}{asked}"


def refuse(fault: Fault, request: Request) -> Response | None:
    """SCIM's own words (RFC 7644 3.12)."""
    status = STATUS[fault]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": "Practice"}
    headers = {"Retry-After": str(PAUSE)} if status == 429 else {}
    return Response(json.dumps(body), status, headers, mimetype="application/scim+json")


WORDS = Words(name, lambda called: not called.startswith("GET "), refuse)


class Wiki:
    """What the wiki itself says, past every trouble."""

    def __init__(self, system: Application, alice: str) -> None:
        self.client = Client(system)
        self.alice = f"/v2/Users/{alice}"

    def said(self, path: str) -> dict[str, object]:
        """One entry as it stands."""
        found: dict[str, object] = json.loads(self.client.get(path, headers=BEARER).get_data() or "{}")
        return found

    def holds(self, change: Change) -> bool | None:
        """Whether Alice is active, or a member."""
        match change:
            case Delete():
                return "id" in self.said(self.alice)
            case Suspend() | Resume():
                return self.said(self.alice).get("active", False) is True
            case Revoke(grant) | Assign(grant):
                group = self.said(f"/v2/Groups/{grant.entitlement.native_id.partition(':')[2]}")
                return grant.account.native_id in json.dumps(group.get("members", []))
        return None

    def rename(self, away: bool) -> None:
        """Alice marries, or thinks better of it."""
        self._changed("userName", "alice.elsewhere@lumen.example" if away else EMAIL)

    def _changed(self, path: str, value: object) -> None:
        changed = {"op": "replace", "path": path, "value": value}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [changed]}
        told = self.client.patch(
            self.alice, data=json.dumps(body), content_type="application/scim+json", headers=BEARER
        )
        assert told.status_code in {200, 204, 404}, told.get_data()  # 404: she was deleted meanwhile


BEARER = {"Authorization": f"Bearer {scim.TOKEN}"}


def opened() -> AbstractContextManager[World]:
    """The wiki on its first day."""
    return bent("standard")


@contextmanager
def bent(profile: str) -> Iterator[World]:
    """The wiki on its first day, as an application that bends SCIM like this."""
    system = scim.application()
    alice = next(link.native_id for link in scim.fill(system) if link.label == EMAIL)
    wiki = Wiki(system, alice)
    weather = Weather(Bent(system, QUIRKS[profile]), WORDS, wiki.rename)
    with servers.served(Recorded(weather, actor=scim.actor, reply=scim.fail)) as url:
        settings = Secrets({"URL": f"{url}/v2", "TOKEN": scim.TOKEN, "PROFILE": profile})
        connector = connect(SPEC.key, "Atlas wiki", settings)
        link = link_to(connector, alice, EMAIL)
        yield World(connector, link, weather, wiki.holds, frozenset({Ground.THIRD_PARTY}))
