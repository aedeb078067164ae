"""What is said of later looks and of who has what, with the worst that people and systems can be called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.blocks_lint import message_problems
from bot.chat.port import Card, Where
from bot.chat.slack_blocks import message
from bot.domain.errors import Refused
from bot.domain.model import Account, Credential, Entitlement, Grant
from bot.store import Database, people
from tests.fakes.town import ALICE, ALICE_CLOUD, ALICE_CODE, HANNA, INES, OMAR, Town, speaker
from tests.stories.later import gone, later

NAMES = (
    "<!channel> & <@U001|boss>",
    "Wolfeschlegelsteinhausenbergerdorff " * 30,
    "*bold* `code` <https://evil.example|AWS>",
)


@pytest.fixture(scope="module", params=NAMES, ids=["mention", "long", "marks"])
def town(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Town]:
    """A company in which everybody and everything is called so, and in which much came back after Alice left."""
    name = str(request.param)
    path = tmp_path_factory.mktemp("hostile") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
        town = gone(Town(db))
        with db.begin() as tx:
            every = people.every(tx).values()
            people.put(tx, [replace(person, name=f"{name}{person.id}", title=name) for person in every])
        held = [Entitlement(f"team:{n}", "team", f"{name} {n}", why=name) for n in range(60)]
        town.github.grants += [Grant(ALICE_CODE, one, path=f"by the group {name}") for one in held]
        town.aws.credentials += [Credential(ALICE_CLOUD, f"AK{n}", "key", f"{name}{n}") for n in range(60)]
        email = next(person.email for person in every if person.id == ALICE)
        old = tuple(Account(ALICE_CLOUD.system, f"{n}", f"{name}{n}", active=True) for n in range(30))
        town.aws.alike = {email: old}
        town.github.blind = name
        later(town, 1.01)
        yield town


def test_every_line_and_card_about_a_later_look_is_one_that_slack_takes(town: Town) -> None:
    """Whatever things are called, no message is refused, and no name becomes a mention."""
    for card in town.ears.every:
        payload = message(card)
        assert message_problems(payload) == [], card.text
        assert "<!" not in str(payload).replace("&lt;!", "")
        assert "<@" not in str(payload)


@pytest.mark.parametrize("text", ["person {name}", "person P-004", "person o"])
def test_what_is_known_about_a_person_is_shown_whatever_they_are_called(town: Town, text: str) -> None:
    """One person, or a choice of several."""
    with town.engine.db.look() as tx:
        name = people.every(tx)[ALICE].name
    with suppress(Refused):
        answer = town.talk.command(speaker(OMAR), "/usher", text.format(name=name), Where())
        assert isinstance(answer, Card)
        assert message_problems(message(answer)) == []
    answer = town.talk.command(speaker(OMAR), "/usher", "person <@U004>", Where())
    assert isinstance(answer, Card)
    assert message_problems(message(answer)) == []


@pytest.mark.parametrize("text", ["github", "AWS", "1", "wolfe", "code", "laptop and badge"])
def test_who_has_something_is_shown_whatever_it_is_called(town: Town, text: str) -> None:
    """Sixty rights match one letter: ten are shown, and how many more there are."""
    for person in (INES, HANNA):
        with suppress(Refused):
            answer = town.talk.command(speaker(person), "/who-has", text, Where())
            assert isinstance(answer, Card)
            assert message_problems(message(answer)) == []
