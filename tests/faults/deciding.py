"""One press in a process of its own, at an agreed instant."""

from __future__ import annotations

import time
from contextlib import closing

from bot.domain.errors import Refused
from bot.engine.approve import approve
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.store import Database
from tests.fakes.town import CLOUD, CODE, INES, MARCO, START, cloud, code_host


def decide(asked: tuple[str, str, str, bool, float]) -> str:
    """Ines says yes, or Marco says no, at that instant; what was refused, or nothing."""
    url, request, digest, yes, at = asked
    if not request:
        return ""
    with closing(Database(url)) as db:
        engine = Engine(db, {CODE: code_host(), CLOUD: cloud()}, Inline())
        with db.look() as tx:
            engine.policy(tx)
        time.sleep(max(0.0, at - time.time()))
        try:
            approve(engine, request, digest, INES if yes else MARCO, START, yes=yes)
        except Refused as refused:
            return refused.words
    return ""
