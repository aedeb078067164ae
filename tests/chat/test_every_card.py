"""Every card and form that Usher can build, with the worst that people can be called, as Slack and Teams take it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.chat.cards import forms
from bot.chat.mail import page
from bot.chat.mail.page import Opened, Seal
from bot.chat.port import Card, Filled, Later, Where
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.store import Database, people
from tests.chat.everything import NAMES, peopled
from tests.chat.taken import card_taken, form_taken, home_taken
from tests.fakes.town import ALICE, HANNA, Town, speaker


@pytest.fixture(scope="module", params=list(NAMES.values()), ids=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    """A name somebody may have."""
    return str(request.param)


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Town]:
    """A company in which everybody and everything is called so, after Alice was offboarded there."""
    path = tmp_path_factory.mktemp("hostile") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
        yield peopled(db, name)


def test_every_message_is_one_that_slack_and_teams_take(town: Town) -> None:
    """Whatever people are called and however much they hold, no card is refused, and no name becomes a mention."""
    assert len(town.ears.every) > 30
    for card in town.ears.every:
        card_taken(card)


def test_every_private_answer_home_and_form_is_one_that_slack_and_teams_take(town: Town) -> None:
    """Help, status, Home for everybody, and the form in each of its shapes."""
    request = town.request().id
    with town.engine.db.begin() as tx:
        everybody = sorted(people.every(tx))
    for card in town.ears.every:
        readable(page.card(card, Seal("secret", "session"), "/card/x"))
    for person in everybody:
        who = speaker(PersonId(person))
        home_taken(town.talk.home(who))
        for text in ("help", "<!channel> nonsense" * 20, request, "requests"):
            with suppress(Refused):
                answer = town.talk.command(who, "/usher", text, Where())
                assert isinstance(answer, Card)
                card_taken(answer)
    for when in (forms.NOW, forms.LATER):
        for how in (forms.VOLUNTARY, forms.INVOLUNTARY):
            filled = Filled({"person": ALICE, "when": when, "exit": how, "note": "x" * 500})
            form_taken(town.talk.redraw(speaker(HANNA), "offboard", filled))
    for length in ("usual", "until"):
        filled = Filled({"person": ALICE, "what": "on_call", "length": length, "reason": "<!here>" * 300})
        form_taken(town.talk.redraw(speaker(HANNA), "access", filled))
    opened = town.talk.command(speaker(HANNA), "/offboard", "", Where())
    readable(page.form(Opened(form_taken(opened), "offboard", "", ""), Seal("secret", "session"), "/card/x"))
    seen = town.talk.command(speaker(HANNA), "/usher", f"preview <@U{ALICE[2:]}>", Where())
    assert isinstance(seen, Later)
    card_taken(seen.card)
    card_taken(seen.then())


def readable(html: str) -> None:
    """Nothing that somebody is called became a tag, and nothing turns the words around it."""
    assert "<!channel>" not in html
    assert "<https" not in html
    assert "<no>" not in html
    assert not {"\u202e", "\u2066", "\x00"} & set(html)
    assert html.count("<form") == html.count("</form>")
