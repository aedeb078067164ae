"""Forms that Slack takes, and what people filled in, neutral again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View

from bot.chat.blocks_lint import problems
from bot.chat.port import (
    ChoiceField,
    DateField,
    File,
    FileField,
    Filled,
    Form,
    FormErrors,
    Option,
    PersonField,
    SelectField,
    Text,
    TextField,
    TimeField,
)
from bot.chat.slack_forms import blocks_by_name, filled, modal, noticed, refusal, source_of, suggestions
from tests.chat.hostile import Json, all_texts, forms, harmless, values, without_defaults, words


@settings(max_examples=40)
@given(forms)
def test_whatever_a_form_asks_slack_takes_it(form: Form) -> None:
    """Every field, list and label keeps Slack's limits, also in the eyes of Slack's own models."""
    view = modal(form)
    assert problems(view, "modal") == []
    assert without_defaults(View(**view).to_dict()) == without_defaults(view)
    assert harmless(view)
    assert problems(noticed(view, "Not now"), "modal") == []


@settings(max_examples=40)
@given(forms, st.lists(st.tuples(values, words), max_size=3))
def test_a_form_drawn_again_over_what_was_entered_still_fits(form: Form, entered: list[tuple[str, str]]) -> None:
    """Fields with a new value get a new id, and the form stays one that Slack takes."""
    view = modal(form)
    again = modal(form, view)
    assert problems(again, "modal") == []
    assert blocks_by_name(again).keys() == blocks_by_name(view).keys()


FORM = Form(
    "Offboard",
    "offboard.start",
    "Go on",
    (
        PersonField("person", "Who?", "people", live=True),
        ChoiceField("kind", "Kind", (Option("own", "Own wish"), Option("ours", "Our wish")), value="own", live=True),
        SelectField("manager", "Takes over", tuple(Option(f"m{n}", f"Manager {n}") for n in range(150))),
        DateField("day", "Last day", "2026-11-30"),
        TimeField("time", "At", "17:00"),
        TextField("why", "Why?", long=True),
        FileField("proof", "Proof"),
    ),
    context="signed",
)


def entered(view: Json, **values: Json) -> Json:
    """The view as it comes back with these values."""
    ids = blocks_by_name(view)
    return view | {"state": {"values": {ids[name]: {"any": value} for name, value in values.items()}}}


def test_what_people_fill_in_comes_back_by_field_name() -> None:
    """Every kind of field is read back as text, files as files, and the context unharmed."""
    view = entered(
        modal(FORM),
        person={"type": "external_select", "selected_option": {"value": "P1"}},
        kind={"type": "radio_buttons", "selected_option": {"value": "ours"}},
        manager={"type": "static_select", "selected_option": None},
        day={"type": "datepicker", "selected_date": "2026-12-01"},
        time={"type": "timepicker", "selected_time": "18:00"},
        why={"type": "plain_text_input", "value": "a < b"},
        proof={"type": "file_input", "files": [{"id": "F1", "name": "a.png"}]},
    )
    expected = {"person": "P1", "kind": "ours", "manager": "", "day": "2026-12-01", "time": "18:00", "why": "a < b"}
    assert filled(view) == Filled(expected, {"proof": (File("F1", "a.png"),)}, "signed")


def test_a_person_field_names_who_offers_its_options() -> None:
    """The source travels with the field, since Slack sends nothing else with a question for options."""
    block = modal(FORM)["blocks"][0]
    assert block["block_id"] == "person"
    assert block["dispatch_action"] is True
    assert block["element"]["min_query_length"] == 1
    assert source_of(block["element"]["action_id"]) == "people"


def test_a_new_value_is_shown_although_slack_would_keep_the_old_one() -> None:
    """Only a field whose value the program changed gets a new id; all others keep what was typed."""
    before = entered(
        modal(FORM),
        day={"type": "datepicker", "selected_date": "2026-12-01"},
        why={"type": "plain_text_input", "value": "moving away"},
    )
    form = Form(
        "Offboard", "offboard.start", "Go on", (DateField("day", "Last day", "2026-12-31"), TextField("why", "Why?"))
    )
    once = modal(form, before)
    assert blocks_by_name(once) == {"day": "day~1", "why": "why"}
    twice = modal(form, entered(once, day={"type": "datepicker", "selected_date": "2026-12-24"}))
    assert blocks_by_name(twice)["day"] == "day~2"
    kept = modal(form, entered(once, day={"type": "datepicker", "selected_date": "2026-12-31"}))
    assert blocks_by_name(kept)["day"] == "day~1"
    assert filled(entered(twice, day={"selected_date": "2027-01-01"})).values == {"day": "2027-01-01"}


def test_mistakes_are_shown_at_their_field_or_above_the_form() -> None:
    """Nobody is left with a form that does not send and does not say why."""
    view = modal(FORM)
    at_field = refusal(view, FormErrors({"day": "Too early"}))
    assert at_field == {"response_action": "errors", "errors": {"day": "Too early"}}
    nowhere = refusal(view, FormErrors({"": "You may not."}))
    assert nowhere["errors"] == {"person": "You may not."}
    bare = modal(Form("Sure?", "sure", "Yes", (Text("Really?"),)))
    above = refusal(bare, FormErrors({"": "You may not."}))
    assert above["view"]["blocks"][0]["text"]["text"] == "You may not."
    assert problems(above["view"], "modal") == []
    again = refusal(above["view"], FormErrors({"": "Still not."}))["view"]
    assert [text for text in all_texts(again["blocks"]) if "not." in text] == ["Still not."]


def test_a_field_with_nothing_to_choose_says_so() -> None:
    """Slack takes no empty list; the form tells the person instead."""
    view = modal(Form("x", "h", "Go", (SelectField("a", "Manager", ()), ChoiceField("b", "Kind", ()))))
    assert all("nothing to choose" in text for text in all_texts(view["blocks"]))
    assert suggestions(()) == {"options": []}
    assert len(suggestions([Option(str(n), "x") for n in range(101)])["option_groups"]) == 2
