"""The keys of the practice Bot Framework: how the bot knows that something comes from it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://api.botframework.com"
LASTS = 3600  # seconds


@dataclass
class Key:
    """A signing key under a name; made when it is first needed."""

    kid: str
    endorsements: tuple[str, ...] = ("msteams",)
    made: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def private(self) -> rsa.RSAPrivateKey:
        """The half nobody else has."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public(self) -> dict[str, Any]:
        """The half that is published, with the channels it may speak for."""
        shown: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        more = {"kid": self.kid, "x5t": self.kid, "use": "sig", "endorsements": list(self.endorsements)}
        return {name: shown[name] for name in ("kty", "n", "e")} | more


def claims_for(app_id: str, service_url: str, **other: Any) -> dict[str, Any]:
    """What a token of Teams for this bot says now; `other` replaces a claim, None takes it away."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": app_id, "nbf": now - 300, "exp": now + LASTS, "serviceurl": service_url}
    return {name: value for name, value in (usual | other).items() if value is not None}


def signed(key: Key, claims: dict[str, Any], **header: Any) -> str:
    """The token, as it stands behind `Bearer `."""
    return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid, **header})
