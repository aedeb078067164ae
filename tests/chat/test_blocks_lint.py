"""What Slack refuses is found before it is sent, and said in Slack's words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.chat.blocks_lint import Problem, message_problems, metadata_problems, problems
from tests.chat.payloads import (
    actions,
    asked,
    element,
    less,
    marked,
    modal,
    option,
    plain,
    said,
    section,
)

WRONG: list[tuple[Any, str]] = [
    ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0/type]"),
    ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
    ({"type": "header", "text": marked()}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ({"type": "table"}, "unsupported type: table [json-pointer:/blocks/0/type]"),
    ({"type": ["list"]}, "unsupported type: ['list'] [json-pointer:/blocks/0/type]"),
    ({}, "unsupported type: None [json-pointer:/blocks/0/type]"),
    ("words", "must provide an object [json-pointer:/blocks/0]"),
    ({"type": "divider", "colour": "red"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
    ({"type": "divider", "block_id": 7}, "must provide a string [json-pointer:/blocks/0/block_id]"),
    (section(text="words"), "must provide an object [json-pointer:/blocks/0/text]"),
    (section(text=plain("  ")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    (
        section(text={**plain(), "verbatim": True}),
        "invalid additional property: verbatim [json-pointer:/blocks/0/text]",
    ),
    (section(text={**plain(), "emoji": "yes"}), "must provide a boolean [json-pointer:/blocks/0/text/emoji]"),
    (section(fields="words"), "must provide an array [json-pointer:/blocks/0/fields]"),
    (
        section(accessory=element("plain_text_input")),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    (
        actions(element("multi_static_select")),
        "unsupported type: multi_static_select [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        actions(element("plain_text_input")),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    (asked(element("button")), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    (asked(element("file_input")), "unsupported type: file_input [json-pointer:/blocks/0/element/type]"),
    (
        {"type": "context", "elements": [element("button")]},
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    ({"type": "context", "elements": ["words"]}, "must provide an object [json-pointer:/blocks/0/elements/0]"),
    (actions(element("button", style="green")), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    (
        actions(element("button", confirm={"title": plain()})),
        "missing required field: confirm [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    (
        actions(element("button", text=marked())),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    (
        actions(element("datepicker", initial_date="31/12/2026")),
        "failed to match format [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    (
        actions(element("timepicker", initial_time="25:00")),
        "failed to match format [json-pointer:/blocks/0/elements/0/initial_time]",
    ),
    (
        actions({"type": "static_select", "action_id": "a"}),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(element("static_select", initial_option=option(9))),
        "`initial_option` must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    (
        actions(element("checkboxes", initial_options=[option(0), option(9)])),
        "`initial_options` must match one of the options [json-pointer:/blocks/0/elements/0/initial_options]",
    ),
    (
        actions(element("static_select", options=[option(text=marked())])),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/options/0/text/type]",
    ),
    ({"type": "image", "alt_text": "A cat"}, "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]"),
    (
        {"type": "image", "image_url": "https://x.example/a"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        asked(element("plain_text_input", min_length=3001)),
        "must be less than 3001 [json-pointer:/blocks/0/element/min_length]",
    ),
    (
        asked(element("plain_text_input", max_length=0)),
        "must be greater than 0 [json-pointer:/blocks/0/element/max_length]",
    ),
    (
        asked(element("plain_text_input", max_length="9")),
        "must provide an integer [json-pointer:/blocks/0/element/max_length]",
    ),
    (
        asked(element("plain_text_input", min_length=9, max_length=3)),
        "`min_length` must not exceed `max_length` [json-pointer:/blocks/0/element]",
    ),
    (
        asked(element("plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_blur"]})),
        "must be a valid enum value [json-pointer:/blocks/0/element/dispatch_action_config/trigger_actions_on/0]",
    ),
]


@pytest.mark.parametrize("block,sentence", WRONG)
def test_a_block_that_slack_would_refuse_is_refused_in_slacks_words(block: Any, sentence: str) -> None:
    """Wrong types, places and properties are named where they stand."""
    assert sentence in said(problems([block], "message"))


def test_the_same_id_twice_is_refused() -> None:
    """A block id is unique in its message or view, an action id in its block."""
    twice = [{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}]
    assert said(problems(twice, "message")) == ['`block_id` "b" already exists [json-pointer:/blocks/1/block_id]']
    buttons = [actions(element("button"), element("button"))]
    assert said(problems(buttons, "message")) == [
        '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]'
    ]
    assert problems([actions(element("button")), actions(element("button"))], "message") == []


def test_a_modal_that_asks_something_has_a_submit_button() -> None:
    """An input block without a submit button is refused at that block; a home tab never has one."""
    question = asked(element("plain_text_input"))
    view = modal({"type": "divider"}, question)
    del view["submit"]
    assert said(problems(view, "modal")) == [
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]"
    ]
    assert problems({"type": "home", "blocks": [question]}, "home") == []


def test_only_one_field_takes_the_focus() -> None:
    """Two fields that want the focus at once are refused at the second."""
    fields = [asked(element("plain_text_input", focus_on_load=True)) for _ in range(2)]
    assert problems(modal(fields[0]), "modal") == []
    assert said(problems(modal(*fields), "modal")) == [
        "only one element can have `focus_on_load` [json-pointer:/view/blocks/1/element/focus_on_load]"
    ]


def test_a_file_can_be_asked_for_in_a_modal_only() -> None:
    """The file field is a modal's; on the home tab it is refused."""
    question = asked(element("file_input", filetypes=["csv"], max_files=1))
    assert problems(modal(question), "modal") == []
    assert said(problems({"type": "home", "blocks": [question]}, "home")) == [
        "unsupported type: file_input [json-pointer:/view/blocks/0/element/type]"
    ]


def test_a_view_is_what_it_says_it_is() -> None:
    """A view of another type, of no type, or with a message's properties is refused."""
    assert said(problems(modal(), "home")) == ["unsupported type: modal [json-pointer:/view/type]"]
    assert said(problems([], "modal")) == ["must provide an object [json-pointer:/view]"]
    assert said(problems(modal(submit_disabled=True), "modal")) == [
        "invalid additional property: submit_disabled [json-pointer:/view]"
    ]
    assert said(problems({"type": "modal"}, "modal")) == [
        "missing required field: blocks [json-pointer:/view]",
        "missing required field: title [json-pointer:/view]",
    ]
    assert said(problems({"type": "home", "blocks": [{"type": "divider"}], "title": plain()}, "home")) == [
        "invalid additional property: title [json-pointer:/view]"
    ]


def test_a_message_has_words_for_those_who_listen_to_it() -> None:
    """Blocks without a text are silent to a screen reader, so the text is asked for and kept short."""
    assert message_problems({"text": "Hello", "blocks": [section()]}) == []
    assert message_problems({"blocks": [section()]}) == [Problem("missing required field: text", "")]
    assert message_problems({"text": "x" * 4000}) == []
    assert message_problems({"text": "x" * 4001}) == [Problem(less(4000), "/text")]
    assert message_problems({"text": "Hello", "blocks": [section()] * 51}) == [
        Problem("no more than 50 items allowed", "/blocks")
    ]


def test_the_metadata_of_a_message_has_a_type_and_a_payload() -> None:
    """Metadata is an event type and an object, nothing else."""
    assert metadata_problems(None) == []
    assert metadata_problems({"event_type": "card", "event_payload": {"id": "1"}}) == []
    assert said(metadata_problems("words")) == ["must provide an object [json-pointer:/metadata]"]
    assert said(metadata_problems({"event_payload": []})) == [
        "missing required field: event_type [json-pointer:/metadata]",
        "missing required field: event_payload [json-pointer:/metadata]",
    ]
    assert said(message_problems({"text": "x", "metadata": {"event_type": "a", "event_payload": {}, "b": 1}})) == [
        "invalid additional property: b [json-pointer:/metadata]"
    ]
