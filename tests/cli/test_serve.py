"""`app.py serve` starts only when everything is there, takes changes of the rules over, and ends when it is told to."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import Database, versions
from tests.cli.hands import Serving, app, serving
from tests.tools.pace import slowness


@pytest.mark.parametrize("missing", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_it_refuses_to_start_without_its_tokens(settings: dict[str, str], missing: str) -> None:
    """Whoever sets it up reads what is missing, and nothing half-started is left."""
    del settings[missing]
    ended = app("serve", **settings)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Usher cannot start yet:\n  - {missing}")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("stands_at", "sentence"),
    [
        (None, "The database is empty. Run: python app.py migrate\n"),
        ("0001", "The database has the schema of an older release. Run: python app.py migrate\n"),
        ("9999", "The database was migrated by a newer release, and this one would misread it. "),
    ],
)
def test_it_refuses_a_database_of_another_release(
    settings: dict[str, str], migrated_sqlite: Path, stands_at: str | None, sentence: str
) -> None:
    """The sentence says which way out there is; nothing is served and nothing is changed."""
    if stands_at:
        path = settings["USHER_DATABASE_URL"].removeprefix("sqlite:///")
        shutil.copyfile(migrated_sqlite, path)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE alembic_version SET version_num = ?", (stands_at,))
    ended = app("serve", **settings)
    assert ended.returncode == 2
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1


def test_migrate_leaves_the_tables_of_a_newer_release_alone(migrated: dict[str, str]) -> None:
    """Whoever started the old image by mistake reads so."""
    with closing(sqlite3.connect(migrated["USHER_DATABASE_URL"].removeprefix("sqlite:///"))) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = app("migrate", **migrated)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "The database was migrated by a newer release. Nothing was changed.\n"


def test_migrate_makes_the_database_ready(settings: dict[str, str]) -> None:
    """The command that the sentence names is the one that helps; a second time it changes nothing."""
    for _ in range(2):
        assert app("migrate", **settings).stdout == "The database is up to date.\n"
    db = Database(settings["USHER_DATABASE_URL"])
    assert db.migrated()
    db.close()


def test_it_refuses_to_start_without_any_valid_policy(migrated: dict[str, str]) -> None:
    """A first start with a broken policy says what is wrong instead of serving nobody."""
    policy = Path(migrated["USHER_COMPANY"]) / "policy.yaml"
    policy.write_text("company: [")
    ended = app("serve", **migrated)
    assert ended.returncode == 2
    assert "policy.yaml" in ended.stderr
    assert "Usher cannot start: Usher has no policy yet." in ended.stderr
    assert "Traceback" not in ended.stderr


def version(settings: dict[str, str]) -> int:
    """The version of the policy that is in force."""
    db = Database(settings["USHER_DATABASE_URL"])
    with db.look() as tx:
        found = versions.newest(tx, "policy.yaml")
    db.close()
    assert found
    return found


def ended(running: Serving, seconds: float) -> float:
    """How long it took to end after SIGTERM."""
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(seconds)
    return time.monotonic() - began


def test_one_life_of_a_served_usher(furnished: dict[str, str], tmp_path: Path) -> None:
    """It holds its file, takes changed rules over, keeps the last good ones, and ends within ten seconds.

    A second one on the same file is refused in words; a change becomes a version without a restart; broken rules are
    told once (S3-13, S3-15).
    """
    first = version(furnished)
    policy = Path(furnished["USHER_COMPANY"]) / "policy.yaml"
    good = policy.read_text()
    with serving(furnished, tmp_path / "serve.log") as running:
        running.until("Usher serves on")
        second = app("serve", **furnished)
        assert second.returncode == 2
        assert second.stderr.startswith("Usher cannot start: another Usher already works with the database file")
        assert second.stderr.count("\n") == 1
        policy.write_text(good.replace("quorum: 2", "quorum: 1"))
        running.until("rules in force")
        second_policy = version(furnished)
        assert second_policy > first
        policy.write_text(good.replace("quorum: 2", "quorum: many"))
        said = running.until("rules not taken over, the last good ones stay in force")
        assert "quorum" in said
        time.sleep(4)  # the rules are looked at every three seconds
        assert running.said().count("rules not taken over") == 1
        assert version(furnished) == second_policy
        with slowness() as machine:
            took = ended(running, 120)
        assert took < 10 * machine.worst
