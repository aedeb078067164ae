"""An independent judge: Slack's own Python models accept what the lint accepts, and nothing crashes it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.chat.blocks_lint import problems
from tests.chat.payloads import Json, actions, asked, element, marked, modal, plain, section

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=80)
option_lists = st.lists(texts, min_size=1, max_size=10, unique=True).map(
    lambda names: [{"text": plain(name[:75]), "value": f"v{n}"} for n, name in enumerate(names)]
)
elements = st.one_of(
    st.builds(lambda t: element("button", text=plain(t[:75]), value=t, style="danger"), texts),
    st.builds(lambda o: element("static_select", options=o, placeholder=plain("Choose")), option_lists),
    st.builds(lambda o: element("radio_buttons", options=o, initial_option=o[0]), option_lists),
    st.builds(lambda o: element("checkboxes", options=o), option_lists),
    st.builds(lambda o: element("overflow", options=o[:5]), option_lists),
    st.sampled_from(
        [
            element("external_select", min_query_length=2, placeholder=plain("Who?")),
            element("users_select", placeholder=plain("Who?")),
            element("datepicker", initial_date="2026-12-31"),
            element("timepicker", initial_time="09:30"),
        ]
    ),
)
any_block = st.one_of(
    st.builds(lambda t: section(text=marked(t)), texts),
    st.builds(lambda t, e: section(text=plain(t), accessory=e), texts, elements),
    st.builds(
        lambda ts: {"type": "section", "fields": [marked(t) for t in ts]}, st.lists(texts, min_size=1, max_size=10)
    ),
    st.builds(lambda t: {"type": "header", "text": plain(t)}, texts),
    st.builds(lambda t: {"type": "context", "elements": [marked(t), element("image", alt_text=t)]}, texts),
    st.builds(actions, elements),
    st.builds(lambda t: {"type": "image", "image_url": "https://x.example/a", "alt_text": t}, texts),
    st.just({"type": "divider"}),
)


def without_defaults(value: Any) -> Any:
    """The payload without what the models fill in by themselves."""
    if isinstance(value, dict):
        return {k: without_defaults(v) for k, v in value.items() if k not in {"emoji", "verbatim"}}
    return [without_defaults(each) for each in value] if isinstance(value, list) else value


@given(st.lists(any_block, max_size=6))
def test_slacks_own_models_read_back_every_message_that_passes(blocks: list[Json]) -> None:
    """What passes here is parsed by Slack's Python models and comes out unchanged."""
    assert problems(blocks, "message") == []
    read = [block.to_dict() for block in Block.parse_all(blocks)]
    assert without_defaults(read) == without_defaults(blocks)


@given(st.lists(st.builds(asked, elements.filter(lambda e: e["type"] not in {"button", "overflow"})), max_size=4))
def test_slacks_own_models_read_back_every_modal_that_passes(blocks: list[Json]) -> None:
    """What passes here as a modal is accepted by Slack's Python view model and comes out unchanged."""
    view = modal(*blocks, asked(element("plain_text_input", multiline=True)), private_metadata="x" * 3000)
    assert problems(view, "modal") == []
    assert without_defaults(View(**view).to_dict()) == without_defaults(view)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "element", "options", "blocks", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
kinds = st.sampled_from(["section", "actions", "input", "image", "context", "header", "static_select", "checkboxes"])


@given(anything, kinds, st.sampled_from(["message", "modal", "home"]))
def test_no_payload_however_odd_breaks_the_lint(payload: Any, kind: str, surface: Any) -> None:
    """Whatever arrives is answered with problems or with none, never with a crash."""
    block = {**payload, "type": kind} if isinstance(payload, dict) else payload
    inside = [actions({"type": kind, "options": payload, "option_groups": payload, "initial_options": payload}), block]
    assert isinstance(problems(payload, surface), list)
    assert isinstance(problems(inside if surface == "message" else {"type": surface, "blocks": inside}, surface), list)
