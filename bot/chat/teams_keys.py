"""Whether a request comes from Microsoft: the keys it signs with, and what a token must say.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication (connector to bot)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

ISSUER = "https://api.botframework.com"
OPENID = "https://login.botframework.com/v1/.well-known/openidconfiguration"
CHANNEL = "msteams"  # in any other channel whoever writes may call themselves what they like
LEEWAY = 60  # seconds that two clocks may differ
PATIENCE = 3.0  # seconds for each of the two answers with the keys
FRESH = 86_400.0  # seconds until the keys are fetched again
LASTING = 5 * 86_400.0  # for so long known keys are believed when no new ones can be had
PAUSE = 10.0  # seconds between two attempts, whatever key ids strangers make up

log = logging.getLogger(__name__)


class NotAllowed(Exception):
    """This request is not from Microsoft, or not for us. Why is for the log alone."""


class KeysAway(Exception):
    """No keys could be had yet, or new ones are on their way, so nobody can be told from a stranger."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the channels for which it may sign."""

    public: jwt.PyJWK = field(repr=False)
    endorsements: frozenset[str]


class Keys:
    """The keys behind an OpenID address: fetched when needed, and again when a new one appears."""

    def __init__(
        self,
        url: str = OPENID,
        steady: Callable[[], float] = time.monotonic,
        fetch: Callable[[str], list[dict[str, Any]]] | None = None,
    ) -> None:
        self.url = url
        self.steady = steady
        self.fetch = fetch or published
        self._known: Mapping[str, Key] = {}
        self._fetched = self._tried = -LASTING
        self._one = threading.Lock()  # while no key is known, who waits for it finds what the other one fetched

    def find(self, kid: str) -> Key | None:
        """The key of this id. Raises KeysAway where there are none at all, or where somebody is fetching them.

        Strangers who make key ids up hold up nobody whose key is known, however long the keys are on their way.
        """
        if not self._fits(kid) and self._one.acquire(blocking=not self._known):
            try:
                if not self._fits(kid) and self.steady() - self._tried >= PAUSE:
                    self._fetch()
            finally:
                self._one.release()
        elif kid not in self._known:
            raise KeysAway
        if self.steady() - self._fetched > LASTING:
            raise KeysAway
        return self._known.get(kid)

    def _fits(self, kid: str) -> bool:
        return kid in self._known and self.steady() - self._fetched <= FRESH

    def _fetch(self) -> None:
        self._tried = self.steady()
        try:
            self._known = dict(_keys(self.fetch(self.url)))
            self._fetched = self.steady()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            log.warning("The keys of the Bot Framework could not be fetched: %s", type(error).__name__)


def published(url: str) -> list[dict[str, Any]]:
    """What lies at the address that an OpenID document names. Raises ValueError for one that anybody can change."""
    with httpx.Client(timeout=PATIENCE, follow_redirects=False) as client:
        place = httpx.URL(client.get(url).raise_for_status().json()["jwks_uri"])
        if place.scheme != httpx.URL(url).scheme:
            raise ValueError("the keys lie at an address without https")
        found: list[dict[str, Any]] = client.get(place).raise_for_status().json()["keys"]
        return found


def _keys(found: list[dict[str, Any]]) -> list[tuple[str, Key]]:
    known = []
    for one in found:
        try:
            key = Key(jwt.PyJWK(one, "RS256"), frozenset(map(str, one.get("endorsements") or ())))
        except (jwt.PyJWTError, AttributeError, TypeError):  # of a kind that is not for us
            continue
        known.append((str(one.get("kid")), key))
    return known


@dataclass(frozen=True)
class Tokens:
    """What proves that a request comes from Teams and is meant for this app."""

    app: str
    keys: Keys

    def check(self, header: str, channel: str, address: str) -> None:
        """Nothing for a request that is allowed, with its channel and service URL. Raises NotAllowed, KeysAway."""
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token or channel != CHANNEL or not address:
            raise NotAllowed("no token of Teams")
        try:
            claims = self._claims(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise NotAllowed(type(error).__name__) from error
        if claims.get("serviceurl", claims.get("serviceUrl")) != address:
            raise NotAllowed("the token is for another address")

    def _claims(self, token: str) -> Mapping[str, Any]:
        kid = jwt.get_unverified_header(token).get("kid")
        key = self.keys.find(kid) if isinstance(kid, str) else None
        if key is None or CHANNEL not in key.endorsements:
            raise NotAllowed("the key is not one of theirs")
        options: Any = {"require": ["exp", "iss", "aud"], "strict_aud": True}
        found: Mapping[str, Any] = jwt.decode(
            token, key.public, ["RS256"], options, audience=self.app, issuer=ISSUER, leeway=LEEWAY
        )
        return found
