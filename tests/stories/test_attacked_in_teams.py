"""What a colleague in Teams tries who changes what their own client sends: it reaches no further than their hands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chat.commands import Talk
from bot.chat.port import Buttons, ChatError, Form, Menu, Speaker, Text, TextField
from bot.chat.saying import AGAIN
from bot.chat.teams import Door, Gate
from bot.chat.teams_chat import TeamsChat
from bot.chat.teams_files import brought, given
from bot.chat.teams_forms import SEND
from bot.chat.teams_memory import placed
from bot.chat.teams_once import Once
from bot.chat.teams_packed import CHOOSE, packed
from bot.chat.teams_rest import Connector
from bot.chat.teams_token import Token
from bot.chat.teams_turns import Turns
from bot.chat.teams_voice import Voice
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine import places
from bot.engine.lookup import person_of
from bot.engine.places import only_thread
from bot.engine.unserved import Served
from bot.store import halts, people, records
from bot.store.places import Kind, Place
from tests.chat.teams_people import CHAT, TENANT, AtOnce, Json, Outbox, activity, in_room
from tests.fakes.town import ALICE, BEN, HANNA, MARCO, PRIYA, Town, button
from tests.fakes.two import directory_id
from tests.stories.acts import asked

_SENT = {"done": "evidence", "successor": "decline", "machine_give": "machine_give", "hold_keep": "hold_keep"}
ONE = pytest.mark.parametrize("database_kind", ["sqlite"])  # nothing in it is of a kind of database
ODD = {"a NUL": "x\u0000y", "half a letter": "x\ud83dy", "turned around": "\u202eevil", "many": "\u0000" * 7000}


class Tenant:
    """Usher's door to Teams, before the company."""

    def __init__(self, town: Town) -> None:
        self.town, self.outbox = town, Outbox()
        desk = replace(town.desk, system="teams")
        engine, clock = town.engine, town.tick
        turns = Turns(
            Talk(desk),
            lambda native: Speaker(native, person_of(engine, "teams", native)),
            Voice(self.outbox, AtOnce()),
            placed=lambda heard: placed(engine, heard.activity, clock()),
            given=lambda heard: given(engine, heard.native_id, heard.files, clock()),
            files=lambda who: brought(engine, who.native_id, clock()),
            thread=lambda channel: only_thread(engine, channel),
        )
        self.gate = Gate(Door(None, {TENANT}), turns, Once(engine, clock, Served(engine)))
        with engine.db.begin() as tx:
            for person in (ALICE, BEN, HANNA, MARCO, PRIYA):
                link = Link(person, SystemKey("teams"), directory_id(person), person, "set-up", "set-up")
                people.link(tx, link, town.now)

    def bring(self, person: PersonId, kind: str, **more: Any) -> tuple[int, Json | None]:
        """What Teams is answered when somebody does this."""
        who = {"from": {"id": f"29:{person}", "aadObjectId": directory_id(person), "name": "Hanna Lindqvist"}}
        body = json.dumps(activity(kind, **(who | more))).encode()
        return asyncio.run(self.gate.serve("", body))

    def said(self) -> list[str]:
        """What was said in chats."""
        return [card.text for _channel, _thread, card in self.outbox.sent]


@pytest.fixture
def there(town: Town) -> Tenant:
    """Alice's exit is asked for."""
    asked(town)
    return Tenant(town)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_letters_that_no_database_takes_are_left_out(there: Tenant, odd: str) -> None:
    """In words, in names of files and of chats, in forms: whoever sends them is answered like anybody."""
    town = there.town
    request = town.request().id
    with town.engine.db.begin() as tx:
        records.note(tx, request, chat="teams", channel="19:offboarding@thread.tacv2", thread="77")
    assert there.bring(BEN, "message", text=odd)[0] == 200
    assert there.bring(BEN, "message", text=odd, **in_room("77"))[0] == 200
    kind = "application/vnd.microsoft.teams.file.download.info"
    beside = [{"contentType": kind, "name": odd, "content": {"uniqueId": odd}}]
    assert there.bring(BEN, "message", text="", attachments=beside)[0] == 200
    group = {"id": "19:g@thread.v2", "conversationType": "groupChat", "tenantId": TENANT, "name": odd}
    assert there.bring(BEN, "message", text="hi", conversation=group)[0] == 200
    form = packed(Form("x", "offboard", "Go", (TextField("person", odd), TextField("typed", "x"))), {})
    data = {"verb": "send", "form": form, "person": odd, "typed": odd, "opened": odd}
    assert there.bring(BEN, "invoke", name="task/submit", value={"data": data})[0] == 200
    assert not [one for one in there.said() if "(ref " in one]
    kept = [entry.private["text"] for entry in town.view().journal if entry.kind == "request.comment"]
    assert kept == [said for said in [odd.replace("\x00", "").replace("\ud83d", "")] if said]


def buttons(town: Town) -> set[tuple[str, str]]:
    """Every button and menu that anybody was shown, with its sealed value."""
    found = set()
    for card in town.ears.every:
        for piece in card.pieces:
            for one in piece.items if isinstance(piece, Buttons) else [piece] if isinstance(piece, Menu) else []:
                if not getattr(one, "url", ""):
                    found.add((one.action, one.value))
    return found


def ways(action: str, value: str) -> Iterator[tuple[str, Json]]:
    """Every way in which a program can bring a button: pressed, opened, said again, in a made-up form or menu."""
    data = {"action": action, "value": value}
    yield "invoke", {"name": "adaptiveCard/action", "value": {"action": {"data": data}}}
    yield "invoke", {"name": "task/fetch", "value": {"data": data}}
    yield "message", {"text": "", "value": data}
    again = {"action": AGAIN, "value": json.dumps(["press", action, value, "P-011"])}
    yield "invoke", {"name": "adaptiveCard/action", "value": {"action": {"data": again}}}
    fields = (TextField("chosen", "x"), TextField("person", "x"), TextField("evidence", "x"), TextField("day", "x"))
    for handler, context in (
        (CHOOSE, json.dumps([action, value])),
        (action, value),
        (_SENT.get(action, action), value),
    ):
        form = packed(Form("x", handler, "Go", fields, context), {})
        given = {"verb": SEND, "form": form, "chosen": "P-011", "person": "P-011", "evidence": "x", "day": "2027-01-01"}
        yield "invoke", {"name": "task/submit", "value": {"data": given}}


@ONE
def test_whoever_has_everybodys_buttons_reaches_nothing_with_them(there: Tenant) -> None:
    """Priya presses, opens, says again and packs into forms of her own whatever others were shown: nothing moves.

    She is told that it is not hers, and reads neither the name nor the plan of whom it is about (S1-11, S2-2).
    """
    town = there.town
    before = (town.view().request, town.view().steps, town.view().approvals, len(town.view().journal))
    shown = buttons(town)
    assert {"approve", "deny", "cancel"} <= {action for action, _value in shown}
    answers = []
    for number, (action, value) in enumerate(sorted(shown)):
        for way, (kind, parts) in enumerate(ways(action, value)):
            status, body = there.bring(PRIYA, kind, id=f"f:{number}-{way}", **parts)
            assert status == 200
            answers.append(json.dumps(body, ensure_ascii=False))
    after = town.view()
    assert (after.request, after.steps, after.approvals, len(after.journal)) == before
    for said in (*answers, *there.said()):
        assert "Alice" not in said
        assert "(ref " not in said


@ONE
def test_a_form_that_one_makes_up_asks_for_no_more_than_one_may(there: Tenant) -> None:
    """Priya sends the forms of HR and of admins, made up: offboard, a list of people, a role for herself, a pause."""
    town = there.town
    before = [entry.kind for entry in town.view().journal]
    for handler, values in (
        ("offboard", {"person": BEN, "when": "now", "exit": "voluntary", "typed": "Ben Okafor", "sure": "yes"}),
        ("batch", {"people": "ben", "typed": "1"}),
        ("role", {"person": PRIYA, "power": "admin"}),
        ("leave", {"person": BEN, "typed": "Ben Okafor", "day": "2026-12-01"}),
        ("halt", {"why": "because"}),
        ("undo", {"why": "because"}),
        ("nobody", {}),
    ):
        form = packed(Form("x", handler, "Go", tuple(TextField(name, name) for name in values) or (Text("x"),)), {})
        data = {"verb": SEND, "form": form, **values}
        assert there.bring(PRIYA, "invoke", id=f"f:{handler}", name="task/submit", value={"data": data})[0] == 200
    town.work()
    assert town.request().subject == ALICE
    assert [entry.kind for entry in town.view().journal] == before
    with town.engine.db.look() as tx:
        assert not people.crew(tx).powers.get(PRIYA)
        assert not halts.now(tx)


@ONE
def test_a_payload_without_end_costs_its_sender_an_answer_and_nobody_a_turn(there: Tenant) -> None:
    """Nested a hundred thousand deep, of a thousand attachments and mentions, with values of every wrong kind."""
    deep = b'{"type":"message","value":' + b'{"data":' * 100_000 + b"1" + b"}" * 100_001
    assert asyncio.run(there.gate.serve("", deep))[0] == 400
    nested: Any = "x"
    for _number in range(300):
        nested = {"data": nested, "action": [nested] if _number < 5 else "y"}
    for odd in (
        nested,
        [nested],
        7,
        "x",
        None,
        {"action": nested},
        {"data": {"action": 7, "value": nested, "menu": []}},
    ):
        for name in ("adaptiveCard/action", "task/fetch", "task/submit"):
            assert there.bring(PRIYA, "invoke", id=f"f:{name}{str(odd)[:20]}", name=name, value=odd)[0] == 200
    many = [{"type": "mention", "text": "a", "mentioned": {"id": "28:other", "name": "a" * 300}}] * 1000
    assert there.bring(
        PRIYA, "message", text="a" * 9000, entities=many, attachments=[{"contentType": "image/*"}] * 1000
    )
    assert there.bring(PRIYA, "message", text="<at>Usher</at> offboard", entities=[{"type": "mention", "mentioned": 7}])
    assert not [said for said in there.said() if "(ref " in said]


@ONE
def test_names_prove_nothing_and_programs_are_nobody(there: Tenant) -> None:
    """Somebody calls herself Hanna Lindqvist; a bot has Hanna's directory id; neither is heard as Hanna."""
    town = there.town
    (approve,) = {value for action, value in buttons(town) if action == "approve"} & set(_of(town, MARCO))
    data = {"action": {"data": {"action": "approve", "value": approve}}}
    bot = {"id": "28:other", "aadObjectId": directory_id(MARCO), "name": "Marco Rossi"}
    named = {"id": "29:x", "aadObjectId": "00000000-0000-4000-8000-00000000ffff", "name": "Marco Rossi"}
    nobody = {"id": f"29:{MARCO}", "name": "Marco Rossi"}
    for number, who in enumerate((bot, named, nobody)):
        more = {"from": who, "id": f"f:{number}", "name": "adaptiveCard/action", "value": data}
        status, body = there.bring(MARCO, "invoke", **more)
        assert status == 200
        assert "do not know you" in str(body)
    assert town.view().approvals == ()
    there.bring(MARCO, "invoke", id="f:own", name="adaptiveCard/action", value=data)
    assert [one.person for one in town.view().approvals] == [MARCO]


@ONE
def test_people_of_other_tenants_are_not_heard(there: Tenant) -> None:
    """A guest's home is another tenant; who writes from there, or into a chat of there, is answered nothing."""
    elsewhere = "00000000-0000-4000-8000-00000000dead"
    for more in (
        {"channelData": {"tenant": {"id": elsewhere}}},
        {"from": {"id": "29:g", "aadObjectId": directory_id(HANNA), "tenantId": elsewhere}},
        {"conversation": {"id": CHAT, "conversationType": "personal", "tenantId": elsewhere}},
        {"channelData": {}, "conversation": {"id": CHAT, "conversationType": "personal"}},
    ):
        assert there.bring(HANNA, "message", text="home", **more) == (401, None)
    assert there.said() == []


@ONE
def test_what_was_pressed_before_is_not_served_again(there: Tenant) -> None:
    """The same activity, byte by byte, an hour later: the first answer, and nothing new in the trail."""
    town = there.town
    (approve,) = {value for action, value in buttons(town) if action == "approve"} & set(_of(town, MARCO))
    more = {
        "id": "f:1",
        "name": "adaptiveCard/action",
        "value": {"action": {"data": {"action": "approve", "value": approve}}},
    }
    first = there.bring(MARCO, "invoke", **more)
    length = len(town.view().journal)
    town.pass_time(timedelta(hours=1))
    assert there.bring(MARCO, "invoke", **more) == first
    assert len(town.view().journal) == length


def _of(town: Town, person: PersonId) -> list[str]:
    found = [button(card, "approve") for card in town.direct(person)]
    return [value for value in found if value]


class Channels(Connector):
    """A Connector that knows the channels of teams alone."""

    def ask(
        self, method: str, *path: str, at: str = "", json: Json | None = None, params: dict[str, str] | None = None
    ) -> Json:
        """The one channel that every team has."""
        return {"conversations": [{"id": f"19:{path[1]}@thread.tacv2", "name": "offboarding"}]}


def test_a_channel_of_the_same_name_stops_nobody_and_gets_nothing(town: Town) -> None:
    """Ben adds Usher to a team of his own and names a channel there like HR's: requests stay where they were.

    Before there was any, the name is taken for neither.
    """
    asked(town)
    chat = TeamsChat(Channels(Token("app", "", "tenant")), town.engine, town.tick)
    for name in ("bens", "hr"):
        places.remember(town.engine, Place(name, Kind.TEAM, "", "People team", {}), town.tick())
    for wanted in ("offboarding", "People team/offboarding"):
        with pytest.raises(ChatError, match="2 channels"):
            chat.find_channel(wanted)
    with town.engine.db.begin() as tx:
        (known,) = records.recent(tx, 1)
        records.note(tx, known.id, chat="teams", channel="19:hr@thread.tacv2", thread="77")
    for wanted in ("offboarding", "People team/offboarding"):
        assert chat.find_channel(wanted) == "19:hr@thread.tacv2"
