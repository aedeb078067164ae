"""Somebody came into a team or a group chat: whether it is told there what ends for them."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.chat.port import Chat, ChatError
from bot.engine.came_in import came_in, subjects
from bot.engine.context import Engine

log = structlog.get_logger()


def look_around(engine: Engine, chat: Chat, now: datetime) -> int:
    """Ask each channel in which something is told who reads it now; how many requests moved away from it.

    What Teams says about who came in is not needed for that, and not believed.
    """
    moved = 0
    for channel, hers in subjects(engine, chat.name).items():
        try:
            there = chat.members(channel) & hers
        except ChatError as error:
            log.warning("cannot see who reads a channel", channel=channel, said=error.said)
            continue
        moved += sum(came_in(engine, chat.name, channel, native_id, now) for native_id in sorted(there))
    return moved
