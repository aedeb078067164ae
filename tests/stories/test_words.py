"""What people type and press: help, mistakes, the right person among two of nearly the same name, old buttons."""

from __future__ import annotations

import pytest

from bot.chat.links import seal, sign
from bot.chat.port import Buttons, Card, Filled, Form, PersonField, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId
from bot.engine import lookup
from bot.store import people
from tests.fakes.town import ALICE, BEN, HANNA, INES, MARCO, MARTEN, OMAR, SARA, Town, speaker, words
from tests.stories.acts import approved, asked, sealed

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def says(town: Town, person: PersonId, text: str) -> str:
    """What Usher answers to something written to it directly."""
    answer = town.talk.message(speaker(person), text)
    assert isinstance(answer, Card)
    return words(answer)


@pytest.mark.parametrize("text", ["help", "Hello", " hi ", "?"])
def test_help_says_what_this_person_may_do(town: Town, text: str) -> None:
    """Hanna may offboard and give roles, Ben may look: each sees exactly that, as buttons (S0-5, S4-31)."""
    assert "take away the access" in says(town, HANNA, text)
    assert "/usher role" in says(town, HANNA, text)
    assert "take away the access" not in says(town, BEN, text)
    assert "did not understand" not in says(town, BEN, text)


def test_a_typing_error_is_answered_with_what_is_possible(town: Town) -> None:
    """No silence and no blame: what was read, and what may be typed instead (S0-5)."""
    assert "I did not understand “offbord alice”" in says(town, HANNA, "offbord alice")
    answer = town.talk.command(speaker(HANNA), "/usher", "ofboard alice", Where())
    assert "I did not understand “ofboard alice”" in repr(answer)
    assert "did not understand" not in repr(town.talk.command(speaker(HANNA), "/usher", "", Where()))
    assert "What you may do" in repr(town.talk.command(speaker(HANNA), "/offboard", "help", Where()))


def test_the_same_is_reached_by_either_command(town: Town) -> None:
    """`/usher offboard`, `/usher off-101` and `/usher role` do what they say."""
    assert isinstance(town.talk.command(speaker(HANNA), "/usher", "offboard", Where()), Form)
    assert isinstance(town.talk.command(speaker(HANNA), "/usher", "role", Where()), Form)
    asked(town)
    for command in ("/usher", "/offboard"):
        assert "OFF-101" in repr(town.talk.command(speaker(HANNA), command, "off-101", Where()))
    assert "OFF-101" in says(town, MARCO, "off-101")


def test_strangers_learn_nothing(town: Town) -> None:
    """A chat account that is linked to nobody reads which admins to ask, and nothing of anybody else (S4-12)."""
    stranger = Speaker("U-nobody", None)
    for ask in (
        lambda: town.talk.command(stranger, "/offboard", "", Where()),
        lambda: town.talk.command(stranger, "/usher", "", Where()),
        lambda: town.talk.command(stranger, "/usher", "role", Where()),
        lambda: town.talk.options(stranger, "people", "a"),
        lambda: town.talk.message(stranger, "hello"),
        lambda: town.talk.press(stranger, "offboard", "start", "", Where()),
    ):
        with pytest.raises(Refused, match="do not know you yet") as refused:
            ask()
        assert "an admin of Usher (Hanna Lindqvist, Sara Haddad)" in refused.value.hint
    assert "I do not know you yet. Ask an admin of Usher (Hanna Lindqvist, Sara Haddad) to link" in words(
        town.talk.home(stranger)
    )
    town.talk.comment(stranger, "hello", Where("C-off", "1.0"), "k")


def test_two_of_nearly_the_same_name_are_told_apart(town: Town) -> None:
    """Alice Martin and Alice Marten are both offered, each with title, department and e-mail; none is chosen (S0-5)."""
    found = town.talk.options(speaker(HANNA), "people", "alice mart")
    assert [(one.value, one.label) for one in found] == [(MARTEN, "Alice Marten"), (ALICE, "Alice Martin")]
    assert "Finance analyst" in found[0].detail
    assert "alice.martin@lumen.example" in found[1].detail
    form = town.talk.command(speaker(HANNA), "/offboard", "@alice", Where())
    assert isinstance(form, Form)
    assert "2 people match “@alice”" in repr(form.fields[0])
    chosen = [field.value for field in form.fields if isinstance(field, PersonField)]
    assert chosen == [None]


def test_the_right_person_is_confirmed_by_more_than_a_name(town: Town) -> None:
    """Chosen by mention or by full name, the form shows face, title, manager, e-mail and start (S0-5, S4-12)."""
    for text in ("<@U004>", "<@U004|alice>", "Alice Martin", "alice.martin@lumen.example"):
        form = repr(town.talk.command(speaker(HANNA), "/offboard", text, Where()))
        assert "Senior engineer" in form
        assert "Manager: Marco Rossi" in form
        assert "Mon 06 May 2019" in form
    assert "linked to nobody" in repr(town.talk.command(speaker(HANNA), "/offboard", "<@U999>", Where()))
    assert "I found nobody called “Zoe”" in repr(town.talk.command(speaker(HANNA), "/offboard", "Zoe", Where()))


@pytest.mark.parametrize("text", ["<@U004> marten", "<@U004> <@U010>"])
def test_a_mention_and_more_words_choose_nobody(town: Town, text: str) -> None:
    """Perhaps two people are meant: Usher says so in words a person can read, and leaves the choice open (S0-5)."""
    form = town.talk.command(speaker(HANNA), "/offboard", text, Where())
    assert isinstance(form, Form)
    assert "I could not tell whom you mean" in repr(form.fields[0])
    assert [field.value for field in form.fields if isinstance(field, PersonField)] == [None]


def test_who_may_not_give_roles_is_told_before_filling_in_a_form(town: Town) -> None:
    """Ben learns it at the command, not after the last field (S0-5)."""
    with pytest.raises(Refused, match="Only an admin"):
        town.talk.command(speaker(BEN), "/usher", "role", Where())


def test_choosing_somebody_already_leaving_says_so(town: Town) -> None:
    """The form shows the way to the request that runs; with Now, the name is to be typed (S0-3)."""
    asked(town)
    filled = Filled({"person": ALICE, "when": "now", "exit": "involuntary", "note": "please hurry"})
    form = repr(town.talk.redraw(speaker(HANNA), "offboard", filled))
    assert "already being offboarded: OFF-101" in form
    assert "Type the full name to confirm: Alice Martin" in form
    assert "please hurry" in form


@pytest.mark.parametrize(
    ("typed", "found"),
    [("bokafor", "Ben Okafor"), ("jose", "José Ñúñez"), ("lukasz", "Łukasz Sørensen"), ("SORENSEN", "Łukasz Sørensen")],
)
def test_search_finds_logins_and_forgives_accents(town: Town, typed: str, found: str) -> None:
    """A login in some system, or a name as a foreign keyboard writes it, is enough (S0-5)."""
    with town.engine.db.begin() as tx:
        people.put(
            tx,
            [
                Person(PersonId("P-101"), "José Ñúñez", "j@lumen.example"),
                Person(PersonId("P-102"), "Łukasz Sørensen", "l@lumen.example"),
            ],
        )
    assert [person.name for person, _ in lookup.search(town.engine, typed)] == [found]
    detail = town.talk.options(speaker(HANNA), "people", "bokafor")[0].detail
    assert detail.endswith("bokafor")


def test_a_button_is_good_for_what_it_says_and_nothing_else(town: Town) -> None:
    """Changed, cut, of another button, form or link, of another secret: refused, and nothing happens (S4-12)."""
    asked(town)
    value = sealed(town, MARCO, "approve")
    desk = town.desk
    bad = [
        value[:-1],
        value + "x",
        "",
        "start",
        desk.sealed("show", "OFF-101"),
        desk.sealed("item_yes", "OFF-101.1", town.request().digest),
        seal("another secret", "approve", "OFF-101", town.request().digest),
        sign(desk.secret, "OFF-101", MARCO, town.now),
    ]
    for one in bad:
        with pytest.raises(Refused, match="damaged"):
            town.talk.press(speaker(MARCO), "approve", one, "", Where())
    with pytest.raises(Refused, match="damaged"):
        town.talk.press(speaker(HANNA), "cancel", desk.sealed("show", "OFF-101"), "", Where())
    with pytest.raises(Refused, match="damaged"):
        town.talk.submit(speaker(HANNA), "evidence", Filled({}, context=desk.sealed("done", "OFF-101.1")), "d")
    with pytest.raises(Refused, match="do not know this button"):
        town.talk.press(speaker(HANNA), "explode", value, "", Where())
    with pytest.raises(Refused, match="do not know this form"):
        town.talk.submit(speaker(HANNA), "explode", Filled({}), "d")
    assert not town.view().approvals


def test_buttons_about_things_that_are_no_more_are_answered(town: Town) -> None:
    """A well-sealed button whose step is gone gets a sentence (S0-5)."""
    asked(town)
    for action in ("done", "successor", "look_again", "try_again"):
        with pytest.raises(Refused, match="cannot find this step"):
            town.talk.press(speaker(INES), action, town.desk.sealed(action, "OFF-101.99"), "8", Where())
    with pytest.raises(Refused, match="cannot find this item"):
        town.talk.press(speaker(INES), "item_no", town.desk.sealed("item_no", "OFF-101.99", "d"), "", Where())
    with pytest.raises(Refused, match="decided already"):
        town.talk.press(speaker(SARA), "power_yes", town.desk.sealed("power_yes", "77"), "", Where())


def test_what_colleagues_write_in_the_thread_is_kept_once(town: Town) -> None:
    """A reply is part of the trail, once however often the platform delivers it; other threads are nobody's (S1-10)."""
    asked(town)
    thread = Where("C-off", town.request().thread)
    for _ in range(3):
        town.talk.comment(speaker(INES), "She is in the office on Friday.", thread, "m-1")
    town.talk.comment(speaker(INES), "Thank you.", thread, "m-2")
    town.talk.comment(speaker(INES), "Lunch?", Where("C-off", "999.0"), "m-3")
    town.talk.comment(speaker(INES), "Lunch?", Where("C-off", ""), "m-4")
    kept = [entry.private["text"] for entry in town.view().journal if entry.kind == "request.comment"]
    assert kept == ["She is in the office on Friday.", "Thank you."]


def test_open_and_report_lead_there(town: Town) -> None:
    """Whoever may see it gets the way to the thread, and a report link of their own (S2-19)."""
    approved(town)
    card = town.talk.press(speaker(OMAR), "show", town.desk.sealed("show", "OFF-101"), "", Where())
    assert isinstance(card, Card)
    urls = [one.url for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]
    assert urls == [f"http://chat/C-off/{town.request().thread}"]
    opened = town.talk.press(speaker(OMAR), "report", town.desk.sealed("report", "OFF-101"), "", Where())
    assert "http://usher.test/report/" in repr(opened)
    with pytest.raises(Refused):
        town.talk.press(speaker(ALICE), "report", town.desk.sealed("report", "OFF-101"), "", Where())
