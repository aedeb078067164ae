"""GitHub as the practice company has it: a REST server with state, for the unmodified PyGithub.

It keeps GitHub's rules where a leaver meets them: removal takes teams and repositories along, the last owner stays,
deploy keys outlive people, lists come in pages. https://docs.github.com/rest
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass

from werkzeug.serving import BaseWSGIServer
from werkzeug.wrappers import Request, Response

from bot.practice.company import hosting
from bot.practice.company.github import organisation, repositories, seed, teams
from bot.practice.company.github.api import build, token_of
from bot.practice.company.github.state import Org
from bot.practice.company.hosting import NativeLink
from bot.practice.company.wire import Fault, Ledger, Recorded

KEY = "github"


@dataclass(frozen=True, slots=True)
class GitHub:
    """A running GitHub: its address, what it holds, what it was asked. Call stop() at the end."""

    url: str
    org: Org
    ledger: Ledger
    server: BaseWSGIServer

    def links(self) -> tuple[NativeLink, ...]:
        """Whose account is whose, by numeric id."""
        known = seed.accounts()
        return tuple(NativeLink(known[key], KEY, str(key), self.org.users[key].login) for key in known)

    def stop(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()


def start(opened: socket.socket | None = None, *, latency: float = 0.0, org: Org | None = None) -> GitHub:
    """Serve Lumen Works (or another organisation) from threads of this process; `latency` is seconds per call."""
    opened = opened or hosting.listen()
    known = org or seed.company()
    app = build(known)
    for routes in (organisation.routes, teams.routes, repositories.routes):
        app.register_blueprint(routes)
    recorded = Recorded(app.wsgi_app, latency=latency, actor=lambda request: _actor(known, request), reply=_fail)
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    server = hosting.host(recorded, opened)
    opened.close()
    return GitHub(url, known, recorded.ledger, server)


def _actor(org: Org, request: Request) -> str:
    token = org.tokens.get(token_of(request.headers.get("Authorization", "")))
    return token.login if token else ""


def _fail(fault: Fault) -> Response:
    said = {429: "You have exceeded a secondary rate limit.", 401: "Bad credentials", 403: "Forbidden"}
    message = said.get(fault.status, "Server Error")
    answer = Response(json.dumps({"message": message, "documentation_url": ""}), mimetype="application/json")
    answer.headers["X-GitHub-Request-Id"] = f"PRAC:FAULT{fault.hits}"
    return answer
