"""The chat says that an account of its own was deactivated, or works again: kept once, for a person we know."""

from __future__ import annotations

from datetime import datetime

from bot.domain.model import SystemKey
from bot.domain.signals import Heard, Sign, Source
from bot.engine.context import Engine
from bot.store import again, people, signals


@again
def switched(engine: Engine, system: str, native_id: str, now: datetime, *, off: bool) -> bool:
    """Keep it; False where it is no news, or where the account is linked to nobody.

    Every change of a profile comes with this word, so most of them are none.
    """
    with engine.db.look() as tx:
        person = people.owner_of(tx, SystemKey(system), native_id)
        said = [one for one in signals.of(tx, person) if one.source is Source.SLACK] if person else []
    known_off = bool(said) and said[-1].sign is Sign.GONE
    if person is None or off is known_off:
        return False
    with engine.db.begin() as tx:
        heard = Heard(Source.SLACK, f"{native_id} {len(said)}", Sign.GONE if off else Sign.STAYS, person)
        return signals.hear(tx, heard, now) is not None
