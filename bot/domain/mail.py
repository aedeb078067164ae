"""Mail to people who are not in the chat: which server takes it, and how long the link in it works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[^@\s,;:<>()\[\]\"\\]{1,255}")


class Security(StrEnum):
    """How the way to the server is closed to others; `none` is for a server on this machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mail:
    """The server that takes our mail, who it is from, and for how long a link waits to be opened."""

    host: str
    sender: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    lasts: timedelta = timedelta(hours=72)


def is_address(text: str) -> bool:
    """Whether one mail can go there, and nowhere else: no second address, no line of a header."""
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None
