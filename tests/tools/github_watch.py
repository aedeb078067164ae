"""GitHub's own description, put around our GitHub: every call that passes is held against what GitHub publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from werkzeug.wrappers import Request, Response

from bot.practice.company import github
from bot.practice.company.github import api, editions, seed
from bot.practice.company.github.state import Org
from bot.practice.company.wire import Application
from tests.tools import published
from tests.tools.described import Call, Description

# Addresses that GitHub answers and does not publish: it hands them out in its own answers, and clients follow them.
ALIASES = (
    (r"^/repositories/\d+$", "/repos/any/any"),
    (r"^/organizations/[^/]+/team/(\d+)/(repos|members|invitations|teams|team-sync/group-mappings)$", r"/teams/\1/\2"),
    (r"^/organizations/[^/]+/team/(\d+)/(members|memberships)/([^/]+)$", r"/teams/\1/\2/\3"),
    (r"^/organizations/[^/]+/team/(\d+)$", r"/teams/\1"),
    (r"^/organizations/[^/]+/invitations/", "/orgs/any/invitations/"),
)
FILES = {editions.CLOUD: "ghec", editions.SERVER: "ghes-3.19"}
ELSEWHERE = {"/graphql"}  # it has a schema of its own
# What GitHub answers and its description leaves out: a permission that stands on its page for making an app, and when
# an account of a server was locked, which the server shows its administrators in every account.
UNLISTED = re.compile(
    r".*permissions\.organization_codespaces, which is not published"
    r"|GET /user/\d+: .*(\('suspended_at' was unexpected\)|property suspended_at, which is not published)"
)


@cache
def description(edition: str = editions.CLOUD) -> Description:
    """What GitHub publishes for this edition, cut down to the paths our server answers."""
    whole = published.description(FILES[edition], documented(edition))
    return Description(whole, ALIASES)


def routes() -> list[tuple[str, str]]:
    """Every method and address our server answers, placeholders filled with something of their kind."""
    app = api.build(seed.company())
    for one in github.ROUTES:
        app.register_blueprint(one)
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<int:[^>]+>", "7", re.sub(r"<[a-z_]+>", "any", rule.rule))
        found += [(method, path) for method in sorted(rule.methods or ()) if method not in {"HEAD", "OPTIONS"}]
    return sorted(found)


def documented(edition: str) -> frozenset[str]:
    """The published path of each of them, as the description writes it."""
    ours = {_plain(path) for _, path in routes()}
    patterns = {item: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", item)) for item in published.paths(FILES[edition])}
    return frozenset(item for item, pattern in patterns.items() if any(map(pattern.fullmatch, ours)))


def _plain(path: str) -> str:
    for alias, stands_for in ALIASES:
        path = re.sub(alias, stands_for, path)
    return path


@dataclass(slots=True)
class Watch:
    """A WSGI application around our GitHub that keeps what was not as published, and counts what it saw.

    `in_vain` are calls that may be made although this edition does not publish them; they must be answered with 404.
    """

    edition: str = editions.CLOUD
    in_vain: frozenset[str] = frozenset()
    wrongs: list[str] = field(default_factory=list)
    seen: int = 0

    def around(self, system: Application) -> Application:
        """Stand before this system."""
        if published.there():
            description(self.edition)  # read here once: the server's threads would all begin at the same moment

        def watched(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            request = Request(environ)
            sent = _parsed(request.get_data())
            environ["wsgi.input"].seek(0)
            answer = Response.from_app(system, environ, buffered=True)
            self._look(request, sent, answer)
            return answer(environ, start)

        return watched

    def _look(self, request: Request, sent: Any, answer: Response) -> None:
        vain = f"{request.method} {request.path}" in self.in_vain and answer.status_code == 404
        if request.path in ELSEWHERE or vain:
            return
        query = {name: request.args.getlist(name) for name in request.args}
        call = Call(request.method, request.path, query, sent, answer.status_code, _parsed(answer.get_data()))
        self.seen += 1
        self.wrongs += [one for one in description(self.edition).wrongs(call) if not UNLISTED.fullmatch(one)]
        if answer.headers.get("X-GitHub-Request-Id") is None:
            self.wrongs.append(f"{request.method} {request.path}: the answer has no request id")


@contextmanager
def watched(
    org: Org | None = None, *, edition: str = editions.CLOUD, latency: float = 0.0, in_vain: Iterable[str] = ()
) -> Iterator[github.GitHub]:
    """Our GitHub (of `org`, or as on the first day) with the description around it; fails at the end if they differ.

    Without the description the same GitHub is served unwatched: the tests of the description itself say it is missing.
    """
    known = org or seed.company()
    known.edition = edition
    watch = Watch(edition, frozenset(in_vain))
    started = github.start(org=known, latency=latency, around=watch.around if published.there() else lambda own: own)
    try:
        yield started
    finally:
        started.stop()
    assert not watch.wrongs, "\n".join(dict.fromkeys(watch.wrongs))


def _parsed(data: bytes) -> Any:
    return json.loads(data) if data else None
