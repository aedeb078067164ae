"""Plays: the main jobs acted out in the practice workspace, by the same clicks a browser would make."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.player import StuckError
from bot.cli.practice import Kind
from bot.cli.scene import BRAKE, CONSOLE, PATIENCE, Scene, mornings, stage
from bot.practice.company.people import person

if TYPE_CHECKING:
    from bot.cli.demo import Demo

Act = Callable[[list[str], Path | None, Kind], int]


@dataclass(frozen=True, slots=True)
class Play:
    """One job acted out: in which module, what it shows, and which of the eleven points it is, if any."""

    module: str
    about: str
    point: int = 0

    @property
    def act(self) -> Callable[[Scene], None]:
        """The acts, in a module that is read when it is played. They raise StuckError for what is not so."""
        found: Callable[[Scene], None] = import_module(f"bot.cli.play_{self.module}").play
        return found


def listed() -> Iterator[str]:
    """Every play in a line: the two about the whole job, then the eleven by their number."""
    for name, one in PLAYS.items():
        yield f"{one.point or '':>2}  {name:9} {one.about}"


def run(asked: str, keep: Path | None, chat: Kind = Kind.SLACK, act: Act | None = None) -> int:
    """Act one play, or several one after the other; 0 only when all that they promise was seen.

    Those that find everybody they need share a company; `keep`: where the database of the last one stays. `act` acts
    the plays of one company.
    """
    names = [name.strip() for name in asked.split(",")]
    unknown = [name for name in names if name not in PLAYS]
    if unknown:
        CONSOLE.print(f"There is no play {', '.join(unknown)}. There are: {', '.join(PLAYS)}.")
        return 2
    code, left = 0, set[str]()
    for shared in companies(names):
        if missed := sorted(person(one).name for one in left & people_of(shared[0])):
            said = " and ".join(filter(None, (", ".join(missed[:-1]), missed[-1])))
            CONSOLE.print(f"\nThe next play needs {said}, who left this company. A new one begins.\n")
        code = max(code, (act or _in_one_company)(shared, keep, chat))
        left = {one for name in shared for one in LEAVES.get(name, set())}
    return code


def companies(names: Iterable[str]) -> list[list[str]]:
    """The plays in their order, a list for each company: nobody whom a play needs has left in an earlier one."""
    shared: list[list[str]] = []
    left: set[str] = set()
    for name in names:
        if not shared or left & people_of(name):
            shared.append([])
            left = set()
        shared[-1].append(name)
        left |= LEAVES.get(name, set())
    return shared


def people_of(name: str) -> frozenset[str]:
    """Whom a play may be about, by their handles: all of them still work there when it begins."""
    return frozenset(LEAVES.get(name, set()) | STAYS.get(name, set()))


def _in_one_company(names: list[str], keep: Path | None, chat: Kind) -> int:
    from bot.cli.demo import begin, wait_until_connected

    with tempfile.TemporaryDirectory(prefix="usher-play-") as folder:
        demo = begin(Path(folder), keep, generous=True, policy=mornings() + BRAKE, chat=chat)
        try:
            with CONSOLE.status("Starting the practice company, the workspace and the bot …"):
                wait_until_connected(demo, PATIENCE)
                _wait_for_links(demo)
            return max(_perform(name, demo) for name in names)
        except (StuckError, TimeoutError) as error:
            return _stuck(demo, error)
        finally:
            demo.stop()


def _perform(name: str, demo: Demo) -> int:
    began, play = time.monotonic(), PLAYS[name]
    CONSOLE.rule(f"{play.point}. {name}" if play.point else name)
    CONSOLE.print(f"{play.about}.\n")
    try:
        with stage(demo, people_of(name)) as scene:
            play.act(scene)
    except (StuckError, TimeoutError) as error:
        return _stuck(demo, error)
    CONSOLE.print(f"The play {name} ended well, in {time.monotonic() - began:.0f} s.")
    return 0


def _stuck(demo: Demo, error: Exception) -> int:
    CONSOLE.print(f"The play is stuck: {error}", markup=False)
    log = (demo.folder / "usher.log").read_text(errors="replace")
    CONSOLE.print(log[-1500:], style="dim", markup=False)
    return 1


def _wait_for_links(demo: Demo) -> None:
    if not demo.practice.company.wait(PATIENCE):
        states = ", ".join(f"{s.name}: {s.state} {s.note}" for s in demo.practice.company.status())
        raise StuckError(f"a practice system did not come up ({states})")
    demo.linking.join(10)


# Who has left when a play is over, and who is needed in it and has everything as before: nobody else is its subject.
LEAVES = {
    "leaver": {"alice"},
    "triggers": {"priya", "omar", "alicem", "ben"},
    "speeds": {"ben"},
    "rules": {"priya"},
    "handover": {"alice"},
    "stuck": {"alicem"},
    "gone": {"omar"},
    "promise": {"omar", "alicem"},
    "told": {"priya"},
    "morning": {"ben"},
}
STAYS = {
    "leaver": {"ben"},
    "access": {"ben"},
    "triggers": {"yuki"},
    "handover": {"ben"},
    "undo": {"alicem"},
    "preview": {"alice"},
}
PLAYS = {
    "leaver": Play("leaver", "HR offboards an engineer, now: from the slash command to the verified report"),
    "access": Play("access", "An engineer borrows access that ends by itself: seen given, and seen gone"),
    "triggers": Play("triggers", "A contract ends, and HR is asked first; three leave with one list; a brake", 1),
    "speeds": Play("speeds", "Locked at once by two people, then an owner is asked what is still in use", 2),
    "rules": Play("rules", "The company writes rules, and a plan that they cover is approved by them", 3),
    "handover": Play("handover", "A repository, a key for programs and a seat in Usher get somebody new", 4),
    "stuck": Play("stuck", "A system refuses: why, what people can do, and what two of them leave open", 5),
    "undo": Play("undo", "It was the wrong person: unlocked, and everything given back; a leave; Usher paused", 6),
    "gone": Play("gone", "After somebody left: looked at again, something came back, ended and seen gone", 7),
    "promise": Play("promise", "When everything happened, and whether the promise was kept: once kept, once late", 8),
    "told": Play("told", "Who is told what: once each, never why, nobody at night, and the leaver nothing", 9),
    "morning": Play("morning", "One message in the morning says what waits; it is approved where it is read", 10),
    "preview": Play("preview", "What would happen if she left: everything is shown, and nothing is touched", 11),
}
