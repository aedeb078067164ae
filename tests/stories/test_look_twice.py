"""Wherever somebody is chosen in a form, the form says when another person can be taken for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.chat.port import Filled, Form
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.store import people
from tests.fakes.town import ALICE, BEN, HANNA, INES, YUKI, Town, speaker
from tests.stories.acts import approved
from tests.stories.holding import ASK, press, ruled, team_step


def drawn(town: Town, by: PersonId, handler: str, person: PersonId, context: str = "", **values: str) -> str:
    """The form again, after somebody was chosen."""
    form = town.talk.redraw(speaker(by), handler, Filled({"person": person, **values}, context=context))
    assert isinstance(form, Form)
    return repr(form)


def twin(town: Town, *, name: str, email: str = "yuki@lumen.example") -> None:
    """Yuki is called, or reached, like Ben."""
    with town.engine.db.begin() as tx:
        people.put(tx, [replace(people.every(tx)[YUKI], name=name, email=email)])


@pytest.fixture
def town(town: Town) -> Town:
    """Two people share one name."""
    twin(town, name="Ben Okafor")
    return town


@pytest.mark.parametrize("handler", ["offboard", "leave", "access", "role"])
def test_a_form_that_begins_something_says_whom_it_means(town: Town, handler: str) -> None:
    """Offboarding, a leave, access for somebody, a role: the warning and the id stand there (S0-5)."""
    said = drawn(town, HANNA, handler, BEN)
    assert "Look twice at this name" in said
    assert "I mean P-008" in said
    assert "Look twice" not in drawn(town, HANNA, handler, INES if handler != "offboard" else ALICE)


def test_whoever_is_asked_instead_is_chosen_with_the_same_warning(town: Town) -> None:
    """Ask somebody: the form is drawn anew for whom was chosen."""
    approved(ruled(town, ASK))
    form = press(town, INES, "hold_pass", team_step(town))
    assert isinstance(form, Form)
    assert "Look twice" not in repr(form)
    assert "I mean P-008" in drawn(town, INES, "hold_pass", BEN, form.context)


def test_nobody_is_warned_of_themselves(town: Town) -> None:
    """Who asks for access for themselves knows who they are."""
    assert "Look twice" not in drawn(town, BEN, "access", BEN)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("BEN@lumen.example", "has the same address"),
        ("b\u0435n@lumen.example", "looks the same, and is another"),
        ("yuki@lumen.example", ""),
    ],
)
@pytest.mark.parametrize("handler", ["leave", "access"])
def test_an_address_that_can_be_taken_for_another_is_told(town: Town, handler: str, address: str, said: str) -> None:
    """The same one in other letters, and one that only looks like it."""
    twin(town, name="Yuki Tanaka", email=address)
    found = drawn(town, HANNA, handler, BEN)
    assert said in found
    assert ("This is about P-008 alone" in found) == bool(said)


def test_redrawing_asks_for_the_same_rights_as_opening(town: Town) -> None:
    """Whoever may not open a form sees nothing in it by redrawing it either."""
    checks: list[Callable[[], str]] = [
        lambda: drawn(town, BEN, "role", ALICE),
        lambda: drawn(town, BEN, "leave", ALICE),
        lambda: drawn(town, BEN, "hold_pass", ALICE, "no seal of ours"),
        lambda: drawn(town, BEN, "machine_give", ALICE, "no seal of ours"),
    ]
    for check in checks:
        with pytest.raises(Refused, match=r"may|damaged"):
            check()
