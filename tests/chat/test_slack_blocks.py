"""Whatever people are called and however long the list: what we send is what Slack takes, and nothing but words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.chat.blocks_lint import message_problems, problems
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    ChoiceField,
    DateField,
    Facts,
    File,
    FileField,
    Filled,
    Form,
    FormErrors,
    Heading,
    Lines,
    Menu,
    Option,
    PersonField,
    Portrait,
    Rule,
    SelectField,
    Small,
    Text,
    TextField,
    TimeField,
    Tone,
)
from bot.chat.slack_blocks import action_of, home, message, reading
from bot.chat.slack_forms import blocks_by_name, filled, modal, noticed, refusal, source_of, suggestions
from bot.chat.slack_words import cleaned, size, typed

Json = dict[str, Any]

HOSTILE = [
    "",
    " ",
    "\u200b\u200b",
    "<!channel>",
    "<@U0123ABC>",
    "<https://evil.example|your bank>",
    "a & b < c > d",
    "\u202egnp.exe\u202c",
    "\u2067right\u2069",
    "*bold* _it_ ~no~ `code`",
    "> said nobody",
    ":skull: :white_check_mark:",
    "👩🏽‍🚀" * 40,
    "x" * 5000,
    "&" * 5000,
    "word " * 1500,
    "line\n" * 200,
    "\r\n\u2028\x00\x1b[31m",
    "\ud800",
    "שלום Alice",
]
words = st.one_of(
    st.integers(0, len(HOSTILE) - 1).map(lambda n: HOSTILE[n]),
    st.text(max_size=60),
    st.text("<&>*\u202e\n🦊", max_size=4000),
)
names = st.text("abcdefgh.-_", min_size=1, max_size=20)
values = st.text("abcXYZ0123:/-", min_size=1, max_size=75)
options = st.builds(Option, values, words, words)
option_lists = st.lists(options, max_size=8).map(tuple) | st.builds(
    lambda n, w: tuple(Option(f"v{i}", f"{w}{i}") for i in range(n)), st.integers(9, 260), words
)
tones = st.sampled_from(Tone)
buttons = st.builds(
    Button,
    words,
    names,
    st.text(max_size=400),
    tones,
    st.sampled_from(
        ["", "", "https://usher.example.com/report/1", "javascript:alert(1)", "https://x.example/" + "a" * 4000]
    ),
    words,
    words,
)
pieces = st.one_of(
    st.builds(Heading, words),
    st.builds(Text, words, words),
    st.builds(Lines, st.lists(words, max_size=12).map(tuple) | words.map(lambda w: (w,) * 200), words),
    st.builds(Facts, st.lists(st.tuples(words, words), max_size=12).map(tuple)),
    st.builds(Small, words),
    st.just(Rule()),
    st.builds(
        Portrait,
        st.sampled_from(["", "http://127.0.0.1/a.png", "data:image/png;base64,AA", "https://a b"]),
        words,
        words,
    ),
    st.builds(Buttons, st.lists(buttons, max_size=30).map(tuple)),
    st.builds(Menu, words, names, st.text(max_size=100), option_lists),
)
cards = st.builds(Card, words, st.lists(pieces, max_size=12).map(tuple))


def all_texts(value: Any) -> list[str]:
    """Every text object's words, anywhere in a payload."""
    if isinstance(value, list):
        return [text for each in value for text in all_texts(each)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") in {"plain_text", "mrkdwn"} else []
    return own + [text for each in value.values() for text in all_texts(each)]


def without_defaults(value: Any) -> Any:
    """The payload without what Slack's models fill in by themselves."""
    if isinstance(value, dict):
        return {k: without_defaults(v) for k, v in value.items() if k not in {"emoji", "verbatim"}}
    return [without_defaults(each) for each in value] if isinstance(value, list) else value


def harmless(payload: Json) -> bool:
    """No word of a payload can be a mention or a link, or turn the writing around."""
    return not any(set(text) & set("<>\u202e\u202d\u2067\ud800") for text in all_texts(payload))


@settings(max_examples=40)
@given(cards)
def test_whatever_a_card_says_slack_takes_it_and_reads_only_words(card: Card) -> None:
    """Lengths, numbers, ids and marks are right for every message, also in the eyes of Slack's own models."""
    payload = message(card)
    assert message_problems(payload) == []
    assert harmless(payload)
    assert not set(payload["text"]) & set("<>")
    read = [block.to_dict() for block in Block.parse_all(payload["blocks"])]
    assert without_defaults(read) == without_defaults(payload["blocks"])


@settings(max_examples=40)
@given(cards)
def test_the_same_card_stands_on_a_home_tab_and_in_a_modal(card: Card) -> None:
    """A view has its own limits, and they are kept as well."""
    assert problems(home(card), "home") == []
    assert problems(reading(card), "modal") == []


@settings(max_examples=40)
@given(cards)
def test_no_button_is_ever_lost(card: Card) -> None:
    """Words may be cut with a sentence that says so; what a person must press is always there."""
    asked = [item.label for piece in card.pieces if isinstance(piece, Buttons) for item in piece.items]
    shown = [
        e for b in message(card)["blocks"] if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"
    ]
    assert len(shown) == len(asked)


def test_two_hundred_long_lines_end_in_a_sentence_that_counts_the_missing_ones() -> None:
    """Nothing is left out silently: shown and missing lines add up, and the buttons stay."""
    lines = Lines(tuple(f"account {n} " + "x" * 150 for n in range(200)), title="Accounts")
    card = Card("Plan", (Heading("Plan"), lines, Small("small print"), Buttons((Button("Approve", "approve", "v"),))))
    blocks = message(card)["blocks"]
    shown = sum(text.count("• account") for text in all_texts(blocks))
    notice = next(text for text in all_texts(blocks) if "more lines" in text)
    assert shown > 20
    assert notice == f"{200 - shown + 1} more lines: open the report"  # the small print is the one more
    assert blocks[-1]["elements"][0]["action_id"] == "approve"
    assert size(json.dumps(blocks, ensure_ascii=False)) < 12_500


def test_forty_nine_rows_of_buttons_share_rows_before_one_is_lost() -> None:
    """Even a card of nothing but buttons keeps all of them."""
    rows = tuple(Buttons((Button(f"Done {n}", "done", str(n)),)) for n in range(60))
    blocks = message(Card("Many", (Text("Choose"), *rows)))["blocks"]
    elements = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
    assert [e["value"] for e in elements] == [str(n) for n in range(60)]
    assert problems(blocks, "message") == []
    assert {action_of(e["action_id"]) for e in elements} == {"done"}


def test_a_reason_cannot_dress_up_as_ours() -> None:
    """Beside a bold lead, marks, quotations and emoji of a person's words are shown, not obeyed."""
    card = Card("x", (Text("*Approved* by _CISO_ :white_check_mark: <!here> `rm`\n> quote", lead="Reason"),))
    said = message(card)["blocks"][0]["text"]["text"]
    assert said.startswith("*Reason* ")
    assert "*" not in said.removeprefix("*Reason* ").replace("Approved*", "")
    assert "&lt;!here&gt;" in said
    assert not any(mark in said for mark in ("`", ":white_check_mark:", "\n&gt;", " _CISO"))


def test_a_signed_value_is_carried_whole_or_not_at_all() -> None:
    """Cutting a signed value would break it in silence; too long a one is our bug and says so."""
    assert message(Card("x", (Buttons((Button("Go", "go", "v" * 2000),)),)))["blocks"][0]["elements"][0]["value"]
    for piece in (
        Buttons((Button("Go", "go", "v" * 2001),)),
        Buttons((Button("Go", ""),)),
        Buttons((Button("Go", "a~b"),)),
        Menu("m", "go", "v" * 300, (Option("a", "A"),)),
        Menu("m", "go", "v", (Option("", "A"),)),
    ):
        with pytest.raises(ValueError, match=r"Slack carries|no name|~"):
            message(Card("x", (piece,)))


def test_a_button_says_what_it_does_and_asks_first() -> None:
    """Danger, the question before the press and the words for screen readers arrive."""
    item = Button("Remove access", "remove", "7", Tone.DANGER, confirm="Really?", hint="of Alice Meyer in GitHub")
    element = message(Card("x", (Buttons((item,)),)))["blocks"][0]["elements"][0]
    assert element["style"] == element["confirm"]["style"] == "danger"
    assert element["confirm"]["text"]["text"] == "Really?"
    assert element["accessibility_label"] == "Remove access, of Alice Meyer in GitHub"
    link = message(Card("x", (Buttons((Button("Report", "", url="https://u.example/r"),)),)))["blocks"][0]["elements"][
        0
    ]
    assert link["url"] == "https://u.example/r"
    assert action_of(link["action_id"]) == "open"


fields = st.one_of(
    st.builds(TextField, names, words, words, words, st.booleans(), st.booleans(), words),
    st.builds(PersonField, names, words, names, words, st.none() | options, st.booleans(), st.booleans()),
    st.builds(ChoiceField, names, words, option_lists, values, words, st.booleans(), st.booleans()),
    st.builds(SelectField, names, words, option_lists, values, words, st.booleans()),
    st.builds(DateField, names, words, st.sampled_from(["", "2026-11-30", "tomorrow"]), words),
    st.builds(TimeField, names, words, st.sampled_from(["", "09:30", "25:00"]), words),
    st.builds(FileField, names, words, words),
)
forms = st.builds(
    Form,
    words,
    names,
    words,
    st.lists(fields, max_size=8, unique_by=lambda f: f.name).flatmap(
        lambda some: st.lists(pieces, max_size=3).map(lambda more: (*some, *more))
    ),
    st.text(max_size=500),
)


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


def test_what_people_type_is_read_without_slacks_notation() -> None:
    """Mentions stay ids, links become addresses, escapes become letters."""
    said = (
        "&lt;b&gt; R&amp;D <@U0ALICE|alice> <@W1> <#C1|general> <!here> <https://x.example/a|x> <mailto:a@x.example|a>"
    )
    assert typed(said) == "<b> R&D <@U0ALICE> <@W1> #general @here https://x.example/a mailto:a@x.example"


def test_names_keep_every_letter_that_can_be_read() -> None:
    """Hebrew, joined emoji and flags stay; only what hides or turns words goes."""
    assert cleaned("שלום 👩🏽‍🚀 Zoë\r\nx") == "שלום 👩🏽‍🚀 Zoë\nx"
    assert cleaned("a\u202eb\u2066c\u200bd\x00") == "abcd"
