"""An HR system tells us something: signed, fresh, once. What its words mean is written in policy."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.domain.errors import Refused
from bot.domain.signals import Heard, Hook, Sign, Source, contradiction, who
from bot.engine.context import Engine
from bot.store import Tx, again, inbound, people, signals

WINDOW = timedelta(minutes=5)  # a message older or newer than that is not listened to
SHORTEST = 32  # characters of a secret
_NO = (401, {"error": "not signed as it should be"})
Reply = tuple[int, Mapping[str, object]]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in `X-Usher-Signature`: HMAC-SHA256 over the timestamp, a dot, and the body as it was sent."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


@again
def take(
    engine: Engine, name: str, secrets: Sequence[str], said: Mapping[str, str], body: bytes, now: datetime
) -> Reply:
    """Hear one message of the hook of this name; the HTTP status, and what is answered.

    `said` are its headers, in small letters. Nothing is told to who cannot sign, not even which hooks there are.
    """
    stamp, mark = said.get("x-usher-timestamp", ""), said.get("x-usher-signature", "")
    if not _signed(secrets, stamp, mark, body) or not _fresh(stamp, now):
        return _NO
    with engine.db.begin() as tx:
        try:
            hook = engine.policy(tx)[1].signals.hooks.get(name)
        except Refused:
            hook = None
        if hook is None:
            return _NO
        if inbound.seen(tx, f"hook:{name}:{mark}", now):
            return 200, {"heard": False, "why": "this message came before"}
        return _hear(tx, name, hook, body, now)


def _signed(secrets: Sequence[str], stamp: str, mark: str, body: bytes) -> bool:
    known = [one for one in secrets if len(one) >= SHORTEST] or ["\0" * SHORTEST]
    right = [hmac.compare_digest(signature(one, stamp, body).encode(), mark.encode()) for one in known]
    return any(right) and any(len(one) >= SHORTEST for one in secrets)


def _fresh(stamp: str, now: datetime) -> bool:
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 10:
        return False
    return abs(now - datetime.fromtimestamp(int(stamp), UTC)) <= WINDOW


def _hear(tx: Tx, name: str, hook: Hook, body: bytes, now: datetime) -> Reply:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return 400, {"error": "this is not JSON"}
    found = {field: _at(message, place) for field, place in hook.fields.items()}
    kind, event = found.get("kind", ""), found.get("event", "")
    if kind not in {*hook.leaves, *hook.stays}:
        return 200, {"heard": False, "why": "policy does not say that this kind of event is for Usher"}
    if not event:
        return 422, {"error": f"there is no event number at {hook.fields['event']}"}
    sign = Sign.LEAVES if kind in hook.leaves else Sign.STAYS
    ends, wrong = _day(found.get("last_day", ""), sign)
    heard = _meant(tx, Heard(Source.HR, f"{name}:{event}", sign, ends=ends, place=name), found, wrong)
    fresh = signals.hear(tx, heard, now)
    return (202, {"heard": True}) if fresh else (200, {"heard": False, "why": "this event came before"})


def _meant(tx: Tx, heard: Heard, found: Mapping[str, str], wrong: str) -> Heard:
    """The same with the person it is about; a doubt, in words, where that or the day is not certain."""
    everybody = people.every(tx)
    person, why = who(everybody.values(), found.get("person", ""), found.get("email", ""))
    if person is not None:
        wrong = wrong or contradiction(everybody[person], heard.ends)
    if person is not None and not wrong:
        return Heard(heard.source, heard.key, heard.sign, person, heard.ends, place=heard.place)
    named = ", ".join(filter(None, (found.get("person", ""), found.get("email", ""), found.get("last_day", ""))))
    return Heard(heard.source, heard.key, Sign.DOUBT, said=f"{named}: {wrong or why}"[:500], place=heard.place)


def _day(text: str, sign: Sign) -> tuple[date | None, str]:
    if sign is Sign.STAYS:
        return None, ""
    try:
        return date.fromisoformat(text[:10]), ""  # many systems write a time behind the day
    except ValueError:
        return None, f"“{text[:40]}” is no day" if text else "it names no last day"


def _at(message: Any, place: str) -> str:
    """What stands at `employee.items.0.id`, as text; nothing where it is not there, or is more than one value."""
    for part in place.split("."):
        if isinstance(message, dict):
            message = message.get(part)
        elif isinstance(message, list) and part.isdecimal() and int(part) < len(message):
            message = message[int(part)]
        else:
            return ""
    plain = isinstance(message, str | int) and not isinstance(message, bool)
    return "".join(letter for letter in str(message) if letter.isprintable()).strip()[:200] if plain else ""
