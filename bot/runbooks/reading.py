"""YAML as strict as a form: text, lists and fields, nothing that another program could read differently."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.resolver import Resolver

from bot.runbooks.letters import one_spelling, quoted, unseen_in
from bot.runbooks.mistakes import Mistake, Mistakes

LONGEST = 100_000  # characters in one file
DEEPEST = 8  # fields within fields

Path = tuple[Hashable, ...]

_TEXT = "tag:yaml.org,2002:str"
_NUMBER = re.compile(r"[-+]?[0-9.][0-9_.]*(?:[eE][-+]?[0-9]+)?|0o[0-7]+", re.ASCII)  # in YAML 1.2, others in 1.1
_RESOLVER = Resolver()  # only asked, never changed
_PLAINER = {
    "mapping values are not allowed here": "a text with a colon in it needs quotes around it",
    "could not find expected ':'": "a colon is missing",
}


class Bare(str):
    """A word without quotes that YAML takes for something else than text: `no`, `1e3`, `2027-02-01`, nothing at all."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file as plain values, the line of each field by its path, and what was wrong with the YAML itself."""

    file: str
    data: Any
    lines: Mapping[Path, int]
    mistakes: tuple[Mistake, ...] = ()

    def line(self, path: Path) -> int:
        """The line of a field, or of what should contain it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(slots=True)
class _Page:
    file: str
    events: Iterator[yaml.Event]
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def note(self, at: yaml.Event, words: str) -> None:
        self.mistakes.append(Mistake(self.file, _line(at), words))


class _Stop(Exception):
    """The rest of the file cannot be trusted to be read."""


def read(text: str, file: str) -> Sheet:
    """The values of one YAML document. Raises Mistakes when it cannot be read to its end."""
    text = text.removeprefix("\ufeff")  # editors on Windows begin a file with it
    early = _before_reading(text, file)
    if early:
        raise Mistakes(early)
    page = _Page(file, yaml.parse(text, Loader=yaml.SafeLoader))
    try:
        data = _document(page)
    except _Stop:
        raise Mistakes(page.mistakes) from None
    except yaml.YAMLError as error:
        raise Mistakes([*page.mistakes, _unreadable(error, file)]) from error
    except (ValueError, OverflowError) as error:  # PyYAML lets these through for "\UFFFFFFFF" and endless %YAML numbers
        words = "this is not readable as YAML: a character after \\U or a version after %YAML does not exist"
        raise Mistakes([*page.mistakes, Mistake(file, 0, words)]) from error
    return Sheet(file, data, page.lines, tuple(page.mistakes))


def _before_reading(text: str, file: str) -> list[Mistake]:
    if len(text) > LONGEST:
        return [Mistake(file, 0, f"the file is too long: {len(text)} characters, {LONGEST} are allowed")]
    return [
        Mistake(file, number, "there is a tab; use spaces")
        for number, line in enumerate(text.split("\n"), start=1)
        if "\t" in line
    ]


def _unreadable(error: yaml.YAMLError, file: str) -> Mistake:
    if isinstance(error, yaml.reader.ReaderError):
        return Mistake(file, 0, f"there is a character that no text has (number {error.character})")
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or "no YAML"
    open_end = "a quote or bracket is opened and never closed" if "end" in problem and "stream" in problem else ""
    words = open_end or _PLAINER.get(problem) or f"this is not readable as YAML: {problem}"
    return Mistake(file, mark.line + 1 if mark else 0, words)


def _document(page: _Page) -> Any:
    data: Any = None
    documents = 0
    for event in page.events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                page.note(event, "a second document begins here (---); one file is one document")
                raise _Stop
        elif isinstance(event, yaml.NodeEvent):
            data = _value(event, page, ())
    if not isinstance(data, dict) or not data:
        page.mistakes.append(Mistake(page.file, 1, "the file must hold fields, each as `name: value`"))
        raise _Stop
    return data


def _value(event: yaml.Event, page: _Page, path: Path) -> Any:
    page.lines.setdefault(path, _line(event))
    if isinstance(event, yaml.AliasEvent):
        page.note(event, f"*{event.anchor} repeats another place; write it out")
        raise _Stop
    if len(path) > DEEPEST:
        page.note(event, f"fields within fields, more than {DEEPEST} deep")
        raise _Stop
    _marks(event, page)
    if isinstance(event, yaml.MappingStartEvent):
        return _fields(page, path)
    if isinstance(event, yaml.SequenceStartEvent):
        return _items(page, path)
    assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - YAML has no fourth kind of node
    return _text(event, page)


def _marks(event: yaml.Event, page: _Page) -> None:
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if anchor:
        page.note(event, f"&{anchor} marks a place to repeat; remove it")
    if tag is not None:
        page.note(event, f"{quoted(tag.replace('tag:yaml.org,2002:', '!!'))} is a tag; only plain text is allowed")


def _items(page: _Page, path: Path) -> list[Any]:
    found: list[Any] = []
    while not isinstance(event := next(page.events), yaml.SequenceEndEvent):
        found.append(_value(event, page, (*path, len(found))))
    return found


def _fields(page: _Page, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while not isinstance(event := next(page.events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            page.note(event, "the name of a field must be plain text")
            raise _Stop
        _marks(event, page)
        name = _text(event, page)
        if isinstance(name, Bare):
            page.note(event, f"the name {quoted(name)} is more than text to YAML; put it in quotes")
        here = (*path, str(name))
        if name in found:
            page.note(event, f"{quoted(name)} stands here a second time, first in line {page.lines[here]}")
            _value(next(page.events), page, here)
            continue
        page.lines[here] = _line(event)
        found[str(name)] = _value(next(page.events), page, here)
    return found


def _text(event: yaml.ScalarEvent, page: _Page) -> str:
    text = one_spelling(event.value)
    hidden = unseen_in(text, allowed="\n")
    if hidden:
        page.note(event, f"there is an invisible character ({hidden}); type this text again")
    plain = event.style is None
    return Bare(text) if plain and (_NUMBER.fullmatch(text) or _kind(text) != _TEXT) else text


def _kind(word: str) -> str:
    return str(_RESOLVER.resolve(yaml.ScalarNode, word, (True, False)))  # type: ignore[no-untyped-call]


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
