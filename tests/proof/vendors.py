"""Systems and a chat whose truth is the tape: what they hold is what they began with and everything made since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.chat.port import Card, Sent
from bot.domain.model import Account, Change, Link, SystemKey, account_of
from bot.domain.reading import Reading
from connectors.interface import Check, ConnectorError, Kind, Outcome, Result, Spec
from tests.fakes.memory import ALL, Memory
from tests.fakes.town import Ears
from tests.proof.ports import Road
from tests.proof.tape import Line, Tape

Holding = Callable[[], Mapping[str, Memory]]
Seen = Callable[[], tuple[datetime, int]]
Ends = Callable[[Change], datetime | None]


class Vendor:
    """One system with several accounts. `slow`: how long a change takes to be shown; `lies`: yeses without a deed."""

    def __init__(self, key: SystemKey, holding: Holding, tape: Tape, road: Road, seen: Seen, ends: Ends) -> None:
        self.key = key
        self.holding = holding
        self.tape = tape
        self.road = road
        self.seen = seen
        self.ends = ends
        self.slow = timedelta(0)
        self.lies = 0

    @property
    def spec(self) -> Spec:
        """What this connector declares."""
        return Spec(self.key, self.key.title(), ALL, (), settle=self.slow)

    def check(self) -> Check:
        """Always ready."""
        return Check(ready=True)

    def find(self, email: str) -> tuple[Account, ...]:
        """Nobody: links are given."""
        with self.road.call(self.key, "find"):
            return ()

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this account holds, but for what is not shown yet."""
        with self.road.call(self.key, "read"):
            held = standing(self, self.tape.of(self.key, "made"), shown=now - self.slow).get(link.native_id)
            self.tape.add(Line(now, self.key, "read", link.native_id))
            return held.read(link, now) if held else Reading(self.key, now, f"{self.key} itself")

    def apply(self, change: Change) -> Outcome:
        """Make it so, and write down what was asked and what was made."""
        with self.road.call(self.key, "apply"):
            at, journal = self.seen()
            self.tape.add(Line(at, self.key, "asked", change, journal, self.ends(change)))
            if self.lies:
                self.lies -= 1
                return Outcome(Result.APPLIED, "Done.")
            held = standing(self, self.tape.of(self.key, "made")).get(account_of(change).native_id)
            if held is None:
                raise ConnectorError("There is no such account.", kind=Kind.GONE)
            outcome = held.apply(change)
            if outcome.result is Result.APPLIED:
                self.tape.add(Line(at, self.key, "made", change, journal))
            return outcome


def standing(vendor: Vendor, made: list[Line], *, shown: datetime | None = None) -> Mapping[str, Memory]:
    """What the system holds after these changes, or after those of them that it shows by then."""
    held = vendor.holding()
    for line in made:
        if shown is None or line.at <= shown:
            held[account_of(line.thing).native_id].apply(line.thing)
    return held


def stands(vendor: Vendor, made: list[Line], change: Change) -> bool:
    """Whether the change is so after all this: making it once more would change nothing."""
    held = standing(vendor, made).get(account_of(change).native_id)
    return held is not None and held.apply(change).result is Result.ALREADY


class Heard(Ears):
    """A chat that outlives the process: every message stands on the tape."""

    def lines(self, key: str) -> list[str]:
        """What the message with this key says now, line by line."""
        return [
            line for (_, _, name), ts in self.keys.items() if name == key for line in self.posts[ts][2].text.split("\n")
        ]

    def __init__(self, tape: Tape, road: Road, seen: Seen) -> None:
        super().__init__()
        for line in tape.lines:
            if line.what == "sent":
                channel, card, thread, key = line.thing
                super().send(channel, card, thread=thread, key=key)
            elif line.what == "updated":
                super().update(*line.thing)
            elif line.what == "file":
                channel, name, content, thread = line.thing
                super().upload(channel, name, content, thread=thread)
        self.tape = tape
        self.road = road
        self.seen = seen

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Keep a message."""
        with self.road.call("chat", "send"):
            sent = super().send(channel, card, thread=thread, key=key)
            at, journal = self.seen()
            self.tape.add(Line(at, "chat", "sent", (channel, card, thread, key), journal))
            return sent

    def find(self, channel: str, key: str, *, thread: str = "", since: datetime) -> Sent | None:
        """A message of ours by its key."""
        with self.road.call("chat", "find"):
            return super().find(channel, key, thread=thread, since=since)

    def update(self, sent: Sent, card: Card) -> None:
        """Replace a message."""
        with self.road.call("chat", "update"):
            super().update(sent, card)
            at, journal = self.seen()
            self.tape.add(Line(at, "chat", "updated", (sent, card), journal))

    def upload(self, channel: str, name: str, content: bytes, *, thread: str = "", title: str = "") -> None:
        """Keep a file."""
        with self.road.call("chat", "upload"):
            super().upload(channel, name, content, thread=thread, title=title)
            at, journal = self.seen()
            self.tape.add(Line(at, "chat", "file", (channel, name, content, thread), journal))
