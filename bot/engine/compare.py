"""Every account of a system beside the links and the roster: whose it is, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.model import Account, SystemKey
from bot.domain.policy import Crew
from bot.domain.strays import IDLE, Finding, Holder, findings
from bot.engine.context import Engine
from bot.store import people
from connectors.interface import ConnectorError, Kind, Lists

_AT_ONCE = 500  # accounts whose links are looked up in one question
NO_LIST = "It cannot list its accounts, so nobody looked."


@dataclass(frozen=True, slots=True)
class Compared:
    """One account, whose it is, and why somebody should look at it, if anybody should."""

    account: Account
    holder: Holder | None
    findings: tuple[Finding, ...]


def compare(engine: Engine, system: SystemKey, now: datetime, idle: timedelta = IDLE) -> Iterator[Compared]:
    """Every account there is, in the order of the system, in memory that does not grow with them.

    Raises ConnectorError, also in the middle, after everything that was listed until then: half a list is no list.
    """
    connector = engine.connectors[system]
    if not isinstance(connector, Lists):
        raise ConnectorError(NO_LIST, kind=Kind.PERMANENT)
    with engine.db.look() as tx:
        crew = people.crew(tx)
    page: list[Account] = []
    try:
        for account in connector.accounts():
            page.append(account)
            if len(page) == _AT_ONCE:
                yield from _compared(engine, crew, system, page, now, idle)
                page.clear()
    except ConnectorError:
        yield from _compared(engine, crew, system, page, now, idle)
        raise
    yield from _compared(engine, crew, system, page, now, idle)


def _compared(
    engine: Engine, crew: Crew, system: SystemKey, page: Iterable[Account], now: datetime, idle: timedelta
) -> Iterator[Compared]:
    accounts = tuple(page)
    with engine.db.look() as tx:
        links = people.linked(tx, system, [account.native_id for account in accounts])
    for account in accounts:
        link = links.get(account.native_id)
        works = link is not None and crew.working(link.person, now.date())
        holder = Holder(link.person, bool(link.confirmed_by), works) if link else None
        yield Compared(account, holder, findings(account, holder, now, idle))
