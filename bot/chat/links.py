"""What we hand out and must recognise again: links that end, and the values of buttons and of the forms they open.

A signature only proves that we wrote it. What the person may do is looked up again when it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from bot.chat.cards.words import _
from bot.domain.errors import Refused
from bot.domain.model import PersonId, RequestId

LASTS = timedelta(days=7)
MOST = 255  # characters of a sealed value: the shortest limit of any place that carries one


class Purpose(StrEnum):
    """What a sealed value is for. Each has a key of its own: a button's value never opens a report."""

    BUTTON = "button"
    LINK = "report link"


@dataclass(frozen=True, slots=True)
class Link:
    """Which report, for whom."""

    request: RequestId
    person: PersonId


def sign(secret: str, request_id: str, person_id: str, now: datetime, lasts: timedelta = LASTS) -> str:
    """A token for the address of one report, for one person, until `now` + `lasts`."""
    return _sealer(secret, Purpose.LINK).dumps([request_id, person_id, int((now + lasts).timestamp())])


def open_link(secret: str, token: str, now: datetime) -> Link:
    """Whose report a token opens. Raises Refused when it is not ours, or its time is over."""
    hint = _("Open the report again from the thread of the request.")
    match _opened(secret, Purpose.LINK, token):
        case [str(request), str(person), int(until)]:
            if datetime.fromtimestamp(until, UTC) <= now:
                raise Refused(_("This link has expired."), hint=hint)
            return Link(RequestId(request), PersonId(person))
        case _damaged:
            raise Refused(_("This link is damaged: a part of it is missing or was changed."), hint=hint)


def seal(secret: str, *parts: str) -> str:
    """The parts as one short text that nobody else can write. Raises ValueError when they do not fit."""
    value = _sealer(secret, Purpose.BUTTON).dumps(parts)
    if len(value) > MOST:
        message = f"{len(value)} characters do not fit into a button"
        raise ValueError(message)
    return value


def unseal(secret: str, value: str) -> tuple[str, ...]:
    """The parts that were sealed. Raises Refused when anything was changed."""
    found = _opened(secret, Purpose.BUTTON, value)
    if isinstance(found, list) and all(isinstance(part, str) for part in found):
        return tuple(found)
    raise Refused(_("This button is damaged."), hint=_("Open the request again and use the newest message."))


def _sealer(secret: str, purpose: Purpose) -> URLSafeSerializer:
    if not secret:
        raise ValueError("without a secret anybody could write these")
    return URLSafeSerializer(
        secret,
        salt=f"usher/{purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )


def _opened(secret: str, purpose: Purpose, text: str) -> Any:
    try:
        return _sealer(secret, purpose).loads(text)
    except BadData:
        return None
