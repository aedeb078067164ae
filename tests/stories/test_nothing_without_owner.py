"""Whatever people press, in whatever order: no request ends while something of hers has nobody."""

from __future__ import annotations

import shutil
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Disable, HandOver, PersonId, Wave
from bot.engine import approve, machines, succeed
from bot.engine.tend import tend
from bot.store import Database, owners
from tests.fakes.town import BEN, INES, MARCO, PRIYA, SARA, TOMASZ, Town
from tests.stories.acts import approved, done
from tests.tools import memory

WHO = (BEN, INES, MARCO, TOMASZ, SARA, PRIYA)
ACTS = ("name", "accept", "decline", "give", "renew", "renewed", "end", "yes", "no", "wait", "work")
Moves = list[tuple[str, PersonId]]


def play(town: Town, moves: Moves) -> None:
    """People press what they may and what they may not."""
    for act, who in moves:
        for step in town.view().steps:
            if step.wave is not Wave.HAND_OVER or step.ended:
                continue
            with suppress(Refused):
                press(town, act, step.id, who)
        town.work()
        holds(town)


def press(town: Town, act: str, step: str, who: PersonId) -> None:
    """One press of one person."""
    engine, now = town.engine, town.now
    match act:
        case "name":
            succeed.name_successor(engine, step, who, "40008", now)
        case "accept":
            succeed.accept(engine, step, who, now)
        case "decline":
            succeed.decline(engine, step, who, "No time.", now)
        case "give":
            machines.give(engine, step, INES, who, now)
        case "renew":
            machines.renew(engine, step, who, now)
        case "renewed":
            machines.renewed(engine, step, who, "New key in place.", (), now)
        case "end":
            machines.end(engine, step, who, now)
        case "yes" | "no":
            approve.approve_item(engine, step, town.request().digest, who, now, yes=act == "yes")
        case "wait":
            town.pass_time(timedelta(hours=13))
            tend(engine, town.now)
        case _:
            tend(engine, now)


def holds(town: Town) -> None:
    """The promise: what ended has somebody, and the request ends only when everything has."""
    seen = town.view()
    for step in seen.steps:
        if step.ended and isinstance(step.action, HandOver):
            assert step.state is StepState.CONFIRMED
            assert step.action.to is not None
            assert any(e.kind == "step.accepted" and e.facts["step"] == step.id for e in seen.journal)
            assert step.action.to.native_id in town.github.assets[0].admins
        if step.ended and isinstance(step.action, Disable) and step.wave is Wave.HAND_OVER:
            with town.engine.db.look() as tx:
                kept = owners.kept(tx, step.system)
            assert town.github.made[0].active == (town.github.made[0].native_id in kept)
        if step.state is StepState.HELD:
            assert step.assignee is not None
    if seen.request.state is RequestState.CLOSED:
        assert all(step.ended for step in seen.steps)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(moves=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(WHO)), max_size=8))
def test_no_request_ends_while_something_of_hers_has_nobody(migrated_sqlite: Path, moves: Moves) -> None:
    """Named, accepted, declined, given, renewed, ended, waited for: in any order, by anybody (S0-7, S0-33)."""
    with memory.folder() as folder:
        path = folder / "usher.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        with closing(Database(f"sqlite:///{path}")) as db:
            town = Town(db, machines="ask")
            approved(town)
            play(town, moves)
            for person in (TOMASZ, SARA):
                done(town, person)
            holds(town)
