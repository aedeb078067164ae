"""What Teams would show as an empty bubble is found before it is sent, and named where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.teams_lint import problems
from tests.chat.payloads import said

Json = dict[str, Any]


def card(*body: Any, **more: Any) -> Json:
    """A card with these elements."""
    words = {"type": "TextBlock", "text": "Fine", "wrap": True}
    made = {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "Fine", "body": list(body) or [words]}
    return made | more


def run(**more: Any) -> Json:
    """A line of text."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "Fine", **more}]}


def submit(**more: Any) -> Json:
    """A button that sends."""
    return {"type": "Action.Submit", "title": "Go", "data": {"a": 1}, **more}


def execute(**more: Any) -> Json:
    """A button that is answered, and what an old client sends instead."""
    return {**submit(), "type": "Action.Execute", "verb": "press", "fallback": submit(), **more}


def page(url: str) -> Json:
    """A button that opens a page."""
    return {"type": "Action.OpenUrl", "title": "See", "url": url}


def row(*actions: Any) -> Json:
    """A row of buttons."""
    return {"type": "ActionSet", "actions": list(actions)}


def asked(kind: str, **more: Any) -> Json:
    """A question."""
    listed = {"choices": [{"title": "A", "value": "a"}]} if kind == "ChoiceSet" else {}
    return {"type": f"Input.{kind}", "id": "q", "label": "Which?", **listed, **more}


def hidden(name: str) -> Json:
    """Something that a press shows."""
    return {"type": "Container", "id": name, "isVisible": False, "items": [run()]}


def toggle(name: str) -> Json:
    """A button that shows it."""
    return {"type": "Action.ToggleVisibility", "title": "Ask", "targetElements": [name]}


FINE = [
    card(run(color="Attention", weight="Bolder")),
    card(
        row(execute(), toggle("x"), {"type": "Action.OpenUrl", "title": "See", "url": "https://x.example"}), hidden("x")
    ),
    card(asked("Text", isMultiline=True, maxLength=3000, value="x"), asked("Date", id="d", value="2026-11-30")),
    card(asked("Time", value="09:30"), asked("ChoiceSet", id="c", value="a", style="expanded")),
    card(refresh={"action": execute(), "userIds": ["29:1"]}, msteams={"width": "Full"}),
]


@pytest.mark.parametrize("payload", FINE)
def test_a_card_of_what_we_use_passes(payload: Json) -> None:
    """Nothing is wrong with any part we draw."""
    assert problems(payload, "message") == []


def _many(of: Any, times: int) -> list[Any]:
    return [of] * times


WRONG: list[tuple[Any, str]] = [
    ("words", "must provide an object [json-pointer:]"),
    (card(version="1.6"), "must be a valid enum value [json-pointer:/version]"),
    (card(type="Card"), "unsupported type: Card [json-pointer:/type]"),
    (card(body=[]), "must provide at least 1 items [json-pointer:/body]"),
    (card(fallbackText=" "), "must be more than 0 characters [json-pointer:/fallbackText]"),
    (card(actions=[submit()]), "invalid additional property: actions [json-pointer:]"),
    (card({"type": "Table"}), "unsupported type: Table [json-pointer:/body/0/type]"),
    (card({"type": "FactSet", "facts": []}), "unsupported type: FactSet [json-pointer:/body/0/type]"),
    (card({"type": "TextBlock", "text": "x"}), "missing required field: wrap [json-pointer:/body/0]"),
    (card({"type": "RichTextBlock", "inlines": []}), "must provide at least 1 items [json-pointer:/body/0/inlines]"),
    (card(run(text="")), "must be more than 0 characters [json-pointer:/body/0/inlines/0/text]"),
    (card(run(color="Red")), "must be a valid enum value [json-pointer:/body/0/inlines/0/color]"),
    (card(run(text="x" * 2001)), "must be less than 2001 characters [json-pointer:/body/0/inlines/0/text]"),
    (card(run(colour="x")), "invalid additional property: colour [json-pointer:/body/0/inlines/0]"),
    (card(row()), "must provide at least 1 items [json-pointer:/body/0/actions]"),
    (card(row(*_many(submit(), 7))), "no more than 6 items allowed [json-pointer:/body/0/actions]"),
    (card(row(execute(verb=""))), "must be more than 0 characters [json-pointer:/body/0/actions/0/verb]"),
    (card(row(submit(data="x"))), "must provide an object [json-pointer:/body/0/actions/0/data]"),
    (card(row(submit(style="red"))), "must be a valid enum value [json-pointer:/body/0/actions/0/style]"),
    (card(row(page("javascript:alert(1)"))), "failed to match format [json-pointer:/body/0/actions/0/url]"),
    (card(row(toggle("y"))), 'there is no element "y" [json-pointer:/body/0/actions/0/targetElements/0]'),
    (
        card(row(execute(data={"b": 1}))),
        "an old client would send something else [json-pointer:/body/0/actions/0/fallback/data]",
    ),
    (card(asked("Number")), "unsupported type: Input.Number [json-pointer:/body/0/type]"),
    (card(asked("Text", id="")), "must be more than 0 characters [json-pointer:/body/0/id]"),
    (card(asked("Text", value="x" * 3001)), "must be less than 3001 characters [json-pointer:/body/0/value]"),
    (card(asked("Date", value="tomorrow")), "failed to match format [json-pointer:/body/0/value]"),
    (card(asked("Time", value="25:00")), "failed to match format [json-pointer:/body/0/value]"),
    (card(asked("ChoiceSet", choices=[])), "must provide at least 1 items [json-pointer:/body/0/choices]"),
    (card(asked("ChoiceSet", value="b")), "`value` must match one of the choices [json-pointer:/body/0/value]"),
    (card(asked("Text"), asked("Date")), '`id` "q" already exists [json-pointer:/body/1/id]'),
    (card(hidden("q"), asked("Date")), '`id` "q" already exists [json-pointer:/body/1/id]'),
    (card(run(text="x" * 1900), *_many(run(text="y" * 1900), 15)), "must be less than 28001 bytes, not 31644"),
]


@pytest.mark.parametrize("payload,sentence", WRONG)
def test_a_card_that_teams_would_not_show_is_refused(payload: Any, sentence: str) -> None:
    """Wrong types, places, names and weights are named where they stand."""
    assert any(one.startswith(sentence) for one in said(problems(payload, "message"))), problems(payload, "message")


@pytest.mark.parametrize("text", ["**Bold**", "a _b_", "[x](https://x.example)", "- x", "1. x", "{{DATE(2026-01-01)}}"])
def test_a_heading_whose_words_would_be_obeyed_is_refused(text: str) -> None:
    """A heading is the one element in which marks count, so none may stand in it."""
    block = {"type": "TextBlock", "text": text, "wrap": True}
    assert said(problems(card(block), "message")) == ["a mark would be obeyed [json-pointer:/body/0/text]"]


def test_a_dialog_is_sent_by_submit_alone() -> None:
    """Teams opens no dialog whose button is an Execute."""
    assert problems(card(row(submit())), "dialog") == []
    assert said(problems(card(row(execute())), "dialog")) == [
        "unsupported type: Action.Execute [json-pointer:/body/0/actions/0/type]"
    ]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "id", "body", "items", "columns", "actions", "inlines", "choices", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KINDS = ["Container", "ColumnSet", "ActionSet", "Input.ChoiceSet", "Action.ToggleVisibility", "Action.Execute"]


@given(anything, st.sampled_from(KINDS))
def test_no_card_however_odd_breaks_the_lint(payload: Any, kind: str) -> None:
    """Whatever arrives is answered with problems or with none, never with a crash."""
    element = {**payload, "type": kind, "value": payload} if isinstance(payload, dict) else payload
    more = {"targetElements": payload, "fallback": payload, "choices": payload}
    for odd in (payload, card(element), card(row(element)), card({"type": kind, **more})):
        assert isinstance(problems(odd, "message"), list)
