"""One list of every request, whatever its kind: where it stands, who is waited for, what is late."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.chat.cards.listing import SIZE
from bot.chat.port import Button, Buttons, Card, Filled, Where
from bot.domain.errors import Refused
from bot.domain.model import Account, PersonId, Power, SystemKey
from bot.engine import lookup
from bot.store import people
from tests.fakes.town import (
    ALICE,
    BEN,
    CLARA,
    HANNA,
    INES,
    MARCO,
    MARTEN,
    OMAR,
    PRIYA,
    SARA,
    TOMASZ,
    YUKI,
    Town,
    speaker,
    words,
)
from tests.stories.acts import approved, asked, finish, link, wait

pytestmark = [pytest.mark.on_both_chats, pytest.mark.parametrize("database_kind", ["sqlite"])]

READERS = (HANNA, CLARA, INES, SARA, OMAR)


def listed(town: Town, person: PersonId) -> Card:
    """What somebody reads after `/usher requests`."""
    card = town.talk.command(speaker(person), "/usher", "requests", Where())
    assert isinstance(card, Card)
    return card


def line(town: Town, person: PersonId, request: str) -> str:
    """The line of one request; empty where there is none."""
    return next((one for one in words(listed(town, person)).splitlines() if f"{request}:" in one), "")


def borrows(town: Town, person: PersonId) -> None:
    """Somebody asks for the access of the week on call."""
    values = {"person": person, "what": "on_call", "length": "usual", "reason": "my week on call"}
    town.talk.submit(speaker(person), "access", Filled(values), f"access-{person}")


def leaves(town: Town, person: PersonId) -> None:
    """Hanna asks for the offboarding of somebody."""
    town.offboard(HANNA, person=person, typed=lookup.around(town.engine).crew.people[person].name)


def test_every_kind_of_request_is_in_one_list(town: Town) -> None:
    """A leaver, and access for a while: each with its state and with who is waited for (S0-10)."""
    borrows(town, ALICE)
    leaves(town, MARTEN)
    town.work()
    said = line(town, OMAR, "OFF-101")
    assert "offboarding, Alice Marten; waiting for approval; waits for Grace Oduya and Sara Haddad" in said
    assert "access for a while, Alice Martin; waiting for approval; waits for " in line(town, OMAR, "ACC-101")
    assert "2 requests are open" in listed(town, OMAR).text


def test_the_list_follows_a_request_to_its_end(town: Town) -> None:
    """Who said yes is waited for no more; then how much is done, who has a task, and that it is over (S0-10, S1-5)."""
    asked(town)
    town.press(MARCO, "approve")
    said = line(town, OMAR, "OFF-101")
    assert "Ines Ferreira" in said
    assert "Marco Rossi" not in said
    town.press(INES, "approve")
    town.work()
    said = line(town, OMAR, "OFF-101")
    assert "running, " in said
    assert "Tomasz Nowak" in said
    finish(town)
    assert "finished just now" in line(town, OMAR, "OFF-101")
    assert "waits for" not in line(town, OMAR, "OFF-101")


def test_what_is_late_comes_first_and_says_for_how_long(town: Town) -> None:
    """A task past its time stands before everything that is not late, however old that is (S0-10, S0-28)."""
    leaves(town, MARTEN)
    approved(town)
    assert "late" not in listed(town, INES).text
    wait(town, timedelta(days=4))
    assert "1 of them is late" in listed(town, INES).text
    assert "late by " in line(town, INES, "OFF-102")
    said = words(listed(town, INES))
    assert said.index("OFF-102:") < said.index("OFF-101:")


def test_a_day_that_came_before_the_approval_is_late(town: Town) -> None:
    """Access that should have ended by now, and nobody said yes: the list says so (S0-10, S0-28)."""
    day = town.now + timedelta(days=1)
    asked(town, when="later", day=f"{day:%Y-%m-%d}", time="12:00")
    assert "late" not in line(town, INES, "OFF-101")
    wait(town, timedelta(days=2))
    assert "late by " in line(town, INES, "OFF-101")


def test_nobody_reads_of_a_request_that_is_not_theirs_to_see(town: Town) -> None:
    """Who has no role is refused; whom a request is about finds nothing, not even in the count (S4-12)."""
    asked(town)
    for person in (BEN, YUKI, MARTEN, PRIYA, MARCO):
        with pytest.raises(Refused, match="may not see the list"):
            listed(town, person)
    for person in READERS:
        assert "OFF-101" in words(listed(town, person))
    with town.engine.db.begin() as tx:
        people.give(tx, ALICE, Power.IT, town.now, by="set-up")
    hers = listed(town, ALICE)
    assert "OFF-101" not in words(hers)
    assert "0 requests are open; 0 ended" in hers.text


def test_the_list_names_no_reason_and_no_kind_of_exit(town: Town) -> None:
    """Why somebody leaves is HR's and security's alone (S1-18)."""
    asked(town, reason="a very private reason", exit="involuntary")
    for person in READERS:
        said = words(listed(town, person)).lower()
        assert "private reason" not in said
        assert "voluntar" not in said


def test_whoever_left_reads_nothing(town: Town) -> None:
    """Whoever does not work here any more is told nothing, whatever they were (S4-12)."""
    with town.engine.db.begin() as tx:
        people.give(tx, ALICE, Power.IT, town.now, by="set-up")
    approved(town)
    finish(town)
    with pytest.raises(Refused):
        listed(town, ALICE)


def test_hr_it_security_and_auditors_read_one_truth(town: Town) -> None:
    """The same list and the same request, whoever of them looks; nobody has a version of their own (S3-14)."""
    approved(town)
    assert len({words(listed(town, one)) for one in READERS}) == 1
    cards = [town.talk.command(speaker(one), "/usher", "OFF-101", Where()) for one in READERS]
    assert len({words(one).split("Buttons(")[0] for one in cards if isinstance(one, Card)}) == 1
    assert "Running: " in repr(cards[0])


def test_an_auditor_goes_from_the_list_to_the_proof_of_each(town: Town) -> None:
    """Every request of the list opens by its number, and its report by its button (S2-5, S2-19)."""
    leaves(town, MARTEN)
    finish(approved(town))
    found = re.findall(r"[A-Z]{3}-\d+(?=: )", words(listed(town, OMAR)))
    assert sorted(found) == ["OFF-101", "OFF-102"]
    for request in found:
        shown = town.talk.command(speaker(OMAR), "/usher", request, Where())
        assert isinstance(shown, Card)
        assert request in shown.text
        report = town.talk.press(speaker(OMAR), "report", town.desk.sealed("report", request), "", Where())
        assert isinstance(report, Card)
        (opens,) = pressed(report)
        assert opens.url.startswith("http://usher.test/report/")


def test_a_long_list_is_read_page_by_page(town: Town) -> None:
    """No request is on two pages and none is left out; Home has the way to the first (S0-10)."""
    link(town, INES, Account(SystemKey("github"), "50005", "ines", active=True))
    borrows(town, INES)
    for person in (MARCO, ALICE, TOMASZ, SARA, BEN, YUKI, MARTEN, PRIYA, CLARA, OMAR):
        leaves(town, person)
    home = town.talk.home(speaker(INES))
    assert "requests" in {one.action for one in pressed(home)}
    first = town.talk.press(speaker(INES), "requests", "start", "", Where())
    assert isinstance(first, Card)
    turn = next(one for one in pressed(first) if one.label == "Next page")
    second = town.talk.press(speaker(INES), "requests", turn.value, "", Where())
    assert isinstance(second, Card)
    found = [one for card in (first, second) for one in re.findall(r"[A-Z]{3}-\d+(?=: )", words(card))]
    assert len(found) == len(set(found)) == SIZE + 1
    assert [one.label for one in pressed(second) if one.action == "requests"] == ["Earlier page"]
    beyond = town.talk.press(speaker(INES), "requests", "999", "", Where())
    assert isinstance(beyond, Card)
    assert "11 requests are open" in beyond.text


def pressed(card: Card) -> Sequence[Button]:
    """The buttons of a card."""
    return [one for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]
