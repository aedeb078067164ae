"""The messages and forms about what waits and about locking, with the worst that people and things can be called."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.blocks_lint import message_problems, problems
from bot.chat.port import Form
from bot.chat.slack_blocks import message
from bot.chat.slack_forms import modal
from bot.domain.model import Asset, Entitlement, Grant
from bot.engine.tend import tend
from bot.store import Database, people
from tests.chat.everything import NAMES
from tests.fakes.town import ALICE, ALICE_CODE, HANNA, INES, MARCO, SARA, Town
from tests.stories.acts import approved, asked
from tests.stories.holding import EVERYTHING, LOCK, keep, later, press, ruled, team_step

_READ_ALOUD = re.compile(r"'accessibility_label': '[^']*'")  # never looked through for mentions
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def hostile(db: Database, name: str, rules: str) -> Town:
    """A company in which everybody and everything is called so, and Alice holds far more than one message shows."""
    town = ruled(Town(db), rules)
    with town.engine.db.begin() as tx:
        every = people.every(tx).values()
        people.put(tx, [replace(person, name=f"{name}{person.id}", title=name) for person in every])
    held = [Entitlement(f"team:{n}", "team", f"{name} {n}", why=name, carries=("repo:9",)) for n in range(5, 30)]
    town.github.grants += [Grant(ALICE_CODE, one) for one in held]
    more = Asset(ALICE_CODE, "repo:9", f"{name} repository", name, last_activity=town.now, last_actor=name)
    town.github.assets.append(more)
    town.github.assets.append(replace(more, native_id="s", kind=f"schedule {name}"))
    town.github.account = replace(town.github.account, label=name)
    return town


def typed(town: Town) -> str:
    """The name that must be typed."""
    with town.engine.db.look() as tx:
        return people.every(tx)[ALICE].name


def every_message_is_taken(town: Town) -> None:
    """Slack refuses none, and no name becomes a mention."""
    for card in town.ears.every:
        payload = message(card)
        assert message_problems(payload) == [], card.text
        said = _READ_ALOUD.sub("", str(payload).replace("&lt;!", ""))
        assert "<!" not in said
        assert "<@" not in said


@pytest.mark.parametrize("name", [NAMES["channel"], NAMES["long"], NAMES["lines"]], ids=["channel", "long", "lines"])
def test_questions_and_their_forms_are_what_slack_takes(db: Database, name: str) -> None:
    """Thirty questions in one message, forms, reminders and answers, whatever things are called."""
    town = hostile(db, name, EVERYTHING)
    approved(town, typed=typed(town))
    step = team_step(town)
    for action in ("hold_keep", "hold_pass"):
        form = press(town, INES, action, step)
        assert isinstance(form, Form)
        assert problems(modal(form), "modal") == []
    keep(town, INES, step, town.now + timedelta(days=3))
    press(town, INES, "hold_first", step)
    later(town, timedelta(hours=25))
    town.press(INES, "hold_all")
    later(town, timedelta(days=40))
    assert any("more follow here" in str(card.pieces) for card in town.ears.every)
    every_message_is_taken(town)


@pytest.mark.parametrize("name", [NAMES["channel"], NAMES["long"]], ids=["channel", "long"])
def test_everything_about_a_lock_is_what_slack_takes(db: Database, name: str) -> None:
    """The offer, the question, the reminders and the way back."""
    town = hostile(db, name, LOCK)
    asked(town, typed=typed(town), exit="involuntary", when="later", day="2026-11-27", time="17:00")
    town.press(HANNA, "lock_now")
    town.work()
    town.press(SARA, "second_yes")
    town.work()
    for hours in (13, 12):
        town.pass_time(timedelta(hours=hours))
        tend(town.engine, town.now)
        town.work()
    town.press(MARCO, "deny")
    tend(town.engine, town.now)
    town.work()
    every_message_is_taken(town)
