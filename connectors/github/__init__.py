"""GitHub: one organisation of github.com or of an Enterprise Server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.model import (
    Assign,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Provision,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
)
from bot.domain.reading import Completeness
from connectors.interface import Ground, Proven, Secrets, Spec
from connectors.wire.address import safe

if TYPE_CHECKING:
    from connectors.github.connector import GitHub

SPEC = Spec(
    SystemKey("github"),
    "GitHub",
    can=frozenset({Revoke, Assign, Disable, Enable, HandOver}),
    secrets=("ORG", "TOKEN"),
    about="Membership, teams, roles, repositories, invitations, keys and tokens, webhooks, repository administration. "
    "Better than TOKEN: APP_ID and APP_KEY of an app. May also be set: INSTALLATION, URL, EDITION, ENTERPRISE.",
    concurrency=40,  # GitHub allows a hundred calls at the same time; more only queue up on its side
)

PROVEN = Proven(
    on=dict.fromkeys({*SPEC.can, Suspend, Resume}, frozenset({Ground.OURS, Ground.DESCRIPTION})),
    only=dict.fromkeys((Suspend, Resume), "on Enterprise Server, as its administrator"),
    absent={
        EndSessions: "Sessions belong to the person's own account, or to the identity provider.",
        Delete: "An account belongs to its person.",
        Provision: "People bring their own accounts; joining is a right that is given.",
    },
    sees={"assets": Completeness.PARTIAL, "credentials": Completeness.PARTIAL, "sessions": Completeness.NOT_APPLICABLE},
    lists=True,
)


def connect(key: SystemKey, name: str, secrets: Secrets) -> GitHub:
    """The connector of one organisation; speaks to nobody yet. Raises ConnectorError naming a missing setting."""
    from connectors.github.connector import GitHub  # noqa: PLC0415  PyGithub, once GitHub is configured
    from connectors.github.signing import signing  # noqa: PLC0415
    from connectors.github.wire import PUBLIC, Api  # noqa: PLC0415

    url, org = safe(secrets.get("URL", PUBLIC), "URL"), secrets.need("ORG")
    server = (secrets.get("EDITION") or ("server" if "/api/v3" in url else "cloud")) == "server"
    can = SPEC.can | {Suspend, Resume} if server else SPEC.can  # in the cloud an account belongs to its person
    spec = replace(SPEC, key=key, name=name, can=can)
    above = secrets.get("ENTERPRISE")
    return GitHub(spec, Api(signing(url, org, secrets), org, spec.concurrency, server=server, enterprise=above))
