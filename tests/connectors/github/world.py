"""GitHub for the conformance suite: our own stateful GitHub, held to what GitHub publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.wrappers import Request, Response

from bot.domain.model import Assign, Change, Disable, Enable, Resume, Revoke, Suspend
from bot.practice.company import github as practice
from bot.practice.company.github import faults, seed, state
from bot.practice.company.wire import Application, Environ
from connectors.github.facts import fingerprint
from connectors.interface import Ground
from tests.connectors import github_world
from tests.connectors.conformance.faults import PAUSE, Fault, Weather, Words
from tests.connectors.conformance.world import World
from tests.tools import published
from tests.tools.github_watch import Watch, description


def name(request: Request) -> str:
    """The call with what was asked of a list, without the numbers of things that get a new one when they come back."""
    asked = request.query_string.decode()
    called = re.sub(r"/(keys|hooks|invitations|credential-authorizations)/\d+", r"/\1/{id}", faults.operation(request))
    return f"{called}{'?' if asked else ''}{asked}"


def refuse(fault: Fault, request: Request) -> Response | None:
    """GitHub's own words; whoever lacks a scope is told 404, except about people, whom everybody may see."""
    if fault is Fault.DENIED and request.path.startswith("/user"):
        return None
    status, message = {
        Fault.THROTTLED: (429, faults.SECONDARY),
        Fault.BROKEN: (500, "Server Error"),
        Fault.LAST_OWNER: (403, faults.LAST_OWNER),
        Fault.DENIED: (404, "Not Found"),
    }[fault]
    headers = {"X-GitHub-Request-Id": "PRAC:FAULT", **({"Retry-After": str(PAUSE)} if status == 429 else {})}
    return Response(json.dumps({"message": message}), status, headers, content_type="application/json")


WORDS = Words(name, lambda called: faults.is_write(called.partition("?")[0]), refuse)


def holds(org: state.Org, change: Change) -> bool | None:
    """What the organisation's memory says."""
    match change:
        case Revoke(grant) | Assign(grant):
            return _reaches(org, grant.entitlement.native_id)
        case Disable(credential) | Enable(credential) if credential.native_id.startswith("key:"):
            wanted = credential.native_id.rsplit(":", 1)[1]
            return any(fingerprint(key.key) == wanted for repo in org.repos.values() for key in repo.keys)
        case Disable(credential) if credential.native_id.startswith("sso:"):
            kind = credential.native_id.split(":")[1]
            return any(one.user == seed.ALICE and one.kind == kind for one in org.authorizations)
    return None


def _reaches(org: state.Org, native_id: str) -> bool | None:
    kind, _, rest = native_id.partition(":")
    match kind:
        case "org":
            return seed.ALICE in org.members
        case "team":
            return any(
                seed.ALICE in {**team.members, **team.pending} for team in org.teams.values() if str(team.id) == rest
            )
        case "repo":
            return any(seed.ALICE in repo.direct for repo in org.repos.values() if str(repo.id) == rest.split(":")[0])
        case "role":
            return seed.ALICE in org.roles[int(rest)].users
        case "environment":
            return any(seed.ALICE in one.users for repo in org.repos.values() for one in repo.environments)
        case "bypass":
            return any(
                number == seed.ALICE
                for repo in org.repos.values()
                for one in repo.rulesets
                for _, number, _ in one.bypass
            )
        case "copilot":
            return seed.ALICE in org.seats and not org.seats[seed.ALICE].ends
    return None


@contextmanager
def opened() -> Iterator[World]:
    """Lumen Works on GitHub; what the connector sends and gets is as GitHub publishes it."""
    org = seed.company()
    watch, weather = Watch(), Weather(_nothing, WORDS, lambda away: _renamed(org, away=away))
    if published.there():
        description(watch.edition)  # the very key that its threads ask for: they would all begin to cut it at once

    def around(system: Application) -> Application:
        weather.system = watch.around(system) if published.there() else system
        return weather

    server = practice.start(org=org, around=around)
    try:
        made = github_world.World(server)
        yield World(
            made.connector, made.link, weather, lambda change: holds(org, change),
            frozenset({Ground.OURS, Ground.DESCRIPTION}), made.accept,
            also=frozenset({Suspend, Resume}),  # tests/connectors/test_github_above.py, on an Enterprise Server
        )  # fmt: skip
    finally:
        server.stop()
    assert not watch.wrongs, "\n".join(dict.fromkeys(watch.wrongs))


def _nothing(_environ: Environ, _start: object) -> list[bytes]:
    return []  # until GitHub stands behind it


def _renamed(org: state.Org, *, away: bool) -> None:
    with org.lock:
        org.users[seed.ALICE].login = "alice-elsewhere" if away else "alice-m"
