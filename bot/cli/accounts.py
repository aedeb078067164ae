"""`app.py accounts`: every account of every system that lists them, and which of them somebody should look at."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.domain.model import Account, Person, PersonId
    from bot.domain.policy import System
    from bot.engine.compare import Compared
    from bot.engine.context import Engine
    from bot.store import Database

Row = tuple[str, ...]
HEAD: Row = ("system", "native_id", "label", "person", "name", "last_active", "active", "findings")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins like this
_ACTIVE = {True: "yes", False: "no", None: "unknown"}


def accounts(
    system: Annotated[str, typer.Option(help="Only this system, by its short name in policy.yaml.")] = "",
    days: Annotated[int, typer.Option(min=1, help="So long without activity is idle.")] = 90,
    file: Annotated[Path | None, typer.Option("--csv", help="Write every account into this file, odd or not.")] = None,
) -> None:
    """Find accounts of nobody, of people who left, idle ones, and machines; exit code 1 when a list is not whole."""
    from bot.domain.errors import Refused
    from bot.engine.lookup import around

    settings = settings_or_exit()
    with closing(open_or_exit(settings)) as db, ExitStack() as opened:
        try:
            engine = engine_of(db, settings)
            known = around(engine)
        except Refused as error:
            raise _sorry(error.words) from None
        asked = [one for key, one in known.policy.systems.items() if one.connector and system in {"", key}]
        if system and not asked:
            raise _sorry(f"There is no system {system} with a connector in policy.yaml.")
        write = opened.enter_context(table(file)) if file else None
        look = Look(engine, known.crew.people, now(), timedelta(days=days), write)
        whole = [look.tell(one) for one in asked]
    raise SystemExit(0 if all(whole) else 1)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the systems: what is odd is printed as it streams by, and every account is given to `write`."""

    engine: Engine
    people: Mapping[PersonId, Person]
    at: datetime
    idle: timedelta
    write: Callable[[Row], object] | None = None

    def tell(self, system: System) -> bool:
        """Print what is odd in one system; False when its list could not be read to its end, which is said."""
        from bot.engine.compare import NO_LIST, compare
        from connectors.interface import ConnectorError

        count: Counter[str] = Counter()
        said = ""
        try:
            for one in compare(self.engine, system.key, self.at, self.idle):
                self._one(system, one, count)
        except ConnectorError as error:
            said = error.said
        if said == NO_LIST:
            print(f"{system.name}: {said}")
            return True
        print(f"{system.name}: {_summary(count)}")
        if not said:
            return True
        print(f"{system.name}: the list broke off here, and what follows is not known: {said}")
        if self.write:
            self.write((system.key, "", "", "", "", "", "", f"the list broke off: {said}"))
        return False

    def _one(self, system: System, one: Compared, count: Counter[str]) -> None:
        from bot.domain.strays import Activity, activity

        account = one.account
        count["all"] += 1
        count["odd"] += bool(one.findings)
        count["locked"] += account.active is False
        count["unknown"] += activity(account) is Activity.UNKNOWN
        person = one.holder.person if one.holder else ""
        name = self.people[one.holder.person].name if one.holder and one.holder.person in self.people else person
        odd = "; ".join(finding.value for finding in one.findings)
        if odd:
            whose = f" of {name}" if name else ""
            print(
                f"  {system.name}: {account.label} ({account.native_id}){whose}: {odd}. Last active: {last(account)}."
            )
        if self.write:
            facts = (account.label, person, name, last(account), _ACTIVE[account.active], odd)
            self.write((system.key, account.native_id, *facts))


def last(account: Account) -> str:
    """The day of its last activity, never, or unknown: what a vendor does not tell is not never."""
    from bot.domain.strays import activity

    return f"{account.last_active:%Y-%m-%d}" if account.last_active else activity(account).value


def _summary(count: Counter[str]) -> str:
    every = "1 account" if count["all"] == 1 else f"{count['all']:,} accounts"
    rest = f"{count['locked']:,} locked, {count['unknown']:,} whose last activity the system does not tell"
    return f"{every}, {count['odd']:,} to look at, {rest}."


@contextmanager
def table(file: Path) -> Iterator[Callable[[Row], object]]:
    """What writes a row into a fresh CSV file; nothing in it is a formula. Exit code 1 where it cannot be written."""
    try:
        rows = file.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise _sorry(f"{file} cannot be written: {error.strerror}.") from None
    with rows:
        write = csv.writer(rows).writerow
        write(HEAD)
        yield lambda row: write([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])


def engine_of(db: Database, settings: Settings) -> Engine:
    """An engine that looks: every system of the policy in force, and nobody who runs steps. Raises Refused."""
    from bot.cli.systems import Fetched, Systems
    from bot.engine.context import Engine
    from bot.engine.inline import Inline
    from bot.engine.lookup import policy_in_force

    systems = Systems()
    engine = Engine(db, systems, Inline())
    for key, one in policy_in_force(engine).systems.items():
        if one.connector:
            systems.know(key, one.name, Fetched(one.connector, key, one.name, settings))
    return engine


def _sorry(words: str) -> SystemExit:
    print(words)
    return SystemExit(1)
