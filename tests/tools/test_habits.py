"""The habits are counted by a program; these are the lines it must find."""

from __future__ import annotations

from pathlib import Path

from tests.tools.habits import breaches


def found_in(top: Path, name: str, text: str) -> list[str]:
    """The breaches of a clone that holds this one file."""
    path = top / "clone" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [line.partition(": ")[2] for line in breaches(top / "clone")]


def test_only_the_engine_opens_transactions(tmp_path: Path) -> None:
    """The same line is a breach in chat and the rule in the engine."""
    line = "def approve(db):\n    with db.begin() as tx:\n        pass\n"
    assert found_in(tmp_path / "1", "bot/chat/commands.py", line) == ["opens a transaction outside the engine"]
    assert found_in(tmp_path / "2", "bot/engine/approve.py", line) == []
    looks = "def who(desk):\n    with desk.engine.db.look() as tx:\n        pass\n"
    assert found_in(tmp_path / "3", "bot/chat/commands.py", looks) == ["opens a transaction outside the engine"]


def test_what_the_chat_says_can_be_translated(tmp_path: Path) -> None:
    """A sentence that does not pass through _() stays English for everybody."""
    plain, known = 'Refused("Not you.", hint=_("Ask IT."))\n', 'Refused(_("Not you."), hint=_("Ask IT."))\n'
    said = ["says a sentence that does not pass through _()"]
    assert found_in(tmp_path / "1", "bot/chat/commands.py", plain) == said
    assert found_in(tmp_path / "2", "bot/chat/commands.py", known) == []
    assert found_in(tmp_path / "3", "bot/chat/commands.py", 'Text("now", hint="Ask IT.")\n') == said


def test_async_stays_where_a_host_demands_it(tmp_path: Path) -> None:
    """The web server may be async; the engine may not."""
    line = "async def run():\n    pass\n"
    assert found_in(tmp_path / "1", "bot/engine/run.py", line) == ["is async where no host demands it"]
    assert found_in(tmp_path / "2", "bot/web.py", line) == []


def test_a_file_that_holds_two_subjects_is_named(tmp_path: Path) -> None:
    """Three hundred lines that say something are the limit; blank ones are free."""
    assert found_in(tmp_path / "1", "bot/long.py", "a = 1\n\n" * 300) == []
    assert found_in(tmp_path / "2", "bot/long.py", "a = 1\n" * 301) == ["holds 301 lines; at 300 it is two files"]


def test_a_function_nobody_can_read_at_once_is_named(tmp_path: Path) -> None:
    """Forty-five lines are the limit."""
    body = "def plan():\n" + "    a = 1\n" * 45
    assert found_in(tmp_path, "bot/engine/plan.py", body) == ["plan has 46 lines; 45 is the limit"]


def test_no_file_gives_away_a_registry_or_a_machine(tmp_path: Path) -> None:
    """A clone names neither where its packages came from nor where it once lay."""
    registry = "https://py" + "pi.org/simple\n"
    home = "/ho" + "me/grace/usher\n"
    assert found_in(tmp_path / "1", "requirements.lock", registry) == ["names a package registry"]
    assert found_in(tmp_path / "2", "README.md", home) == ["names a folder of somebody's machine"]
    assert found_in(tmp_path / "3", "README.md", f"{tmp_path}/3/clone/app.py") == [
        "names a folder of somebody's machine"
    ]
