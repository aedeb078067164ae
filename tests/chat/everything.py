"""A leaver, and somebody who borrows access, with everything that can happen on the way: every card at least once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot.chat.port import Answer, Filled, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import Account, Entitlement, Grant, PersonId, Power
from bot.engine import control, powers
from bot.engine.came_in import came_in
from bot.engine.escalate import escalate
from bot.engine.expire import expire
from bot.store import Database, people
from connectors.interface import ConnectorError, Kind
from tests.chat.taken import form_taken, home_taken
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, ALICE_CODE, BEN, CLOUD, HANNA, INES, MARCO, OMAR, SARA, TOMASZ, Town, speaker
from tests.stories.acts import link

BEN_CLOUD = Account(CLOUD, "AIDA8", "ben.okafor", active=True)
NAMES = {
    "channel": "<!channel> & <@U001|boss>",
    "long": "Wolfeschlegelsteinhausenbergerdorff " * 30,
    "right-to-left": "\u202eecilA\u202c \u2066x",
    "look-alike": "А\u200blice M\u0430rtin",  # noqa: RUF001 - Cyrillic letters on purpose
    "marks": "*bold* _it_ ~no~ `code` >quote :skull: <https://evil.example|AWS>",
    "lines": "a\nb\tc\x00d",
}


def peopled(db: Database, name: str) -> Town:
    """A company in which everybody and everything is called so, after Alice was offboarded there."""
    town = Town(db, machines="ask")
    with db.begin() as tx:
        every = people.every(tx).values()
        people.put(tx, [replace(person, name=f"{name}{person.id}", title=name) for person in every])
    many = 200 if name == NAMES["channel"] else 20
    held = [Entitlement(f"team:{n}", "team", f"{name} {n}", why=name) for n in range(many)]
    town.github.grants += [Grant(ALICE_CODE, one) for one in held]
    town.github.blind = name
    town.github.made = [replace(town.github.made[0], label=name, kind=name)]
    asset = town.github.assets[0]
    others = tuple(Account(ALICE_CODE.system, f"9{n}", f"{name}{n}", active=True) for n in range(150))
    town.github.assets = [replace(asset, label=name, candidates=(*asset.candidates, *others))]
    play(town)
    return town


def reads_along(town: Town) -> None:
    """Alice comes into the channel of her thread, and then into the room of its own."""
    for _ in range(2):
        channel = town.request().channel
        town.ears.rooms[channel].add(f"U{ALICE[2:]}")
        assert came_in(town.engine, "slack", channel, f"U{ALICE[2:]}", town.now) == 1
        town.say()


def play(town: Town) -> None:
    """A leaver with everything that can happen on the way, so that every card is built at least once."""
    with town.engine.db.begin() as tx:
        typed = people.every(tx)[ALICE].name
    town.offboard(HANNA, typed=typed, note="*note* <!here>" * 40)
    town.work()
    town.pass_time(timedelta(hours=2))
    escalate(town.engine, town.now)
    town.work()
    assert any("waits for a decision" in card.text for card in town.ears.every)
    town.press(MARCO, "approve")
    town.work()
    town.aws.faults = [ConnectorError("AWS says <no>.", kind=Kind.PERMISSION)]
    town.press(INES, "approve")
    town.work()
    request = town.request().id
    control.stop(town.engine, request, HANNA, town.now)
    town.say()
    control.go_on(town.engine, request, HANNA, town.now)
    town.pass_time(timedelta(hours=60))
    from bot.engine.tasks import remind  # noqa: PLC0415

    remind(town.engine, town.now)
    reads_along(town)
    desk(town)
    powers.propose(town.engine, HANNA, OMAR, Power.IT, town.now)
    town.work()
    borrow(town)
    town.press(INES, "successor", "40008")
    town.say()
    filled_in(town, BEN, "decline", "decline", reason="<!here> " * 200)
    decide_about_machines(town)
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    opened: list[tuple[PersonId, Answer]] = []
    for person in (INES, TOMASZ, SARA):
        with suppress(AssertionError, Refused):  # not everybody has something to do
            opened.append((person, town.press(person, "done")))
    for person, answer in opened:
        filled = Filled({"evidence": "<!everyone> done"}, context=form_taken(answer).context)
        with suppress(Refused):
            town.talk.submit(speaker(person), "evidence", filled, f"{person}")
    town.work()


def filled_in(town: Town, who: PersonId, action: str, handler: str, **values: str) -> None:
    """Somebody opens a form and sends it; Slack and Teams would take the form."""
    form = form_taken(town.press(who, action))
    town.talk.submit(speaker(who), handler, Filled(values, context=form.context), f"{who}{action}")
    town.work()


def decide_about_machines(town: Town) -> None:
    """Given to somebody who declines, then renewed."""
    filled_in(town, INES, "machine_give", "machine_give", person=BEN)
    filled_in(town, BEN, "decline", "decline", reason="*no*")
    town.press(INES, "machine_renew")
    town.work()
    filled_in(town, INES, "machine_renewed", "machine_renewed", evidence="<@U1> done")


def desk(town: Town) -> None:
    """Late steps are told, put off and left open; nobody decides about somebody else who leaves."""
    escalate(town.engine, town.now)
    town.work()
    assert any("This needs you" in card.text for card in town.ears.every)
    town.press(INES, "try_again")  # it was a look that was refused; now it is a change
    town.inline.drain(town.engine, town.tick, 1)
    town.aws.faults = [ConnectorError("AWS says <no>.", kind=Kind.PERMANENT)]
    town.work()
    for action, values in (("waive", {"reason": "<!here> *why* " * 60}), ("put_off", {})):
        with suppress(Refused):
            sealed = next(step for step in town.view().steps if step.state is StepState.PARKED).id
            form = form_taken(town.talk.press(speaker(INES), action, town.desk.sealed(action, sealed), "", Where()))
            day = f"{town.now + timedelta(days=9):%Y-%m-%d}"
            town.talk.submit(speaker(INES), action, Filled({**values, "day": day}, context=form.context), action)
    town.work()
    town.press(SARA, "second_yes")
    town.work()


def borrow(town: Town) -> None:
    """Access asked for, given, reminded of, made longer and given back; and every way in which it ends early."""
    at = town.now
    town.now = at.replace(hour=6)
    reason = "<!channel> *now* & " + "why " * 400
    system = Memory(CLOUD, BEN_CLOUD)
    memory, town.engine.connectors = town.aws, {**town.engine.connectors, CLOUD: system}
    link(town, BEN, BEN_CLOUD)
    for answer, fault in (
        ("deny", None),
        ("approve", ConnectorError("AWS says <no>.", kind=Kind.PERMISSION)),
        ("approve", None),
    ):
        typed = {"what": "prod_reading", "person": BEN, "length": "usual", "reason": reason}
        town.talk.submit(speaker(BEN), "access", Filled(typed), f"access {answer} {fault} {town.now}")
        town.work()
        town.press(INES, answer)
        town.inline.drain(town.engine, town.tick, 1)
        system.faults = [fault] if fault else []
        town.work()
        town.pass_time()
    town.pass_time(timedelta(minutes=70))
    expire(town.engine, town.now)
    town.work()
    form = form_taken(town.press(BEN, "extend"))
    day = town.now.strftime("%Y-%m-%d")
    town.talk.submit(speaker(BEN), "extend", Filled({"day": day, "time": "10:00"}, context=form.context), "more")
    town.work()
    town.press(INES, "more_yes")
    town.work()
    home_taken(town.talk.home(speaker(BEN)))
    town.press(BEN, "give_back")
    town.work()
    town.engine.connectors = {**town.engine.connectors, CLOUD: memory}
    town.now = at
