"""Alice's request, told once for all tests of its report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.engine.view import View
from bot.store import Database
from tests.chat.report.story import told
from tests.fakes.town import Town


@pytest.fixture(scope="module")
def opened(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Database]]:
    """Fresh databases, closed together at the end."""
    found: list[Database] = []

    def fresh() -> Database:
        path = tmp_path_factory.mktemp("report") / "usher.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        found.append(Database(f"sqlite:///{path}"))
        return found[-1]

    yield fresh
    for one in found:
        with closing(one):
            pass


@pytest.fixture(scope="module")
def town(opened: Callable[[], Database]) -> Town:
    """The company after Alice left; nothing changes in it any more but who opened the report."""
    return told(opened())


@pytest.fixture(scope="module")
def seen(town: Town) -> View:
    """Alice's request, whole."""
    return town.view()
