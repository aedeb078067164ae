"""Every length and count of Block Kit, just met and just passed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.chat.blocks_lint import Problem, problems
from tests.chat.payloads import (
    Json,
    actions,
    asked,
    confirm,
    element,
    less,
    marked,
    modal,
    option,
    options,
    plain,
    said,
    section,
)

LENGTHS: list[tuple[str, int, Any]] = [
    ("/blocks/0/block_id", 255, lambda s: {"type": "divider", "block_id": s}),
    ("/blocks/0/text/text", 3000, lambda s: section(text=marked(s))),
    ("/blocks/0/text/text", 150, lambda s: {"type": "header", "text": plain(s)}),
    ("/blocks/0/fields/0/text", 2000, lambda s: {"type": "section", "fields": [marked(s)]}),
    ("/blocks/0/alt_text", 2000, lambda s: {"type": "image", "image_url": "https://x.example/a", "alt_text": s}),
    (
        "/blocks/0/title/text",
        2000,
        lambda s: {"type": "image", "image_url": "https://x.example/a", "alt_text": "A", "title": plain(s)},
    ),
    ("/blocks/0/label/text", 2000, lambda s: asked(element("plain_text_input"), label=plain(s))),
    ("/blocks/0/hint/text", 2000, lambda s: asked(element("plain_text_input"), hint=plain(s))),
    ("/blocks/0/element/initial_value", 3000, lambda s: asked(element("plain_text_input", initial_value=s))),
    ("/blocks/0/element/placeholder/text", 150, lambda s: asked(element("plain_text_input", placeholder=plain(s)))),
    ("/blocks/0/elements/0/action_id", 255, lambda s: actions(element("button", action_id=s))),
    ("/blocks/0/elements/0/text/text", 75, lambda s: actions(element("button", text=plain(s)))),
    ("/blocks/0/elements/0/value", 2000, lambda s: actions(element("button", value=s))),
    ("/blocks/0/elements/0/accessibility_label", 75, lambda s: actions(element("button", accessibility_label=s))),
    (
        "/blocks/0/elements/0/confirm/title/text",
        100,
        lambda s: actions(element("button", confirm=confirm(title=plain(s)))),
    ),
    (
        "/blocks/0/elements/0/confirm/text/text",
        300,
        lambda s: actions(element("button", confirm=confirm(text=plain(s)))),
    ),
    (
        "/blocks/0/elements/0/confirm/confirm/text",
        30,
        lambda s: actions(element("button", confirm=confirm(confirm=plain(s)))),
    ),
    (
        "/blocks/0/elements/0/confirm/deny/text",
        30,
        lambda s: actions(element("button", confirm=confirm(deny=plain(s)))),
    ),
    (
        "/blocks/0/elements/0/options/0/text/text",
        75,
        lambda s: actions(element("static_select", options=[{"text": plain(s), "value": "v"}])),
    ),
    (
        "/blocks/0/elements/0/options/0/value",
        75,
        lambda s: actions(element("static_select", options=[{"text": plain(), "value": s}])),
    ),
    (
        "/blocks/0/elements/0/options/0/description/text",
        75,
        lambda s: actions(element("static_select", options=[option(description=plain(s))])),
    ),
    (
        "/blocks/0/elements/0/option_groups/0/label/text",
        75,
        lambda s: actions(
            {"type": "static_select", "option_groups": [{"label": plain(s), "options": options(1)}]},
        ),
    ),
]


@pytest.mark.parametrize("pointer,high,build", LENGTHS)
def test_a_text_may_be_as_long_as_slack_says_and_not_one_character_longer(pointer: str, high: int, build: Any) -> None:
    """Every length of the table holds exactly at its number."""
    assert problems([build("x" * high)], "message") == []
    assert said(problems([build("x" * (high + 1))], "message")) == [f"{less(high)} [json-pointer:{pointer}]"]


URLS: list[tuple[str, Any]] = [
    ("/blocks/0/elements/0/url", lambda s: actions(element("button", url=s))),
    ("/blocks/0/elements/0/image_url", lambda s: {"type": "context", "elements": [element("image", image_url=s)]}),
    ("/blocks/0/elements/0/options/0/url", lambda s: actions(element("overflow", options=[option(url=s)]))),
]


@pytest.mark.parametrize("pointer,build", URLS)
def test_an_address_has_three_thousand_characters_and_a_scheme(pointer: str, build: Any) -> None:
    """Addresses of buttons, images and menu entries are measured and must be web addresses."""
    start = "https://x.example/"
    assert problems([build(start + "x" * (3000 - len(start)))], "message") == []
    assert problems([build(start + "x" * 3000)], "message") == [Problem(less(3000), pointer)]
    assert problems([build("javascript:alert(1)")], "message") == [Problem("failed to match format", pointer)]


COUNTS: list[tuple[str, int, int, Any]] = [
    ("/blocks", 0, 50, lambda n: [{"type": "divider"}] * n),
    ("/blocks/0/fields", 1, 10, lambda n: [section(fields=[marked()] * n)]),
    ("/blocks/0/elements", 1, 10, lambda n: [{"type": "context", "elements": [marked()] * n}]),
    ("/blocks/0/elements", 1, 25, lambda n: [actions(*[element("button", action_id=f"a{i}") for i in range(n)])]),
    ("/blocks/0/elements/0/options", 1, 5, lambda n: [actions(element("overflow", options=options(n)))]),
    ("/blocks/0/elements/0/options", 1, 10, lambda n: [actions(element("checkboxes", options=options(n)))]),
    ("/blocks/0/elements/0/options", 1, 10, lambda n: [actions(element("radio_buttons", options=options(n)))]),
    ("/blocks/0/elements/0/options", 1, 100, lambda n: [actions(element("static_select", options=options(n)))]),
    (
        "/blocks/0/accessory/options",
        1,
        100,
        lambda n: [section(accessory=element("multi_static_select", options=options(n)))],
    ),
    (
        "/blocks/0/elements/0/option_groups",
        1,
        100,
        lambda n: [
            actions({"type": "static_select", "option_groups": [{"label": plain(), "options": options(1)}] * n})
        ],
    ),
]


@pytest.mark.parametrize("pointer,low,high,build", COUNTS)
def test_a_list_holds_as_many_as_slack_says_and_not_one_more(pointer: str, low: int, high: int, build: Any) -> None:
    """Every count of the table holds exactly at its number, and an empty list is refused where Slack refuses it."""
    assert problems(build(high), "message") == []
    assert str(Problem(f"no more than {high} items allowed", pointer)) in said(problems(build(high + 1), "message"))
    assert problems(build(low), "message") == []
    if low:
        assert Problem("must provide at least 1 items", pointer) in problems(build(0), "message")


@pytest.mark.parametrize("surface", ["modal", "home"])
def test_a_view_holds_a_hundred_blocks(surface: Any) -> None:
    """Modals and home tabs hold 100 blocks, messages 50."""

    def view(count: int) -> Json:
        blocks: list[Json] = [{"type": "divider"}] * count
        return modal(*blocks) if surface == "modal" else {"type": "home", "blocks": blocks}

    assert problems(view(100), surface) == []
    assert problems(view(101), surface) == [Problem("no more than 100 items allowed", "/view/blocks")]
    assert problems(view(1), surface) == []
    empty = {**view(1), "blocks": []}
    assert problems(empty, surface) == [Problem("must provide at least 1 items", "/view/blocks")]


VIEW_TEXTS = [("title", 24), ("submit", 24), ("close", 24)]
VIEW_STRINGS = [("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)]


@pytest.mark.parametrize("name,high", VIEW_TEXTS)
def test_the_words_around_a_modal_are_short(name: str, high: int) -> None:
    """Title and both buttons of a modal have 24 characters, never none."""
    assert problems(modal(**{name: plain("x" * high)}), "modal") == []
    assert problems(modal(**{name: plain("x" * 25)}), "modal") == [Problem(less(24), f"/view/{name}/text")]
    assert problems(modal(**{name: plain("")}), "modal") == [
        Problem("must be more than 0 characters", f"/view/{name}/text")
    ]
    assert problems(modal(**{name: marked("x")}), "modal") == [
        Problem("unsupported type: mrkdwn", f"/view/{name}/type")
    ]


@pytest.mark.parametrize("name,high", VIEW_STRINGS)
def test_what_a_view_remembers_is_measured(name: str, high: int) -> None:
    """Private metadata and the ids of a view have their lengths, on both surfaces."""
    home: Json = {"type": "home", "blocks": [{"type": "divider"}]}
    for view, surface in ((modal(), "modal"), (home, "home")):
        assert problems({**view, name: "x" * high}, surface) == []  # type: ignore[arg-type]
        found = problems({**view, name: "x" * (high + 1)}, surface)  # type: ignore[arg-type]
        assert found == [Problem(less(high), f"/view/{name}")]
