"""Files sent in the chat with Usher: a dialog takes none, so a form lists them, and whoever fills it in ticks them.

Usher keeps how they are named and where they lie; never a file itself, and no address that opens for whoever has it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, one_line
from bot.chat.port import File, Option
from bot.domain.errors import Refused
from bot.engine import places
from bot.engine.context import Engine

SENT = "application/vnd.microsoft.teams.file.download.info"
FRESH = timedelta(hours=1)  # how long a file is offered to the forms that its sender opens
TAKEN = timedelta(hours=6)  # how long it is taken by a form that stood open meanwhile
OFFERED = 10  # of the newest
_NAME = 200  # letters of the name of a file
_ADDRESS = 500
_ID = re.compile(r"\{?[0-9A-Fa-f-]{36}\}?")
_CLOUDS = (".sharepoint.com", ".sharepoint.us")
_OPENS = ("/:", "/_layouts/", "/_api/")  # links that share, and pages that serve


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that somebody sent so many minutes ago."""

    file: File
    minutes: int = 0


def named(attachments: Iterable[Json], message: str) -> Iterator[File]:
    """The files and pasted pictures among what lies beside a message.

    https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4: `downloadUrl` opens for whoever has it
    and is left where it is; `contentUrl` asks who is there. Of a picture only its message is known.
    """
    for number, one in enumerate(attachments, 1):
        kind, name = _text(one, "contentType"), one_line(_text(one, "name")[:_NAME], "")
        lies = f"{message[:100]}-{number}"
        if kind == SENT:
            content = one.get("content")
            known = _text(content, "uniqueId") if isinstance(content, dict) else ""
            found = _address(_text(one, "contentUrl")) or (known if _ID.fullmatch(known) else lies)
            yield File(found, name or _("a file without a name"))
        elif kind.startswith("image/"):
            yield File(lies, name or _("pasted picture"))


def beside(text: str, files: Sequence[File], *, hidden: bool) -> str:
    """What somebody wrote in a thread, and the files beside it; `hidden`: Teams shows something to people alone."""
    lines = [f"File: {file.name} {file.id}" for file in files]
    if hidden and not files:
        lines = [_("Something is attached that Teams does not show to Usher. It is in the thread.")]
    return "\n".join(filter(None, (text, *lines)))


def given(engine: Engine, native_id: str, files: Iterable[File], now: datetime) -> None:
    """Keep what somebody sent in their own chat."""
    places.keep_files(engine, native_id, [(one.id, one.name) for one in files], now)


def brought(engine: Engine, native_id: str, now: datetime) -> tuple[Brought, ...]:
    """What they sent, the newest first."""
    found = places.files_since(engine, native_id, now - TAKEN)
    return tuple(Brought(File(file, name), int((now - at) / timedelta(minutes=1))) for file, name, at in found)


def offered(found: Sequence[Brought], before: Container[str] = ()) -> tuple[Option, ...]:
    """What a form lists, the newest first; `before`: what it listed when it was drawn earlier, which stays in it."""
    fresh = [one for one in found if timedelta(minutes=one.minutes) < FRESH][:OFFERED]
    listed = [one for one in found if one in fresh or _mark(one.file) in before]
    return tuple(Option(_mark(one.file), one.file.name, _ago(one.minutes)) for one in listed)


def ticked(value: str, found: Iterable[Brought], field: str) -> tuple[File, ...]:
    """The files behind the ticks of a form. Raises Refused where one is not theirs, or of long ago."""
    known = {_mark(one.file): one.file for one in found}
    marks = [mark.strip() for mark in value.split(",") if mark.strip()]
    if set(marks) - set(known):
        raise Refused(
            _("I do not have this file any more. Send it to me again, then open the form again."), field=field
        )
    return tuple(known[mark] for mark in dict.fromkeys(marks))


def _mark(file: File) -> str:
    return hashlib.sha256(file.id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _ago(minutes: int) -> str:
    return _("sent {n} minutes ago", n=minutes) if minutes > 1 else _("sent just now")


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _address(url: str) -> str:
    """Where it lies in SharePoint, for people who sign in there; nothing of an address that opens by itself."""
    try:
        parts = urlsplit(url)
        host, plain = parts.hostname or "", parts.scheme == "https" and parts.netloc == parts.hostname
    except ValueError:
        return ""
    if not plain or not host.endswith(_CLOUDS) or parts.path.lower().startswith(_OPENS):
        return ""
    inside = any(page in parts.path.lower() for page in _OPENS[1:])
    found = f"https://{host}{parts.path}"
    return "" if inside or len(found) > _ADDRESS or not found.isprintable() else found
