"""The Atlas wiki as the practice company has it: scim2-server behind a bearer token, in a process of its own.

`python -m bot.practice.company.scim --port 8088` serves SCIM 2.0 under /v2. Importing this does not import the server.
While it runs it can play another application: `POST /_/faults` with `{"match": "", "times": 0, "does": "notion"}`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from werkzeug.test import Client
from werkzeug.wrappers import Response

from bot.practice.company import hosting, people
from bot.practice.company.hosting import NativeLink
from bot.practice.company.scim_quirks import QUIRKS, Bent
from bot.practice.company.wire import Application, Fault, Recorded

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

KEY = "atlas"
TOKEN = "practice-atlas-token"
# Everybody has the wiki; these people may change more than their own pages.
GROUPS = {
    "Editors": ("alice", "ben", "ines", "marco", "hanna", "clara"),
    "Admins": ("tomasz", "sara"),
    "Readers": ("grace", "yuki", "alicem", "priya", "omar"),
}
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@cache
def _provider() -> Any:
    """What the server knows of the standard; a second to import and to read, so once."""
    from scim2_models import ScimProvider  # noqa: PLC0415 -- only where it is served
    from scim2_server.testserver.application import BEARER_TOKEN_SCHEME  # noqa: PLC0415
    from scim2_server.utils import (  # noqa: PLC0415
        load_default_resource_types,
        load_default_schemas,
        load_default_service_provider_config,
    )

    config = load_default_service_provider_config()
    config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
    schemas, types = load_default_schemas().values(), load_default_resource_types().values()
    return ScimProvider.from_discovery(schemas, types, config=config)


def application() -> Application:
    """An empty SCIM server that knows the standard users and groups, and one token."""
    from scim2_server.memory import InMemoryStorage  # noqa: PLC0415
    from scim2_server.testserver.application import BearerTokenApplication  # noqa: PLC0415

    return BearerTokenApplication(InMemoryStorage(), _provider(), bearer_tokens=[TOKEN])


def fill(system: Application) -> tuple[NativeLink, ...]:
    """Create everybody's account and the groups, over SCIM itself; says whose account is whose."""
    client = Client(system)
    ids = {human.handle: _create(client, "Users", _user(human)) for human in people.humans()}
    for name, handles in GROUPS.items():
        members = [{"value": ids[handle], "type": "User"} for handle in handles]
        _create(client, "Groups", {"schemas": [_schema("Group")], "displayName": name, "members": members})
    return tuple(NativeLink(human.id, KEY, ids[human.handle], human.email) for human in people.humans())


def _create(client: Client, kind: str, resource: dict[str, Any]) -> str:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    made = client.post(f"/v2/{kind}", data=json.dumps(resource), content_type="application/scim+json", headers=headers)
    identity: str = json.loads(made.get_data())["id"]
    return identity


def _user(human: people.Human) -> dict[str, Any]:
    first, last = human.name.split()
    return {
        "schemas": [_schema("User")],
        "userName": human.email,
        "externalId": human.id,
        "displayName": human.name,
        "title": human.title,
        "name": {"givenName": first, "familyName": last, "formatted": human.name},
        "emails": [{"value": human.email, "type": "work", "primary": True}],
        "active": True,
    }


def _schema(kind: str) -> str:
    return f"urn:ietf:params:scim:schemas:core:2.0:{kind}"


def fail(fault: Fault) -> Response:
    """SCIM failing on demand."""
    body = {"schemas": [_ERROR], "status": str(fault.status), "detail": "Practice fault"}
    return Response(json.dumps(body), mimetype="application/scim+json")


def perform(system: Application, request: Request, fault: Fault | None) -> Response:
    """The wiki's answer; a fault that `does` the name of an application makes it answer as that one would."""
    quirks = QUIRKS.get(fault.does) if fault else None
    played = Bent(system, quirks) if quirks else system
    return Response.from_app(played, request.environ, buffered=True)


def actor(request: Request) -> str:
    """Who is asking: there is one token."""
    return "usher" if request.headers.get("Authorization") == f"Bearer {TOKEN}" else ""


def main() -> None:
    """Build, fill, serve."""
    where = hosting.place()
    system = application()
    links = fill(system)
    opened = where.open()
    hosting.host(Recorded(system, latency=where.latency, actor=actor, reply=fail, perform=perform), opened)
    hosting.say_ready(links, url=f"http://127.0.0.1:{opened.getsockname()[1]}/v2", token=TOKEN)
    hosting.wait_for_end(attached=where.attached)


if __name__ == "__main__":
    main()
