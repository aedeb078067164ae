"""Delivering cards to Teams through the Bot Connector, without a word of the SDK.

A channel is the id of a conversation, a thread the id of its first message. What a bot may not do in Teams without
rights to the whole directory says so here. It reads nothing of what it wrote, and puts no file into a channel without
rights over its whole site: this chat neither `Finds` nor `Attaches`. `rooms` make group chats, where the company allows
that.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, one_line
from bot.chat.port import Card, ChatError, Pace, Sent
from bot.chat.teams_cards import adaptive, summary
from bot.chat.teams_rest import Connector
from bot.chat.teams_rooms import OURS, Rooms
from bot.domain.chats import TEAMS
from bot.engine import places
from bot.engine.context import Engine
from bot.store.places import Kind, Place

CARD = "application/vnd.microsoft.card.adaptive"
PAGE = "500"
GENERAL = "General"  # it comes without a name, for it has another one in every language
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit: in one conversation 7 messages a second
# and 1800 an hour; 50 calls a second together.
POSTING = Pace(timedelta(seconds=2.1), burst=6)
UPDATING = Pace(timedelta(seconds=0.025), burst=20)


class TeamsChat:
    """The Chat port on Teams. People are ids of the directory. `forms`: the actions whose press opens a dialog."""

    name = TEAMS
    posting: Pace | None = POSTING
    updating: Pace | None = UPDATING

    def __init__(
        self,
        connector: Connector,
        engine: Engine,
        clock: Callable[[], datetime],
        forms: Container[str] = (),
        rooms: Rooms | None = None,
    ) -> None:
        self.connector = connector
        self.rooms = rooms
        self.engine = engine
        self.clock = clock
        self.forms = forms

    @property
    def _bot(self) -> str:
        return f"28:{self.connector.token.app_id}"

    @property
    def _tenant(self) -> str:
        return self.connector.token.tenant

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Post a card, in a channel as a thread of its own. Raises ChatError. `key` is of no use here."""
        if is_channel(channel) and not thread:
            return self._begun(channel, card)
        there = f"{channel};messageid={thread}" if is_channel(channel) else channel
        answer = self._ask("POST", "conversations", there, "activities", json=self._message(card))
        return Sent(channel, str(answer.get("id", "")), self._address(channel, str(answer.get("id", "")), thread))

    def _begun(self, channel: str, card: Card) -> Sent:
        data = {"channel": {"id": channel}, "tenant": {"id": self._tenant}}
        asked: Json = {"isGroup": True, "bot": {"id": self._bot}, "tenantId": self._tenant, "channelData": data}
        answer = self._ask("POST", "conversations", json=asked | {"activity": self._message(card)})
        root = str(answer.get("activityId") or str(answer.get("id", "")).partition(";messageid=")[2])
        return Sent(channel, root, self._address(channel, root, ""))

    def update(self, sent: Sent, card: Card) -> None:
        """Replace a posted card. Raises ChatError."""
        there = f"{sent.channel};messageid={_root(sent)}" if is_channel(sent.channel) else sent.channel
        self._ask("PUT", "conversations", there, "activities", sent.ts, json=self._message(card))

    def check(self) -> None:
        """Nothing, while Microsoft gives us a token. Raises ChatError."""
        self.connector.token.get()

    def link(self, sent: Sent) -> str:
        """The address of a posted card. Raises nothing: it is made of the ids."""
        return sent.link or self._address(sent.channel, sent.ts, "")

    def direct(self, native_id: str) -> str:
        """The personal chat with one person. Raises ChatError: `gone` where Usher is not installed for them."""
        known = places.personal(self.engine, native_id)
        if known is not None:
            return known.id
        asked: Json = {"isGroup": False, "bot": {"id": self._bot}, "members": [{"id": native_id}]}
        asked |= {"tenantId": self._tenant, "channelData": {"tenant": {"id": self._tenant}}}
        try:
            made = str(self._ask("POST", "conversations", json=asked).get("id", ""))
        except ChatError as error:
            if error.said.startswith("Teams said 400 "):  # nobody of this id in the tenant
                raise ChatError(error.said, gone=True) from error
            raise
        reference = {"service_url": self.connector.base, "tenant": self._tenant}
        places.remember(self.engine, Place(made, Kind.PERSONAL, native_id, "", reference), self.clock())
        return made

    def room(self, name: str, members: Sequence[str]) -> str:
        """The group chat that Microsoft Graph made for us under this name, or a new one, with these people in it.

        Raises ChatError, `gone` where there is none: a bot alone makes none.
        """
        if self.rooms is None:
            raise ChatError(_("Teams lets a bot make no group chat."), gone=True)
        reference = {"service_url": self._at() or self.connector.base, "tenant": self._tenant}
        return self.rooms.open(name, members, reference, self.members)

    def invite(self, channel: str, members: Sequence[str]) -> None:
        """Let those of these people into a group chat of ours who are not in it yet. Raises ChatError."""
        there = self.members(channel)
        missing = [one for one in dict.fromkeys(members) if one not in there]
        known = places.place(self.engine, channel) if missing else None
        for one in missing:
            if self.rooms is None or known is None or OURS not in known.reference:
                raise ChatError(_("Teams lets a bot add nobody to a chat."))
            self.rooms.let_in(channel, one)

    def members(self, channel: str) -> frozenset[str]:
        """Who can read a channel. Raises ChatError."""
        return frozenset(self._members(channel))

    def _members(self, channel: str) -> Iterator[str]:
        token = ""
        while True:
            more = {"pageSize": PAGE} | ({"continuationToken": token} if token else {})
            page = self._ask("GET", "conversations", channel, "pagedmembers", params=more)
            for one in page.get("members") or ():
                known = str(one.get("aadObjectId") or one.get("objectId") or "").lower()  # as links write it
                yield known or str(one.get("id") or "")
            token = str(page.get("continuationToken") or "")
            if not token:
                return

    def find_channel(self, name: str) -> str:
        """The id of a channel of a team that Usher is in: `channel`, `team/channel`, or the id itself.

        Names are not unique in Teams, and whoever owns a team may add us to it: of channels of one name it is the one
        in which requests were before, and none where none was. Whoever makes a group chat names it as they like, so
        that it is known by its id alone. Raises ChatError, `gone` where there is none.
        """
        wanted = name.strip().removeprefix("#")
        if wanted.startswith("19:"):
            return wanted
        found = [one for one, titles in self._titles() if any(_same(title, wanted) for title in titles)]
        if len(found) == 1:
            return found[0]
        if before := places.first_used(self.engine, found):
            return before
        if found:
            said = _("{n} channels are named {name}: write team/channel.", n=len(found), name=one_line(wanted))
            raise ChatError(said, gone=True)
        raise ChatError(f"No channel {one_line(wanted)} that Usher was added to", gone=True)

    def _titles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for team in places.of_kind(self.engine, Kind.TEAM):
            answer = self._ask("GET", "teams", team.id, "conversations")
            for one in answer.get("conversations") or ():
                title = str(one.get("name") or GENERAL)
                yield str(one["id"]), (title, f"{team.name}/{title}")

    def close(self) -> None:
        """Give back the connections that are kept open."""
        self.connector.close()
        if self.rooms is not None:
            self.rooms.graph.close()

    def _message(self, card: Card) -> Json:
        made = {"contentType": CARD, "content": adaptive(card, self.forms)}
        return {"type": "message", "summary": summary(card), "attachments": [made]}

    def _ask(self, method: str, *path: str, json: Json | None = None, params: dict[str, str] | None = None) -> Json:
        return self.connector.ask(method, *path, at=self._at(*path[1:2]), json=json, params=params)

    def _at(self, conversation: str = "") -> str:
        """The address that Teams gave for a place; channels, and chats to come, are where the teams are."""
        known = places.place(self.engine, conversation.partition(";")[0]) if conversation else None
        known = known or next(iter(places.of_kind(self.engine, Kind.TEAM)), None)
        return known.reference.get("service_url", "") if known else ""

    def _address(self, channel: str, ts: str, root: str) -> str:
        if channel.startswith("a:"):
            return f"https://teams.microsoft.com/l/chat/0/0?{urlencode({'users': self._bot})}"
        more = {"tenantId": self._tenant}
        more |= {"parentMessageId": root or ts} if is_channel(channel) else {"context": '{"contextType":"chat"}'}
        return f"https://teams.microsoft.com/l/message/{quote(channel, safe='')}/{quote(ts)}?{urlencode(more)}"


def is_channel(conversation: str) -> bool:
    """Whether it is a channel of a team, where messages have threads."""
    return conversation.partition(";")[0].endswith(("@thread.tacv2", "@thread.skype"))


def _root(sent: Sent) -> str:
    """The first message of its thread: the address says so, for its id does not."""
    return parse_qs(urlsplit(sent.link).query).get("parentMessageId", [sent.ts])[0]


def _same(one: str, other: str) -> bool:
    return bool(one) and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
