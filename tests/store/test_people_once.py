"""Everybody is read once and believed until a row changes: who stands in the roster is never yesterday's answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from bot.engine.lookup import around
from bot.store import Database, people
from tests.fakes.town import ALICE, MARCO, Town
from tests.store.test_few_questions import questions
from tests.stories.test_batch import ask, requests, work


def test_the_people_of_a_big_company_are_not_read_again_for_every_press(db: Database) -> None:
    """What did not change is not read once more (S0-29, S0-34)."""
    town = Town(db)
    first = around(town.engine).crew.people
    assert around(town.engine).crew.people is first
    assert questions(db, lambda: around(town.engine)) < 6


def test_several_leavers_are_planned_with_one_look_at_the_company(db: Database) -> None:
    """A list of many costs its people, not its people times the roster (S0-34)."""
    town = Town(db)
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    ask(town)
    sa.event.listen(db.engine, "before_cursor_execute", note)
    work(town)
    sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len(requests(town)) == 3
    assert sum("FROM people ORDER BY" in " ".join(one.split()) for one in sent) <= 2


def test_a_change_of_the_roster_is_seen_at_once_by_everybody(db: Database) -> None:
    """Another process wrote it: this one does not believe what it read before."""
    town, elsewhere = Town(db), Database(db.url)
    before = around(town.engine).crew.people[ALICE]
    with elsewhere.begin() as tx:
        people.put(tx, [replace(before, ends=date(2026, 11, 20))])
    assert around(town.engine).crew.people[ALICE].ends == date(2026, 11, 20)
    with elsewhere.begin() as tx:
        people.go_away(tx, MARCO, date(2026, 12, 1))
    assert around(town.engine).crew.away == {MARCO: date(2026, 12, 1)}
    elsewhere.close()


class _Undone(Exception):
    pass


def test_what_was_taken_back_is_never_believed(db: Database) -> None:
    """A transaction read its own change and was undone; the next change is another one."""
    town = Town(db)
    before = around(town.engine).crew.people[ALICE]
    for name in ("Alice Wrong", "Alice Right"):
        with suppress(_Undone), town.engine.db.begin() as tx:
            people.put(tx, [replace(before, name=name)])
            assert people.crew(tx).people[ALICE].name == name
            if name == "Alice Wrong":
                raise _Undone
    assert around(town.engine).crew.people[ALICE].name == "Alice Right"


def test_an_undone_change_leaves_the_one_before(db: Database) -> None:
    """What was rolled back is not there for anybody."""
    town = Town(db)
    before = around(town.engine).crew.people[ALICE]
    with suppress(_Undone), town.engine.db.begin() as tx:
        people.put(tx, [replace(before, name="Alice Wrong")])
        assert people.every(tx)[ALICE].name == "Alice Wrong"
        raise _Undone
    assert around(town.engine).crew.people[ALICE] == before
