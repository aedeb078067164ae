"""The habits no linter knows, counted: `python -m tests.tools.habits` names each line that breaks one.

Transactions open in the engine only; async stays where a host demands it; what the chat says can be translated; files
and functions stay readable; no file names a package registry or somebody's machine.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LIMIT = 300  # non-blank lines: beyond it a file holds two subjects
FUNCTION_LIMIT = 45

CODE = ("app.py", "bot", "connectors", "tests")  # a migration is as long as the change it makes
TRANSACTIONS = "bot/engine/"
CHAT = "bot/chat/"
ASYNC = ("bot/web.py", "bot/chat/teams.py", "bot/practice/")
UNREAD = {".git", ".venv", ".usher-demo", ".hypothesis", "htmlcov", "__pycache__", "LICENSE"}
SHARED_ROOTS = {"/", "/app", "/builds", "/home", "/mnt", "/opt", "/private", "/root", "/srv", "/tmp", "/usr", "/var"}  # noqa: S108 (names, not files)

REGISTRY = re.compile(r"\b(?:(?:test[.])?pypi[.]org|pythonhosted[.]org|registry[.]npmjs[.]org|npmjs[.]com)\b")
HOME = re.compile(r"(?<![\w.])(?:/home/\w|/Users/[a-z]+/|/root[/]|[A-Z]:\\Users\\)")  # /Users/1 is a resource of SCIM


def breaches(top: Path) -> Iterator[str]:
    """Every broken habit below `top`, as `file:line: sentence`."""
    machine = addresses_of(top)
    for path in read_files(top):
        name = path.relative_to(top).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        yield from (f"{name}:{line}: {what}" for line, what in _in_text(text, machine))
        if path.suffix == ".py" and name.startswith(CODE):
            yield from (f"{name}:{line}: {what}" for line, what in _in_code(name, text))


def read_files(top: Path) -> Iterator[Path]:
    """The files people write: no caches, no environments, no pictures."""
    for path in sorted(top.iterdir()):
        hidden = path.name.startswith(".") and path.name.endswith("cache")
        if path.name in UNREAD or hidden or path.is_symlink():
            continue
        if path.is_dir():
            yield from read_files(path)
        elif b"\0" not in path.read_bytes()[:4096]:
            yield path


def addresses_of(top: Path) -> re.Pattern[str]:
    """What gives away where this clone lies: its folder and the one above, unless many machines have it."""
    places = {str(place) for place in (top, top.parent)} - SHARED_ROOTS
    return re.compile("|".join(rf"(?<![\w.]){re.escape(place)}/" for place in places) or r"(?!)")


def _in_text(text: str, machine: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if REGISTRY.search(line):
            yield number, "names a package registry"
        if HOME.search(line) or machine.search(line):
            yield number, "names a folder of somebody's machine"


def _in_code(name: str, text: str) -> Iterator[tuple[int, str]]:
    lines = sum(1 for line in text.splitlines() if line.strip())
    if lines > FILE_LIMIT:
        yield 1, f"holds {lines} lines; at {FILE_LIMIT} it is two files"
    product = not name.startswith("tests/")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _in_function(node)
        if product and isinstance(node, ast.AsyncFunctionDef) and not name.startswith(ASYNC):
            yield node.lineno, "is async where no host demands it"
        if product and isinstance(node, ast.Call) and _is_begin(node) and not name.startswith(TRANSACTIONS):
            yield node.lineno, "opens a transaction outside the engine"
        if name.startswith(CHAT) and isinstance(node, ast.Call) and _is_plain(node):
            yield node.lineno, "says a sentence that does not pass through _()"


def _in_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if length > FUNCTION_LIMIT:
        yield node.lineno, f"{node.name} has {length} lines; {FUNCTION_LIMIT} is the limit"


def _is_begin(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr="begin" | "look" | "note", value=ast.Name(id="db") | ast.Attribute(attr="db")):
            return True
    return False


def _is_plain(call: ast.Call) -> bool:
    """Whether a person would read a sentence that no translator sees."""
    shown = [*call.args, *(word.value for word in call.keywords if word.arg in {"hint", "lead", "confirm"})]
    match call.func:
        case ast.Name(id="Refused" | "Text" | "Small" | "Heading" | "Button"):
            return any(isinstance(one, ast.Constant) and " " in str(one.value) for one in shown)
    return False


def main() -> int:
    """Print every breach; the exit status says whether there was one."""
    found = list(breaches(Path(__file__).resolve().parents[2]))
    print(*found, f"habits: {len(found)} broken", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
