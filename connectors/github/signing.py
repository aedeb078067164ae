"""Our credential at GitHub: a token of an owner, or better a GitHub App, which gets itself a token for an hour."""

from __future__ import annotations

from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

import jwt
import requests
from github import Auth, GithubException
from github.Requester import Requester

from connectors.github.sending import NAME, Row, parsed, refused, request, requester
from connectors.interface import ConnectorError, Kind, Secrets
from connectors.wire.http import garbled, silent, unreachable

BAD_KEY = "The setting APP_KEY is not a private key of a GitHub App (PEM)."
UNSIGNED = "The setting TOKEN is missing; with an app, APP_ID and APP_KEY are."
NOT_INSTALLED = f"The {NAME} App is not installed in the organisation, or is suspended there."


class Signing(Protocol):
    """What signs our calls."""

    is_app: bool
    site: str
    """The address of the pages that people see."""

    def connection(self) -> Requester:
        """A new connection that signs by itself. Raises ConnectorError."""
        ...

    def fresh(self) -> None:
        """See to it that the next call is signed with something that is still valid. Raises ConnectorError."""
        ...

    def place(self) -> Row | None:
        """What the app may do in the organisation; None for a token. Raises ConnectorError."""
        ...


def site_of(url: str) -> str:
    """The address of the pages that people see, from that of the interface."""
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("api.") if parts.path in {"", "/"} else parts.netloc
    return f"{parts.scheme}://{host}"


class TokenSigning:
    """A token, as somebody made it."""

    is_app = False

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self.site = site_of(url)
        self._auth = Auth.Token(token)

    def connection(self) -> Requester:
        """A new connection."""
        return requester(self._url, self._auth)

    def fresh(self) -> None:
        """A token is valid or it is not; nothing renews it."""

    def place(self) -> Row | None:
        """A token is no app."""
        return None


class AppSigning:
    """A GitHub App with its private key; its tokens live for an hour and are renewed before they end."""

    is_app = True

    def __init__(self, url: str, org: str, app: str, key: str, installation: str = "") -> None:
        self._url = url
        self.site = site_of(url)
        self._org = org
        self._app = Auth.AppAuth(app, key.replace("\\n", "\n"))
        self._number = installation
        self._auth: Auth.AppInstallationAuth | None = None
        self._lock = Lock()

    def connection(self) -> Requester:
        """A new connection, signed with the token that all share."""
        with self._lock:
            return requester(self._url, self._installed())

    def fresh(self) -> None:
        """One call every hour, made by whoever comes first. Raises ConnectorError."""
        with self._lock:
            auth = self._installed()
            try:
                _ = auth.token
            except GithubException as error:
                raise refused(error.status, error.headers or {}, str(error.data), NOT_INSTALLED) from None
            except requests.Timeout:
                raise silent(NAME) from None
            except requests.RequestException:
                raise unreachable(NAME) from None
            except (jwt.PyJWTError, ValueError, TypeError):
                raise ConnectorError(BAD_KEY, kind=Kind.CREDENTIAL) from None
            except (AssertionError, AttributeError, KeyError):  # PyGithub, of an answer that is not GitHub's
                raise garbled(NAME) from None

    def place(self) -> Row | None:
        """The installation as GitHub shows it to the app itself. Raises ConnectorError."""
        try:
            by = requester(self._url, self._app)
            status, headers, text = request(by, "GET", f"/orgs/{self._org}/installation", None, None)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise ConnectorError(BAD_KEY, kind=Kind.CREDENTIAL) from None
        if status == 404:
            raise ConnectorError(NOT_INSTALLED, kind=Kind.PERMISSION)
        if status >= 400:
            raise refused(status, headers, text, NOT_INSTALLED)
        found = parsed(status, text)
        if not isinstance(found, dict) or not isinstance(found.get("permissions"), dict):
            raise garbled(NAME)
        if found.get("suspended_at"):
            raise ConnectorError(NOT_INSTALLED, kind=Kind.PERMISSION)
        return found

    def _installed(self) -> Auth.AppInstallationAuth:
        if self._auth is None:
            number = self._number or str((self.place() or {}).get("id", ""))
            if not number.isdecimal():
                raise ConnectorError("The setting INSTALLATION is not a number.", kind=Kind.CREDENTIAL)
            self._auth = Auth.AppInstallationAuth(self._app, int(number))
            requester(self._url, self._auth)  # it asks for its tokens through a connection of its own
        return self._auth


def signing(url: str, org: str, secrets: Secrets) -> Signing:
    """The app where one is set up, the token otherwise. Raises ConnectorError naming a missing setting."""
    if secrets.get("APP_ID") or (secrets.get("APP_KEY") and not secrets.get("TOKEN")):
        key = secrets.need("APP_KEY")
        return AppSigning(url, org, secrets.need("APP_ID"), key, secrets.get("INSTALLATION"))
    if not secrets.get("TOKEN"):
        raise ConnectorError(UNSIGNED, kind=Kind.CREDENTIAL)
    return TokenSigning(url, secrets.get("TOKEN"))
