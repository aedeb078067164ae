"""Who is suggested to take over, best first, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model import Account, Person, PersonId
from bot.domain.policy import Crew
from bot.domain.successors import Around, Bond, able, best, suggest
from tests.domain.things import ALICE, CODE, NOW, REPO

LEAVER, BOSS = PersonId("P-0"), PersonId("P-1")
KEYS = tuple(PersonId(f"P-{n}") for n in range(8))
PEOPLE = {key: Person(key, f"Name {key}", "", department="D" if key < "P-3" else "E") for key in KEYS}
PEOPLE[LEAVER] = replace(PEOPLE[LEAVER], manager=BOSS)
ACCOUNTS = tuple(Account(CODE, str(n + 10), f"name-{n}", active=True) for n in range(8))
OWNERS = {account.native_id: PersonId(f"P-{n}") for n, account in enumerate(ACCOUNTS)}
AROUND = Around(Crew(PEOPLE, {}), LEAVER, OWNERS, NOW.date())
THING = replace(REPO, account=ALICE, candidates=ACCOUNTS, admins=("1", "17"), last_actor="name-6")


def test_the_strongest_reason_comes_first() -> None:
    """Another admin, whoever changed it last, the manager, the same department, the most active, the rest (S0-7)."""
    lately = replace(ACCOUNTS[4], last_active=NOW - timedelta(days=1))
    long_ago = replace(ACCOUNTS[5], last_active=NOW - timedelta(days=300))
    thing = replace(THING, candidates=(*ACCOUNTS[:4], long_ago, lately, *ACCOUNTS[6:]))
    found = suggest(thing, AROUND)
    assert [(one.person, one.bond) for one in found] == [
        ("P-7", Bond.ADMINISTERS),
        ("P-6", Bond.CHANGED),
        ("P-1", Bond.MANAGER),
        ("P-2", Bond.TEAM),
        ("P-4", Bond.ACTIVE),
        ("P-5", Bond.ACTIVE),
        ("P-3", Bond.REACHES),
    ]


def test_whoever_said_no_is_suggested_no_more_and_can_still_be_chosen() -> None:
    """They come last; where everybody said no, nobody is suggested (S0-7)."""
    found = suggest(THING, replace(AROUND, declined=(PersonId("P-7"),)))
    first = best(found)
    assert first is not None
    assert first.person == "P-6"
    assert (found[-1].person, found[-1].bond) == ("P-7", Bond.DECLINED)
    assert best(suggest(THING, replace(AROUND, declined=tuple(PEOPLE)))) is None


def test_an_account_of_nobody_we_know_is_no_suggestion() -> None:
    """An account that is linked to nobody has nobody who could accept (S0-7)."""
    assert suggest(THING, replace(AROUND, owners={})) == ()
    assert not able(None, AROUND)


@given(
    going=st.frozensets(st.sampled_from(sorted(PEOPLE))),
    gone=st.frozensets(st.sampled_from(sorted(PEOPLE))),
    leaving=st.frozensets(st.sampled_from(sorted(PEOPLE))),
)
def test_nobody_who_goes_is_ever_suggested(
    going: frozenset[PersonId], gone: frozenset[PersonId], leaving: frozenset[PersonId]
) -> None:
    """Whoever left, is leaving or is the leaver is not there, and everybody else is, exactly once (S0-7)."""
    yesterday = NOW.date() - timedelta(days=1)
    people = {key: replace(one, ends=yesterday) if key in gone else one for key, one in PEOPLE.items()}
    found = suggest(THING, replace(AROUND, crew=Crew(people, {}, leaving), going=going))
    stay = set(PEOPLE) - going - gone - leaving - {LEAVER}
    assert sorted(one.person for one in found) == sorted(stay)
