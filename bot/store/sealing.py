"""What is personal lies sealed in its columns, by a key that the database does not know (AES-256-GCM)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_MARK = "\x01"  # no form and no file brings this character in, so a sealed value is never taken for a plain one
_KEY = re.compile(r"([a-z0-9-]{1,16}):([0-9a-f]{64})")
_NONCE = 12  # bytes, as the cipher wants them


class KeyMissing(Exception):
    """Something is sealed with a key that is not in the ring. The message is a sentence for whoever runs Usher."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys by their ids; the first one seals, every one opens. An empty ring seals nothing."""

    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> str:
        """The id of the key that seals; empty where nothing is sealed."""
        return next(iter(self.keys), "")

    def seal(self, text: str, place: str) -> str:
        """The text as it may lie in `place`, a table and its column: moved elsewhere it does not open."""
        if not self.keys:
            return text.lstrip(_MARK)
        nonce = os.urandom(_NONCE)
        sealed = _cipher(self.keys[self.newest]).encrypt(nonce, text.encode(), place.encode())
        return f"{_MARK}{self.newest}:{(nonce + sealed).hex()}"

    def open(self, stored: str, place: str) -> str:
        """The text again; what was never sealed is given back as it is. Raises KeyMissing."""
        if not stored.startswith(_MARK):
            return stored
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - no start waits for it

        name, _, sealed = stored[1:].partition(":")
        if name not in self.keys:
            raise KeyMissing(f"The key “{name}” is not in USHER_KEYS, and something is sealed with it.")
        data = bytes.fromhex(sealed)
        try:
            return str(_cipher(self.keys[name]).decrypt(data[:_NONCE], data[_NONCE:], place.encode()), "utf-8")
        except InvalidTag:
            raise KeyMissing(f"The key “{name}” in USHER_KEYS is not the one that sealed {place}.") from None


def ring_of(text: str) -> Ring:
    """The ring that `id:64 hexadecimal digits,id:…` describes. Raises ValueError, without showing any of it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [match for part in parts if (match := _KEY.fullmatch(part))]
    if len(found) != len(parts) or len({match[1] for match in found}) != len(parts):
        raise ValueError("it must be id:64 hexadecimal digits, several of them separated by commas, each id once")
    return Ring({match[1]: bytes.fromhex(match[2]) for match in found})


def with_ring(engine: sa.Engine, ring: Ring) -> None:
    """Let everything that is read and written through this engine use this ring."""
    engine.dialect.usher_ring = ring  # type: ignore[attr-defined]  # the one object that a column's type is handed


class Sealed(sa.TypeDecorator[str]):
    """A text that lies sealed in the database; `place` is its table and column."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal; nothing stays nothing, so that an empty field is not mistaken for a secret."""
        return _ring(dialect).seal(value, self.place) if value else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Open again. Raises KeyMissing."""
        return _ring(dialect).open(value, self.place) if value else value


def is_sealed_by(column: sa.ColumnElement[str], key: str) -> sa.ColumnElement[bool]:
    """Whether a stored value is empty or sealed with this key (or plain, where the key is "")."""
    raw = sa.type_coerce(column, sa.Text)
    if not key:
        return ~raw.startswith(_MARK)
    return sa.or_(raw == "", raw.startswith(f"{_MARK}{key}:", autoescape=True))


def _ring(dialect: Dialect) -> Ring:
    found: Ring = getattr(dialect, "usher_ring", _NOTHING)
    return found


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - no start waits for it

    return AESGCM(key)


_NOTHING = Ring()
