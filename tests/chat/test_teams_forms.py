"""Forms that Teams opens, and what people filled in, neutral again."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bot.chat.port import (
    Button,
    Buttons,
    ChoiceField,
    DateField,
    FileField,
    Filled,
    Form,
    Menu,
    Option,
    PersonField,
    SelectField,
    Text,
    TextField,
    TimeField,
)
from bot.chat.teams_cards import weight
from bot.chat.teams_forms import FIND, SEND, TYPED, changed, dialog, filled, kept, looking, missing, searched, title
from bot.chat.teams_lint import parts, problems
from bot.chat.teams_packed import Drawn, choice, chooser, packed, unpacked
from bot.domain.errors import Refused
from tests.chat.hostile import forms

Json = dict[str, Any]
BEN, ZOE = Option("P-2", "Ben Okafor", "Engineer"), Option("P-9", "Zoë Ng")
MANAGERS = tuple(Option(f"m{n}", f"Manager {n}", "Payments" if n % 2 else "") for n in range(150))
FORM = Form(
    "Offboard",
    "offboard",
    "Go on",
    (
        PersonField("person", "Who?", "people", live=True),
        ChoiceField("kind", "Kind", (Option("own", "Own wish"), Option("ours", "Our wish")), value="own", live=True),
        SelectField("manager", "Takes over", MANAGERS, optional=True),
        Text("Read this"),
        DateField("day", "Last day", "2026-11-30"),
        TimeField("time", "At", "17:00"),
        TextField("why", "Why?", hint="In a few words", long=True),
        FileField("proof", "Proof"),
    ),
    context="signed",
)
COMPLETE = {"person": "P-2", "kind": "own", "manager": "", "day": "2026-12-01", "time": "18:00", "why": "a < b"}


def asked(card: Json) -> dict[str, Json]:
    """The questions of a dialog, by name."""
    return {part["id"]: dict(part) for _at, part in parts(card) if str(part["type"]).startswith("Input.")}


def sends(card: Json) -> dict[str, Json]:
    """What its buttons send, by verb."""
    return {part["data"]["verb"]: part["data"] for _at, part in parts(card) if "data" in part}


def words(card: Json) -> list[str]:
    """Every line that stands in a dialog."""
    return [str(part["text"]) for _at, part in parts(card) if "text" in part]


def people(source: str, letters: str) -> tuple[Option, ...]:
    """Who is found."""
    assert source == "people"
    return tuple(one for one in (BEN, ZOE) if letters.lower() in one.label.lower())


@settings(max_examples=30)
@given(forms)
def test_whatever_a_form_asks_teams_opens_it_and_it_comes_back_whole(form: Form) -> None:
    """Every field, list and label is one that Teams shows, and the form travels with its button unharmed."""
    drawn = Drawn(form)
    for card, surface in ((dialog(drawn), "dialog"), (dialog(drawn, inline=True), "message")):
        found = problems(card, "dialog" if surface == "dialog" else "message")
        assert [one for one in found if "bytes" not in one.message] == []
    again = unpacked(sends(dialog(drawn))[SEND]["form"]).form
    assert again == replace(form, fields=tuple(one for one in form.fields if not isinstance(one, Buttons | Menu)))
    entered = filled(drawn, {}).values
    assert problems(dialog(kept(drawn, entered, missing(drawn, entered))), "dialog") == []


def test_what_people_fill_in_comes_back_by_field_name() -> None:
    """Every kind of field is read back as text, and the context unharmed; what is no text counts for nothing."""
    assert filled(Drawn(FORM), COMPLETE | {"more": "x"}) == Filled(COMPLETE | {"proof": ""}, {}, "signed")
    assert filled(Drawn(FORM), COMPLETE | {"why": ["x"], "day": None}).values["why"] == ""
    assert title(FORM) == "Offboard"


def test_what_must_be_filled_in_is_asked_for_where_it_is_missing() -> None:
    """No client checks it for us, so the same form comes again with what was entered and with what is wrong."""
    values = filled(Drawn(FORM), COMPLETE | {"why": " ", "person": ""}).values
    wrong = missing(Drawn(FORM), values)
    assert wrong == {"person": "Please fill this in.", "why": "Please fill this in."}
    again = dialog(kept(Drawn(FORM), values, {**wrong, "": "You may not."}))
    assert words(again).count("Please fill this in.") == 2
    assert words(again)[0] == "You may not."
    assert asked(again)["day"]["value"] == "2026-12-01"
    assert missing(Drawn(FORM), COMPLETE) == {}
    assert problems(again, "dialog") == []


def test_a_person_is_typed_found_and_chosen() -> None:
    """Three steps: letters, Find, one of those found; the letters alone are nobody."""
    first = Drawn(FORM)
    card = dialog(first)
    assert "person" not in asked(card)
    assert {SEND, FIND} <= sends(card).keys()
    entered = COMPLETE | {"person": "", f"person{TYPED}": " zo "}
    assert looking(first, entered)
    then = searched(first, entered, people)
    shown = asked(dialog(then))
    assert [one["value"] for one in shown["person"]["choices"]] == ["P-9"]
    assert "value" not in shown["person"]
    assert shown["why"]["value"] == "a < b"
    back = unpacked(packed(then.form, then.found))
    assert back.found == {"person": (ZOE,)}
    chosen = kept(back, filled(back, {"person": "P-9"}).values, {})
    assert next(one.value for one in chosen.form.fields if isinstance(one, PersonField)) == ZOE
    assert not looking(first, COMPLETE)


def test_somebody_found_before_stays_in_the_list_while_another_is_looked_for() -> None:
    """Nobody is put in the place of the one who was chosen without a choice."""
    with_ben = kept(Drawn(FORM, {"person": (BEN,)}), COMPLETE, {})
    other = searched(with_ben, COMPLETE | {f"person{TYPED}": "zoë"}, people)
    shown = asked(dialog(other))["person"]
    assert [one["value"] for one in shown["choices"]] == ["P-2", "P-9"]
    assert shown["value"] == "P-2"
    nobody = searched(with_ben, COMPLETE | {f"person{TYPED}": "qqq"}, people)
    assert "I found nothing for what you typed. Try another part of the name." in words(dialog(nobody))


def test_a_long_list_is_searched_like_people() -> None:
    """Of a hundred and fifty, those are shown in which every word occurs, and how many there are is said."""
    drawn = Drawn(FORM)
    assert f"manager{TYPED}" in asked(dialog(drawn))
    found = searched(drawn, {f"manager{TYPED}": "payments 14"}, people)
    values = [one["value"] for one in asked(dialog(found))["manager"]["choices"]]
    assert values == ["m141", "m143", "m145", "m147", "m149"]
    many = searched(drawn, {f"manager{TYPED}": "manager"}, people)
    assert len(asked(dialog(many))["manager"]["choices"]) == 20
    assert "I found more than 20. Type more of the name." in words(dialog(many))
    chosen = kept(found, filled(found, {"manager": "m143"}).values, {})
    assert asked(dialog(chosen))["manager"]["value"] == "m143"
    assert weight(dialog(chosen)) < 12_000


def test_a_choice_on_which_the_form_depends_is_noticed() -> None:
    """Then the form is asked for again before anything is sent."""
    assert changed(Drawn(FORM), COMPLETE)  # somebody was chosen
    with_ben = kept(Drawn(FORM, {"person": (BEN,)}), COMPLETE, {})
    assert not changed(with_ben, COMPLETE | {"why": "other", "day": "2027-01-01"})
    assert changed(with_ben, COMPLETE | {"kind": "ours"})


def test_a_form_in_the_conversation_is_answered_and_an_old_client_sends_the_same() -> None:
    """Where no dialog can open, the form is a card with the same button."""
    card = dialog(Drawn(FORM), inline=True)
    assert problems(card, "message") == []
    send = next(part for _at, part in parts(card) if part.get("verb") == SEND)
    assert send["fallback"]["data"] == send["data"]


def test_days_and_hours_that_are_none_are_left_empty() -> None:
    """A client would refuse the whole card."""
    form = Form("x", "h", "Go", (DateField("a", "Day", "tomorrow"), TimeField("b", "At", "25:00"), Buttons(())))
    shown = asked(dialog(Drawn(form)))
    assert "value" not in shown["a"]
    assert "value" not in shown["b"]


def test_halves_of_letters_and_what_turns_the_words_around_never_reach_the_wire() -> None:
    """What a person entered comes back into the field as it can be read, and the answer can be sent at all."""
    form = Form("x", "h", "Go", (TextField("a", "Why?", value="a\ud800b\u202ec\nd", long=True),))
    assert asked(dialog(Drawn(form)))["a"]["value"] == "abc\nd"
    assert problems(dialog(Drawn(form)), "dialog") == []


def test_a_field_with_nothing_to_choose_says_so() -> None:
    """The form tells the person instead of asking for what cannot be given."""
    form = Form("x", "h", "Go", (SelectField("a", "Manager", ()), ChoiceField("b", "Kind", ())))
    assert words(dialog(Drawn(form))).count("nothing to choose") == 2
    assert problems(dialog(Drawn(form)), "dialog") == []


def test_a_form_holds_no_button_but_its_own() -> None:
    """A dialog is sent or closed; what a message could ask beside it has no place there."""
    form = Form("x", "h", "Go", (Text("Sure?"), Buttons((Button("Other", "other"),)), Menu("m", "a", "v", (BEN,))))
    assert sends(dialog(Drawn(form))).keys() == {SEND}


def test_a_menu_too_long_for_a_card_comes_back_as_a_press() -> None:
    """What was chosen in its dialog is the same as what is chosen in a list."""
    drawn = unpacked(packed(chooser(Menu("Choose", "successor", "signed", MANAGERS)), {}))
    found = searched(drawn, {f"chosen{TYPED}": "manager 77"}, people)
    assert choice(filled(found, {"chosen": "m77"})) == ("successor", "signed", "m77")
    for context in ("", "7", '["one"]', "{}"):
        with pytest.raises(Refused):
            choice(Filled({"chosen": "x"}, {}, context))


@pytest.mark.parametrize("text", ["", "x", "ü", packed(FORM, {})[:-9], "c" * 5000])
def test_what_is_no_form_of_ours_is_refused(text: str) -> None:
    """A form somebody tampered with says that it is damaged, and nothing breaks."""
    with pytest.raises(Refused, match="damaged"):
        unpacked(text)


def _tampered(*fields: tuple[str, Json], **more: Any) -> str:
    whole: Json = {"title": "T", "handler": "h", "submit": "s", "context": "c", "found": {}, "fields": fields}
    return base64.b85encode(zlib.compress(json.dumps(whole | more).encode())).decode()


TAMPERED = {
    "a title that is no text": _tampered(title=5),
    "a label that is no text": _tampered(("TextField", {"name": "a", "label": 5})),
    "a hint that is no text": _tampered(("TextField", {"name": "a", "label": "A", "hint": {}})),
    "a day that is no text": _tampered(("DateField", {"name": "a", "label": "A", "value": 5})),
    "words that are none": _tampered(("Text", {"text": None})),
    "lines that are none": _tampered(("Lines", {"items": 5})),
    "a choice without a value": _tampered(
        ("SelectField", {"name": "a", "label": "A", "options": [{"value": "", "label": "x"}]})
    ),
    "a find that is no text": _tampered(found={"a": [{"value": 5, "label": "x"}]}),
    "ten thousand fields in a few bytes": _tampered(*[("TextField", {"name": "a", "label": "A"})] * 10_000),
}


@pytest.mark.parametrize("text", TAMPERED.values(), ids=TAMPERED)
def test_a_form_of_other_kinds_than_ours_is_refused_before_it_is_drawn(text: str) -> None:
    """Whoever makes one up hears that it is damaged: it is no error of ours, and no work of minutes."""
    with pytest.raises(Refused, match="damaged"):
        unpacked(text)


def test_nobody_enters_more_than_a_field_takes() -> None:
    """A client keeps to the limit of a field; what comes from none of them is cut there."""
    assert len(filled(Drawn(FORM), {"why": "x" * 300_000}).values["why"]) == 3000
