"""Short questions that the chat asks before it answers: who is this, who matches, what I asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.lifecycle import OPEN_REQUESTS, RequestState
from bot.domain.model import Link, Person, PersonId, SystemKey, Trigger
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request, Step
from bot.engine.context import Engine
from bot.store import escalations, halts, people, records, versions
from bot.store.halts import Halt
from bot.store.people import Nomination


@dataclass(frozen=True, slots=True)
class Around:
    """The people, and the policy in force."""

    crew: Crew
    policy: Policy


@dataclass(frozen=True, slots=True)
class Mine:
    """What one person asked for, and what is lent to them."""

    asked: tuple[Request, ...]
    lent: tuple[Request, ...] = ()
    halt: Halt | None = None


def around(engine: Engine) -> Around:
    """The people of today and the policy in force. Raises Refused when there is no policy."""
    with engine.db.look() as tx:
        _, policy = engine.policy(tx)
        return Around(people.crew(tx), policy)


def policy_in_force(engine: Engine) -> Policy:
    """The rules of today alone. Raises Refused when there are none."""
    with engine.db.look() as tx:
        return engine.policy(tx)[1]


def text_in_force(engine: Engine, name: str) -> str:
    """What a file of the company says now; empty before there is one."""
    with engine.db.look() as tx:
        newest = versions.newest(tx, name)
        return versions.body(tx, newest) if newest is not None else ""


def person_of(engine: Engine, system: str, native_id: str) -> PersonId | None:
    """The person behind a chat user, by a confirmed link; nothing else counts."""
    with engine.db.look() as tx:
        return people.owner_of(tx, SystemKey(system), native_id)


def chat_user(engine: Engine, system: str, person: PersonId) -> str:
    """The chat user of a person, or nothing."""
    with engine.db.look() as tx:
        return next((link.native_id for link in people.links(tx, person) if link.system == system), "")


def chat_accounts(engine: Engine, system: str, person: PersonId) -> frozenset[str]:
    """Every chat user of a person: with any of them they read along."""
    with engine.db.look() as tx:
        return frozenset(link.native_id for link in people.links(tx, person) if link.system == system)


def search(engine: Engine, typed: str, limit: int = 20) -> tuple[tuple[Person, str], ...]:
    """People whose name, e-mail, title or account matches the letters, with what matched beyond the name."""
    wanted = plain(typed).split()
    found: list[tuple[Person, str]] = []
    with engine.db.look() as tx:
        labels = people.labels(tx)
        for person in people.every(tx).values():
            accounts = labels.get(person.id, [])
            text = plain(" ".join([person.name, person.email, person.title, person.department, *accounts]))
            if all(word in text for word in wanted):
                beyond = next((a for a in accounts if wanted and plain(a).startswith(wanted[0])), "")
                found.append((person, beyond))
    starts = sorted(found, key=lambda one: (not plain(one[0].name).startswith(" ".join(wanted)), one[0].name))
    return tuple(starts[:limit])


def accounts(engine: Engine, person: PersonId) -> tuple[Link, ...]:
    """Every account we believe to be theirs, confirmed or not."""
    with engine.db.look() as tx:
        return people.links(tx, person, confirmed=False)


def is_named(engine: Engine, person: PersonId) -> bool:
    """Whether the newest roster names this person."""
    with engine.db.look() as tx:
        return people.is_named(tx, person)


def running_for(engine: Engine, person: PersonId) -> Request | None:
    """The open offboarding of this person, if there is one."""
    with engine.db.look() as tx:
        found = records.open_requests(tx, subject=person, trigger=Trigger.LEAVER)
        return found[-1] if found else None


def mine(engine: Engine, person: PersonId, now: datetime) -> Mine:
    """What this person asked for, and what they hold for a while."""
    with engine.db.look() as tx:
        asked = tuple(r for r in records.recent(tx, 50) if r.requester == person and _fresh(r, now))
        running = records.open_requests(tx, subject=person, state=RequestState.RUNNING)
        lent = tuple(request for request in running if request.trigger is Trigger.ACCESS and request.until)
        return Mine(asked[:10], lent, halts.now(tx))


def nomination(engine: Engine, key: int) -> Nomination | None:
    """Whoever waits for a second approval of their power."""
    with engine.db.look() as tx:
        return people.nomination(tx, key)


def escalated(engine: Engine, request: str) -> Mapping[str, tuple[PersonId, ...]]:
    """Who was told about the steps of a request because others were silent, by step."""
    with engine.db.look() as tx:
        return escalations.of_steps(tx, request)


def step_request(engine: Engine, step_id: str) -> tuple[Step, Request] | None:
    """A step and its request."""
    with engine.db.look() as tx:
        step = records.step(tx, step_id)
        request = records.get(tx, step.request) if step else None
        return (step, request) if step and request else None


def _fresh(request: Request, now: datetime) -> bool:
    if request.trigger is Trigger.RESCAN or request.deletes:  # nobody asked for it
        return False
    return request.state in OPEN_REQUESTS or (now - request.created_at).days < 30


_LETTERS = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "æ": "ae", "œ": "oe"})


def plain(text: str) -> str:
    """The letters alone, as people type them: without accents, all small."""
    folded = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in folded if not unicodedata.combining(c)).casefold()
