"""Practice systems inside the test process, fresh for every test, and what a test may do to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

from bot.practice.company import hosting
from bot.practice.company.aws import seed, strict
from bot.practice.company.hosting import NativeLink
from bot.practice.company.wire import Fault, Recorded, Reply

HTML = Fault(match="", times=0, html=True)


@contextmanager
def served(recorded: Recorded) -> Iterator[str]:
    """The address of a system while it is served on a free port."""
    with hosting.listen() as opened:
        server = hosting.host(recorded, opened)
        try:
            yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        finally:
            server.shutdown()
            server.server_close()


@contextmanager
def web_page(recorded: Recorded) -> Iterator[None]:
    """While it lasts, everything is answered with a maintenance page and status 200."""
    recorded.ledger.faults.append(HTML)
    try:
        yield
    finally:
        recorded.ledger.faults.clear()


def aws_account(reply: Reply) -> tuple[Recorded, strict.StrictBackend, tuple[NativeLink, ...]]:
    """The company's AWS account as on the first day; one at a time, because moto keeps its state by account."""
    backend = strict.install()
    backend.reset()
    links = seed.company(backend)
    moto = DomainDispatcherApplication(create_backend_app)
    moto.app_instances = {"iam": create_backend_app("iam"), "sts": create_backend_app("sts")}
    Client(DomainDispatcherApplication(create_backend_app)).post("/moto-api/reset-auth", data="0")  # sign every call
    recorded = Recorded(
        strict.only_active_keys(moto, backend),
        operation=lambda request: f"{request.method} {request.form.get('Action', '')}",
        is_write=lambda name: not name.startswith(("POST Get", "POST List")),
        reply=reply,
    )
    return recorded, backend, links
