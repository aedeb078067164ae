"""What every test may ask for: a database of either kind, a browser; and what none may do: leave this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.tools import memory
from tests.tools.left_out import pytest_sessionfinish, pytest_terminal_summary, strict
from tests.tools.loopback import stay_on_this_machine
from tests.tools.order import pytest_collection_modifyitems
from tests.tools.postgres import Cluster, NoPostgresError, cluster

if TYPE_CHECKING:
    from bot.store import Database
    from tests.fakes.town import Town

# Hooks, found here by their names
__all__ = ["pytest_collection_modifyitems", "pytest_sessionfinish", "pytest_terminal_summary"]

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_OTHERS = ("AWS_", "GITHUB_", "SLACK_", "TEAMS_", "USHER_")

for name in [name for name in os.environ if name.startswith(_OTHERS) or name.lower().endswith("_proxy")]:
    if name != "USHER_CHROMIUM":
        del os.environ[name]  # whoever runs the suite lends it neither tokens nor settings
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each program a test starts would compile everything again: seconds
stay_on_this_machine()
settings.register_profile("usher", deadline=None, derandomize=strict())  # a busy machine is not a slow program
settings.load_profile("usher")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The PostgreSQL server of this session."""
    try:
        with cluster() as server:
            yield server
    except NoPostgresError as error:  # raised before the first test, never by one
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each test that needs a database runs once on SQLite and once on PostgreSQL."""
    return str(request.param)


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder for one SQLite file that waits for no disk."""
    with memory.folder() as found:
        yield found


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, empty database."""
    if database_kind == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('disk') / 'usher.sqlite3'}"
        return
    server: Cluster = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest migration, to be copied."""
    path = tmp_path_factory.mktemp("template") / "usher.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    """The name of a PostgreSQL database at the newest migration, to be copied."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


@pytest.fixture
def migrated_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database at the newest migration."""
    if database_kind == "sqlite":
        path = request.getfixturevalue("disk") / "usher.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: Cluster = request.getfixturevalue("postgres")
    template = request.getfixturevalue("migrated_postgres")
    name = server.borrow(template)
    yield server.url(name)
    server.give_back(name, template)


@pytest.fixture
def db(migrated_url: str) -> Iterator[Database]:
    """A fresh database at the newest migration, opened."""
    from tests.tools.opened import opened  # noqa: PLC0415 (a test of the domain loads no database)

    with opened(migrated_url) as database:
        yield database


@pytest.fixture
def town(db: Database, request: pytest.FixtureRequest) -> Town:
    """A company on a fresh database of either kind; in a chat, in the files that say `on_both_chats`."""
    from tests.fakes.town import Town  # noqa: PLC0415 (a test of the domain loads no engine)

    return Town(db, chat=getattr(request, "param", ""))


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Stories of both chats run in Slack on each of their databases, and in Teams on SQLite alone."""
    test = metafunc.definition
    if "town" not in metafunc.fixturenames or not test.get_closest_marker("on_both_chats"):
        return
    if any("database_kind" in mark.args[0] for mark in test.iter_markers("parametrize")):
        test.add_marker(pytest.mark.parametrize("town", ["slack", "teams"], indirect=True))
        return
    postgres = pytest.param("postgresql", "slack", marks=pytest.mark.postgres)
    runs = [("sqlite", "slack"), postgres, ("sqlite", "teams")]
    test.add_marker(pytest.mark.parametrize(("database_kind", "town"), runs, indirect=True))


def _migrate(url: str) -> None:
    from bot.store import Database  # noqa: PLC0415 (a test of the domain loads no database)

    with closing(Database(url)) as database:
        database.migrate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window; per module, because its driver keeps an event loop busy while it lives."""
    found = os.environ.get("USHER_CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium found (install chromium, or name one in USHER_CHROMIUM)")
    sandbox = not (hasattr(os, "geteuid") and os.geteuid() == 0)  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, chromium_sandbox=sandbox)
        yield chromium
        chromium.close()
