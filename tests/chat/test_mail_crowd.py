"""Pages that anybody may ask for take nothing from those who work."""

from __future__ import annotations

import threading

import anyio
import httpx
from anyio.to_thread import run_sync

from bot.chat.mail.door import Asked, Told
from bot.web import VISITORS, mail_routes, make_app, report_routes


def test_a_crowd_at_the_door_of_the_mail_keeps_nobody_else_waiting() -> None:
    """The database hangs and a hundred visitors wait for their pages: a report is shown at once (S4-12)."""
    answers = threading.Event()
    full = threading.Event()
    inside: list[str] = []

    def slow(asked: Asked) -> Told:
        inside.append(asked.key)
        if len(inside) >= VISITORS:
            full.set()
        answers.wait(60)
        return Told(404, "nothing")

    app = make_app(None, (*mail_routes({"link": slow}, {}, secure=True), *report_routes(lambda _token: (200, "yes"))))

    async def visit() -> None:
        at = httpx.ASGITransport(app)
        async with (
            httpx.AsyncClient(transport=at, base_url="https://usher.test") as client,
            anyio.create_task_group() as crowd,
        ):
            for number in range(100):
                crowd.start_soon(client.get, f"/mail/ul_{number}")
            with anyio.fail_after(20):
                await run_sync(full.wait, 20)
                assert (await client.get("/report/x")).text == "yes"
            answers.set()

    try:
        anyio.run(visit)
    finally:
        answers.set()
    assert len(inside) == 100
