"""Speaking to the bot: over its Socket Mode connections or with signed requests to its address, for at most 3 s."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any, Literal
from urllib.parse import urlencode

import httpx

from bot.practice.space import Json, Workspace, background, log

Kind = Literal["slash_commands", "interactive", "events_api"]


class NoAnswer(Exception):
    """The app did not answer as it should; `reason` is Slack's word for how."""

    def __init__(self, reason: str, *, stop: bool = False) -> None:
        """Keep the word, and whether the app asked for no further delivery."""
        super().__init__(reason)
        self.reason = reason
        self.stop = stop


SENTENCES = {
    "operation_timeout": "the app did not respond within {seconds:g} seconds",
    "dispatch_failed": "the app is not connected",
    "http_service_error": "the app answered with an error",
    "invalid_command_response": "the app answered something that cannot be shown",
}


def sentence(space: Workspace, what: str, failure: NoAnswer) -> str:
    """What the page shows when an answer did not come."""
    why = SENTENCES.get(failure.reason, "the app failed").format(seconds=space.limits.ack_seconds)
    return f"{what} failed: {why} ({failure.reason})"


async def ask(space: Workspace, kind: Kind, payload: Json, retry: tuple[int, str] | None = None) -> Any:
    """Deliver a payload and return what the app acknowledged it with. Raises NoAnswer."""
    try:
        return await asyncio.wait_for(_deliver(space, kind, payload, retry), space.limits.ack_seconds)
    except TimeoutError:
        raise NoAnswer("operation_timeout") from None


async def _deliver(space: Workspace, kind: Kind, payload: Json, retry: tuple[int, str] | None) -> Any:
    if space.request_url:
        return await _by_http(space, kind, payload, retry)
    return await _by_socket(space, kind, payload, retry)


async def _by_socket(space: Workspace, kind: Kind, payload: Json, retry: tuple[int, str] | None) -> Any:
    if not space.sockets:
        raise NoAnswer("dispatch_failed")
    envelope: Json = {
        "envelope_id": space.ids("E"),
        "type": kind,
        "accepts_response_payload": kind != "events_api",
        "payload": payload,
    }
    if kind == "events_api":
        number, reason = retry or (0, "")
        envelope |= {"retry_attempt": number, "retry_reason": reason}
    space.sockets.append(space.sockets.pop(0))  # connections take turns
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    space.waiting[envelope["envelope_id"]] = answer
    try:
        await space.sockets[-1].send_text(json.dumps(envelope))
        return await answer
    finally:
        space.waiting.pop(envelope["envelope_id"], None)


def signed(space: Workspace, body: bytes) -> dict[str, str]:
    """The two headers by which the app knows that a request is ours."""
    stamp = str(int(space.clock()))
    digest = hmac.new(space.signing_secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    if kind == "slash_commands":
        return urlencode({name: str(value) for name, value in payload.items()}).encode(), form
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), form
    return json.dumps(payload).encode(), "application/json"


async def _by_http(space: Workspace, kind: Kind, payload: Json, retry: tuple[int, str] | None) -> Any:
    body, content_type = _encoded(kind, payload)
    headers = {"Content-Type": content_type, **signed(space, body)}
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
    try:
        answer = await space.http.post(space.request_url, content=body, headers=headers)
    except httpx.TimeoutException:
        raise NoAnswer("operation_timeout") from None
    except httpx.HTTPError:
        raise NoAnswer("dispatch_failed") from None
    if not answer.is_success:
        raise NoAnswer("http_service_error", stop=answer.headers.get("x-slack-no-retry") == "1")
    if answer.headers.get("content-type", "").startswith("application/json"):
        return answer.json()
    return answer.text


def send_event(space: Workspace, event: Json) -> None:
    """Deliver an event in the background, up to three more times if it is not acknowledged."""
    payload: Json = {
        "token": "practice",
        "team_id": space.team_id,
        "api_app_id": space.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": space.ids("Ev"),
        "event_time": int(space.clock()),
        "authorizations": [
            {"enterprise_id": None, "team_id": space.team_id, "user_id": space.bot_user_id, "is_bot": True}
            | {"is_enterprise_install": False}
        ],
        "is_ext_shared_channel": False,
    }
    background(space, _keep_sending(space, payload))


REASONS = {"operation_timeout": "timeout", "dispatch_failed": "connection_failed", "http_service_error": "http_error"}


async def _keep_sending(space: Workspace, payload: Json) -> None:
    retry: tuple[int, str] | None = None
    for number in range(len(space.limits.retry_seconds) + 1):
        if number:
            await asyncio.sleep(space.limits.retry_seconds[number - 1])
        try:
            await ask(space, "events_api", payload, retry)
        except NoAnswer as failure:
            log.warning("The app did not acknowledge %s: %s", payload["event"]["type"], failure.reason)
            if failure.stop:
                return
            reason = REASONS[failure.reason]
            retry = (number + 1, f"http_{reason}" if space.request_url and reason == "timeout" else reason)
        else:
            return
