"""Every card and form that Usher can build, with the worst that people can be called, as Slack and Teams take it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.cards import forms
from bot.chat.mail import page
from bot.chat.mail.page import Opened, Seal
from bot.chat.port import Card, Filled, Later, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import Account, Entitlement, Grant, PersonId, Power
from bot.engine import control, powers
from bot.engine.escalate import escalate
from bot.engine.expire import expire
from bot.store import Database, people
from connectors.interface import ConnectorError, Kind
from tests.chat.taken import card_taken, form_taken, home_taken
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


@pytest.fixture(scope="module", params=list(NAMES.values()), ids=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    """A name somebody may have."""
    return str(request.param)


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Town]:
    """A company in which everybody and everything is called so, after Alice was offboarded there."""
    path = tmp_path_factory.mktemp("hostile") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
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
        yield town


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
    for person in (INES, TOMASZ, SARA):
        with suppress(AssertionError, Refused):
            form = form_taken(town.press(person, "done"))
            filled = Filled({"evidence": "<!everyone> done"}, context=form.context)
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


def test_every_message_is_one_that_slack_and_teams_take(town: Town) -> None:
    """Whatever people are called and however much they hold, no card is refused, and no name becomes a mention."""
    assert len(town.ears.every) > 30
    for card in town.ears.every:
        card_taken(card)


def test_every_private_answer_home_and_form_is_one_that_slack_and_teams_take(town: Town) -> None:
    """Help, status, Home for everybody, and the form in each of its shapes."""
    request = town.request().id
    with town.engine.db.begin() as tx:
        everybody = sorted(people.every(tx))
    for card in town.ears.every:
        readable(page.card(card, Seal("secret", "session"), "/card/x"))
    for person in everybody:
        who = speaker(PersonId(person))
        home_taken(town.talk.home(who))
        for text in ("help", "<!channel> nonsense" * 20, request):
            with suppress(Refused):
                answer = town.talk.command(who, "/usher", text, Where())
                assert isinstance(answer, Card)
                card_taken(answer)
    for when in (forms.NOW, forms.LATER):
        for how in (forms.VOLUNTARY, forms.INVOLUNTARY):
            filled = Filled({"person": ALICE, "when": when, "exit": how, "note": "x" * 500})
            form_taken(town.talk.redraw(speaker(HANNA), "offboard", filled))
    for length in ("usual", "until"):
        filled = Filled({"person": ALICE, "what": "on_call", "length": length, "reason": "<!here>" * 300})
        form_taken(town.talk.redraw(speaker(HANNA), "access", filled))
    opened = town.talk.command(speaker(HANNA), "/offboard", "", Where())
    readable(page.form(Opened(form_taken(opened), "offboard", "", ""), Seal("secret", "session"), "/card/x"))
    seen = town.talk.command(speaker(HANNA), "/usher", f"preview <@U{ALICE[2:]}>", Where())
    assert isinstance(seen, Later)
    card_taken(seen.card)
    card_taken(seen.then())


def readable(html: str) -> None:
    """Nothing that somebody is called became a tag, and nothing turns the words around it."""
    assert "<!channel>" not in html
    assert "<https" not in html
    assert "<no>" not in html
    assert not {"\u202e", "\u2066", "\x00"} & set(html)
    assert html.count("<form") == html.count("</form>")
