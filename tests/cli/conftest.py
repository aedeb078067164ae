"""A workspace of practice, settings that fit to it, and a database with the company's people in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.demo import furnish
from bot.practice.seeds import ChannelSeed
from bot.store import Database
from tests.chat.dialogue import manifest
from tests.cli.hands import settings_for
from tests.practice.people import CHANNELS, Practice, start


@pytest.fixture(scope="module")
def workspace() -> Iterator[Practice]:
    """A workspace in which the app has every scope it asks for, and both channels of the policy."""
    access = ChannelSeed("C009", "access", is_private=True, with_app=True)
    practice = start(manifest=manifest("socket"), channels=(*CHANNELS, access))
    yield practice
    practice.served.stop()


@pytest.fixture
def settings(tmp_path: Path, workspace: Practice) -> dict[str, str]:
    """Complete settings; nothing of the database exists yet."""
    return settings_for(tmp_path, workspace)


@pytest.fixture
def migrated(settings: dict[str, str], migrated_sqlite: Path) -> dict[str, str]:
    """The same with an empty database at the newest migration."""
    shutil.copyfile(migrated_sqlite, settings["USHER_DATABASE_URL"].removeprefix("sqlite:///"))
    return settings


@pytest.fixture
def furnished(migrated: dict[str, str]) -> dict[str, str]:
    """The same with people, roles and rules."""
    db = Database(migrated["USHER_DATABASE_URL"])
    furnish(db, Path(migrated["USHER_COMPANY"]))
    db.close()
    return migrated
