"""A room of its own in Teams: a group chat that Microsoft Graph makes for us, where the company allows it.

Graph cannot be asked what it made without the right to see everybody's chats. So it is asked once for each room, which
is written down before; where its answer never comes, the thread stands with whoever asked, and there are never two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.chat.cards.words import _, listed
from bot.chat.port import ChatError
from bot.chat.teams_graph import LETS_IN, Graph
from bot.domain.chats import TEAMS
from bot.engine import places, rooms
from bot.engine.context import Engine
from bot.engine.rooms import Room
from bot.store.places import Kind, Place

PATIENCE = timedelta(minutes=10)  # how long the thread waits for a room that is on its way
PAUSE = 10.0  # seconds until we look again, where nobody says how long
OURS = "room"  # in the reference of a place: the name of the room that we made it for


@dataclass(frozen=True, slots=True)
class Rooms:
    """The group chats that we make. `seen` tells who is in one, as Teams lets a bot see it."""

    graph: Graph
    engine: Engine
    clock: Callable[[], datetime]

    def open(
        self, name: str, members: Sequence[str], reference: Mapping[str, str], seen: Callable[[str], object]
    ) -> str:
        """The group chat of this name that we made, or a new one of these people, with us in it.

        Raises ChatError: `after` where it is worth waiting, `gone` where there will be none, and admins were told why.
        """
        if len(set(members)) < 2:
            raise ChatError(_("There is nobody else to talk to in a group chat."), gone=True)
        try:
            chat = self._there(name, members, reference)
        except ChatError as error:
            raise self._judged(name, error) from error
        try:
            seen(chat)  # Teams may need a moment to let us speak there
        except ChatError as error:
            if error.unknown or error.after or error.dead:  # Teams itself is in trouble, not this chat
                raise
            raise self._judged(name, ChatError(error.said, after=PAUSE)) from error
        rooms.opened(self.engine, TEAMS, self.clock())
        return chat

    def let_in(self, chat: str, native_id: str) -> None:
        """Let somebody into a group chat that we made. Raises ChatError."""
        if self.graph.lacking([LETS_IN]):
            raise ChatError(_("Usher may add nobody to a chat: {permission} is missing.", permission=LETS_IN))
        self.graph.add(chat, native_id)

    def _there(self, name: str, members: Sequence[str], reference: Mapping[str, str]) -> str:
        known = rooms.room(self.engine, name) or Room(self.clock())
        if known.unheard:
            raise _unheard(name)
        chat = known.chat or self._made(name, members, known)
        place = Place(chat, Kind.GROUP, "", _topic(name), {**reference, OURS: name})
        places.remember(self.engine, place, self.clock())  # what is known of it before Teams tells us
        try:
            self.graph.install(chat)
        except ChatError as error:
            over = error.gone or error.dead or error.after
            raise (error if over else ChatError(error.said, after=PAUSE)) from error  # the chat is there: worth waiting
        return chat

    def _made(self, name: str, members: Sequence[str], known: Room) -> str:
        lacking = self.graph.lacking()
        if lacking:
            said = _("the app in Entra lacks {permissions} of Microsoft Graph", permissions=listed(lacking))
            raise ChatError(said, gone=True)
        self._keep(name, replace(known, unheard=True))
        try:
            chat = self.graph.create(_topic(name), list(dict.fromkeys(members)))
        except ChatError as error:
            if error.unknown:
                raise _unheard(name) from error
            self._keep(name, known)
            raise
        self._keep(name, replace(known, chat=chat))
        return chat

    def _keep(self, name: str, known: Room) -> None:
        rooms.keep(self.engine, name, known, self.clock())

    def _judged(self, name: str, error: ChatError) -> ChatError:
        """Whether to wait for it; where that is over, or was never of use, admins hear why."""
        now = self.clock()
        known = rooms.room(self.engine, name)
        if error.after and known is not None and now < known.since + PATIENCE:
            return ChatError(error.said, after=error.after)
        rooms.refused(self.engine, TEAMS, name.upper(), error.said, now)
        return ChatError(error.said, gone=True)


def _topic(name: str) -> str:
    """What stands over the chat: the number of the request, which says nothing to whoever glances at it."""
    return f"Usher {name.upper()}"


def _unheard(name: str) -> ChatError:
    topic = _topic(name)
    said = _(
        "Microsoft Graph did not say whether it made the group chat {topic}; if it did, it stays empty", topic=topic
    )
    return ChatError(said, gone=True)
