"""How a request stands, read by somebody in HR: few words first, plain words throughout, and one clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.cards import plainly
from bot.chat.cards.steps import here
from bot.chat.cards.words import moment_of, people
from bot.chat.port import Card, Facts, Lines, Where
from bot.chat.teams_words import said_here
from bot.store import Database
from tests.fakes.town import HANNA, INES, MARCO, Town, speaker


@pytest.fixture
def town(db: Database) -> Town:
    """A company in which an offboarding was asked for."""
    town = Town(db, machines="ask")
    town.offboard(HANNA)
    town.work()
    return town


def stands(town: Town) -> Card:
    """What Hanna reads when she asks for it."""
    answer = town.talk.command(speaker(HANNA), "/usher", "OFF-101", Where())
    assert isinstance(answer, Card)
    return answer


def titles(card: Card) -> list[str]:
    """The lists in it, in order."""
    return [piece.title for piece in card.pieces if isinstance(piece, Lines)]


def short(card: Card) -> dict[str, str]:
    """What stands above the lists."""
    return dict(pair for piece in card.pieces if isinstance(piece, Facts) for pair in piece.pairs)


def test_what_waits_and_what_is_late_is_read_before_thirty_lines(town: Town) -> None:
    """First whom it waits for and since when it is late, then what is open, and what is done at the end."""
    assert titles(stands(town)) == ["What would be done"]
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    card = stands(town)
    assert titles(card) == ["Still open", "Done"]
    assert short(card)["Waits for"] == "Ines Ferreira (2), Tomasz Nowak (1) and Sara Haddad (1)"
    assert short(card)["Late"] == "nothing"
    town.pass_time(timedelta(hours=60))
    late = stands(town)
    assert titles(late) == ["Late", "Still open", "Done"]
    assert short(late)["Late"].startswith("4, since ")
    assert "seen at Mon 23 Nov, 10:00" in repr(late.pieces[-2]), "a time of another day is told with its day"


def test_the_moments_of_a_system_are_told_in_the_zone_of_the_company(town: Town) -> None:
    """A plan has one clock: what a database says in UTC stands there as people in Paris read it."""
    seen = town.view()
    opened = seen.now.astimezone(UTC) - timedelta(minutes=5)
    said = here(f"psql from 10.0.0.1, since {opened:%Y-%m-%d %H:%M} UTC", seen)
    assert said == f"psql from 10.0.0.1, since {moment_of(opened, seen.now, 'Europe/Paris', '%H:%M')}"
    assert "UTC" not in said


def test_words_of_engineers_are_explained_once_each_and_only_where_they_stand() -> None:
    """Whoever decides reads what an SSH key is; nothing is explained that is not there."""
    told = plainly.said(["Switch off: SSH key “laptop”", "Switch off: SSH key “old”", "Take away: Team Payments"])
    assert told == "SSH key: a file on a computer that opens the door without a password"
    assert not plainly.said(["Take away: Team Payments"])


@pytest.mark.parametrize(("number", "said"), [(0, "0 people"), (1, "1 person"), (2, "2 people")])
def test_one_person_is_not_one_people(number: int, said: str) -> None:
    """A number and its word agree."""
    assert people(number) == said


def test_a_time_of_another_day_has_its_day() -> None:
    """14:02 alone is read as today's."""
    at = datetime(2026, 11, 27, 13, 2, 11, tzinfo=UTC)
    assert moment_of(at, at + timedelta(hours=1), "Europe/Paris") == "14:02:11"
    assert moment_of(at, at + timedelta(days=1), "Europe/Paris") == "Fri 27 Nov, 14:02"


def test_in_teams_people_are_named_in_words() -> None:
    """Whoever is mentioned with an @ is told of it, and the home tab is a word there."""
    assert said_here("/offboard @name — begin") == "offboard First Last — begin"
    assert said_here("My Home tab shows what waits") == "The word home shows what waits"
    assert said_here("Mail goes to anna@name.example") == "Mail goes to anna@name.example"
