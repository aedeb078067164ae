"""A small company to tell stories in: its people, two systems in memory, a clock to turn, a chat that listens."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from bot.chat.commands import Talk
from bot.chat.deliver import deliver
from bot.chat.desk import Desk
from bot.chat.port import (
    Answer,
    Buttons,
    Card,
    ChatError,
    ChoiceField,
    Filled,
    Form,
    Lines,
    Menu,
    Pace,
    Sent,
    Speaker,
    Text,
    Where,
)
from bot.domain.model import Account, Asset, Credential, Entitlement, Grant, Link, PersonId, Power, SystemKey
from bot.domain.reading import Session
from bot.domain.request import Request
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.engine.view import View, view
from bot.practice.company.people import FILES
from bot.runbooks import parse_roster
from bot.store import Database, Tx, people, records, versions
from tests.fakes.memory import Memory
from tests.fakes.read_back import in_slack, in_teams
from tests.fakes.settled import settle
from tests.fakes.through_slack import ThroughSlack
from tests.fakes.through_teams import ThroughTeams

_OTHERS = re.compile(r"^  (?:atlas|ordersdb):\n(?:    .*\n)+", re.MULTILINE)  # systems this town does not have
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

GRACE, HANNA, MARCO, ALICE, INES, TOMASZ, SARA, BEN, YUKI, MARTEN, PRIYA, CLARA, OMAR = (
    PersonId(f"P-{number:03}") for number in range(1, 14)
)
POWERS = {
    HANNA: (Power.ADMIN, Power.HR),
    SARA: (Power.SECURITY, Power.ADMIN),
    INES: (Power.IT,),
    TOMASZ: (Power.IT,),
    CLARA: (Power.HR,),
    OMAR: (Power.AUDITOR,),
}
CODE, CLOUD = SystemKey("github"), SystemKey("aws")
ALICE_CODE = Account(CODE, "40004", "alice-m", active=True)
BEN_CODE = Account(CODE, "40008", "bokafor", active=True)
ALICE_CLOUD = Account(CLOUD, "AIDA4", "alice.martin", active=True)
CHATS: dict[str, tuple[Callable[[Card], Card], Callable[[Desk], Talk]]] = {
    "": (lambda card: card, Talk),
    "slack": (in_slack, ThroughSlack),
    "teams": (in_teams, ThroughTeams),
}


@dataclass
class Ear:
    """A chat that keeps what it is given, every message by (channel, thread) and every update, and can do no more."""

    name: str = "slack"
    posting: Pace | None = None
    updating: Pace | None = None
    posts: dict[str, tuple[str, str, Card]] = field(default_factory=dict)
    rooms: dict[str, set[str]] = field(default_factory=lambda: {"C-off": set()})
    down: int = 0
    every: list[Card] = field(default_factory=list)
    keys: dict[tuple[str, str, str], str] = field(default_factory=dict)
    after_send: Callable[[Card], None] | None = None
    read: Callable[[Card], Card] = lambda card: card

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Keep a message."""
        self._may()
        card = self.read(card)
        self.every.append(card)
        ts = f"{len(self.posts) + 1}.0"
        self.posts[ts] = (channel, thread, card)
        self.keys[channel, thread, key] = ts
        if self.after_send:
            self.after_send(card)
        return Sent(channel, ts)

    def update(self, sent: Sent, card: Card) -> None:
        """Replace a message."""
        self._may()
        card = self.read(card)
        self.every.append(card)
        channel, thread, _ = self.posts[sent.ts]
        self.posts[sent.ts] = (channel, thread, card)

    def link(self, sent: Sent) -> str:
        """Where a message can be seen."""
        return f"http://chat/{sent.channel}/{sent.ts}"

    def direct(self, native_id: str) -> str:
        """The direct channel of somebody."""
        return f"D-{native_id}"

    def room(self, name: str, members: Sequence[str]) -> str:
        """A private channel."""
        self.rooms[f"C-{name}"] = set(members)
        return f"C-{name}"

    def invite(self, channel: str, members: Sequence[str]) -> None:
        """Let people in."""
        self._may()
        self.rooms[channel] |= set(members)

    def members(self, channel: str) -> frozenset[str]:
        """Who reads a channel."""
        return frozenset(self.rooms[channel])

    def find_channel(self, name: str) -> str:
        """The only one there is."""
        return "C-off"

    def check(self) -> None:
        """Let us in, unless it is away."""
        self._may()

    def _may(self) -> None:
        if self.down:
            self.down -= 1
            raise ChatError("the chat is away", after=1)


@dataclass
class Ears(Ear):
    """A chat that can be searched for our messages, and takes every file."""

    files: list[tuple[str, str, bytes]] = field(default_factory=list)

    def find(self, channel: str, key: str, *, thread: str = "", since: datetime) -> Sent | None:
        """A message of ours by its key."""
        self._may()
        ts = self.keys.get((channel, thread, key))
        return Sent(channel, ts) if ts else None

    def upload(self, channel: str, name: str, content: bytes, *, thread: str = "", title: str = "") -> None:
        """Keep a file."""
        self.files.append((channel, name, content))

    def attached(self, channel: str, name: str, *, thread: str = "", since: datetime) -> bool:
        """Whether a file is there."""
        return any((place, title) == (channel, name) for place, title, _ in self.files)


class Town:
    """The company, playing: people speak, time passes, work is done. `chat`: what is drawn between them and Usher."""

    def __init__(self, db: Database, *, whole: bool = False, machines: str = "disable", chat: str = "") -> None:
        self.whole, self.machines = whole, machines
        self.now = START
        self.github = code_host()
        self.aws = cloud()
        self.inline = Inline()
        self.engine = Engine(db, {CODE: self.github, CLOUD: self.aws}, self.inline, Random(1))  # noqa: S311 - a story is the same each time
        read, through = CHATS[chat]
        self.ears = Ears(read=read)
        self.desk = Desk(self.engine, lambda: self.now, "a secret of this test only", "http://usher.test")
        self.talk = through(self.desk)
        self._settle_in()

    def _settle_in(self) -> None:
        with self.engine.db.begin() as tx:
            settle(tx, (self.whole, self.machines, self.now), lambda: self._write(tx))

    def _write(self, tx: Tx) -> None:
        roster, bad = parse_roster((FILES / "roster.csv").read_text())
        assert not bad
        people.put(tx, roster)
        for person, held in POWERS.items():
            for power in held:
                people.give(tx, person, power, self.now, by="set-up")
        for one in roster:
            chat = Link(one.id, SystemKey("slack"), f"U{one.id[2:]}", one.name, "set-up", "set-up")
            people.link(tx, chat, self.now)
        for person, account in ((ALICE, ALICE_CODE), (BEN, BEN_CODE), (ALICE, ALICE_CLOUD)):
            known = Link(person, account.system, account.native_id, account.label, "set-up", "set-up")
            people.link(tx, known, self.now)
        for name in ("policy.yaml", "runbooks/leaver.yaml"):
            text = (FILES / name).read_text()
            text += f"machines: {self.machines}\n" if name == "policy.yaml" else ""
            versions.keep(tx, name, text if self.whole else _OTHERS.sub("", text), self.now)

    def pass_time(self, span: timedelta = timedelta(seconds=1)) -> None:
        """Turn the clock."""
        self.now += span

    def tick(self) -> datetime:
        """A clock that moves a little at every look, as clocks do."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def work(self) -> None:
        """Run everything that is due, and say everything there is to say."""
        self.inline.drain(self.engine, self.tick)
        self.say()

    def say(self) -> None:
        """Deliver the outbox until it is empty."""
        while deliver(self.desk, self.ears, lambda seen: (f"{seen.request.id}.html", b"report"), self.now):
            pass

    def offboard(self, by: PersonId = HANNA, **values: str) -> Answer:
        """Fill in the form and send it."""
        typed = {"person": ALICE, "when": "now", "exit": "voluntary", "typed": "Alice Martin", **values}
        delivery = f"delivery-{by}-{sorted(typed.items())}"
        answer = self.talk.submit(speaker(by), "offboard", Filled(typed), delivery)
        if isinstance(answer, Form):  # the roster says something else, and whoever asks has looked
            sure = next(one for one in answer.fields if isinstance(one, ChoiceField) and one.name == "sure")
            typed["sure"] = sure.options[0].value
            return self.talk.submit(speaker(by), "offboard", Filled(typed), f"{delivery}-sure")
        return answer

    def request(self) -> Request:
        """The newest request."""
        with self.engine.db.begin() as tx:
            return records.recent(tx, 1)[0]

    def view(self) -> View:
        """The newest request, whole."""
        return view(self.engine, self.request().id, self.now)

    def direct(self, person: PersonId) -> list[Card]:
        """The direct messages of somebody, oldest first."""
        return [card for channel, _, card in self.ears.posts.values() if channel == f"D-U{person[2:]}"]

    def thread(self) -> list[str]:
        """What the thread says, line by line."""
        return [card.text for _, thread, card in self.ears.posts.values() if thread]

    def press(self, person: PersonId, action: str, chosen: str = "") -> Answer:
        """Press the newest button (or menu) of this name in somebody's direct messages or the thread."""
        cards = [
            *self.direct(person),
            *(card for channel, _, card in self.ears.posts.values() if channel in self.ears.rooms),
        ]
        for card in reversed(cards):
            found = button(card, action)
            if found is not None:
                return self.talk.press(speaker(person), action, found, chosen, Where())
        raise AssertionError(f"{person} has no button {action}")


def speaker(person: PersonId) -> Speaker:
    """Somebody at their keyboard."""
    return Speaker(f"U{person[2:]}", person)


def button(card: Card, action: str) -> str | None:
    """The sealed value of a button or menu of this name."""
    for piece in card.pieces:
        if isinstance(piece, Menu) and piece.action == action:
            return piece.value
        if isinstance(piece, Buttons):
            for one in piece.items:
                if one.action == action:
                    return one.value
    return None


def words(card: Card) -> str:
    """Everything a card says."""
    said = [card.text]
    for piece in card.pieces:
        match piece:
            case Text(text):
                said.append(text)
            case Lines(items, title):
                said += [title, *items]
            case _:
                said.append(repr(piece))
    return "\n".join(said)


def code_host() -> Memory:
    """Alice is a member of the organisation and of a team, only admin of a repository, and added a deploy key."""
    repo = Asset(
        ALICE_CODE,
        "repo:1",
        "repository",
        "payments-api",
        sole_admin=True,
        last_activity=START - timedelta(days=1),
        admins=("40004",),
        candidates=(BEN_CODE,),
    )
    org = Entitlement("org:lumen", "organisation", "lumen-works", carries=("repo:1",))
    team = Entitlement("team:1", "team", "payments")
    key = Credential(ALICE_CODE, "key:1", "deploy key", "ci-payments", personal=False, used=True, last_used=START)
    return Memory(
        CODE,
        ALICE_CODE,
        grants=[Grant(ALICE_CODE, org), Grant(ALICE_CODE, team)],
        assets=[repo],
        made=[key],
    )


def cloud() -> Memory:
    """Alice has two access keys, a group that reaches production, and one open session."""
    keys = [
        Credential(ALICE_CLOUD, "AKIA1", "access key", "AKIA…001", last_used=START - timedelta(hours=1), used=True),
        Credential(ALICE_CLOUD, "AKIA2", "access key", "AKIA…002", used=False),
    ]
    prod = Entitlement("group:prod", "group", "prod-readers", privileged=True, why="reaches production")
    return Memory(
        CLOUD,
        ALICE_CLOUD,
        grants=[Grant(ALICE_CLOUD, prod)],
        credentials=keys,
        sessions=[Session("s1", "console")],
    )
