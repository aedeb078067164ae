"""Our own database goes away while a step runs: the dispatcher gives up on it, and Usher does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from bot.domain.lifecycle import RequestState
from bot.engine.context import Engine
from bot.engine.dispatch import Dbos
from bot.engine.recover import recover
from bot.engine.run import run_step
from bot.engine.submit import Asked, submit
from bot.store import Database
from tests.fakes.town import ALICE, CLOUD, CODE, HANNA, START, Town

PATIENCE = 80


@contextmanager
def served(town: Town, away: list[str], begun: Event) -> Iterator[Engine]:
    """Usher with its real dispatcher: steps run once it has `begun`, and lose the database while `away` has entries."""
    dispatcher = Dbos(town.engine.db)
    engine = Engine(town.engine.db, town.engine.connectors, dispatcher)

    def run(step: str, attempt: int) -> None:
        begun.wait(PATIENCE)
        if away:
            away.append(step)
            raise ConnectionError("the database does not answer")
        run_step(engine, step, attempt, town.tick)

    for system in (CLOUD, CODE):
        dispatcher.add(system)
    dispatcher.launch(run)
    try:
        yield engine
    finally:
        dispatcher.close()


def until(well: Callable[[], object]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not well():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_step_that_lost_its_database_is_queued_again(db: Database) -> None:
    """Both readings end in an error nobody could write down; a minute later they run again, and the plan is there."""
    town, away, begun = Town(db), ["from now on"], Event()
    with served(town, away, begun) as engine:
        submit(engine, Asked(HANNA, ALICE, START, immediate=True, voluntary=True, typed_name="Alice Martin"), town.now)
        assert recover(engine, town.now) == 0, "what waits or runs is left alone"
        begun.set()
        until(lambda: len(away) == 3)
        away.clear()
        taken_up: list[int] = []

        def both() -> bool:
            """Each is taken up once its own error is written down."""
            taken_up.append(recover(engine, town.now))
            return sum(taken_up) == 2

        until(both)
        until(lambda: town.request().state is RequestState.AWAITING_APPROVAL)
        assert recover(engine, town.now) == 0
    view = town.view()
    assert [entry.kind for entry in view.journal].count("step.recovered") == 2
    assert {step.attempt for step in view.reads} == {1}
