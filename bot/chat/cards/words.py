"""How we say things: translation, times, lists."""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.lifecycle import RequestState
from bot.domain.model import Trigger

_catalogue = gettext.NullTranslations()


def _(text: str, /, **values: object) -> str:
    """The text in the reader's language, with its values put in."""
    found = _catalogue.gettext(text) if text else ""
    return found.format(**values) if values else found


def listed(items: Iterable[str]) -> str:
    """Ines, Marco and Sara."""
    found = list(items)
    if len(found) < 2:
        return "".join(found)
    return _("{most} and {last}", most=", ".join(found[:-1]), last=found[-1])


def counted(number: int, one: str, many: str) -> str:
    """So many of something: `one` as it stands for a single one, else `many` with the number put in."""
    return _(one) if number == 1 else _(many, n=number)


def people(number: int) -> str:
    """1 person, 3 people."""
    return counted(number, "1 person", "{n} people")


def items(number: int) -> str:
    """1 item, 3 items."""
    return counted(number, "1 item", "{n} items")


def day(on: date) -> str:
    """Fri 27 Nov 2026: with the day of the week, by which people plan."""
    return f"{on:%a %d %b %Y}"


def day_and_time(moment: datetime, zone: str) -> str:
    """Fri 27 Nov 2026, 17:00 (Europe/Paris)."""
    local = moment.astimezone(ZoneInfo(zone))
    return _("{day} ({zone})", day=f"{local:%a %d %b %Y, %H:%M}", zone=zone)


def clock(moment: datetime, zone: str) -> str:
    """14:02:11, in the zone of the company."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def moment_of(moment: datetime, now: datetime, zone: str, clock: str = "%H:%M:%S") -> str:
    """14:02:11 where it was today, else Fri 27 Nov, 14:02: a time alone is read as one of today."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    return f"{local:{clock}}" if local.date() == today.date() else f"{local:%a %d %b, %H:%M}"


def ago(moment: datetime, now: datetime) -> str:
    """In words, how long ago: what a reader wants to know about the last use of a key."""
    passed = now - moment
    if passed < timedelta(minutes=2):
        return _("just now")
    if passed < timedelta(hours=1):
        return _("{n} minutes ago", n=round(passed.total_seconds() / 60))
    if passed < timedelta(hours=24):
        hours = round(passed.total_seconds() / 3600)
        return _("an hour ago") if hours == 1 else _("{n} hours ago", n=hours)
    days = round(passed.total_seconds() / 86400)
    return _("yesterday") if days == 1 else _("{n} days ago", n=days)


def lasted(span: timedelta) -> str:
    """A duration in words: 42 seconds, 3 minutes, 2 hours."""
    seconds = round(span.total_seconds())
    if seconds < 90:
        return _("1 second") if seconds == 1 else _("{n} seconds", n=seconds)
    if seconds < 5400:
        return _("{n} minutes", n=round(seconds / 60))
    if seconds < 172800:
        return _("{n} hours", n=round(seconds / 3600))
    return _("{n} days", n=round(seconds / 86400))


def within(span: timedelta) -> str:
    """A length that is promised, in words: 1 hour, 72 hours, 15 minutes."""
    hours, rest = divmod(span, timedelta(hours=1))
    if rest:
        return lasted(span)
    return _("1 hour") if hours == 1 else _("{n} hours", n=hours)


# Where a request stands, for whoever reads about several.
STATES = {
    RequestState.SUBMITTED: "the systems are being read",
    RequestState.PLANNING: "the systems are being read",
    RequestState.AWAITING_APPROVAL: "waiting for approval",
    RequestState.APPROVED: "approved",
    RequestState.SCHEDULED: "approved, waiting for its day",
    RequestState.RUNNING: "running",
    RequestState.CLOSED: "finished",
    RequestState.WITHDRAWN: "cancelled",
    RequestState.DENIED: "denied",
    RequestState.EXPIRED: "expired without an answer",
}

# What a request is, for whoever reads about several.
KINDS = {
    Trigger.LEAVER: "offboarding",
    Trigger.ACCESS: "access for a while",
    Trigger.RESTORE: "access given back",
    Trigger.PAUSE: "leave of absence",
    Trigger.RESCAN: "found by a later look",
    Trigger.LOCK: "locked before the approval",
    Trigger.DELETE: "deletion of accounts",
}


def sentence(text: str) -> str:
    """The same with a full stop, where another sentence follows and it has no mark of its own."""
    return text if not text or text[-1] in ".?!:" else f"{text}."
