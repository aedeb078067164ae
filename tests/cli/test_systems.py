"""A system that refuses our credentials is asked with fresh ones next time; nobody has to restart anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.cli.systems import Fetched, Systems
from bot.config import Settings, read
from bot.domain.model import Account, Change, Entitlement, Grant, Link, PersonId, Suspend, SystemKey
from bot.secrets import resolve
from connectors.interface import (
    Bounds,
    Check,
    Connector,
    ConnectorError,
    Guide,
    Guides,
    Kind,
    Lists,
    Polls,
    Proves,
    Spec,
)
from tests.fakes.memory import Memory, Sparing
from tests.fakes.town import ALICE_CODE, CODE, START

ALICE = Link(PersonId("P-004"), CODE, "40004", "alice-m", "set-up")


def test_only_refused_credentials_make_it_load_again() -> None:
    """A system that is merely away keeps its connector, with what it learned."""
    made: list[Memory] = []

    def load() -> Connector:
        made.append(Memory(CODE, ALICE_CODE))
        return made[-1]

    systems = Systems()
    systems.know(CODE, "GitHub", load)
    systems[CODE].read(ALICE, START)
    for kind, count in ((Kind.TRANSIENT, 1), (Kind.PERMISSION, 1), (Kind.CREDENTIAL, 2)):
        made[-1].faults = [ConnectorError("no", kind=kind)]
        with pytest.raises(ConnectorError):
            systems[CODE].read(ALICE, START)
        systems[CODE].read(ALICE, START)
        assert len(made) == count


@pytest.fixture
def token(tmp_path: Path) -> Iterator[Path]:
    """The token of a system in a file, named by the environment of this process."""
    path = tmp_path / "token"
    path.write_text("the first token")
    path.chmod(0o600)
    os.environ["USHER_CODE_TOKEN"] = f"file:{path}"
    os.environ["USHER_CODE_ORG"] = "lumen-works"
    yield path
    del os.environ["USHER_CODE_TOKEN"], os.environ["USHER_CODE_ORG"]


def settings(folder: Path) -> Settings:
    """Settings with which Usher starts."""
    return read(
        resolve(
            {
                **os.environ,
                "USHER_DATABASE_URL": "sqlite:///usher.sqlite3",
                "USHER_COMPANY": str(folder),
                "USHER_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_APP_TOKEN": "xapp-1",
            }
        )
    )


def test_a_token_replaced_in_its_file_is_used_after_the_first_refusal(token: Path, tmp_path: Path) -> None:
    """The start's value first, later what the file says by then; a file that is gone is a refusal in words."""
    fetched = Fetched("github", SystemKey("code"), "Code", settings(tmp_path))
    assert fetched.secrets() == {"TOKEN": "the first token", "ORG": "lumen-works"}
    fetched()
    token.write_text("the second token")
    assert fetched.secrets() == {"TOKEN": "the second token", "ORG": "lumen-works"}
    token.unlink()
    with pytest.raises(ConnectorError, match=r"^USHER_CODE_TOKEN: the file .* cannot be read") as gone:
        fetched()
    assert gone.value.kind is Kind.CREDENTIAL


def test_what_a_system_declares_is_told_without_asking_it() -> None:
    """The wrapper in between changes nothing else."""
    systems = Systems()
    systems.know(CODE, "GitHub", lambda: Memory(CODE, Account(CODE, "1", "one", active=True)))
    assert isinstance(systems[CODE].spec, Spec)
    assert systems[CODE].check().ready
    assert systems[CODE].find("a@b.example") == ()


def test_a_system_that_can_say_how_a_change_stands_is_still_asked() -> None:
    """What a connector offers beyond the usual is offered by its wrapper too, and by no other's."""
    memory = Memory(CODE, ALICE_CODE, pending=[ConnectorError("no", kind=Kind.CREDENTIAL)])
    systems = Systems()
    systems.know(CODE, "GitHub", lambda: memory)
    systems.know(SystemKey("plain"), "Plain", lambda: Plain(memory))
    assert not isinstance(systems[SystemKey("plain")], Polls)
    watched = systems[CODE]
    assert isinstance(watched, Polls)
    with pytest.raises(ConnectorError):
        watched.poll("job-1")
    assert memory.polled == ["job-1"]
    assert systems[CODE] is not watched, "a refusal of our credentials loads it again, here as everywhere"


def test_a_look_that_proves_is_passed_on_and_watched() -> None:
    """Where a connector spares calls, they are spared in a served Usher too (S0-29)."""
    sparing = Sparing(CODE, ALICE_CODE)
    systems = Systems()
    systems.know(CODE, "GitHub", lambda: sparing)
    systems.know(SystemKey("plain"), "Plain", lambda: Plain(Memory(CODE, ALICE_CODE)))
    assert not isinstance(systems[SystemKey("plain")], Proves)
    watched = systems[CODE]
    assert isinstance(watched, Proves)
    assert watched.prove(ALICE, START).account.items == (ALICE_CODE,)
    sparing.faults.append(ConnectorError("no", kind=Kind.CREDENTIAL))
    with pytest.raises(ConnectorError):
        watched.prove(ALICE, START)
    assert systems[CODE] is not watched


def test_a_list_of_accounts_is_passed_on_and_watched_to_its_end() -> None:
    """Credentials that are refused in the middle of it make the connector load again; who cannot list does not."""
    listing = Listing(Memory(CODE, ALICE_CODE))
    systems = Systems()
    systems.know(CODE, "GitHub", lambda: listing)
    systems.know(SystemKey("plain"), "Plain", lambda: Plain(Memory(CODE, ALICE_CODE)))
    assert not isinstance(systems[SystemKey("plain")], Lists | Guides | Bounds)
    watched = systems[CODE]
    assert isinstance(watched, Lists)
    assert isinstance(watched, Guides)
    assert watched.by_hand(Suspend(ALICE_CODE)) == Guide("Open the page.")
    assert isinstance(watched, Bounds)
    assert watched.bounds(Grant(ALICE_CODE, Entitlement("policy:x", "policy", "x")))
    every = watched.accounts()
    assert next(every) == ALICE_CODE
    with pytest.raises(ConnectorError):
        next(every)
    assert systems[CODE] is not watched


def test_a_system_whose_settings_are_wrong_has_a_list_that_says_so() -> None:
    """“It cannot list its accounts” would be another thing: nobody would look for the setting."""

    def load() -> Connector:
        raise ConnectorError("The setting TOKEN is missing.", kind=Kind.CREDENTIAL)

    systems = Systems()
    systems.know(CODE, "GitHub", load)
    broken = systems[CODE]
    assert isinstance(broken, Lists)
    with capture_logs(), pytest.raises(ConnectorError, match="The setting TOKEN is missing"):
        list(broken.accounts())


class Plain:
    """A connector that answers at once and has nothing to be asked about later."""

    def __init__(self, memory: Memory) -> None:
        self.spec = memory.spec
        self.read, self.apply, self.find = memory.read, memory.apply, memory.find

    def check(self) -> Check:
        """Ready."""
        return Check(ready=True)


class Listing(Plain):
    """One that names every account there is, until its credentials end, and knows how a person does it by hand."""

    def accounts(self) -> Iterator[Account]:
        """The first page, and no second one."""
        yield ALICE_CODE
        raise ConnectorError("no", kind=Kind.CREDENTIAL)

    def by_hand(self, change: Change) -> Guide | None:
        """Always the same."""
        return Guide("Open the page.")

    def bounds(self, grant: Grant) -> bool:
        """All of hers."""
        return grant.account == ALICE_CODE
