"""Whose turn it is to write: whoever is answered does not stand behind everybody's work, and nobody is kept out."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import Away, Database, hurried
from bot.store.turns import Line, Turn

WORKERS = 12  # threads that want to write all the time
PRESSES = 25


@pytest.fixture
def one_file(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file, where one writes at a time."""
    db = Database(f"sqlite:///{tmp_path / 'usher.sqlite3'}")
    yield db
    db.close()


@contextmanager
def working(db: Database) -> Iterator[list[int]]:
    """Steps being written all the time; how many were, as a list of one."""
    over, count = threading.Event(), [0]

    def work() -> None:
        while not over.is_set():
            with db.begin() as tx:
                tx.execute(sa.text("SELECT 1"))
                count[0] += 1

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    while not count[0]:
        time.sleep(0.01)
    try:
        yield count
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_press_is_not_kept_waiting_by_a_dozen_steps(one_file: Database) -> None:
    """Twelve steps want to be written: a press waits for about one of them, not for all that came before it."""
    waited = []
    with working(one_file) as written:
        for _ in range(PRESSES):
            with hurried(20):
                before = written[0]
                with one_file.begin():
                    waited.append(written[0] - before)
    assert statistics.median(waited) <= 3


def test_many_presses_keep_no_step_from_being_written(one_file: Database) -> None:
    """People press all the time; the work they asked for goes on all the same."""
    over = threading.Event()

    def press() -> None:
        while not over.is_set():
            with hurried(20), one_file.begin() as tx:
                tx.execute(sa.text("SELECT 1"))

    threads = [threading.Thread(target=press) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            with one_file.begin():
                pass
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_whoever_waits_in_vain_is_told_and_stands_in_nobodys_way(one_file: Database) -> None:
    """A press that cannot be kept in its time fails in words; the next one is kept."""
    with one_file.begin():
        outcome: list[type[Exception]] = []

        def press() -> None:
            try:
                with hurried(0.01), one_file.begin():
                    pass
            except Away as error:
                outcome.append(type(error))

        thread = threading.Thread(target=press)
        thread.start()
        thread.join()
    assert len(outcome) == 1
    with hurried(0.01), one_file.begin():
        pass


def test_a_turn_that_nobody_waits_for_any_more_is_free() -> None:
    """Both kinds gave up: the turn goes to whoever asks next, of either kind."""
    turn = Turn()
    assert turn.take(1)
    assert not turn.take(0)
    assert not turn.take(0, hurries=True)
    turn.give()
    assert turn.take(0, hurries=True)
    assert not turn.take(0)
    turn.give(hurries=True)
    assert turn.take(0)


def test_a_line_is_left_as_it_was_by_whoever_gives_up() -> None:
    """It is handed on to nobody who has gone."""
    line = Line()
    assert line.take(0)
    assert not line.take(0.01)
    line.give()
    assert line.take(0)
