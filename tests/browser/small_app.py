"""A small app on the unmodified Bolt: what the page is driven with, so that its tests are about the page alone."""

from __future__ import annotations

import time
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "Usher"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": "Usher", "always_online": True},
        "slash_commands": [
            {"command": "/depart", "description": "Somebody leaves", "usage_hint": "@person", "should_escape": True},
            {"command": "/lend", "description": "Lend an access", "should_escape": False},
            {"command": "/sleep", "description": "Never answers", "should_escape": False},
        ],
        "shortcuts": [
            {"name": "Somebody leaves", "type": "global", "callback_id": "leaving", "description": "Open the form"},
        ],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "im:write", "users:read", "im:history"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "message.im"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
        "org_deploy_enabled": False,
        "token_rotation_enabled": False,
    },
}
SLEEP = 4.0  # seconds, longer than the workspace of these tests waits


def build(base_url: str, bot_token: str) -> App:
    """The app, speaking to the workspace at this address."""
    app = App(client=WebClient(bot_token, base_url=base_url), token_verification_enabled=False)
    app.command("/depart")(_ask)
    app.shortcut("leaving")(_ask)
    app.command("/lend")(_whisper)
    app.command("/sleep")(_sleep)
    app.action("kind")(_kind_chosen)
    app.action("approve")(_approved)
    app.action("start")(_ask)
    app.options("heir")(_heirs)
    app.view("leave")(_asked)
    app.event("app_home_opened")(_home)
    app.event("message")(_said)
    return app


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _words(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _option(text: str, value: str, description: str = "") -> Json:
    return {"text": _plain(text), "value": value} | ({"description": _plain(description)} if description else {})


def _input(name: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": {**element, "action_id": name},
        **more,
    }


KINDS = [_option("Planned", "planned", "Access ends on the last day"), _option("Immediate", "now", "At once")]


def form(*, now: bool) -> Json:
    """The modal; the kind of departure changes a sentence in it."""
    return {
        "type": "modal",
        "callback_id": "leave",
        "title": _plain("Somebody leaves"),
        "submit": _plain("Ask"),
        "close": _plain("Not now"),
        "blocks": [
            _input("reason", "Reason", {"type": "plain_text_input"}, hint=_plain("One sentence")),
            _input("kind", "Kind", {"type": "radio_buttons", "options": KINDS}, dispatch_action=True),
            _words("Sessions end *within minutes*." if now else "Sessions end on the last day."),
            _input("day", "Last day", {"type": "datepicker"}, optional=True),
            _input("heir", "Who takes over?", {"type": "external_select", "min_query_length": 0}),
            _input("proof", "Letter", {"type": "file_input", "max_files": 1}, optional=True),
        ],
    }


def _ask(ack: Any, body: Json, client: WebClient) -> None:
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=form(now=False))


def _whisper(ack: Any) -> None:
    ack("That is for *you* alone.")


def _sleep(ack: Any) -> None:
    time.sleep(SLEEP)
    ack()


def _kind_chosen(ack: Any, body: Json, action: Json, client: WebClient) -> None:
    ack()
    now = action["selected_option"]["value"] == "now"
    client.views_update(view_id=body["view"]["id"], view=form(now=now))


def _heirs(ack: Any, payload: Json) -> None:
    everybody = [_option("Ines Ferreira", "U005", "Platform lead"), _option("Ben Okafor", "U008", "Engineer")]
    ack(options=[option for option in everybody if payload["value"].lower() in option["text"]["text"].lower()])


def _asked(ack: Any, body: Json, view: Json, client: WebClient) -> None:
    values = view["state"]["values"]
    reason = values["reason"]["reason"]["value"]
    if reason == "none":
        ack(response_action="errors", errors={"reason": "Please give a real reason."})
        return
    ack()
    heir = values["heir"]["heir"]["selected_option"]["text"]["text"]
    client.chat_postMessage(channel="C001", text="A request", blocks=request(f"*{reason}*, then {heir}"))


def request(words: str) -> list[Json]:
    """A message that asks for a decision."""
    sure = {"title": _plain("Sure?"), "text": _plain("All access ends."), "confirm": _plain("Do"), "deny": _plain("No")}
    approve = {"type": "button", "action_id": "approve", "text": _plain("Approve"), "style": "primary", "confirm": sure}
    return [_words(words), {"type": "actions", "block_id": "buttons", "elements": [approve]}]


def _approved(ack: Any, body: Json, client: WebClient) -> None:
    ack()
    blocks = [*body["message"]["blocks"][:-1], _words(f"Approved by <@{body['user']['id']}>")]
    client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved", blocks=blocks)


def _home(event: Json, client: WebClient) -> None:
    button = {"type": "button", "action_id": "start", "text": _plain("Somebody leaves"), "style": "primary"}
    blocks = [
        {"type": "header", "text": _plain("What next?")},
        {"type": "actions", "block_id": "next", "elements": [button]},
    ]
    client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


def _said(event: Json, client: WebClient) -> None:
    if "bot_id" not in event:
        client.chat_postMessage(channel=event["channel"], text="I read you.", thread_ts=event["ts"])
