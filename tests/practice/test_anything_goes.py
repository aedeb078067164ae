"""Whatever a page or an app sends, the workspace answers; it never falls over."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.practice.bolt_bot import FORM
from tests.practice.people import HANNA, OFFBOARDING, WEB, Json, Practice, trigger

ACTS = ("message", "action", "submit", "close", "shortcut", "im", "command", "home")
METHODS = (
    "chat.postMessage",
    "chat.update",
    "chat.scheduleMessage",
    "views.open",
    "views.update",
    "views.publish",
    "conversations.list",
    "conversations.open",
    "files.getUploadURLExternal",
    "files.completeUploadExternal",
    "users.info",
    "reactions.add",
)
NAMES = """channel ts view_id block_id action_id text state values why who papers parts v value selected_option
selected_options files file_ids user users thread_ts blocks view metadata types limit cursor post_at filename length
trigger_id user_id name timestamp callback_id type elements"""
scalars = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", OFFBOARDING, HANNA, "why", "modal"])
)
anything: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=4),
    max_leaves=10,
)
bodies = st.dictionaries(st.sampled_from(NAMES.split()), anything, max_size=6)
often = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@often
@given(act=st.sampled_from(ACTS), body=bodies, inside=st.booleans(), values=anything)
def test_any_act_is_answered(alone: Practice, act: str, body: Json, inside: bool, values: Any) -> None:
    """A page that sends nonsense reads an error, not a crash."""
    if inside:
        view = alone.client.views_open(trigger_id=trigger(alone), view=FORM)["view"]["id"]
        body |= {"view_id": view, "state": {"values": {"why": values, "parts": {"v": values}, "papers": values}}}
    answer = WEB.post(f"{alone.served.url}/_/{act}", json={**body, "as": HANNA})
    assert answer.status_code == 200
    assert isinstance(answer.json()["ok"], bool)


@often
@given(method=st.sampled_from(METHODS), body=bodies)
def test_any_call_is_answered(alone: Practice, method: str, body: Json) -> None:
    """An app that sends nonsense reads one of Slack's errors."""
    bearer = {"Authorization": f"Bearer {alone.space.bot_token}"}
    answer = WEB.post(f"{alone.served.url}/api/{method}", json=body, headers=bearer)
    assert answer.status_code == 200
    assert answer.json()["ok"] or answer.json()["error"]
