"""What the database is asked does not grow with the company: a search or a view of many is as few queries as of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from bot.domain.model import Account, Link, Person, PersonId, SystemKey
from bot.engine import lookup
from bot.engine.view import view
from bot.store import Database, people
from tests.fakes.town import CODE, Town
from tests.stories.acts import asked


def questions(db: Database, work: Callable[[], object]) -> int:
    """How many statements a piece of work sends."""
    sent: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    work()
    sa.event.remove(db.engine, "before_cursor_execute", count)
    return len(sent)


def grow(town: Town) -> None:
    """Fifty more people, each with an account."""
    with town.engine.db.begin() as tx:
        for n in range(50):
            key = PersonId(f"P-9{n:02}")
            people.put(tx, [Person(key, f"Zoe {n}", f"zoe{n}@lumen.example")])
            people.link(tx, Link(key, SystemKey("github"), f"9{n:02}", f"zoe-{n}", "set-up", "set-up"), town.now)


def test_searching_a_larger_company_asks_no_more(db: Database) -> None:
    """Each letter typed is answered while somebody waits: one question for the people, one for their accounts."""
    town = Town(db)
    before = questions(db, lambda: lookup.search(town.engine, "ali"))
    grow(town)
    assert questions(db, lambda: lookup.search(town.engine, "zoe")) == before
    assert [beyond for _, beyond in lookup.search(town.engine, "zoe-7")] == ["zoe-7"]


def test_a_request_with_many_successors_is_seen_with_as_few_questions(db: Database) -> None:
    """Fifty people could take a repository over: whose their accounts are is one question."""
    town = Town(db)
    grow(town)
    repo = town.github.assets[0]
    more = tuple(Account(CODE, f"9{n:02}", f"zoe-{n}") for n in range(50))
    town.github.assets = [replace(repo, candidates=(*repo.candidates, *more))]
    asked(town)
    seen = town.view()
    assert len(seen.owners) == 51
    assert questions(db, lambda: view(town.engine, seen.request.id, town.now)) < 30
