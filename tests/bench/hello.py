"""The peer: Bolt's own first example with its defaults, behind Bolt's own Starlette adapter."""

from __future__ import annotations

import os
import re
import sys

import uvicorn
from slack_bolt import Ack, App
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def main(port: int) -> None:
    """Serve one button that does nothing but acknowledge."""
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_BASE_URL"])
    app = App(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @app.action(re.compile("note|approve|take_back"))
    def pressed(ack: Ack) -> None:
        ack()

    handler = SlackRequestHandler(app)

    async def healthz(_: Request) -> Response:
        return Response()

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    routes = [Route("/slack/events", events, methods=["POST"]), Route("/healthz", healthz)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
