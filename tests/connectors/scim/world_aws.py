"""The practice wiki bent like AWS IAM Identity Center: members hidden, removed by value, pages by a cursor.

Alice is inactive from the first day: what rests can be deleted, what is active cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.practice.company import scim
from bot.practice.company.scim_quirks import QUIRKS, Bent
from bot.practice.company.wire import Recorded
from connectors.interface import Ground, Secrets
from connectors.scim import SPEC, connect
from tests.connectors import servers
from tests.connectors.conformance.faults import Weather
from tests.connectors.conformance.world import World
from tests.connectors.contract import link_to
from tests.connectors.scim.world import EMAIL, WORDS, Wiki

PROFILE = "aws-identity-center"


@contextmanager
def opened() -> Iterator[World]:
    """The application on its first day."""
    system = scim.application()
    alice = next(link.native_id for link in scim.fill(system) if link.label == EMAIL)
    wiki = Wiki(system, alice)
    wiki.rest()
    weather = Weather(Bent(system, QUIRKS[PROFILE]), WORDS, wiki.rename)
    with servers.served(Recorded(weather, actor=scim.actor, reply=scim.fail)) as url:
        settings = {"URL": f"{url}/v2", "TOKEN": scim.TOKEN, "PROFILE": PROFILE}
        connector = connect(SPEC.key, "Identity Center", Secrets(settings))
        yield World(connector, link_to(connector, alice, EMAIL), weather, wiki.holds, frozenset({Ground.THIRD_PARTY}))
