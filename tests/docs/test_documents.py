"""Every document is held to what is: its commands, its links, its settings, its decisions."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.tools.habits import addresses_of

TOP = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
STARTS = ("python app.py", ".venv/bin/python app.py")
FOREIGN = {  # what Python, the database and Slack say
    "no such table",
    "No such file or directory",
    "KeyError: 'person'",
    "invalid_auth",
    "apps.connections.open",
    "address already in use",
    "/offboard failed: the app did not respond",
}
MACHINE = re.compile(r"(?<![\w./~-])/(?:home|Users|root|tmp|work|mnt|private)/")


def text_of(document: Path) -> str:
    """The words of a document."""
    return document.read_text(encoding="utf-8")


def name_of(document: Path) -> str:
    """Its path, for people who read the result of the tests."""
    return document.relative_to(TOP).as_posix()


def command_lines() -> Iterator[tuple[str, str]]:
    """Every line that runs the program in a fenced block, with its document."""
    for document in DOCUMENTS:
        for block in re.findall(r"^```\w*[^\n]*\n(.*?)^```", text_of(document), flags=re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                if line.strip().startswith(STARTS):
                    yield name_of(document), line.split("#", 1)[0].strip()


def links() -> Iterator[tuple[Path, str]]:
    """Every link that is no address, with its document."""
    for document in DOCUMENTS:
        prose = re.sub(r"```.*?```", "", text_of(document), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if not re.match(r"[a-z]+:", target):
                yield document, target


def anchors(document: Path) -> set[str]:
    """What a link may point at in a document: its headings, as hosts of repositories name them."""
    headings = re.findall(r"^#+ (.+)$", text_of(document), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def program() -> Any:
    """The commands as bot/cli/__init__.py puts them together, without running one."""
    app = typer.Typer()
    source = text_of(TOP / "bot" / "cli" / "__init__.py")
    for name, module, function in re.findall(r"app\.command\(\"([\w-]+)\"\)\((\w+)\.(\w+)\)", source):
        app.command(name)(getattr(import_module(f"bot.cli.{module}"), function))
    return typer.main.get_command(app)


@pytest.mark.parametrize(("document", "line"), list(command_lines()))
def test_every_command_in_the_documents_exists(document: str, line: str) -> None:
    """Name, options and arguments are those of the program, so that a nervous person types no error (S0-5)."""
    words = shlex.split(line)
    name, *arguments = words[words.index("app.py") + 1 :]
    found = program().commands[name]
    assert found.make_context(name, arguments).command is found, document


def test_the_documents_show_every_command() -> None:
    """Nothing the program can do is found by accident only."""
    named = {line.split("app.py ", 1)[1].split()[0] for _document, line in command_lines()}
    assert named >= set(program().commands)


def test_every_relative_link_leads_somewhere() -> None:
    """Files and headings: a reader in a hurry follows no link into nothing."""
    broken = []
    for document, target in links():
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(f"{name_of(document)}: {target}")
    assert broken == []


def test_the_architecture_leads_to_every_verb() -> None:
    """Whoever reads it from the top has met each file of the engine once, and needs no search tool to find one."""
    engine = TOP / "bot" / "engine"
    met = {(document.parent / target).resolve() for document, target in links() if document.stem == "architecture"}
    assert {file.name for file in engine.glob("*.py")} - {file.name for file in met if file.parent == engine} == {
        "__init__.py"
    }


def test_the_table_of_settings_is_what_the_program_reads() -> None:
    """Every name in bot/config.py is explained, and no other is."""
    tree = ast.parse((TOP / "bot" / "config.py").read_text(encoding="utf-8"))
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and isinstance(node.args[0], ast.Constant)
    }
    guide = text_of(TOP / "docs" / "slack.md").split("<!-- settings", 1)[1].split("And for each system", 1)[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", guide, flags=re.MULTILINE)) == read


def test_the_settings_of_connectors_are_what_they_read() -> None:
    """Each name a connector asks its secrets for stands in the guide, in its row."""
    guide = text_of(TOP / "docs" / "slack.md")
    for connector in ("github", "aws", "scim", "postgresql"):
        sources = [TOP / "connectors" / f"{connector}.py", *(TOP / "connectors" / connector).glob("*.py")]
        code = "".join(text_of(source) for source in sources if source.is_file())
        read = set(re.findall(r"secrets\.(?:need|get)\(\"([A-Z_]+)\"", code))
        (row,) = re.findall(rf"^\| `{connector}` \| (.*?) \|", guide, flags=re.MULTILINE)
        assert set(re.findall(r"`([A-Z_]+)`", row)) == read, connector


def test_every_message_in_the_guide_is_one_that_somebody_says() -> None:
    """Whoever looks for the words on their screen finds them; … stands for what differs (S0-5)."""
    code = " ".join(text_of(file) for folder in ("bot", "connectors") for file in (TOP / folder).rglob("*.py"))
    trouble = text_of(TOP / "docs" / "slack.md").split("## When something looks wrong", 1)[1]
    seen = [row.split(" | ", 1)[0] for row in trouble.splitlines() if row.startswith("| ")]
    messages = {words for cell in seen for words in re.findall(r"`([^`]+)`", cell)} - FOREIGN
    unsaid = {words for words in messages if any(part.strip() not in code for part in words.split("…"))}
    assert len(messages) > 10
    assert unsaid == set()


def test_decisions_are_numbered_without_a_gap_and_short() -> None:
    """001, 002, …: each with its options and its price, on one screen."""
    files = sorted((TOP / "docs" / "adr").glob("*.md"))
    assert [file.name[:4] for file in files] == [f"{number:03}-" for number in range(1, len(files) + 1)]
    for file in files:
        words = text_of(file)
        assert len(words.splitlines()) <= 60, file.name
        assert words.startswith(f"# {file.name[:3]} "), file.name
        for part in ("## What matters", "## Options", "## Decision", "## Consequences"):
            assert part in words, (file.name, part)


def test_no_document_names_a_place_on_somebodys_machine() -> None:
    """A path that exists on one machine only helps nobody, and tells too much."""
    own = addresses_of(TOP)
    found = [
        f"{name_of(document)}: {line}"
        for document in DOCUMENTS
        for line in text_of(document).splitlines()
        if MACHINE.search(line) or own.search(line)
    ]
    assert found == []


def test_pictures_are_small_enough_to_load() -> None:
    """A page with its picture opens quickly."""
    pictures = [*(TOP / "docs" / "images").iterdir()]
    assert pictures
    assert not [picture.name for picture in pictures if picture.stat().st_size > 400_000]


def test_no_cell_of_what_differs_between_the_chats_is_empty() -> None:
    """Where Slack and Teams do not differ, the table says so too."""
    rows = [line for line in text_of(TOP / "docs" / "chat.md").splitlines() if line.startswith("|")]
    assert len(rows) > 40
    assert [row for row in rows if not all(cell.strip() for cell in row.strip("|").split("|"))] == []
