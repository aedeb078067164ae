"""The stage of a play: people of the practice company at their pages, what they do aloud, and what is really there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bot.cli.player import Button, Found, Message, Player, StuckError, until
from bot.practice.company.people import person

if TYPE_CHECKING:
    from bot.cli.demo import Demo
    from bot.domain.reading import Reading
    from bot.engine.context import Engine
    from bot.engine.view import View

CONSOLE = Console(highlight=False, soft_wrap=True)
PATIENCE = 120.0  # seconds: what a process that died was about to say, another one says half a minute later
MORNING = "Good morning"
# Of policy: more people leave within an hour than anywhere else, yet fewer than a roster that broke off leaves out.
BRAKE = "\nbrake: {people: 8}\n"
_AGAIN = 10.0  # seconds after which a button that is still there is pressed once more


@dataclass(slots=True)
class Scene:
    """One play while it is acted. People are called by their handle: hanna, marco, alice, alicem."""

    demo: Demo
    _tabs: ExitStack
    people: frozenset[str] = frozenset()  # whom the play may be about; without any, everybody
    _players: dict[str, Player] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    _rooms: dict[str, str] = field(default_factory=dict)
    _before: frozenset[str] = frozenset()

    @property
    def requests(self) -> tuple[str, ...]:
        """The ids of what began in this play, oldest first."""
        return tuple(self._rooms)

    def look_around(self) -> None:
        """What began before this play is none of its own."""
        every = [one for name in ("offboarding", "access") for one in self.player("hanna").messages(self.room(name))]
        self._before = frozenset(one.title.split(" ")[0] for one in every)

    def player(self, handle: str) -> Player:
        """The page opened by this person, until the play is over."""
        if handle not in self._players:
            opened = self.demo.practice.visit(person(handle))
            self._players[handle] = self._tabs.enter_context(closing(opened))
        return self._players[handle]

    def room(self, name: str = "offboarding", handle: str = "hanna") -> str:
        """The id of a channel."""
        if name not in self._places:
            self._places[name] = self.player(handle).channel(name)
        return self._places[name]

    def direct(self, handle: str) -> str:
        """The conversation of somebody with Usher."""
        if handle not in self._places:
            self._places[handle] = self.player(handle).direct()
        return self._places[handle]

    def letters(self, handle: str) -> list[Message]:
        """What Usher wrote to somebody, oldest first."""
        return self.player(handle).messages(self.direct(handle))

    def name(self, handle: str) -> str:
        """The name of somebody."""
        return person(handle).name

    def tell(self, words: str) -> None:
        """What happens, said to the audience."""
        CONSOLE.print(f"\n[italic]{words}[/italic]")

    def did(self, handle: str, words: str) -> None:
        """What somebody does; a command as it is typed in this chat."""
        words = self.player(handle).typed(words) if words.startswith("/") else words
        CONSOLE.print(f"[bold]{person(handle).name}[/bold]  {words}")

    def seen(self, words: str) -> None:
        """What was checked, and holds."""
        CONSOLE.print(f"[green]✓[/green] {words}")

    def show(self, message: Message, most: int = 30) -> None:
        """What a message says, without its buttons being pressed."""
        for line in message.lines[:most]:
            CONSOLE.print(f"    {line}", markup=False, style="dim")

    def submit(self, handle: str, **filled: str) -> None:
        """Send the open form. Raises StuckError with what the form says is wrong."""
        if wrong := self.player(handle).submit(**filled):
            raise StuckError(f"the form was refused: {wrong}")

    def offboard(self, handle: str, *, exit: str = "", said: str = "", **filled: str) -> str:  # noqa: A002
        """Hanna types it, for now, and confirms the name; the id of the request."""
        hanna, room = self.player("hanna"), self.room()
        self.did("hanna", said or f"/offboard @{handle}")
        hanna.command(room, f"/offboard @{handle}")
        hanna.choose("when", "now")
        if exit:
            hanna.choose("exit", exit)
        if sure := hanna.options("sure"):
            self.did("hanna", "reads that the roster says something else, and has checked it")
            filled["sure"] = sure[0]
        self.submit("hanna", typed=person(handle).name, **filled)
        return self.begun("OFF-", handle)

    def begun(self, prefix: str, about: str, channel: str = "offboarding") -> str:
        """The id of the newest request of this kind about somebody, as soon as its thread is there."""
        check(f"the play needs {about}, as plays.py says", holds=not self.people or about in self.people)
        hanna, room = self.player("hanna"), self.room(channel)

        def found() -> str:
            heads = (one.title.split(". ")[0] for one in reversed(hanna.messages(room)))
            mine = (
                one.split(" ")[0] for one in heads if one.startswith(prefix) and one.endswith(f": {self.name(about)}")
            )
            return next((one for one in mine if one not in {*self._before, *self._rooms}), "")

        request = until(f"the thread of {self.name(about)}", found, PATIENCE)
        self._rooms[request] = room
        return request

    def approve(self, *handles: str, about: str) -> None:
        """These people approve a request."""
        for handle in handles:
            self.press(handle, "approve", about)
            self.did(handle, "presses Approve")

    def press(self, handle: str, action: str, about: str = "", option: str = "", *, stays: bool = False) -> Message:
        """Press the newest button of this kind, of a message that says `about`, until it is not there any more.

        A card may be redrawn between the look and the press, as for people. A button that `stays` is pressed once.
        """
        player, channel, pressed = self.player(handle), self.direct(handle), False
        message = Message()
        ago = 0.0

        def done() -> bool:
            nonlocal message, pressed, ago
            found = self.offered(handle, action, about)
            if found is None:
                return pressed
            if not pressed or time.monotonic() > ago + _AGAIN:
                message, button = found
                chosen = next(one.value for one in button.options if option in one.label) if option else ""
                pressed = player.press(channel, message, button, chosen) or pressed
                ago = time.monotonic()
            return pressed and stays

        self.waited(f"{self.name(handle)} to press “{action}” {about}", done, lambda: self.letters(handle))
        return message

    def waited(self, what: str, look: Callable[[], Found | None], read: Callable[[], list[Message]]) -> Found:
        """Look again and again until there is something. Raises StuckError with what was read there last."""
        try:
            return until(what, look, PATIENCE)
        except StuckError as error:
            last = "; ".join(one.title for one in read()[-4:])
            raise StuckError(f"{error}. The last messages were: {last}") from None

    def open(self, handle: str, action: str, about: str = "") -> Message:
        """Press a button that opens a form; the form."""
        self.press(handle, action, about, stays=True)
        return self.player(handle).form()

    def offered(self, handle: str, action: str, about: str = "") -> tuple[Message, Button] | None:
        """The newest message to somebody that has such a button, and the button.

        The message of the morning only where it is asked for: its copies of buttons stay as they were.
        """
        for message in reversed(self.letters(handle)):
            if about in str(message) and (MORNING in about or MORNING not in str(message)):
                found = [button for button in message.buttons if button.kind == action]
                named = (button for button in found if about in button.hint)
                if found:  # of several things in one message the one that it is about
                    return message, next(named, found[0])
        return None

    def press_in_thread(self, handle: str, request: str, action: str, *, stays: bool = True) -> None:
        """Press a button at the head of a request."""
        player, room = self.player(handle), self._room_of(request)

        def done() -> bool:
            root = self.root(request)
            button = next((one for one in root.buttons if one.kind == action), None)
            return bool(button and player.press(room, root, button)) if stays or button else True

        until(f"the button “{action}” of {request}", done, PATIENCE)

    def root(self, request: str) -> Message:
        """The head of a thread."""
        every = self.player("hanna").messages(self._room_of(request))
        return next((one for one in every if one.title.startswith(f"{request} ")), Message())

    def thread(self, request: str) -> list[Message]:
        """Everything in the thread of a request, the head first."""
        head = self.root(request).id
        return self.player("hanna").messages(self._room_of(request), head) if head else []

    def report(self, request: str) -> str:
        """The page of the report that hangs in the thread of a request; nothing while there is none."""
        head = self.root(request).id
        return self.player("hanna").report(self._room_of(request), head) if head else ""

    def _room_of(self, request: str) -> str:
        return self._rooms.setdefault(request, self.room())

    def says(self, request: str, words: str, since: int = 0) -> Message:
        """The message of a thread that says this, as soon as it does; of those after the first `since`."""
        said = partial(self.thread, request)
        return self.waited(f"“{words}” in {request}", lambda: _with(said()[since:], words), said)

    def hears(self, handle: str, words: str) -> Message:
        """The newest message to somebody that says this, as soon as there is one."""
        said = partial(self.letters, handle)
        return self.waited(f"“{words}” for {self.name(handle)}", lambda: _with(said()[::-1], words), said)

    def answered(self, handle: str, words: str, channel: str = "") -> Message:
        """The newest answer to a command, typed in a channel, that says this, as soon as there is one."""
        player = self.player(handle)
        place = player.told(channel or self.room())
        return until(f"“{words}”", lambda: _with(player.messages(place)[::-1], words), PATIENCE)

    def print_thread(self, request: str) -> None:
        """The whole thread, as people read it."""
        CONSOLE.rule("The thread, as people read it")
        for message in self.thread(request):
            CONSOLE.print(f"[bold]{message.by or 'Usher'}[/bold]", style="dim")
            for line in message.lines:
                CONSOLE.print(f"  {line}", markup=False)

    @property
    def files(self) -> Path:
        """The folder of the company's own files."""
        return Path(self.demo.environment["USHER_COMPANY"])

    def policy(self, more: str = "", *, instead: tuple[str, str] = ("", ""), name: str = "policy.yaml") -> None:
        """The company writes more rules, or other words; the running bot takes them over by itself."""
        text = (self.files / name).read_text(encoding="utf-8")
        if instead[0] not in text:
            raise StuckError(f"{name} does not say {instead[0]!r}")
        self.write(name, text.replace(*instead, 1) + more)

    def write(self, name: str, text: str) -> None:
        """Put a file of the company in force."""
        from bot.engine.lookup import text_in_force

        (self.files / name).write_text(text, encoding="utf-8")
        with self._looking() as engine:
            until(f"the new {name}", lambda: text_in_force(engine, name) == text, PATIENCE)

    def view(self, request: str) -> View:
        """A request with all its steps, as they are stored."""
        from bot.cli.serve import now
        from bot.engine.view import view

        with self._looking() as engine:
            return view(engine, request, now())

    def has(self, handle: str) -> dict[str, frozenset[str]]:
        """What somebody can use now in each system: read from the company itself, not from what Usher wrote down."""
        return {str(one.system): frozenset(_usable(one)) for one in self.readings(handle)}

    def signs_in(self, handle: str) -> frozenset[str]:
        """The systems in which an account of somebody works now, read from the company itself."""
        return frozenset(str(one.system) for one in self.readings(handle) if any(a.active for a in one.account.items))

    def readings(self, handle: str) -> list[Reading]:
        """A fresh reading of every account of somebody."""
        from bot.cli.accounts import engine_of
        from bot.cli.serve import now
        from bot.config import read
        from bot.domain.model import PersonId
        from bot.engine.lookup import accounts

        settings = read(self.demo.environment)
        with self._looking() as looking:
            engine = engine_of(looking.db, settings)
            known = [one for one in accounts(engine, PersonId(person(handle).id)) if one.system in engine.connectors]
            return [engine.connectors[one.system].read(one, now()) for one in known]

    @contextmanager
    def _looking(self) -> Iterator[Engine]:
        from bot.engine.context import Engine
        from bot.engine.inline import Inline
        from bot.store import Database

        with closing(Database(self.demo.database)) as db:
            yield Engine(db, {}, Inline())


@contextmanager
def stage(demo: Demo, people: frozenset[str] = frozenset()) -> Iterator[Scene]:
    """What a play about these people needs. After it every page is closed, and the company's files are as before."""
    folder = Path(demo.environment["USHER_COMPANY"])
    kept = {file: file.read_text(encoding="utf-8") for file in folder.rglob("*.yaml")}
    with ExitStack() as tabs:
        scene = Scene(demo, tabs, people)
        scene.look_around()
        try:
            yield scene
        except BaseException:
            for file, text in kept.items():
                file.write_text(text, encoding="utf-8")  # one play that is stuck keeps no other from its own
            raise
        for file, text in kept.items():
            if file.read_text(encoding="utf-8") != text:
                scene.write(str(file.relative_to(folder)), text)


def mornings(at: str = "") -> str:
    """A line of policy: at what time the message of the morning comes, every day; without one, on no day that is near.

    So no play depends on the hour at which it is acted.
    """
    now = datetime.now(UTC)
    days = [f"{now + timedelta(days=number):%a}".lower() for number in (range(7) if at else range(2, 6))]
    return f'\ndigest: {{at: "{at or "09:00"}", weekdays: [{", ".join(days)}]}}\n'


def check(words: str, *, holds: bool) -> None:
    """Raise StuckError unless this holds."""
    if not holds:
        raise StuckError(f"this is not so: {words}")


def _with(messages: Iterable[Message], words: str) -> Message | None:
    return next((one for one in messages if words in " ".join((one.title, *one.lines))), None)


def _usable(reading: Reading) -> Iterator[str]:
    yield from (f"account {one.label}" for one in reading.account.items if one.active)
    yield from (f"{one.entitlement.kind} {one.entitlement.label}" for one in reading.grants.items)
    yield from (f"{one.kind} {one.label}" for one in reading.credentials.items if one.active)
