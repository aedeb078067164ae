"""Calls of the Bot Connector, with which a bot writes to Teams; every refusal and every silence is a ChatError.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from bot.chat.plain_words import Json, clipped, one_line
from bot.chat.port import ChatError
from bot.chat.teams_token import Token

CONNECTOR = "https://smba.trafficmanager.net/teams/"
SECONDS = 5.0
# Who may be shown the token, besides the address that we were given: the Connectors of Microsoft's clouds.
_HOSTS = ("smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com", "smba.infra.gov.teams.microsoft.us")
_CLOUDS = (".botframework.com", ".botframework.azure.us", ".infra.teams.microsoft.com")
# The message may have arrived all the same.
UNSURE = frozenset({500, 502, 503, 504})
# Seconds, where Teams says that it was too much but not how long to wait: the longest but one of its windows.
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
WAIT = 30.0
GONE = frozenset({403, 404})


class Connector:
    """The Connector that serves our tenant."""

    def __init__(self, token: Token, base: str = CONNECTOR, *, seconds: float = SECONDS) -> None:
        self.token = token
        self.base = base
        self.seconds = seconds
        self.client = httpx.Client(timeout=seconds)

    def ask(
        self, method: str, *path: str, at: str = "", json: Json | None = None, params: dict[str, str] | None = None
    ) -> Json:
        """What a call answers; `at` is the address that came with the place. Raises ChatError."""
        url = f"{self._trusted(at).rstrip('/')}/v3/{'/'.join(quote(part, safe='') for part in path)}"
        answer = self._asked(method, url, json, params)
        if answer.status_code == 401:  # such as after the secret was changed: one new token, one more try
            self.token.forget()
            answer = self._asked(method, url, json, params)
        if not answer.is_success:
            raise refused(answer)
        return json_of(answer)

    def close(self) -> None:
        """Give back the connections that are kept open."""
        self.client.close()

    def is_ours(self, url: str) -> bool:
        """Whether the token may be shown to this address."""
        parts, ours = urlsplit(url), urlsplit(self.base)
        if (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and (host in _HOSTS or host.endswith(_CLOUDS))

    def _shown(self) -> dict[str, str]:
        token = self.token.get()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _trusted(self, at: str) -> str:
        return at if at and self.is_ours(at) else self.base

    def _asked(self, method: str, url: str, json: Json | None, params: dict[str, str] | None) -> httpx.Response:
        headers = self._shown()
        try:
            return self.client.request(method, url, headers=headers, json=json, params=params)
        except httpx.HTTPError as error:
            raise silent(error) from error


def silent(error: httpx.HTTPError, who: str = "Teams") -> ChatError:
    """What is made of no answer at all."""
    return ChatError(f"{who} did not answer ({type(error).__name__})", unknown=True)


def refused(answer: httpx.Response, who: str = "Teams") -> ChatError:
    """What is made of a refusal, in the service's own words."""
    status, word, asked = answer.status_code, _word(answer), answer.headers.get("retry-after")
    return ChatError(
        clipped(one_line(f"{who} said {status} {word}"), 500, escape=False),
        after=_seconds(asked) if status == 429 or asked else 0.0,
        gone=status in GONE,
        unknown=status in UNSURE,
        dead=status == 401,
    )


def _word(answer: httpx.Response) -> str:
    found = json_of(answer, lenient=True).get("error")
    if not isinstance(found, dict):
        return "and something that is not JSON" if found is None else str(found)
    return f"{found.get('code', '')} {found.get('message', '')}"


def json_of(answer: httpx.Response, *, lenient: bool = False, who: str = "Teams") -> Json:
    """The object in an answer, empty where there is none. Raises ChatError, unless `lenient`."""
    try:
        found = answer.json()
    except ValueError as error:
        if lenient or not answer.content:
            return {}
        raise ChatError(f"{who} answered something that is not JSON", unknown=True) from error
    return found if isinstance(found, dict) else {}


def _seconds(given: Any) -> float:
    try:
        return max(1.0, float(given))
    except (TypeError, ValueError):
        return WAIT
