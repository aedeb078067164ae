"""What proves that we see everything: a shorter list is no proof, and a 404 is none either."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.github.wire import NAME, OWNER, Api, Row, hidden
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.http import Answer

NO_REPOSITORY = "The repository no longer exists, and what was on it neither."
REPOSITORIES = "the scope repo, or the app's permission Administration on all repositories"


def owners(api: Api) -> tuple[Row, ...]:
    """The owners of the organisation. Raises ConnectorError."""
    return api.every(f"{api.home}/members", role="admin")


def owned(api: Api, place: Row | None, found: Iterable[Row]) -> frozenset[str]:
    """The owners' ids. Raises ConnectorError PERMISSION unless we see all: as one of them, or as an app that may."""
    ids = frozenset(str(row["id"]) for row in found)
    if place is not None:
        if not place["permissions"].get("members"):
            raise hidden(OWNER)
        return ids
    if str(api.own()["id"]) not in ids:
        said = f"Usher's {NAME} account is not an owner of {api.org}, so it cannot see everything. It needs {OWNER}."
        raise ConnectorError(said, kind=Kind.PERMISSION)
    return ids


def owners_now(api: Api) -> frozenset[str]:
    """The owners' ids, after a look that we see them all. Raises ConnectorError."""
    return owned(api, api.signing.place(), owners(api))


def unlisted(org: Row, repos: Iterable[Row]) -> bool:
    """Whether there are private repositories we are not shown: a token without the scope repo gets a shorter list."""
    return sum(bool(row.get("private")) for row in repos) < int(org.get("total_private_repos") or 0)


def gone(api: Api, said: str) -> Outcome:
    """Already so, after a look at something that must be there: a 404 also means that we lost our sight."""
    owners_now(api)
    return Outcome(Result.ALREADY, said)


def all_repositories(api: Api) -> None:
    """Raises ConnectorError PERMISSION unless we are shown every repository."""
    if unlisted(
        api.sure(api.home).body, api.every(f"{api.home}/repos", keep=lambda row: {"private": row.get("private")})
    ):
        raise hidden(REPOSITORIES)


def no_repository(api: Api) -> Outcome:
    """The repository is gone, after a look that we are shown every one. Raises ConnectorError PERMISSION otherwise."""
    all_repositories(api)
    return gone(api, NO_REPOSITORY)


def ended(answer: Answer, said: str) -> Outcome:
    """The outcome of a removal that GitHub took: done, or (202) taken on and done in the background."""
    result = Result.PENDING if answer.status == 202 else Result.APPLIED
    return Outcome(result, said, evidence=answer.evidence)
