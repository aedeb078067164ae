"""What others push to us: messages of HR systems, accounts of a sign-in service. Settings say who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.cli.serve import now

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.config import Settings
    from bot.engine.context import Engine
    from bot.web import Pushed, Pushing


def routes(engine: Engine, settings: Settings) -> tuple[BaseRoute, ...]:
    """/hooks/<source> and /scim/v2."""
    from bot.engine import hooks, provision
    from bot.web import hook_routes, scim_routes

    def hear(name: str, said: Mapping[str, str], body: bytes) -> tuple[int, object]:
        return hooks.take(engine, name, _secrets(settings, name, "SECRET"), said, body, now())

    def answer(asked: Pushing) -> Pushed:
        call = provision.Call(*asked, f"{settings.base_url}/scim/v2")
        return provision.answer(engine, call, now())

    return (*hook_routes(hear), *scim_routes(lambda: _secrets(settings, "scim", "TOKEN"), answer))


def _secrets(settings: Settings, name: str, what: str) -> tuple[str, ...]:
    """USHER_HOOK_<NAME>_SECRET, and the next one while it is being replaced."""
    if not name.replace("_", "").isalnum():
        return ()
    known = settings.secrets(f"hook_{name}")
    return tuple(filter(None, (known.get(what), known.get(f"NEXT_{what}"))))
