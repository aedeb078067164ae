"""Accounts that match nobody who works here, and those that nobody uses: found in the whole list, not in half."""

from __future__ import annotations

import csv
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.accounts import HEAD, Look, Row, last, table
from bot.domain.model import Account, Change, Link, PersonId, SystemKey
from bot.domain.policy import System
from bot.domain.reading import Reading
from bot.domain.strays import Finding
from bot.engine.compare import NO_LIST, compare
from bot.engine.lookup import around
from connectors.interface import Check, ConnectorError, Outcome, Spec, unsupported
from tests.fakes.town import ALICE, ALICE_CODE, BEN, CODE, START, YUKI, Town
from tests.stories.acts import leave, link

HOST = System(CODE, "GitHub", PersonId("P-005"), connector="github")
DAY = timedelta(days=1)


class Listed:
    """A system that names so many accounts after those it was given, and then ends, or breaks."""

    def __init__(self, *named: Account, more: int = 0, broken: str = "") -> None:
        self.spec = Spec(CODE, "GitHub", frozenset(), ())
        self.named, self.more, self.broken = named, more, broken

    def accounts(self) -> Iterator[Account]:
        """Page by page."""
        yield from self.named
        for number in range(self.more):
            yield Account(CODE, f"more:{number}", f"somebody-{number}", active=True)
        if self.broken:
            raise ConnectorError(self.broken)

    def check(self) -> Check:
        """Ready."""
        return Check(ready=True)

    def read(self, link: Link, now: object) -> Reading:
        """Nobody asks."""
        raise NotImplementedError

    def apply(self, change: Change) -> Outcome:
        """It only lists."""
        raise unsupported(self.spec, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Nobody."""
        return ()


def listed(town: Town, *named: Account, more: int = 0, broken: str = "") -> Town:
    """The code host names these accounts."""
    town.engine.connectors[CODE] = Listed(*named, more=more, broken=broken)  # type: ignore[index]
    return town


def look(town: Town, rows: list[Row] | None = None) -> Look:
    """A look at the systems of the town."""
    write = rows.append if rows is not None else None
    return Look(town.engine, around(town.engine).crew.people, town.now, 90 * DAY, write)


def test_every_account_is_held_against_links_and_roster(town: Town) -> None:
    """Alice works here; Yuki's last day was yesterday; the octopus is nobody's; Ben has not been seen for months."""
    yuki = Account(CODE, "40009", "yuki-t", active=True, last_active=START - DAY)
    octopus = Account(CODE, "66", "octopus", active=True, service=True)
    idle = Account(CODE, "40008", "bokafor", active=True, last_active=START - 100 * DAY)
    alice = Account(CODE, "40004", "alice-m", active=True, last_active=START - DAY)
    link(town, YUKI, yuki)
    leave(town, YUKI, START.date() - DAY)
    found = list(compare(listed(town, alice, yuki, octopus, idle).engine, CODE, town.now))
    assert [(one.account.label, one.findings) for one in found] == [
        ("alice-m", ()),
        ("yuki-t", (Finding.LEFT,)),
        ("octopus", (Finding.SERVICE, Finding.ORPHAN)),
        ("bokafor", (Finding.IDLE,)),
    ]
    assert [one.holder.person if one.holder else None for one in found] == [ALICE, YUKI, None, BEN]


def test_a_list_that_breaks_off_is_said_and_nothing_of_it_is_lost(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came before is told, that there is more is told, and the command fails: half a list is no list."""
    rows: list[Row] = []
    assert not look(listed(town, more=750, broken="GitHub did not answer in time."), rows).tell(HOST)
    said = capsys.readouterr().out
    assert "GitHub: 750 accounts, 750 to look at" in said
    assert "the list broke off here, and what follows is not known: GitHub did not answer in time." in said
    assert len(rows) == 751
    assert rows[-1][-1] == "the list broke off: GitHub did not answer in time."


def test_a_system_that_cannot_list_is_named(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody looked there, and nobody believes that somebody did."""
    assert look(town).tell(HOST)
    assert capsys.readouterr().out == f"GitHub: {NO_LIST}\n"


def test_what_somebody_should_look_at_is_told_in_words(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Who, why, and when it was last used: the day, never, or not known."""
    never = Account(CODE, "71", "never-in", active=True, used=False)
    locked = Account(CODE, "72", "gone", active=False)
    assert look(listed(town, ALICE_CODE, never, locked)).tell(HOST)
    assert capsys.readouterr().out.splitlines() == [
        "  GitHub: never-in (71): no person is linked to it; never used. Last active: never.",
        "GitHub: 3 accounts, 1 to look at, 1 locked, 2 whose last activity the system does not tell.",
    ]
    assert last(ALICE_CODE) == "unknown"


def test_twenty_thousand_accounts_take_no_more_memory_than_a_page(town: Town) -> None:
    """They stream by: the most that is held at once is a page, however many there are."""
    counted: Counter[bool] = Counter()
    tracemalloc.start()
    for one in compare(listed(town, more=20_000).engine, CODE, town.now):
        counted[bool(one.findings)] += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted == {True: 20_000}
    assert peak < 8_000_000


def test_a_table_that_a_spreadsheet_opens_runs_nothing(town: Town, tmp_path: Path) -> None:
    """A login is a text somebody chose; it must not become a formula."""
    listed(town, Account(SystemKey("github"), "1", '=HYPERLINK("http://x")', active=True))
    file = tmp_path / "accounts.csv"
    with table(file) as write:
        Look(town.engine, around(town.engine).crew.people, town.now, 90 * DAY, write).tell(HOST)
    with file.open(newline="") as rows:
        head, first = csv.reader(rows)
    assert tuple(head) == HEAD
    assert first[2].startswith("'=")
