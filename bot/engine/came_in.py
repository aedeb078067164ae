"""Somebody comes into the channel in which it is told what ends for them: whoever works on it hears so at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.domain.lifecycle import OPEN_REQUESTS
from bot.domain.model import PersonId, Power, SystemKey, Trigger
from bot.domain.request import Request
from bot.engine.context import Engine, Scene, scene
from bot.store import again, journal, outbox, people, records

KIND = "came in"


def room_key(request: str) -> str:
    """The name under which the room of a request's own is kept."""
    return f"room:{request}"


def came_in(engine: Engine, system: str, channel: str, native_id: str, now: datetime) -> int:
    """Tell whoever asked and IT, and let the rest be told in a room of its own; how many requests it was about.

    Access that somebody asked for themselves is kept from nobody.
    """
    with engine.db.look() as tx:
        person = people.owner_of(tx, SystemKey(system), native_id)
        about = records.open_requests(tx, subject=person) if person else ()
    found = [one for one in about if _told_there(one, system, channel)]
    return sum(_hear(engine, one.id, system, channel, now) for one in found)


def subjects(engine: Engine, system: str) -> Mapping[str, frozenset[str]]:
    """Each channel of this chat in which something is told, with the accounts of those whom it is about."""
    found: dict[str, frozenset[str]] = {}
    with engine.db.look() as tx:
        for request in records.open_requests(tx):
            if request.channel and _told_there(request, system, request.channel):
                hers = people.links(tx, request.subject, system=SystemKey(system))
                found[request.channel] = found.get(request.channel, frozenset()) | {one.native_id for one in hers}
    return {channel: accounts for channel, accounts in found.items() if accounts}


def _told_there(request: Request, system: str, channel: str) -> bool:
    here = request.channel == channel and request.chat in {"", system}
    return here and request.trigger is not Trigger.ACCESS and request.state in OPEN_REQUESTS


@again
def _hear(engine: Engine, key: str, system: str, channel: str, now: datetime) -> bool:
    with engine.db.begin() as tx:
        request = records.lock(tx, key)
        if not _told_there(request, system, channel):
            return False  # another replica was faster
        room = outbox.post(tx, room_key(key))
        own = room is not None and room.channel == channel
        told = _told(scene(engine, tx, request, now), request)
        facts = {"person": request.subject, "channel": channel, "own": own, "to": told}
        journal.add(tx, "request.read_along", now, request=key, facts=facts)
        for person in told:
            outbox.tell(tx, KIND, now, request=key, person=person, own=own)
        if not own:  # whoever delivers chooses the place anew, and finds her in the channel
            records.note(tx, key, channel="", thread="")
            outbox.forget(tx, (f"root:{key}", f"plan:{key}"))
            outbox.tell(tx, "root", now, request=key)
            if request.digest:
                outbox.tell(tx, "plan", now, request=key)
        return True


def _told(around: Scene, request: Request) -> list[PersonId]:
    """Whoever asked, or HR where they have left; and IT."""
    asked = request.requester
    hr = {asked} if around.crew.working(asked, around.today) else around.crew.holding(Power.HR)
    every = (hr | around.crew.holding(Power.IT)) - {request.subject}
    return sorted(one for one in every if around.crew.working(one, around.today))
