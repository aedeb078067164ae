"""Whose account of the company's directory is whose, by e-mail: nothing is guessed where two could be meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.model import Link, Person, PersonId, SystemKey
from bot.store import Database, people

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One account of the directory: its id, its addresses, and whether somebody can sign in with it."""

    id: str
    addresses: frozenset[str]
    name: str = ""
    works: bool = True


@dataclass(frozen=True, slots=True)
class Matched:
    """Who is who; who could be two or more, in words; and for how many people the directory has nobody."""

    links: tuple[Link, ...]
    doubts: tuple[str, ...]
    missing: int


def is_directory_id(text: str) -> bool:
    """Whether this is how a directory writes the id of an account: 32 hexadecimal digits in five groups."""
    return _ID.fullmatch(text) is not None


def roster(db: Database) -> Mapping[PersonId, Person]:
    """Everybody whom a roster ever named."""
    with db.look() as tx:
        return people.every(tx)


def match(known: Mapping[PersonId, Person], entries: Iterable[Entry], system: SystemKey, by: str) -> Matched:
    """Each person with the one account of a system that has their address; `by` confirms what is found.

    Two people with one address, or two accounts with it, are a doubt and no match.
    """
    accounts: dict[str, set[Entry]] = defaultdict(set)
    for entry in entries:
        for address in entry.addresses if entry.works else ():
            accounts[address.lower()].add(entry)
    owners: dict[str, list[Person]] = defaultdict(list)
    for person in known.values():
        owners[person.email.strip().lower()].append(person)
    links, doubts, missing = [], [], 0
    for address, some in sorted(owners.items()):
        found = accounts.get(address, set()) if address else set()
        missing += len(some) if not found else 0
        if len(found) == 1 and len(some) == 1:
            (entry,) = found
            links.append(Link(some[0].id, system, entry.id, entry.name or some[0].name, "e-mail", by))
        elif found:
            who = " and ".join(person.id for person in some)
            doubts.append(f"{address}: {who} in the roster, {_accounts(len(found))} in the directory")
    return Matched(*_once(links, doubts), missing)


def _once(links: list[Link], doubts: list[str]) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """An account with two addresses may be found for two people; then it is nobody's."""
    whose: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        whose[link.native_id].append(link)
    shared = [some for some in whose.values() if len(some) > 1]
    more = [
        f"{some[0].native_id}: it has the addresses of {' and '.join(sorted(one.person for one in some))}"
        for some in shared
    ]
    return tuple(some[0] for some in whose.values() if len(some) == 1), (*doubts, *more)


def _accounts(count: int) -> str:
    return "1 account" if count == 1 else f"{count} accounts"
