"""Slack's wire: three ways to pass arguments, one way to fail."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from bot.chat.blocks_lint import Problem
from bot.practice.space import Json, Workspace, log, scopes

CODED = ("blocks", "view", "metadata", "files", "attachments")
REAL_TOKEN = re.compile(r"xox[a-z.]*-(?!practice-)|xapp-(?!practice-)|xoxe")


class SlackError(Exception):
    """A call that Slack answers with ok false, an error word and perhaps more."""

    def __init__(self, error: str, /, **more: Any) -> None:
        """Keep the whole answer."""
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **more}
        self.retry_after = 0


@dataclass(frozen=True)
class Call:
    """One call of one method: the workspace, the arguments, the token that came with it."""

    space: Workspace
    arguments: Json
    token: str = ""

    def text(self, name: str, otherwise: str = "") -> str:
        """A string argument; an empty one counts as absent."""
        value = self.arguments.get(name)
        return otherwise if value in (None, "") else str(value)

    def need(self, name: str) -> str:
        """A string argument that must be there. Raises SlackError invalid_arguments."""
        value = self.text(name)
        if not value:
            raise refused([Problem(f"missing required field: {name}", "")])
        return value

    def flag(self, name: str) -> bool:
        """A boolean argument in any of its spellings."""
        return str(self.arguments.get(name, "")).lower() in {"true", "1"}

    def number(self, name: str, otherwise: int) -> int:
        """A whole number. Raises SlackError invalid_arguments."""
        try:
            return int(self.arguments.get(name) or otherwise)
        except (TypeError, ValueError):
            raise refused([Problem("must provide an integer", f"/{name}")]) from None


Answer = Json
Handler = Callable[[Call], Awaitable[Answer] | Answer]


@dataclass(frozen=True)
class Method:
    """A Web API method and the scopes of which the app needs one."""

    run: Handler
    scopes: tuple[str, ...] = ()
    app_level: bool = field(default=False)


def refused(problems: Sequence[Problem], error: str = "invalid_arguments") -> SlackError:
    """The error Slack answers for these problems, in its shape."""
    said = [str(problem) if problem.pointer else problem.message for problem in problems]
    more: Json = {"errors": said} if error == "invalid_blocks" else {}
    return SlackError(error, **more, response_metadata={"messages": [f"[ERROR] {each}" for each in said]})


def need_scope(space: Workspace, *one_of: str) -> None:
    """Raise SlackError missing_scope unless the manifest asks for one of these scopes."""
    held = scopes(space)
    if one_of and not held & set(one_of):
        raise SlackError("missing_scope", needed=",".join(one_of), provided=",".join(sorted(held)))


async def read_arguments(request: Request) -> tuple[Json, str]:
    """The arguments of a call, from its address and its JSON or form body, and the token that came with them."""
    arguments: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind == "application/json":
        arguments |= _json_body(await request.body())
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form() as form:
            arguments |= {key: value for key, value in form.items() if isinstance(value, str)}
    for name in CODED:
        if isinstance(arguments.get(name), str):
            arguments[name] = _decoded(name, arguments[name])
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    token = str(arguments.pop("token", "") or "")
    return arguments, bearer or token


def _json_body(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value


def _decoded(name: str, value: str) -> Any:
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        error = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise SlackError(error) from None


def check_token(space: Workspace, token: str, *, app_level: bool) -> None:
    """Raise SlackError unless this is the practice token of the right kind; real tokens are refused and not kept."""
    if not token:
        raise SlackError("not_authed")
    if REAL_TOKEN.match(token):
        log.error("A token that looks real was sent to the practice workspace. Never paste real tokens here.")
        raise SlackError("invalid_auth")
    if token not in {space.bot_token, space.app_token}:
        raise SlackError("invalid_auth")
    if (token == space.app_token) != app_level:
        raise SlackError("not_allowed_token_type")
    if space.revoked and token == space.bot_token:
        raise SlackError("token_revoked")


def keep_pace(space: Workspace, channel: str) -> None:
    """Count one post in this channel. Raises SlackError ratelimited with the seconds to wait."""
    limits, now = space.limits, space.clock()
    left, at = space.pace.get(channel, (float(limits.burst), now))
    left = min(float(limits.burst), left + (now - at) * limits.posts_per_second)
    if left < 1:
        error = SlackError("ratelimited")
        error.retry_after = max(1, math.ceil((1 - left) / limits.posts_per_second))
        raise error
    space.pace[channel] = (left - 1, now)


def page_of(items: Sequence[Json], call: Call, otherwise: int = 100) -> tuple[list[Json], Json]:
    """One page of a long list, and the cursor to the next."""
    try:
        start = int(call.text("cursor", "0"))
    except ValueError:
        raise SlackError("invalid_cursor") from None
    stop = start + max(1, call.number("limit", otherwise))
    return list(items[start:stop]), {"next_cursor": str(stop) if stop < len(items) else ""}
