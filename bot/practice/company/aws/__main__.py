"""Serve the company's AWS account until told to stop."""

from __future__ import annotations

import logging
import os

from bot.practice.company import hosting

# moto reads these when it is imported: every call must be signed and permitted, nobody's account but ours.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
os.environ["MOTO_ACCOUNT_ID"] = "123456789012"

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from bot.practice.company import aws
from bot.practice.company.aws import seed, strict
from bot.practice.company.wire import Fault, Recorded

READS = ("Get", "List", "Generate", "Simulate", "Decode", "Describe", "Lookup")


def operation(request: Request) -> str:
    """The name of a call: `POST DeleteUser`."""
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    return f"{request.method} {request.form.get('Action') or request.args.get('Action') or target or request.path}"


def is_write(name: str) -> bool:
    """Whether a call changes something."""
    method, _, action = name.partition(" ")
    return method == "POST" and not action.startswith(READS)


def fail(fault: Fault) -> Response:
    """AWS failing on demand."""
    codes = {400: "Throttling", 403: "AccessDenied", 429: "Throttling", 503: "ServiceUnavailable"}
    return strict.error(codes.get(fault.status, "ServiceFailure"), "Practice fault", fault.status)


def main() -> None:
    """Build, fill, serve."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    where = hosting.place()
    backend = strict.install()
    links = seed.company(backend)
    moto = DomainDispatcherApplication(create_backend_app)
    moto.app_instances = {"iam": create_backend_app("iam"), "sts": create_backend_app("sts")}
    guarded = strict.only_active_keys(moto, backend)
    recorded = Recorded(
        guarded,
        latency=where.latency,
        operation=operation,
        is_write=is_write,
        actor=lambda request: strict.owner(backend, request),
        reply=fail,
    )
    opened = where.open()
    hosting.host(recorded, opened)
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    hosting.say_ready(links, url=url, account=aws.ACCOUNT, access_key_id=aws.USHER_KEY_ID, secret=aws.USHER_SECRET)
    hosting.wait_for_end(attached=where.attached)


main()
