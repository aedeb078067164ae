"""A bot made of the real Bolt, with one listener for each thing a person can do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.practice.people import OFFBOARDING, Json, Practice, start

Heard = list[tuple[str, Json]]


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def question(name: str, element: Json, **more: Any) -> Json:
    """A field of a form."""
    return {"type": "input", "block_id": name, "label": plain(name), "element": {"action_id": "v", **element}, **more}


def form(*blocks: Json, title: str = "Offboard", **more: Any) -> Json:
    """A modal with a submit button."""
    return {"type": "modal", "callback_id": "form", "title": plain(title), "submit": plain("Go on"), **more} | {
        "blocks": list(blocks) or [{"type": "divider"}]
    }


FORM = form(
    question("who", {"type": "external_select", "min_query_length": 1}),
    question("when", {"type": "datepicker", "initial_date": "2026-12-31"}),
    question("why", {"type": "plain_text_input", "min_length": 3}),
    question("papers", {"type": "file_input", "max_files": 2}, optional=True),
    question("parts", {"type": "checkboxes", "options": [{"text": plain("All"), "value": "all"}]}, optional=True),
    {
        "type": "actions",
        "block_id": "more",
        "elements": [{"type": "button", "action_id": "deeper", "text": plain("More"), "value": "from-the-app"}],
    },
    notify_on_close=True,
)
CARD: list[Json] = [
    {"type": "section", "block_id": "words", "text": {"type": "mrkdwn", "text": "*Approve?*"}},
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {"type": "button", "action_id": "approve", "text": plain("Approve"), "value": "signed"},
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": plain(name), "value": name} for name in ("keep", "revoke")],
            },
        ],
    },
]


def bolt(practice: Practice, heard: Heard, **more: Any) -> App:
    """The bot: it writes down what it hears and answers in every way Slack knows."""
    client = WebClient(practice.space.bot_token, base_url=f"{practice.served.url}/api/")
    app = App(client=client, process_before_response=True, raise_error_for_unhandled_request=False, **more)
    _commands(app, heard)
    _forms(app, heard)
    _events(app, heard)
    return app


def _commands(app: App, heard: Heard) -> None:
    @app.command("/offboard")
    def offboard(ack: Any, body: Json, client: WebClient) -> None:
        heard.append(("command", body))
        client.views_open(trigger_id=body["trigger_id"], view=FORM)
        ack()

    @app.command("/raw")
    def raw(ack: Any, body: Json, respond: Any) -> None:
        heard.append(("command", body))
        if body["text"] == "bad":
            ack(text="x", blocks=[{"type": "header", "text": plain("x" * 151)}])
        elif body["text"] == "respond":
            ack()
            respond(text="to everybody", response_type="in_channel")
        else:
            ack(text="only for you")

    @app.command("/slow")
    def slow(ack: Any) -> None:
        time.sleep(5)  # well after the three seconds: a busy machine notices late that they are over
        ack()


def _forms(app: App, heard: Heard) -> None:
    @app.view("form")
    def sent(ack: Any, body: Json) -> None:
        heard.append(("view_submission", body))
        why = body["view"]["state"]["values"].get("why", {}).get("v", {}).get("value")
        answers: dict[str | None, Json] = {
            "refuse": {"response_action": "errors", "errors": {"why": "Say more."}},
            "unknown field": {"response_action": "errors", "errors": {"nowhere": "Say more."}},
            "update": {"response_action": "update", "view": form(title="Sent")},
            "push": {"response_action": "push", "view": form(title="On top")},
            "clear": {"response_action": "clear"},
            "too long": {"response_action": "update", "view": form(title="x" * 25)},
        }
        ack(**answers.get(why, {}))

    @app.view_closed("form")
    def closed(ack: Any, body: Json) -> None:
        heard.append(("view_closed", body))
        ack()

    @app.options("v")
    def options(ack: Any, body: Json) -> None:
        heard.append(("block_suggestion", body))
        names = [name for name in ("Alice Martin", "Alice Marten", "Ben") if body["value"].lower() in name.lower()]
        ack(options=[{"text": plain(name), "value": name} for name in names])

    @app.action("deeper")
    def deeper(ack: Any, body: Json, client: WebClient) -> None:
        heard.append(("block_actions", body))
        ack()
        try:
            client.views_push(trigger_id=body["trigger_id"], view=form(title="Deeper"))
        except SlackApiError as error:
            heard.append((error.response["error"], {}))


def _events(app: App, heard: Heard) -> None:
    @app.action("approve")
    def approve(ack: Any, body: Json, respond: Any) -> None:
        heard.append(("block_actions", body))
        ack()
        respond(text="Approved.", replace_original=True)

    @app.action("pick")
    def pick(ack: Any, body: Json, respond: Any) -> None:
        heard.append(("block_actions", body))
        ack()
        respond(text="Noted.", response_type="ephemeral", replace_original=False)

    @app.event("app_home_opened")
    def home(event: Json, client: WebClient) -> None:
        heard.append(("app_home_opened", event))
        blocks = [{"type": "header", "text": plain("Your requests")}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.event("message")
    def message(event: Json, say: Any) -> None:
        heard.append(("message", event))
        say(text=f"You said {event['text']}")

    @app.shortcut("offboard")
    def shortcut(ack: Any, body: Json, client: WebClient) -> None:
        heard.append(("shortcut", body))
        ack()
        client.chat_postMessage(channel=OFFBOARDING, text="Somebody used the shortcut.")


def starlette(find: Callable[[], App]) -> Starlette:
    """Bolt behind Starlette, off the event loop."""

    async def slack(request: Request) -> Response:
        body = await request.body()
        answer = await run_in_threadpool(find().dispatch, to_bolt_request(request, body))
        return to_starlette_response(answer)

    return Starlette(routes=[Route("/slack/events", slack, methods=["POST"])])


@contextmanager
def listening(app: Starlette, listener: socket.socket) -> Iterator[None]:
    """Serve an application from a thread while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, ws="none", log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)


@contextmanager
def by_socket(heard: Heard) -> Iterator[Practice]:
    """A workspace and a bot joined by Socket Mode."""
    practice = start()
    handler = SocketModeHandler(bolt(practice, heard), practice.space.app_token)
    handler.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it so
    try:
        yield practice
    finally:
        handler.close()  # type: ignore[no-untyped-call]
        practice.served.stop()


@contextmanager
def by_http(heard: Heard) -> Iterator[Practice]:
    """A workspace and a bot joined by signed requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    practice = start(request_url=f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events")
    app = bolt(practice, heard, signing_secret=practice.space.signing_secret)
    try:
        with listening(starlette(lambda: app), listener):
            yield practice
    finally:
        practice.served.stop()
