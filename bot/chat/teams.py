"""Teams: the door. Who knocks is checked before anything is read; what they brought goes to `Turns`.

The only file that knows the Bot Framework SDK, whose support ended in 2025. It runs a turn and nothing else: tokens are
checked by ourselves, answers beyond an invoke are sent by ourselves, and no state is kept by it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.to_thread import run_sync
from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.schema import Activity, ConversationAccount
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)

from bot.chat.plain_words import Json
from bot.chat.teams_heard import place, read, tenants, word
from bot.chat.teams_keys import CHANNEL, KeysAway, NotAllowed, Tokens
from bot.chat.teams_once import Once
from bot.chat.teams_turns import Turns

AT_ONCE = 2  # turns; however many Teams brings, a press in the other chat waits behind two of them at most
_RAW = "usher"
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")

log = logging.getLogger(__name__)

Told = tuple[int, Json | None]


@dataclass(frozen=True)
class Door:
    """Who may come in. Without `tokens` whoever reaches us may: for the demo on this machine alone."""

    tokens: Tokens | None
    tenants: Collection[str]

    def check(self, header: str, activity: Json) -> None:
        """Nothing for a request that is allowed. Raises NotAllowed, KeysAway."""
        if self.tokens is not None:
            self.tokens.check(header, word(activity, "channelId"), word(activity, "serviceUrl"))
        elif word(activity, "channelId") != CHANNEL:
            raise NotAllowed("not Teams")
        named = tenants(activity)
        if not named or not named <= frozenset(self.tenants):
            raise NotAllowed("a foreign tenant")


class Gate(CloudAdapterBase):  # type: ignore[misc]
    """The SDK's adapter, behind our own door and in front of our own turns."""

    def __init__(self, door: Door, turns: Turns, once: Once | None = None) -> None:
        super().__init__(_Checked(door))
        self.turns = turns
        self.once = once
        self.few = anyio.CapacityLimiter(AT_ONCE)

    async def serve(self, header: str, body: bytes) -> Told:
        """The status and the body with which a request is answered; a rejection says nothing."""
        try:
            raw = json.loads(body)
            activity = _outline(_writable(raw) if b"\\u" in body else raw)
        except (ValueError, TypeError, RecursionError):
            return 400, None
        try:
            answer = await self.process_activity(header, activity, self.turn)
        except NotAllowed as error:
            log.info("A request was not let in: %s", error)
            return 401, None
        except KeysAway:
            return 503, None  # Teams brings it again
        except Exception:
            log.exception("A turn of Teams failed")
            return 500, None
        return (answer.status, answer.body or None) if answer else (200, None)  # nothing at all closes a dialog

    async def turn(self, context: TurnContext) -> None:
        """One turn; its answer is left where the adapter finds it."""
        heard = read(_raw(context.activity))
        hear = self.turns.hear if self.once is None else self.once.around(self.turns.hear)
        answer = await run_sync(hear, heard, limiter=self.few)
        if answer is not None:
            value = InvokeResponse(status=200, body=answer)
            await context.send_activity(Activity(type="invokeResponse", value=value))


class _Checked(BotFrameworkAuthentication):  # type: ignore[misc]
    """The SDK asks this who may come in; it asks our door."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.few = anyio.CapacityLimiter(AT_ONCE)

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Nothing but a result for a request that is allowed. Raises NotAllowed, KeysAway."""
        await run_sync(self.door.check, auth_header, _raw(activity), limiter=self.few)
        found = AuthenticateRequestResult()
        found.claims_identity = ClaimsIdentity({}, True)
        found.connector_factory = _Nowhere()
        return found

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> Any:
        """Teams never streams. Raises NotAllowed."""
        raise NotAllowed("streaming")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        """The one that connects nowhere."""
        return _Nowhere()

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Nobody signs in through us."""
        return


class _Nowhere(ConnectorFactory):  # type: ignore[misc]
    """The SDK wants a way out before each turn; ours is another one, so this leads nowhere."""

    async def create(self, service_url: str, audience: str) -> object:
        """Something that is not None."""
        return self


def _outline(raw: Any) -> Activity:
    """As much of an activity as the SDK needs to run a turn: strangers' words are not read. Raises TypeError."""
    if not isinstance(raw, dict):
        raise TypeError("an activity is an object")
    there = ConversationAccount(id=place(raw)[0])
    address = word(raw, "serviceUrl")
    made = Activity(type=word(raw, "type"), id=word(raw, "id"), service_url=address, conversation=there)
    made.channel_id = word(raw, "channelId")
    made.additional_properties = {_RAW: raw}
    return made


def _writable(found: Any) -> Any:
    """The same without NUL and halves of letters: no database takes them. Raises RecursionError."""
    match found:
        case str():
            return _UNWRITABLE.sub("", found)
        case list():
            return [_writable(one) for one in found]
        case dict():
            return {_writable(name): _writable(value) for name, value in found.items()}
    return found


def _raw(activity: Activity) -> Json:
    """The activity as it came; one that the SDK made itself, as the SDK would send it."""
    found: Json = (activity.additional_properties or {}).get(_RAW) or activity.serialize(keep_readonly=True)
    return found
