"""The practice wiki bent like some application, with the connector on it and a way past both to look what is so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client

from bot.domain.model import Account, Grant, Link, SystemKey
from bot.practice.company import scim
from bot.practice.company.scim_quirks import QUIRKS, Bent, Quirks
from bot.practice.company.wire import Application, Recorded
from connectors.interface import Secrets
from connectors.scim import connect
from connectors.scim.application import ScimApplication
from tests.connectors import servers
from tests.connectors.contract import NOW, link_to

KEY = SystemKey("atlas")
EMAIL = "alice.martin@lumen.example"


@dataclass
class Place:
    """One application on its first day; Alice is an editor."""

    url: str
    system: Application
    recorded: Recorded
    connector: ScimApplication
    link: Link
    account: Account
    has_groups: bool
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.system)

    def grant(self) -> Grant:
        """Alice's first membership as it was read."""
        return self.connector.read(self.link, NOW).grants.items[0]

    def said(self, path: str) -> dict[str, Any]:
        """What the server behind says of one entry, past every quirk; empty where it is gone."""
        told = self.client.get(f"/v2{path}", headers={"Authorization": f"Bearer {scim.TOKEN}"})
        found: dict[str, Any] = json.loads(told.get_data()) if told.status_code == 200 else {}
        return found

    def user(self) -> dict[str, Any]:
        """Alice's entry."""
        return self.said(f"/Users/{self.link.native_id}")

    def members(self, grant: Grant) -> set[str]:
        """Who is in a group."""
        group = self.said(f"/Groups/{grant.entitlement.native_id.partition(':')[2]}")
        return {str(one["value"]) for one in group.get("members", ())}

    def writes(self) -> list[str]:
        """The writes that reached the application so far."""
        return [write.operation for write in self.recorded.ledger.writes]


@contextmanager
def place(profile: str = "standard", quirks: Quirks | None = None, **settings: str) -> Iterator[Place]:
    """An application with the quirks of a profile, or with these."""
    system = scim.application()
    alice = next(link.native_id for link in scim.fill(system) if link.label == EMAIL)
    bent = Bent(system, quirks or QUIRKS[profile])
    recorded = Recorded(bent, actor=scim.actor, reply=scim.fail)
    with servers.served(recorded) as url:
        given = {"URL": f"{url}/v2", "TOKEN": scim.TOKEN, "PROFILE": profile, **settings}
        connector = connect(KEY, "Atlas wiki", Secrets(given))
        account = Account(KEY, alice, EMAIL)
        yield Place(
            f"{url}/v2", system, recorded, connector, link_to(connector, alice, EMAIL), account, bent.quirks.groups
        )
