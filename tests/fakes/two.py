"""The small company with both chats: some are in Slack, some in Teams, some in both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.chat.commands import Talk
from bot.chat.deliver import deliver
from bot.chat.port import Answer, Card, ChatError, Filled, Speaker, Where
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine.view import View
from bot.store import Database, people
from tests.fakes.town import ALICE, HANNA, MARCO, TOMASZ, Ear, Town, button
from tests.stories.heard import trusting

SLACK, TEAMS = "slack", "teams"
ROOM = "19:offboarding@thread.tacv2"
BOTH = (HANNA, MARCO, ALICE)  # Tomasz is in Teams alone, everybody else in Slack alone
CHANNELS = "teams:\n  channel: Leavers\n  digest: Leavers\n"


@dataclass
class Other(Ear):
    """Teams, with ids of its own. `names` are its channels; `gone`: whose account does not work."""

    names: dict[str, str] = field(default_factory=lambda: {"Leavers": ROOM})
    gone: set[str] = field(default_factory=set)

    def direct(self, native_id: str) -> str:
        """The personal chat with somebody."""
        if native_id in self.gone:
            raise ChatError("403 Forbidden", gone=True)
        return f"a:{native_id}"

    def find_channel(self, name: str) -> str:
        """A channel by its name."""
        if name not in self.names:
            raise ChatError(f"no channel {name}", gone=True)
        return self.names[name]


def directory_id(person: PersonId) -> str:
    """The id of somebody in the directory."""
    return f"00000000-0000-4000-8000-0000000000{person[2:].zfill(2)[-2:]}"


class Two(Town):
    """A town in which everything is said in two chats. `channels`: policy names a channel of Teams, too."""

    def __init__(self, db: Database, *, channels: bool = True) -> None:
        super().__init__(db)
        self.others = Other(name=TEAMS, rooms={ROOM: set()})
        self.desk = replace(self.desk, chats=(SLACK, TEAMS))
        self.there = replace(self.desk, system=TEAMS)
        self.talks = {SLACK: Talk(self.desk), TEAMS: Talk(self.there)}
        self.talk = self.talks[SLACK]
        if channels:
            trusting(self, CHANNELS)
        with db.begin() as tx:
            for person in (*BOTH, TOMASZ):
                known = Link(person, SystemKey(TEAMS), directory_id(person), person, "set-up", "set-up")
                people.link(tx, known, self.now)
            people.end_link(tx, SystemKey(SLACK), f"U{TOMASZ[2:]}", self.now)

    def say(self) -> None:
        """Each chat tells what it has to, until neither has anything more."""
        while self.say_in(SLACK) + self.say_in(TEAMS):
            pass

    def say_in(self, chat: str) -> int:
        """One look at the outbox by one of them; how many messages."""
        desk, ears = (self.desk, self.ears) if chat == SLACK else (self.there, self.others)
        return deliver(desk, ears, _report, self.now)

    def told(self, chat: str, person: PersonId) -> list[Card]:
        """What somebody reads in one chat, oldest first."""
        if chat == SLACK:
            return self.direct(person)
        place = f"a:{directory_id(person)}"
        return [card for channel, _, card in self.others.posts.values() if channel == place]

    def threads(self, chat: str) -> list[str]:
        """What stands in the channel of one chat."""
        ears, place = (self.ears, "C-off") if chat == SLACK else (self.others, ROOM)
        return [card.text for channel, _, card in ears.posts.values() if channel == place]

    def who(self, chat: str, person: PersonId) -> Speaker:
        """Somebody at their keyboard, in one of the chats."""
        return Speaker(f"U{person[2:]}" if chat == SLACK else directory_id(person), person)

    def act(self, chat: str, person: PersonId, action: str, chosen: str = "") -> Answer:
        """Press the newest button of this name that somebody has in one chat."""
        found = [value for card in self.told(chat, person) if (value := button(card, action))]
        return self.talks[chat].press(self.who(chat, person), action, found[-1], chosen, Where())

    def ask(self, chat: str, by: PersonId = HANNA, about: PersonId = ALICE, name: str = "Alice Martin") -> Answer:
        """Somebody fills in the form in one chat and sends it."""
        typed = {"person": about, "when": "now", "exit": "voluntary", "typed": name}
        return self.talks[chat].submit(self.who(chat, by), "offboard", Filled(typed), f"{chat} {by} {about}")

    def asked(self, chat: str = SLACK) -> Two:
        """Hanna asked there for Alice's offboarding, and whoever decides was asked."""
        self.ask(chat)
        self.work()
        return self


def _report(seen: View) -> tuple[str, bytes]:
    return f"{seen.request.id}.html", b"report"
