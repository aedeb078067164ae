"""How the tests read a page: its words, and whether it is sound."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from bot.chat.report import render
from bot.engine.view import View

VOID = {"meta", "line", "circle", "path", "br", "hr"}  # the last ones of HTML and of the drawing have no end


def page_of(view: View, **more: Any) -> str:
    """The page as Omar gets it."""
    return render(view, made_for="Omar Aziz", now=view.now, **more)


def words_of(page: str) -> str:
    """What a person reads in a page, in one line."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&#39;", "'")


class Tree(HTMLParser):
    """Whether every element is closed where it should be, and which attributes there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what was opened."""
        found = dict(attrs)
        self.ids += [str(found["id"])] if "id" in found else []
        self.labelled += str(found.get("aria-labelledby") or "").split()
        assert not {name for name in found if name.startswith("on")}, "a page of ours runs nothing"
        assert tag not in {"script", "iframe", "object", "embed", "form", "link", "img"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of the drawing that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        """Whatever closes is what was opened last."""
        assert self.open.pop() == tag
