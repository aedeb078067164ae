"""Plays: the main jobs acted out in the practice workspace, by the same clicks a browser would make."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console

from bot.cli.player import Json, Player, StuckError, elements, until

if TYPE_CHECKING:
    from bot.cli.demo import Demo

_CONSOLE = Console(highlight=False, soft_wrap=True)
_EVIDENCE = {
    "Collect the laptop": "Laptop LW-0417 and badge 2231 are in the cupboard of IT; the badge is off.",
    "Change the shared": "New entry in the safe, dated today.",
    "Find out whose": "Made for a migration in 2024. The platform team took it over; it was not hers to use.",
}
_BORROWED = "10 seconds"
_PATIENCE = 60.0  # seconds: what a process that died was about to say, another one says half a minute later
_BY_EYE = "Looked in the administration page: nothing of hers is left there."


@dataclass(frozen=True, slots=True)
class Play:
    """One job acted out: what it shows, and the acts. The acts return the id of the request."""

    about: str
    act: Callable[[Demo], str]
    report: bool = True


def run(name: str, keep: Path | None) -> int:
    """Act one play and print the thread and the report; 0 only when everything is confirmed or attested."""
    from bot.cli.demo import begin, wait_until_connected

    if name not in PLAYS:
        _CONSOLE.print(f"There is no play {name}. There are: {', '.join(PLAYS)}.")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="usher-play-") as folder:
        demo = begin(Path(folder), keep, generous=True)
        try:
            with _CONSOLE.status("Starting the practice company, the workspace and the bot …"):
                wait_until_connected(demo)
                _wait_for_links(demo)
            request = PLAYS[name].act(demo)
            return _verdict(demo, request, time.monotonic() - began, report=PLAYS[name].report)
        except (StuckError, TimeoutError) as error:
            _CONSOLE.print(f"The play is stuck: {error}")
            _CONSOLE.print((demo.folder / "usher.log").read_text(errors="replace")[-1500:], style="dim")
            return 1
        finally:
            demo.stop()


def _wait_for_links(demo: Demo) -> None:
    if not demo.practice.company.wait(60):
        states = ", ".join(f"{s.name}: {s.state} {s.note}" for s in demo.practice.company.status())
        raise StuckError(f"a practice system did not come up ({states})")
    demo.linking.join(10)


def leaver(demo: Demo) -> str:
    """Hanna offboards Alice now; Marco and Ines approve; everybody does their part."""
    with ExitStack() as tabs:
        return _leaver(demo, tabs)


def _leaver(demo: Demo, tabs: ExitStack) -> str:
    hanna = _tab(tabs, demo, "U002")
    room = hanna.channel("offboarding")
    _told("Hanna Lindqvist", "/offboard @alice")
    hanna.command(room, "/offboard @alice")
    hanna.choose("when", "now")
    answer = hanna.submit(reason="She found a new challenge.", note="Last day is today.", typed="Alice Martin")
    if not answer["ok"] or answer.get("errors"):
        raise StuckError(f"the form was refused: {answer}")
    root = until("the thread", lambda: _root(hanna, room))
    with _CONSOLE.status("Reading four systems …"):
        for user, name in (("U003", "Marco Rossi"), ("U005", "Ines Ferreira")):
            _press_first(_tab(tabs, demo, user), "approve")
            _told(name, "presses Approve")
    with _CONSOLE.status("Working …"):
        players = [_tab(tabs, demo, user) for user in ("U005", "U006", "U007", "U008", "U009")]
        _everybody_does_their_part(players, hanna, room)
        until("the report", lambda: _report_file(hanna, room), _PATIENCE)  # the last thing that the thread says
    _print_thread(hanna, room, str(root["ts"]))
    return str(_title(root)).split(" ")[0]


def access(demo: Demo) -> str:
    """Ben borrows production data for a few seconds; Ines approves; nobody does anything to end it."""
    with ExitStack() as tabs:
        return _access(demo, tabs)


def _access(demo: Demo, tabs: ExitStack) -> str:
    policy = Path(demo.environment["USHER_COMPANY"]) / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace("usual: 2 hours", f"usual: {_BORROWED}"), encoding="utf-8")
    ben = _tab(tabs, demo, "U008")
    room = ben.channel("access")
    with _CONSOLE.status(f"Waiting until the policy says that it is lent for {_BORROWED} …"):
        until("the new policy", lambda: _BORROWED in json.dumps(ben.command(room, "/access")))
    _told("Ben Okafor", "/access")
    answer = ben.submit(what="prod_reading", reason="Find out why an order was paid twice.")
    if not answer["ok"] or answer.get("errors"):
        raise StuckError(f"the form was refused: {answer}")
    root = until("the thread", lambda: _root(ben, room, "ACC-"))
    _press_first(_tab(tabs, demo, "U005"), "approve")
    _told("Ines Ferreira", "presses Approve")
    with _CONSOLE.status("Given, and waiting for its end …"):
        until("the end to be seen", lambda: "Over: seen gone" in _title(_root(ben, room, "ACC-") or {}), 60)
        until("its line", lambda: any("Taken back" in _title(m) for m in ben.messages(room, str(root["ts"]))))
    _print_thread(ben, room, str(root["ts"]))
    return str(_title(root)).split(" ")[0]


def gone(demo: Demo) -> str:
    """Alice has left; somebody lets her into the wiki again; a look finds it, ends it, and the next one is clean."""
    with ExitStack() as tabs:
        request = _leaver(demo, tabs)
        hanna, omar = _tab(tabs, demo, "U002"), _tab(tabs, demo, "U013")
        room = hanna.channel("offboarding")
        _look_again(hanna, room, "lean")
        _let_in_again(demo)
        _told("Somebody", "lets Alice into the Atlas wiki again")
        _look_again(hanna, room, "that can be undone")
        until("it to be ended", lambda: any("CHK-" in m and "finished" in m for m in _thread(hanna, room)), _PATIENCE)
        for text in ("/who-has atlas", "/usher person Alice Martin"):
            _told("Omar Aziz", text)
            _answered(omar, text)
        _print_thread(hanna, room, str((_root(hanna, room) or {})["ts"]))
        return request


def _look_again(hanna: Player, room: str, expected: str) -> None:
    """The button under what is finished."""
    known = len(_thread(hanna, room))
    root = _root(hanna, room) or {}
    button = next(element for element in elements(root) if _action(element) == "look_now")
    until("the press", lambda: hanna.press(room, root, button))
    _told("Hanna Lindqvist", "presses Look again now")
    until("what was seen", lambda: any(expected in said for said in _thread(hanna, room)[known:]), _PATIENCE)


def _let_in_again(demo: Demo) -> None:
    """By hand, past Usher: as it happens."""
    url, token = demo.environment["USHER_ATLAS_URL"], demo.environment["USHER_ATLAS_TOKEN"]
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10) as wiki:
        every = wiki.get(f"{url}/Users", params={"count": "100"}).json()["Resources"]
        alice = next(one for one in every if one["displayName"] == "Alice Martin")
        change = {"op": "replace", "value": {"active": True}}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]}
        wiki.patch(f"{url}/Users/{alice['id']}", json=body).raise_for_status()


def _answered(player: Player, text: str) -> None:
    channel = player.direct()
    known = {message["ts"] for message in player.messages(channel)}
    player.ask(channel, text)
    found = until("an answer", lambda: [m for m in player.messages(channel) if m["ts"] not in known])
    for line in (line for message in found for line in _lines(message)):
        _CONSOLE.print(f"  {line}", markup=False)


def _thread(player: Player, room: str) -> list[str]:
    root = _root(player, room) or {}
    return [_title(message) for message in player.messages(room, str(root["ts"]))]


def _tab(tabs: ExitStack, demo: Demo, user: str) -> Player:
    """The page opened by this person, until the play is over."""
    return tabs.enter_context(closing(Player(demo.practice.url, user)))


def _told(name: str, did: str) -> None:
    _CONSOLE.print(f"[bold]{name}[/bold]  {did}")


def _root(player: Player, room: str, prefix: str = "OFF-") -> Json | None:
    found = [m for m in player.messages(room) if _title(m).startswith(prefix)]
    return found[-1] if found else None


def _title(message: Json) -> str:
    return str(message.get("text", ""))


def _press_first(player: Player, action: str) -> None:
    """Press the newest button of this kind; a card may be redrawn between the look and the press, as for people."""
    channel = player.direct()

    def pressed() -> bool:
        for message in reversed(player.messages(channel)):
            for element in elements(message):
                if _action(element) == action:
                    return player.press(channel, message, element)
        return False

    until(f"a button {action}", pressed)


def _action(element: Json) -> str:
    return str(element["action_id"]).split("~")[0]


def _everybody_does_their_part(players: Sequence[Player], hanna: Player, room: str) -> None:
    over = time.monotonic() + 90
    while time.monotonic() < over:
        root = _root(hanna, room)
        if root and "Finished" in _title(root):
            return
        for player in players:
            _answer_questions(player)
        time.sleep(0.2)
    raise StuckError("the request did not finish in 90 seconds")


def _answer_questions(player: Player) -> None:
    channel = player.direct()
    for message in player.messages(channel):
        for element in elements(message):
            if _action(element) == "successor":
                ben = next(o for o in element["options"] if "bokafor" in o["text"]["text"])
                if player.press(channel, message, element, ben["value"]):
                    _told(_name(player), "names a successor for the repository")
            elif _action(element) == "accept" and player.press(channel, message, element):
                _told(_name(player), "accepts to take it over")
            elif _action(element) == "machine_end" and player.press(channel, message, element):
                _told(_name(player), "decides that nothing uses the key any more")
            elif _action(element) == "done" and player.press(channel, message, element):
                player.form()
                text = next((said for title, said in _EVIDENCE.items() if title in _title(message)), _BY_EYE)
                player.submit(evidence=text)
                until("the task to be closed", lambda p=player, ts=message["ts"]: _closed(p, channel, ts), _PATIENCE)  # type: ignore[misc]
                _told(_name(player), f"presses Done: “{text}”")


def _closed(player: Player, channel: str, ts: str) -> bool:
    found = next(m for m in player.messages(channel) if m["ts"] == ts)
    return not any(_action(element) == "done" for element in elements(found))


def _name(player: Player) -> str:
    state = player.state()
    return str(state["me"]["real_name"])


def _print_thread(player: Player, room: str, ts: str) -> None:
    _CONSOLE.rule("The thread, as people read it")
    names = {user["id"]: user["real_name"] for user in player.state()["users"]}
    for message in player.messages(room, ts):
        _CONSOLE.print(f"[bold]{names.get(message.get('user'), 'Usher')}[/bold]", style="dim")
        for line in _lines(message):
            _CONSOLE.print(f"  {line}", markup=False)


def _lines(message: Json) -> list[str]:
    said: list[str] = []
    for block in message.get("blocks") or ():
        texts = [block.get("text"), *(block.get("fields") or ()), *(block.get("elements") or ())]
        said += [line for text in texts for line in _plain(text).splitlines() if line.strip()]
    return said or _title(message).splitlines()


def _plain(element: Any) -> str:
    if not isinstance(element, dict):
        return ""
    text = element.get("text")
    if isinstance(text, dict):
        return f"[{text['text']}]"
    return str(text or "").replace("*", "").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


def _verdict(demo: Demo, request: str, seconds: float, *, report: bool) -> int:
    """Judge by the steps themselves, not by what was printed."""
    from bot.cli.serve import now
    from bot.domain.lifecycle import RequestState, StepState
    from bot.engine.context import Engine
    from bot.engine.inline import Inline
    from bot.engine.view import view
    from bot.store import Database

    db = Database(demo.database)
    seen = view(Engine(db, {}, Inline()), request, now())
    db.close()
    if report:
        _print_report(demo)
    good = {StepState.CONFIRMED, StepState.ATTESTED, StepState.WAIVED}
    confirmed = sum(step.state is StepState.CONFIRMED for step in seen.steps)
    attested = sum(step.state is StepState.ATTESTED for step in seen.steps)
    _CONSOLE.print(f"{confirmed} confirmed by a fresh reading, {attested} done by named people, in {seconds:.0f} s.")
    if seen.request.state is RequestState.CLOSED and seen.steps and all(step.state in good for step in seen.steps):
        return 0
    for step in seen.steps:
        if step.state not in good:
            _CONSOLE.print(f"Not finished: {step.id} {step.state.value} {step.error}")
    return 1


def _print_report(demo: Demo) -> None:
    _CONSOLE.rule("The report")
    with closing(Player(demo.practice.url, "U002")) as hanna:
        room = hanna.channel("offboarding")
        file = until("the report file", lambda: _report_file(hanna, room), _PATIENCE)
    page = httpx.get(f"{demo.practice.url}{file['url']}", params={"as": "U002"}, timeout=10).text
    reader = _Words()
    reader.feed(page)
    _CONSOLE.print("\n".join(reader.lines()), markup=False)


def _report_file(hanna: Player, room: str) -> Json | None:
    root = _root(hanna, room)
    messages = hanna.messages(room, str(root["ts"])) if root else []
    return next((file for message in messages for file in message.get("files") or ()), None)


class _Words(HTMLParser):
    """The words of a page, a line for each block of it."""

    _BLOCKS = frozenset({"p", "h1", "h2", "h3", "li", "tr", "dt", "dd", "section", "caption", "div", "summary"})
    _SILENT = frozenset({"style", "script", "svg", "title"})

    def __init__(self) -> None:
        super().__init__()
        self._said: list[str] = [""]
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; pictures are told by their table."""
        self._silent += tag in self._SILENT
        if tag in self._BLOCKS:
            self._said.append("")
        elif tag in {"td", "th"} and self._said[-1]:
            self._said[-1] += " | "

    def handle_endtag(self, tag: str) -> None:
        """A silent part is over."""
        self._silent -= tag in self._SILENT

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._silent:
            self._said[-1] += " ".join(data.split()) + " " * data.endswith((" ", "\n"))

    def lines(self) -> list[str]:
        """What was said, without the empty lines."""
        return [line.strip(" |") for line in self._said if line.strip(" |")]


def _apart(name: str) -> Callable[[Demo], str]:
    """A play that has a file of its own, which is read when it is played."""
    return lambda demo: str(getattr(import_module(f"bot.cli.play_{name}"), name)(demo))


PLAYS = {
    "leaver": Play("HR offboards an engineer, now: from the slash command to the verified report", leaver),
    "access": Play("An engineer borrows access that ends by itself: seen given, and seen gone", access, report=False),
    "rules": Play("Looked at first, changing nothing; then a plan is approved by the company's rules", _apart("rules")),
    "speeds": Play("Locked at once by two people, then an owner is asked what is still in use", _apart("speeds")),
    "stuck": Play("A system refuses: why, what people can do, and what two of them leave open", _apart("stuck")),
    "gone": Play("After somebody left: looked at again, something came back, ended and seen gone", gone, report=False),
    "morning": Play("One message in the morning says what waits; it is approved where it is read", _apart("morning")),
}
