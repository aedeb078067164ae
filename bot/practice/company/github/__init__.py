"""GitHub as the practice company has it: a server with state, REST and some GraphQL, for the unmodified PyGithub.

It keeps GitHub's rules where a leaver meets them: removal takes teams and repositories along, the last owner stays,
deploy keys outlive people, what a team or an enterprise gives stays, lists come in pages. It is the cloud or an
Enterprise Server (`org.edition`), and has bad days on demand (faults.py). The tests hold every call to what GitHub
publishes: https://github.com/github/rest-api-description
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from werkzeug.serving import BaseWSGIServer
from werkzeug.wrappers import Request, Response

from bot.practice.company import hosting
from bot.practice.company.github import (
    apps,
    credentials,
    enterprise,
    faults,
    graphql,
    history,
    licences,
    machines,
    organisation,
    repositories,
    roles,
    seed,
    teams,
    work,
)
from bot.practice.company.github.api import build, token_of
from bot.practice.company.github.faults import Moods
from bot.practice.company.github.state import Org
from bot.practice.company.hosting import NativeLink
from bot.practice.company.wire import Application, Fault, Ledger, Recorded

KEY = "github"
SCHEMA = graphql.SCHEMA
ROUTES = (
    organisation.routes,
    teams.routes,
    repositories.routes,
    history.routes,
    roles.routes,
    credentials.routes,
    machines.routes,
    work.routes,
    apps.routes,
    licences.routes,
    enterprise.routes,
    graphql.routes,
)


@dataclass(frozen=True, slots=True)
class GitHub:
    """A running GitHub: its address, what it holds, what it was asked. Call stop() at the end."""

    url: str
    org: Org
    ledger: Ledger
    server: BaseWSGIServer
    moods: Moods
    system: Application

    def settle(self) -> None:
        """Let everything happen that was put off: reads show the present, and what was queued is done."""
        self.moods.settle(self.system)
        self.org.settle = 0.0
        self.org.later = [(0.0, act) for _, act in self.org.later]

    def links(self) -> tuple[NativeLink, ...]:
        """Whose account is whose, by numeric id."""
        known = seed.accounts()
        return tuple(NativeLink(known[key], KEY, str(key), self.org.users[key].login) for key in known)

    def app_key(self) -> str:
        """A new private key of the app `usher-app` (PEM); GitHub keeps its public half. Takes a tenth of a second."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.org.apps["usher-app"].public_key = public.decode()
        return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def stop(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()


def start(
    opened: socket.socket | None = None,
    *,
    latency: float = 0.0,
    org: Org | None = None,
    around: Callable[[Application], Application] = lambda system: system,
) -> GitHub:
    """Serve Lumen Works (or another organisation) from threads of this process; `latency` is seconds per call.

    `around` puts something between the wire and GitHub, which sees every call that GitHub itself answers.
    """
    opened = opened or hosting.listen()
    known = org or seed.company()
    app = build(known)
    for routes in ROUTES:
        app.register_blueprint(routes)
    moods, system = Moods(known), around(app.wsgi_app)
    recorded = Recorded(
        system,
        latency=latency,
        operation=faults.operation,
        is_write=faults.is_write,
        actor=lambda request: _actor(known, request),
        reply=_fail,
        perform=moods,
        fault=faults.made,
    )
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    server = hosting.host(recorded, opened)
    opened.close()
    return GitHub(url, known, recorded.ledger, server, moods, system)


def _actor(org: Org, request: Request) -> str:
    token = org.tokens.get(token_of(request.headers.get("Authorization", "")))
    return token.login if token else ""


def _fail(fault: Fault) -> Response:
    said = {429: "You have exceeded a secondary rate limit.", 401: "Bad credentials", 403: "Forbidden"}
    message = fault.says or said.get(fault.status, "Server Error")
    answer = Response(json.dumps({"message": message, "documentation_url": ""}), mimetype="application/json")
    answer.headers["X-GitHub-Request-Id"] = f"PRAC:FAULT{fault.hits}"
    return answer
