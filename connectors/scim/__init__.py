"""Any application that speaks SCIM 2.0: its accounts, the groups they are in and the roles they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.model import Assign, Delete, Resume, Revoke, Suspend, SystemKey
from bot.domain.reading import Completeness
from connectors.interface import ConnectorError, Ground, Kind, Proven, Secrets, Spec
from connectors.wire.address import safe

if TYPE_CHECKING:
    from connectors.scim.application import ScimApplication

SPEC = Spec(
    SystemKey("scim"),
    "SCIM application",
    frozenset({Suspend, Resume, Revoke, Assign, Delete}),
    ("URL", "TOKEN"),
    "Accounts, groups and roles of an application that speaks SCIM 2.0. URL ends where /Users begins. "
    "May also be set: PROFILE, OWN_ACCOUNT, SETTLE_SECONDS.",
)

PROVEN = Proven(
    on=dict.fromkeys(SPEC.can, frozenset({Ground.THIRD_PARTY})),
    sees={
        **dict.fromkeys(("credentials", "sessions"), Completeness.NOT_PERMITTED),
        **dict.fromkeys(("assets", "made"), Completeness.NOT_APPLICABLE),
    },
    lists=True,
)


def connect(key: SystemKey, name: str, secrets: Secrets) -> ScimApplication:
    """The application at URL; speaks to nobody yet. Raises ConnectorError naming a missing or unknown setting."""
    from connectors.scim.application import ScimApplication  # noqa: PLC0415  httpx, once an application is configured
    from connectors.wire.scim.client import server  # noqa: PLC0415
    from connectors.wire.scim.profile import STANDARD, profile_named  # noqa: PLC0415

    url = safe(secrets.need("URL"), "URL")
    profile = profile_named(secrets.get("PROFILE", STANDARD.key))
    settle = timedelta(seconds=_number(secrets.get("SETTLE_SECONDS", "0")))
    spec = replace(SPEC, key=key, name=name, can=profile.can, settle=settle, rate=profile.rate)
    scim = server(url, secrets.need("TOKEN"), name, profile)
    return ScimApplication(spec, scim, secrets.get("OWN_ACCOUNT"))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = "The setting SETTLE_SECONDS is not a number of seconds."
        raise ConnectorError(message, kind=Kind.CREDENTIAL) from None
