"""At any time somebody who looks after access asks what a person has, or who has a system, and is told in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId, Power, Trigger
from bot.store import Database, people, records, versions
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, MARCO, OMAR, SARA, Town, speaker, words
from tests.stories.acts import approved, asked, finish
from tests.stories.later import checks, later

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database."""
    return Town(db)


def says(town: Town, person: PersonId, command: str, text: str = "") -> str:
    """What somebody reads after a command."""
    card = town.talk.command(speaker(person), command, text, Where())
    assert isinstance(card, Card)
    return words(card)


def looks_after(town: Town, person: str) -> None:
    """Somebody without any role becomes the deputy of GitHub."""
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, "policy.yaml")
        assert version is not None
        text = versions.body(tx, version).replace("deputy: P-006", f"deputy: {person}", 1)
        versions.keep(tx, "policy.yaml", text, town.now)


def test_an_auditor_reads_what_alice_has_what_waits_and_what_was_taken(town: Town) -> None:
    """One answer from the newest readings and the requests, each with its time (S2-19, S0-25)."""
    assert "Never read. Known account: alice-m" in says(town, OMAR, "/usher", "person alice martin")
    approved(town)
    said = says(town, OMAR, "/usher", "person <@U004>")
    assert "alice.martin: locked" in said
    assert "payments-api" in said
    assert "OFF-101: offboarding, running" in said
    assert "Hand over" in said
    assert "asked: Ines Ferreira" in said
    assert "seen done on Mon 23 Nov 2026" in said
    finish(town)
    said = says(town, OMAR, "/usher", "person alice martin")
    assert "I look again on Tue 24 Nov 2026" in said
    assert "done by Tomasz Nowak" in said


def test_the_answer_names_no_reason_and_no_kind_of_exit(town: Town) -> None:
    """Why somebody leaves is nobody's business but HR's and security's (S1-18)."""
    asked(town, reason="a very private reason", exit="involuntary")
    for person in (OMAR, INES, HANNA, CLARA):
        said = says(town, person, "/usher", "person alice martin").lower()
        assert "private reason" not in said
        assert "voluntar" not in said


def test_nobody_is_told_about_themselves(town: Town) -> None:
    """Alice hears the same words whether she leaves or not; as an auditor she is in no list (S0-23, S4-12)."""
    with town.engine.db.begin() as tx:
        people.give(tx, ALICE, Power.AUDITOR, town.now, by="set-up")
    before = says(town, ALICE, "/who-has", "github")
    with pytest.raises(Refused) as first:
        says(town, ALICE, "/usher", "person alice martin")
    asked(town)
    with pytest.raises(Refused) as second:
        says(town, ALICE, "/usher", "person alice martin")
    assert first.value.words == second.value.words
    assert says(town, ALICE, "/who-has", "github") == before
    assert "alice-m" not in before
    with pytest.raises(Refused):
        says(town, ALICE, "/usher", "person alice martin fresh")


def test_whoever_looks_after_a_system_hears_of_that_system_alone(town: Town) -> None:
    """Sara's power apart, an owner asks about what is theirs; others ask for nothing (S2-22, S4-12)."""
    asked(town)
    with pytest.raises(Refused, match="may not ask"):
        says(town, BEN, "/who-has", "github")
    with pytest.raises(Refused, match="may not ask"):
        says(town, MARCO, "/usher", "person alice martin")
    looks_after(town, "P-008")
    with pytest.raises(Refused, match="no system and no right"):
        says(town, BEN, "/who-has", "aws")
    said = says(town, BEN, "/usher", "person alice martin")
    assert "alice.martin" not in said
    assert "alice-m" in said
    assert "OFF-101" not in said, "an offboarding that has not begun is not told to whoever is not asked about it"


def test_who_has_a_system_and_who_has_a_right(town: Town) -> None:
    """By the name of a system, of a right or of a thing; what was never read is said as such (S2-19)."""
    asked(town)
    said = says(town, INES, "/who-has", "GitHub")
    assert "Alice Martin (alice-m): 2 rights and 1 key that works, seen" in said
    assert "Ben Okafor (bokafor): an account is known, and it was never read" in said
    assert "Alice Martin (alice.martin): directly, seen" in says(town, INES, "/who-has", "prod-readers")
    assert "Alice Martin" in says(town, SARA, "/who-has", "payments-api")
    with pytest.raises(Refused, match="no system and no right"):
        says(town, INES, "/who-has", "nothing like it")


def test_read_anew_reads_and_changes_nothing(town: Town) -> None:
    """The answer comes to whoever asked, newer than before; nothing is approved and nothing is changed (S2-19)."""
    says(town, OMAR, "/usher", "person ben okafor fresh")
    with pytest.raises(Refused, match="reading this already"):
        says(town, OMAR, "/usher", "person ben okafor fresh")
    town.work()
    card = town.direct(OMAR)[-1]
    assert "GitHub, seen" in words(card)
    assert town.github.log == town.aws.log == []
    town.press(OMAR, "fresh")
    town.work()
    with town.engine.db.look() as tx:
        made = [one for one in records.about(tx, BEN) if one.trigger is Trigger.RESCAN]
    assert [one.state for one in made] == [RequestState.CLOSED] * 2
    assert not any("CHK" in line for line in town.thread())


def test_two_people_of_one_name_are_chosen_from(town: Town) -> None:
    """A name that is not certain is asked back, never guessed (S4-8)."""
    with town.engine.db.begin() as tx:
        twin = replace(people.every(tx)[ALICE], id=PersonId("P-099"), name="Alice Marten", title="Accountant")
        people.put(tx, [Person(**{name: getattr(twin, name) for name in Person.__dataclass_fields__})])
    said = says(town, OMAR, "/usher", "person alice")
    assert "Whom do you mean" in said
    assert "Accountant" in said


def test_somebody_who_left_asks_nothing(town: Town) -> None:
    """Whoever does not work here any more is told nothing, whatever they were (S4-12)."""
    approved(town)
    finish(town)
    with pytest.raises(Refused):
        says(town, ALICE, "/who-has", "github")
    later(town, 1.01)
    assert len(checks(town)) == 1
