"""Once a week every account is held against people and time: what is odd is marked, and people are asked to look.

It marks and asks. No request ever begins because of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain.errors import Refused
from bot.domain.model import PersonId, Power, SystemKey
from bot.domain.policy import Crew, Policy
from bot.domain.strays import Finding
from bot.engine import signs
from bot.engine.compare import NO_LIST, Compared, compare
from bot.engine.context import Engine
from bot.store import again, journal, marks, outbox, people
from bot.store.marks import Mark
from connectors.interface import ConnectorError

log = structlog.get_logger()

_AT = time(6, 0)  # before people begin to work
_FRESH = timedelta(days=2)  # a day that was missed for longer is left out: the next one comes
_ABANDONED = timedelta(hours=6)
_PAGE = 200
_READERS = (Power.HR, Power.IT, Power.SECURITY, Power.ADMIN)


def scan(engine: Engine, now: datetime) -> bool:
    """Make the scan of this week, if its day has come and no replica has made it; whether this one did."""
    with engine.db.look() as tx:
        policy = engine.policy(tx)[1]
    name = due(policy, now)
    if not name:
        return False
    with engine.db.begin() as tx:
        if not marks.begin(tx, name, now, now - _ABANDONED):
            return False
    idle = timedelta(days=policy.signals.idle_days)
    unread = {key: said for key in policy.systems if (said := _system(engine, policy, key, name, now, idle))}
    with engine.db.begin() as tx:
        marks.end(tx, name, now, {"unread": unread})
        total, _first = marks.fresh(tx, 1)
        journal.add(tx, "scan.made", now, facts={"scan": name, "marks": total, "unread": sorted(unread)})
        for person in _asked(policy, people.crew(tx), now) if total or unread else ():
            outbox.tell(tx, "scan", now, person=person, scan=name)
    return True


def due(policy: Policy, now: datetime) -> str:
    """The name of the scan whose time has come: its day; nothing where none has."""
    if policy.signals.scan_on is None:
        return ""
    zone = ZoneInfo(policy.zone)
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - policy.signals.scan_on) % 7)
    begins = datetime.combine(day, _AT, zone)
    return day.isoformat() if begins <= local < begins + _FRESH else ""


def _system(engine: Engine, policy: Policy, key: SystemKey, name: str, now: datetime, idle: timedelta) -> str:
    """Mark what is odd in one system; why its list could not be read to the end, or nothing."""
    if not policy.systems[key].connector or key not in engine.connectors:
        return ""
    page: list[Compared] = []
    try:
        for one in compare(engine, key, now, idle):
            if set(one.findings) - {Finding.SERVICE}:
                page.append(one)
            if len(page) == _PAGE:
                _keep(engine, name, page, now)
                page.clear()
    except ConnectorError as error:
        _keep(engine, name, page, now)
        return "" if error.said == NO_LIST else error.said
    except Exception:  # our mistake in one connector hides no other system
        log.exception("scan failed unexpectedly", system=key)
        return "something went wrong inside Usher"
    _keep(engine, name, page, now)
    with engine.db.begin() as tx:
        marks.end_others(tx, key, name, now)
    return ""


@again
def _keep(engine: Engine, name: str, page: Iterable[Compared], now: datetime) -> None:
    found = [
        Mark(
            one.account.system,
            one.account.native_id,
            one.account.label,
            one.holder.person if one.holder else None,
            tuple(finding.value for finding in one.findings),
            one.account.last_active,
            now,
        )
        for one in page
    ]
    if found:
        with engine.db.begin() as tx:
            marks.put(tx, name, found)


def _asked(policy: Policy, crew: Crew, now: datetime) -> tuple[PersonId, ...]:
    """The one in HR who is asked about signals, and everybody in IT."""
    today = now.date()
    hr = signs.able(policy, crew, None, today)[:1]
    it = sorted(person for person in crew.holding(Power.IT) if crew.working(person, today))
    return tuple(dict.fromkeys([*hr, *it]))


@again
def know(engine: Engine, name: str, by: PersonId, now: datetime) -> int:
    """Somebody looked at what a scan showed: it is shown again only when something else is odd. Raises Refused."""
    with engine.db.begin() as tx:
        crew = people.crew(tx)
        if not crew.may(by, *_READERS) or not crew.working(by, now.date()):
            raise Refused("You may not answer this.", hint="HR, IT and security may.")
        count = marks.know(tx, name, by, now)
        journal.add(tx, "scan.known", now, facts={"scan": name, "by": by, "count": count})
        for person in _asked(engine.policy(tx)[1], crew, now):
            outbox.tell(tx, "scan", now, person=person, scan=name)
        return count


def shown(engine: Engine, name: str, limit: int) -> tuple[int, tuple[Mark, ...], dict[str, str]]:
    """How many marks nobody has looked at, the first of them, and which systems could not be read whole, and why."""
    with engine.db.look() as tx:
        total, some = marks.fresh(tx, limit)
        return total, some, dict(marks.body_of(tx, name).get("unread", {}))
