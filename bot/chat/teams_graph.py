"""The three calls of Microsoft Graph with which an app makes a group chat, comes into it, and lets people in.

https://learn.microsoft.com/graph/api/chat-post, /chat-post-installedapps and /chat-post-members (all v1.0, all with
application permissions). An app is no member of a chat: it is installed there, and everybody else is named.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from urllib.parse import quote

import httpx

from bot.chat.plain_words import Json
from bot.chat.port import ChatError
from bot.chat.teams_rest import json_of, refused, silent
from bot.chat.teams_token import Token

GRAPH = "https://graph.microsoft.com/v1.0"
SECONDS = 10.0
MAKES = "Chat.Create"
COMES_IN = "TeamsAppInstallation.ReadWriteSelfForChat.All"
LETS_IN = "ChatMember.ReadWrite.WhereInstalled"
NEEDED = (MAKES, COMES_IN)
_WHO = "Microsoft Graph"
_ALREADY = 409
_EVERYTHING = "0001-01-01T00:00:00Z"  # the whole history, in the words of chat-post-members
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Graph:
    """Microsoft Graph, for the chats that we make. `app`: our id in the company's catalog of apps."""

    def __init__(self, token: Token, app: str, base: str = GRAPH, *, seconds: float = SECONDS) -> None:
        self.token = token
        self.app = app
        self.base = base.rstrip("/")
        self.client = httpx.Client(timeout=seconds)

    def create(self, topic: str, members: Sequence[str]) -> str:
        """The id of a new group chat of these people. Raises ChatError: `unknown` where it may have been made."""
        asked = {"chatType": "group", "topic": topic, "members": [self._member(one) for one in members]}
        made = str(self._ask("chats", asked).get("id") or "")
        if not made:
            raise ChatError(f"{_WHO} did not say which chat it made", unknown=True)
        return made

    def install(self, chat: str) -> None:
        """Come into a chat, unless we are there. Raises ChatError."""
        self._ask(
            f"chats/{quote(chat, safe='')}/installedApps",
            {"teamsApp@odata.bind": f"{self.base}/appCatalogs/teamsApps/{self.app}"},
            already=True,
        )

    def add(self, chat: str, native_id: str) -> None:
        """Let somebody into a chat where we are, with all that was said there. Raises ChatError."""
        member = self._member(native_id) | {"visibleHistoryStartDateTime": _EVERYTHING}
        self._ask(f"chats/{quote(chat, safe='')}/members", member, already=True)

    def lacking(self, wanted: Sequence[str] = NEEDED) -> tuple[str, ...]:
        """Which of these permissions we do not have; none where the token does not say. Raises ChatError."""
        missing = _missing(self.token.get(), wanted)
        if missing:  # an admin may have given them since: a token knows what was given before it
            self.token.forget()
            missing = _missing(self.token.get(), wanted)
        return missing

    def close(self) -> None:
        """Give back the connections that are kept open."""
        self.client.close()

    def _member(self, native_id: str) -> Json:
        """Everybody is an owner: Graph knows no other role for people of the company."""
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"{self.base}/users('{quote(native_id, safe='')}')",
        }

    def _ask(self, path: str, body: Json, *, already: bool = False) -> Json:
        answer = self._asked(path, body)
        if answer.status_code == 401:  # such as after the secret was changed: one new token, one more try
            self.token.forget()
            answer = self._asked(path, body)
        if answer.is_success or (already and answer.status_code == _ALREADY):
            return json_of(answer, who=_WHO, lenient=already)
        raise refused(answer, _WHO)

    def _asked(self, path: str, body: Json) -> httpx.Response:
        try:
            headers = {"Authorization": f"Bearer {self.token.get()}"}
        except ChatError as error:  # without a token nothing is sent, so nothing can have happened
            raise ChatError(error.said, dead=error.dead) from error
        try:
            return self.client.post(f"{self.base}/{path}", json=body, headers=headers)
        except _NEVER_SENT as error:
            raise ChatError(silent(error, _WHO).said) from error
        except httpx.HTTPError as error:
            raise silent(error, _WHO) from error


def _missing(token: str, wanted: Sequence[str]) -> tuple[str, ...]:
    held = _roles(token)
    return () if held is None else tuple(one for one in wanted if one not in held)


def _roles(token: str) -> frozenset[str] | None:
    """The permissions that a token names; None where it cannot be read, for only Graph is promised to understand it."""
    try:
        body = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))).get("roles", [])
    except (IndexError, ValueError, AttributeError):
        return None
    return frozenset(map(str, found)) if isinstance(found, list) else None
