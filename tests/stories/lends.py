"""What happens in stories about access that ends: asking, answering, the clock, and what the system holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat.port import Answer, Card, Filled, Form
from bot.domain.model import PersonId, SystemKey
from bot.domain.request import Request, Step
from bot.engine.expire import expire
from bot.engine.view import View, view
from bot.store import records
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, INES, Town, speaker, words

PROD, ON_CALL = "prod_reading", "on_call"
RIGHTS = {PROD: "group:prod-readers", ON_CALL: "team:60002"}


def ask(town: Town, by: PersonId = ALICE, what: str = PROD, **values: str) -> Answer:
    """Fill in the form and send it."""
    typed = {"what": what, "person": ALICE, "length": "usual", "reason": "Look at a failed payment.", **values}
    return town.talk.submit(speaker(by), "access", Filled(typed), f"delivery-{by}-{sorted(typed.items())}-{town.now}")


def asked(town: Town, by: PersonId = ALICE, what: str = PROD, **values: str) -> Town:
    """Alice asked, the system was read, and whoever decides has the question."""
    ask(town, by, what, **values)
    town.work()
    return town


def given(town: Town, what: str = PROD) -> Town:
    """Ines said yes, and Alice was seen to have it."""
    asked(town, what=what)
    town.press(INES, "approve")
    town.work()
    return town


def pass_time(town: Town, span: timedelta) -> int:
    """Time passes, the clock looks, and what is due is done; how much was due."""
    town.pass_time(span)
    due = expire(town.engine, town.now)
    town.work()
    return due


def access(town: Town, number: int = 101) -> View:
    """One request for access, whole."""
    return view(town.engine, f"ACC-{number}", town.now)


def every(town: Town) -> list[Request]:
    """All requests for access, oldest first."""
    with town.engine.db.look() as tx:
        found = records.recent(tx, 1000)
    return sorted((one for one in found if one.id.startswith("ACC")), key=lambda one: int(one.id[4:]))


def step(town: Town, kind: str, number: int = 101) -> Step:
    """The gift (assign) or its end (revoke)."""
    return next(one for one in access(town, number).steps if one.action is not None and one.action.kind == kind)


def holds(system: Memory, what: str = PROD) -> bool:
    """Whether the system really lets Alice have it."""
    return any(grant.entitlement.native_id == RIGHTS[what] for grant in system.grants)


def calls(system: Memory) -> list[str]:
    """What was asked of the system, in order."""
    return [change.kind for change in system.log]


def system_of(town: Town, what: str = PROD) -> Memory:
    """Where it is given."""
    return town.aws if what == PROD else town.github


def last_words(town: Town, person: PersonId) -> str:
    """The newest direct message of somebody."""
    return words(town.direct(person)[-1])


def form(answer: Answer) -> Form:
    """The answer, which must be a form."""
    assert isinstance(answer, Form)
    return answer


def card(answer: Answer) -> Card:
    """The answer, which must be a message."""
    assert isinstance(answer, Card)
    return answer


def end(town: Town, number: int = 101) -> datetime:
    """When it ends."""
    until = access(town, number).request.until
    assert until is not None
    return until


def due(town: Town, number: int = 101) -> datetime | None:
    """When its end will be fired; None once it was."""
    return step(town, "revoke", number).due


CLOUD_SYSTEM = SystemKey("aws")
