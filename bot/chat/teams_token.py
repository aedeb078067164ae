"""The token with which we speak to Teams: fetched once, kept until shortly before it ends."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import msal

from bot.chat.plain_words import clipped, one_line
from bot.chat.port import ChatError

LOGIN = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
# We are not let in, however often we ask; https://learn.microsoft.com/entra/identity-platform/reference-error-codes
DEAD = frozenset({"invalid_client", "unauthorized_client", "invalid_tenant", "invalid_scope", "access_denied"})
NO_TENANT = "AADSTS90002"


class Token:
    """The app's own token, for one tenant. `login` is where to ask, `seconds` how long to wait for an answer.

    `scope`: for whom it is good, the Connector or Microsoft Graph.
    """

    def __init__(
        self,
        app_id: str,
        password: str,
        tenant: str,
        login: str = LOGIN,
        *,
        seconds: float = 5.0,
        scope: str = SCOPE,
    ) -> None:
        self.app_id = app_id
        self.tenant = tenant
        self.scope = scope
        self._password = password
        self._web = _Web(login, seconds)
        self._app: Any = None
        self._alone = threading.Lock()  # one of us asks, the others wait for what it got

    def get(self) -> str:
        """The token of today; none in a demo without an app id. Raises ChatError: `dead` where we are unknown."""
        if not self.app_id:
            return ""
        with self._alone:
            try:
                answer = self._opened().acquire_token_for_client([self.scope])
            except httpx.HTTPError as error:
                raise _silent(type(error).__name__) from error
            except msal.exceptions.MsalServiceError as error:
                raise _silent(str(error)) from error
            except (ValueError, KeyError, RuntimeError) as error:  # an answer that is no JSON, or about the tenant
                if NO_TENANT in f"{error} {error.__context__}":
                    said = _short(f"Microsoft's login said {NO_TENANT}: there is no tenant {self.tenant}")
                    raise ChatError(said, dead=True) from error
                raise _silent(str(error)) from error
        if "access_token" in answer:
            return str(answer["access_token"])
        word = str(answer.get("error", ""))
        said = _short(f"Microsoft's login said {word}: {answer.get('error_description', '')}")
        raise ChatError(said, dead=word in DEAD, unknown=word not in DEAD)

    def forget(self) -> None:
        """The service takes it no more: ask for another one."""
        with self._alone:
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def _opened(self) -> Any:
        if self._app is None:
            self._app = msal.ConfidentialClientApplication(
                self.app_id,
                client_credential=self._password,
                authority=f"{LOGIN}/{self.tenant}",
                instance_discovery=False,  # the address is ours, or Microsoft's own
                http_client=self._web,
            )
        return self._app


class _Web:
    """What msal speaks through: it waits only so long, and asks at the address that we were given."""

    def __init__(self, login: str, seconds: float) -> None:
        self.login = login.rstrip("/")
        self.seconds = seconds

    def post(self, url: str, **more: Any) -> httpx.Response:
        return httpx.post(self._at(url), timeout=self.seconds, **_known(more))

    def get(self, url: str, **more: Any) -> httpx.Response:
        return httpx.get(self._at(url), timeout=self.seconds, **_known(more))

    def _at(self, url: str) -> str:
        return self.login + url.removeprefix(LOGIN) if url.startswith(f"{LOGIN}/") else url


def _known(more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if name in {"params", "data", "headers"}}


def _silent(said: str) -> ChatError:
    """Nothing was sent; but whatever else waits would wait for the same answer."""
    return ChatError(f"Microsoft's login did not answer ({_short(said)})", unknown=True)


def _short(said: str) -> str:
    return clipped(one_line(said), 300, escape=False)
