"""Looking at everything one person has in one system."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from bot.domain.model import Link
from bot.domain.planning import together
from bot.domain.reading import Reading
from connectors.interface import Connector, Proves

AT_ONCE = 24  # accounts of one person; how much a system bears is its connector's business


def read_all(connector: Connector, links: Sequence[Link], now: datetime, *, to_prove: bool = False) -> Reading:
    """All accounts of one person side by side, in the time of the slowest. Raises ConnectorError.

    `to_prove`: the look that confirms a change. A connector may leave out of it what no change is judged by.
    """
    read = connector.prove if to_prove and isinstance(connector, Proves) else connector.read
    look = partial(read, now=now)
    if len(links) < 2:
        return together(tuple(look(link) for link in links))
    with ThreadPoolExecutor(min(AT_ONCE, len(links)), thread_name_prefix="look") as pool:
        return together(tuple(pool.map(look, links)))
