"""The play of the leaver: the whole job, from the slash command to the report."""

from __future__ import annotations

from html.parser import HTMLParser

from bot.cli.deeds import finish, judge
from bot.cli.player import until
from bot.cli.scene import CONSOLE, PATIENCE, Scene


def play(scene: Scene) -> None:
    """Hanna offboards Alice now; Marco and Ines approve; everybody does their part."""
    request = scene.offboard("alice", reason="She found a new challenge.", note="Last day is today.")
    scene.says(request, "Plan for")  # a plan tells what was seen last: whoever reads it later reads something else
    scene.approve("marco", "ines", about=request)
    finish(scene, request)
    scene.says(request, "System by system")  # the chat takes one message after the other, and this is the last
    page = until("the report", lambda: scene.report(request), PATIENCE)
    scene.print_thread(request)
    CONSOLE.rule("The report")
    CONSOLE.print("\n".join(words(page)), markup=False)
    judge(scene, request)


def words(page: str) -> list[str]:
    """The words of a page, line by line."""
    reader = _Words()
    reader.feed(page)
    return reader.lines()


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
