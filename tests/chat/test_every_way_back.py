"""Every card and form of undoing, leave and pause, with the worst that people and systems can be called, for Slack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.blocks_lint import message_problems, problems
from bot.chat.port import Card, Filled, Form, Where
from bot.chat.slack_blocks import home, message
from bot.chat.slack_forms import modal
from bot.domain.model import Entitlement, Grant
from bot.engine import halt, leave
from bot.engine.expire import expire
from bot.engine.leave import Leave
from bot.store import Database, people
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import ALICE, ALICE_CODE, HANNA, INES, MARCO, SARA, Town, speaker

NAME = "<!channel> & <@U001|boss> *bold* \u202eecilA\u202c " + "Wolfeschlegelsteinhausen " * 30


def agree(town: Town) -> None:
    """Both say yes."""
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()


@pytest.fixture(scope="module")
def shown(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, list[Form]]]:
    """A company in which everything is called so, with all that can be given back, and every form on the way."""
    path = tmp_path_factory.mktemp("hostile") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
        town = Town(db)
        with db.begin() as tx:
            every = people.every(tx).values()
            people.put(tx, [replace(person, name=f"{NAME}{person.id}", title=NAME) for person in every])
        held = [Entitlement(f"team:{n}", "team", f"{NAME} {n}", why=NAME) for n in range(90)]
        town.github.grants += [Grant(ALICE_CODE, one) for one in held]
        yield town, list(play(town))


def play(town: Town) -> Iterator[Form]:
    """A leave with its buttons, an offboarding undone in the middle, and Usher paused meanwhile."""
    opened = town.talk.command(speaker(HANNA), "pause-access", "<@U004> until 2027-01-15", Where())
    assert isinstance(opened, Form)
    yield opened
    leave.submit(town.engine, Leave(HANNA, ALICE, town.now + timedelta(days=20), reason=NAME), town.now)
    town.work()
    agree(town)
    moved = town.press(HANNA, "leave_move")
    assert isinstance(moved, Form)
    yield moved
    town.pass_time(timedelta(days=19, hours=1))
    expire(town.engine, town.now)
    town.work()
    town.press(HANNA, "leave_end")
    town.work()
    with town.engine.db.look() as tx:
        typed = people.every(tx)[ALICE].name
    town.offboard(HANNA, typed=typed)
    town.work()
    agree(town)
    town.press(HANNA, "stop")
    town.work()
    form = town.press(HANNA, "undo")
    assert isinstance(form, Form)
    yield form
    town.talk.submit(speaker(HANNA), "undo", Filled({"reason": NAME}, context=form.context), "undo")
    town.work()
    town.aws.faults = [ConnectorError(f"AWS says {NAME}", kind=Kind.PERMANENT)]
    pause = town.talk.command(speaker(SARA), "usher", "pause", Where())
    assert isinstance(pause, Form)
    yield pause
    halt.pause(town.engine, SARA, NAME, town.now)
    agree(town)
    town.press(SARA, "halt_end")
    town.work()
    town.press(INES, "second_yes")
    town.work()


def test_slack_takes_every_card(shown: tuple[Town, list[Form]]) -> None:
    """Nothing is too long, nothing is empty, nothing turns into a mention (S0-1)."""
    town, _forms = shown
    for card in town.ears.every:
        assert message_problems(message(card)) == []
        assert "<!channel>" not in repr(message(card))
    assert any("paused Usher" in card.text for card in town.ears.every)


def test_slack_takes_every_form(shown: tuple[Town, list[Form]]) -> None:
    """However much was taken, the form opens (S0-1)."""
    _town, forms = shown
    assert len(forms) == 4
    for form in forms:
        assert problems(modal(form), "modal") == []


def test_slack_takes_home_and_status(shown: tuple[Town, list[Form]]) -> None:
    """With the buttons to begin, and every step of what was given back."""
    town, _forms = shown
    assert problems(home(town.talk.home(speaker(HANNA))), "home") == []
    for key in ("RST-101", "PSE-101", "OFF-101"):
        card = town.talk.command(speaker(HANNA), "usher", key, Where())
        assert isinstance(card, Card)
        assert message_problems(message(card)) == []
