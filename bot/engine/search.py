"""What a plan asks a system beside the reading: what it does not let us do, and which accounts look like hers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.by_hand import kind_of
from bot.domain.model import Account, Change, Link, SystemKey, Trigger
from bot.domain.planning import NO_ACCOUNT, blind_parts
from bot.domain.reading import Completeness, Part, Reading, absent, unseen
from bot.domain.request import Request
from bot.engine.context import Engine
from bot.store import Tx, people, records
from connectors.interface import Check, Connector, ConnectorError, Guides, Partly

log = structlog.get_logger()

_KEPT = timedelta(minutes=5)  # so long an answer about our own rights is believed
_CONTROL = "a search by e-mail"
_NOT_WHOLE = "An account that was this person's once could not be read whole: {part}. {why}"
_NOT_SEARCHED = "Usher could not search for further accounts of this person: {said}"


@dataclass(frozen=True, slots=True)
class Hers:
    """What we know before a system is asked: her accounts there, what else is proposed, how one could find her."""

    system: SystemKey
    links: tuple[Link, ...]
    proposed: tuple[Link, ...]
    emails: tuple[str, ...]
    former: tuple[Link, ...] = ()
    cannot: Mapping[str, str] = field(default_factory=dict)


def known(tx: Tx, request: Request, system: SystemKey) -> Hers:
    """Her links, confirmed and not, and every e-mail of hers: of the roster, and where an account is named by one."""
    every = people.links(tx, request.subject, confirmed=False)
    person = people.one(tx, request.subject)
    named = (person.email if person else "", *(link.label for link in every if link.confirmed_by))
    emails = dict.fromkeys(one.strip().lower() for one in named if "@" in one)
    here = [link for link in every if link.system == system]
    earlier = records.last_reading(tx, request.id, system) if request.started_at else None
    return Hers(
        system,
        links=tuple(link for link in here if link.confirmed_by),
        proposed=tuple(link for link in here if not link.confirmed_by),
        emails=tuple(emails),
        former=people.former(tx, request.subject, system) if request.trigger is Trigger.RESCAN else (),
        cannot=earlier.cannot if earlier else {},
    )


def cannot(engine: Engine, connector: Connector, now: datetime, *, fresh: bool) -> Mapping[str, str]:
    """Why each kind of change is not allowed now, by its kind. Asked anew, if `fresh`, once in some minutes."""
    key = connector.spec.key
    asked_at, found = engine.checks.get(key, (None, None))
    old = asked_at is None or not timedelta(0) <= now - asked_at < _KEPT
    if fresh and old:
        found = _check(connector)
        if found is not None:
            engine.checks[key] = (now, found)
    return {kind_of(kind): why for kind, why in found.cannot.items()} if found else {}


def guide(engine: Engine, system: SystemKey, change: Change) -> tuple[str, str]:
    """How a person makes this change in a system that was read, and what proves it; empty where it tells neither."""
    if system not in engine.connectors:  # taken out since it was read
        return ("", "")
    connector = engine.connectors[system]
    found = connector.by_hand(change) if isinstance(connector, Guides) else None
    return (found.how, found.evidence) if found else ("", "")


def _check(connector: Connector) -> Check | None:
    try:
        return connector.check()
    except Exception:  # it never raises; one that does hides no reading
        log.exception("check failed unexpectedly", system=connector.spec.key)
        return None


def beside(connector: Connector, hers: Hers, seen: Reading) -> Reading:
    """The reading with the further accounts that look like hers; what nobody could search is told, and never clean."""
    return former(connector, hers, replace(seen, alike=_alike(connector, hers)[0]))


def former(connector: Connector, hers: Hers, seen: Reading) -> Reading:
    """The reading with accounts that were linked to her once and are still at work. Raises ConnectorError."""
    known = {account.native_id for account in seen.alike.items}
    for link in hers.former:
        then = connector.read(link, seen.at)
        found = [one for one in then.account.items if one.native_id == link.native_id and one.active is not False]
        works = any(one.active for one in (*then.credentials.items, *then.made.items))
        if (found or works or then.grants.items) and link.native_id not in known:
            account = found[0] if found else Account(link.system, link.native_id, link.label)
            seen = replace(seen, alike=replace(seen.alike, items=(*seen.alike.items, account)))
        blind = tuple(blind_parts(replace(then, alike=Part())))
        if blind and seen.alike.seen is not Completeness.PARTIAL:
            why = _NOT_WHOLE.format(part=blind[0].part, why=blind[0].why)
            seen = replace(seen, alike=Part(seen.alike.items, Completeness.PARTIAL, why))
    return seen


def alone(connector: Connector, hers: Hers, now: datetime) -> Reading:
    """What a search says of a system in which no account of hers is known. It proves nothing. Raises ConnectorError."""
    found, error = _alike(connector, hers)
    if error is not None and not found.items:
        raise error
    nothing: Part[Any] = absent(NO_ACCOUNT)
    seen = Reading(
        hers.system, now, _CONTROL, unseen(NO_ACCOUNT), nothing, nothing, nothing, nothing, nothing, alike=found
    )
    return former(connector, hers, seen)


def _alike(connector: Connector, hers: Hers) -> tuple[Part[Account], ConnectorError | None]:
    """What was found or proposed, also where the search then failed, and why it did."""
    every = {link.native_id: Account(link.system, link.native_id, link.label) for link in hers.proposed}
    failed: ConnectorError | None = None
    for email in hers.emails:
        try:
            found = connector.find(email)
        except ConnectorError as error:
            failed, found = error, error.found if isinstance(error, Partly) else ()
        every |= {account.native_id: account for account in found}
        if failed is not None:
            break  # a system that is down is not asked for each of her addresses
    mine = {link.native_id for link in hers.links}
    items = tuple(account for key, account in every.items() if key not in mine)
    if failed is None:
        return Part(items), None
    return Part(items, Completeness.PARTIAL, _NOT_SEARCHED.format(said=failed.said)), failed


def unlinked(tx: Tx, seen: Reading) -> Reading:
    """The reading without those alike accounts that somebody confirmed as another person's."""
    if not seen.alike.items:
        return seen
    taken = people.owners(tx, [(seen.system, account.native_id) for account in seen.alike.items])
    left = tuple(one for one in seen.alike.items if (seen.system, one.native_id) not in taken)
    return replace(seen, alike=replace(seen.alike, items=left))
