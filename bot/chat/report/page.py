"""The report as a page: the link says for whom it was made, the right is looked up again."""

from __future__ import annotations

from datetime import datetime

from bot.chat.links import open_link
from bot.chat.report.render import render, sorry
from bot.domain.errors import Refused
from bot.domain.model import Power
from bot.engine.context import Engine
from bot.engine.report import opened
from bot.engine.view import seen_by


def show(engine: Engine, secret: str, token: str, now: datetime) -> tuple[int, str]:
    """Status and page for the bearer of a link; every opening is written down."""
    try:
        link = open_link(secret, token, now)
        view = seen_by(engine, link.request, link.person, now)
    except Refused as refused:
        return 403, sorry(refused)
    intact = opened(engine, link.request, link.person, now)
    reason = link.person == view.request.requester or view.crew.may(link.person, Power.HR)
    return 200, render(view, made_for=view.name(link.person), now=now, show_reason=reason, intact=intact)
