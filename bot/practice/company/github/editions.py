"""Which calls exist where: GitHub in the cloud and an Enterprise Server differ, and a missing call is a 404."""

from __future__ import annotations

import re

CLOUD = "cloud"
SERVER = "server"
_ONLY_CLOUD = (
    r"/orgs/[^/]+/(failed_)?invitations.*",
    r"/orgs/[^/]+/credential-authorizations.*",
    r"/orgs/[^/]+/copilot/.*",
    r"/orgs/[^/]+/members/[^/]+/(copilot|codespaces.*)",
    r"(/orgs/[^/]+/teams/[^/]+|/organizations/[^/]+/team/[^/]+|/teams/[^/]+)/(invitations|team-sync/group-mappings)",
    r"/enterprises/.*",
    r"/credentials/revoke",
)
_ONLY_SERVER = (r"/users/[^/]+/suspended", r"/admin/.*")
_MISSING = {CLOUD: re.compile("|".join(_ONLY_SERVER)), SERVER: re.compile("|".join(_ONLY_CLOUD))}
_OPEN = re.compile(r"/app(/.*)?|/orgs/[^/]+/installation|/credentials/revoke")


def has(edition: str, path: str) -> bool:
    """Whether this edition knows the address at all."""
    return not _MISSING[edition].fullmatch(path)


def open_to_all(path: str) -> bool:
    """Whether a call is made without a token of the organisation: by an app that signs for itself, or by anybody."""
    return bool(_OPEN.fullmatch(path))
