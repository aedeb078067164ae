"""A group chat for a request alone: made once, filled, spoken in; every refusal is a ChatError that says what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.cards import trouble
from bot.chat.port import Card, ChatError
from bot.chat.teams_chat import TeamsChat
from bot.chat.teams_graph import GRAPH, Graph
from bot.chat.teams_rooms import PATIENCE, Rooms
from bot.chat.teams_token import Token
from bot.engine import rooms
from bot.practice.teams.tenant import RIGHTS, Conversation, Fault
from tests.chat.taken import card_taken
from tests.chat.tenancy import ALICE, HANNA, NOW, SARA, Tenancy, rooms_of, tenancy


@pytest.fixture(scope="module")
def teams(migrated_sqlite: Path) -> Iterator[Tenancy]:
    """A tenant whose company lets Usher make group chats."""
    with tenancy(migrated_sqlite) as made:
        plain = made.chat
        ours = rooms_of(made.service, plain.engine)
        with closing(TeamsChat(plain.connector, plain.engine, plain.clock, rooms=ours)) as chat:
            yield dataclasses.replace(made, chat=chat)


@pytest.fixture
def chat(teams: Tenancy) -> TeamsChat:
    """The port, and nothing that goes wrong."""
    teams.tenant.faults.clear()
    teams.tenant.rights = set(RIGHTS)
    return teams.chat


def named(teams: Tenancy, topic: str) -> list[Conversation]:
    """The group chats with this topic."""
    return [one for one in teams.tenant.conversations.values() if one.name == topic]


def later(chat: TeamsChat, wait: timedelta) -> TeamsChat:
    """The same, some time later."""
    assert chat.rooms is not None
    ours = Rooms(chat.rooms.graph, chat.engine, lambda: NOW + wait)
    return TeamsChat(chat.connector, chat.engine, chat.clock, rooms=ours)


def test_a_room_is_made_once_and_is_ours_to_speak_in(teams: Tenancy, chat: TeamsChat) -> None:
    """Whoever asks again gets the same chat; whoever is missing is let in, and it is found where Teams renamed it."""
    room = chat.room("off-1", [HANNA, SARA, HANNA])
    (made,) = named(teams, "Usher OFF-1")
    assert (made.id, made.members) == (room, [HANNA, SARA])
    root = chat.send(room, Card("Leaver"))
    chat.send(room, Card("below"), thread=root.ts)
    chat.update(root, Card("now"))
    assert [one.activity["summary"] for one in made.said] == ["now", "below"]
    made.name = "renamed by people"
    assert chat.room("off-1", [HANNA, SARA]) == room
    chat.invite(room, [HANNA, ALICE, ALICE])
    assert chat.members(room) == {HANNA, SARA, ALICE}


def test_one_person_alone_needs_no_group_chat(teams: Tenancy, chat: TeamsChat) -> None:
    """Their own chat with Usher is the same, and nobody is told that something is wrong."""
    with pytest.raises(ChatError, match="nobody else") as caught:
        chat.room("off-2", [HANNA, HANNA])
    assert caught.value.gone
    assert named(teams, "Usher OFF-2") == []
    assert rooms.room(chat.engine, "off-2") is None


def test_a_token_that_counts_no_more_is_replaced_once(teams: Tenancy, chat: TeamsChat) -> None:
    """Such as after the secret was changed."""
    assert chat.rooms is not None
    chat.rooms.graph.token.get()
    teams.tenant.passes.clear()
    chat.room("off-3", [HANNA, SARA])
    teams.fails("installs", 401, times=2)
    with pytest.raises(ChatError, match="Microsoft Graph said 401") as caught:
        chat.room("off-3", [HANNA, SARA])
    assert (caught.value.gone, caught.value.dead) == (True, False)


def test_who_died_while_it_was_made_makes_no_second_one(teams: Tenancy, chat: TeamsChat) -> None:
    """What is written down before the call is all that the next replica knows."""
    rooms.keep(chat.engine, "off-4", rooms.Room(NOW, unheard=True), NOW)
    with pytest.raises(ChatError, match="did not say whether it made the group chat Usher OFF-4") as caught:
        chat.room("off-4", [HANNA, SARA])
    assert caught.value.gone
    assert named(teams, "Usher OFF-4") == []


def test_a_login_that_goes_away_meanwhile_made_no_chat(teams: Tenancy, chat: TeamsChat) -> None:
    """Graph refused the token and no new one was to be had: nothing was made, and a later try makes the only one."""
    ours = rooms_of(teams.service, chat.engine)
    with closing(ours.graph):
        ours.graph.lacking()
        teams.tenant.faults[:] = [Fault("chats", 401), Fault("token", 503)]
        with pytest.raises(ChatError, match="login") as caught:
            ours.open("off-11", [HANNA, SARA], {}, chat.members)
    assert caught.value.gone
    assert chat.room("off-11", [HANNA, SARA]) == named(teams, "Usher OFF-11")[0].id


@pytest.mark.parametrize("status", [0, 500, 504])
def test_a_chat_that_may_have_been_made_is_not_made_twice(teams: Tenancy, chat: TeamsChat, status: int) -> None:
    """Graph made it, and its answer never came: there is no room, however often one asks."""
    name = f"off-4{status}"
    teams.fails("chats", status, late=True)
    for _ in range(2):
        with pytest.raises(ChatError, match="did not say whether it made") as caught:
            chat.room(name, [HANNA, SARA])
        assert (caught.value.gone, caught.value.unknown) == (True, False)
    (left,) = named(teams, f"Usher OFF-4{status}")
    assert (left.alone, left.said) == (True, [])


def test_too_much_at_once_is_waited_for_but_not_for_ever(teams: Tenancy, chat: TeamsChat) -> None:
    """As long as Graph asks; after ten minutes there is no room."""
    for ours, gone in ((chat, False), (later(chat, PATIENCE), True)):
        teams.fails("chats", 429, retry_after="25")
        with pytest.raises(ChatError, match="429") as caught:
            ours.room("off-9", [HANNA, SARA])
        assert (caught.value.gone, caught.value.after) == (gone, 0.0 if gone else 25.0)


def test_a_login_that_is_away_and_an_app_nobody_knows_are_a_no(teams: Tenancy, chat: TeamsChat) -> None:
    """Nothing waits for them: the thread has another place."""
    teams.fails("token", 503)
    ours = rooms_of(teams.service, chat.engine)  # for a minute it asks a login no more that was away
    with closing(ours.graph), pytest.raises(ChatError, match="login") as caught:
        ours.open("off-10", [HANNA, SARA], {}, chat.members)
    assert (caught.value.gone, caught.value.dead, caught.value.unknown) == (True, False, False)
    teams.tenant.faults.clear()
    known, teams.tenant.catalog = teams.tenant.catalog, "another"
    try:
        with pytest.raises(ChatError, match="No app found in the catalog") as caught:
            chat.room("off-10", [HANNA, SARA])
        assert caught.value.gone
    finally:
        teams.tenant.catalog = known


def test_what_is_refused_for_now_may_be_asked_for_again(teams: Tenancy, chat: TeamsChat) -> None:
    """A no is a no: nothing was made, and a later try makes the only one."""
    teams.fails("chats", 403)
    with pytest.raises(ChatError, match="Microsoft Graph said 403") as caught:
        chat.room("off-5", [HANNA, SARA])
    assert caught.value.gone
    assert chat.room("off-5", [HANNA, SARA]) == named(teams, "Usher OFF-5")[0].id


def test_nobody_there_to_be_asked_is_a_no(teams: Tenancy, chat: TeamsChat) -> None:
    """The address does not answer at all: nothing can have been made."""
    assert chat.rooms is not None
    graph = Graph(chat.rooms.graph.token, "app", "http://127.0.0.1:9/v1.0")
    with closing(graph), pytest.raises(ChatError, match="did not answer") as caught:
        graph.create("topic", [HANNA, SARA])
    assert not caught.value.unknown


def test_what_it_answers_must_name_the_chat(teams: Tenancy, chat: TeamsChat) -> None:
    """Something else at that address may have done anything."""
    assert chat.rooms is not None
    known = chat.rooms.graph
    graph = Graph(known.token, known.app, teams.service.graph.replace("/graph/v1.0", "/v1/.well-known"))
    with closing(graph), pytest.raises(ChatError):
        graph.create("topic", [HANNA, SARA])


def test_where_teams_does_not_let_us_speak_yet_we_wait_but_not_for_ever(teams: Tenancy, chat: TeamsChat) -> None:
    """A moment is usual; after ten minutes there is no room."""
    teams.fails("members", 403, times=2)
    with pytest.raises(ChatError) as caught:
        chat.room("off-6", [HANNA, SARA])
    assert (caught.value.gone, caught.value.after) == (False, 10.0)
    with pytest.raises(ChatError) as caught:
        later(chat, PATIENCE).room("off-6", [HANNA, SARA])
    assert caught.value.gone
    assert chat.room("off-6", [HANNA, SARA]) == named(teams, "Usher OFF-6")[0].id


def test_a_chat_that_teams_refuses_in_other_words_is_not_waited_for_for_ever(teams: Tenancy, chat: TeamsChat) -> None:
    """Whatever the refusal is called: after ten minutes there is no room, and the thread has another place."""
    teams.fails("members", 400, times=2)
    with pytest.raises(ChatError) as caught:
        chat.room("off-12", [HANNA, SARA])
    assert (caught.value.gone, caught.value.after) == (False, 10.0)
    with pytest.raises(ChatError) as caught:
        later(chat, PATIENCE).room("off-12", [HANNA, SARA])
    assert caught.value.gone


def test_where_teams_itself_is_away_that_is_what_is_said(teams: Tenancy, chat: TeamsChat) -> None:
    """It is no trouble with rooms: the message waits as every other."""
    teams.fails("members", 502)
    with pytest.raises(ChatError, match="Teams said 502") as caught:
        chat.room("off-7", [HANNA, SARA])
    assert caught.value.unknown


def test_nobody_is_let_in_without_the_permission_for_it(teams: Tenancy, chat: TeamsChat) -> None:
    """The third one is of one's own choice: without it the chat stays as it was made."""
    room = chat.room("off-8", [HANNA, SARA])
    teams.tenant.rights.discard(RIGHTS[2])
    assert chat.rooms is not None
    chat.rooms.graph.token.forget()  # what it still says counts until it ends
    with pytest.raises(ChatError, match=RIGHTS[2]):
        chat.invite(room, [ALICE])
    assert chat.members(room) == {HANNA, SARA}


def test_what_the_app_may_do_is_read_from_its_token_where_that_is_possible(teams: Tenancy, chat: TeamsChat) -> None:
    """Only Graph is promised to understand it: a token that cannot be read lacks nothing."""
    assert chat.rooms is not None
    token = chat.rooms.graph.token
    teams.tenant.rights.clear()
    token.forget()
    assert chat.rooms.graph.lacking() == RIGHTS[:2]
    for odd in ("opaque", "a.b.c", "a.IiI.c", "a.e30.c", "a.eyJyb2xlcyI6MX0.c"):
        with closing(Graph(Odd(odd), "app")) as graph:
            assert graph.lacking() in ((), RIGHTS[:2])
    assert GRAPH.startswith("https://graph.microsoft.com/")


def test_what_admins_read_is_a_card_that_either_chat_takes() -> None:
    """Whatever Microsoft Graph said, and wherever they are asked."""
    for said in (
        "the app in Entra lacks Chat.Create of Microsoft Graph",
        "<!channel> *x* \N{RIGHT-TO-LEFT OVERRIDE}" * 90,
    ):
        card = trouble.system("teams", {"what": "no room", "id": "OFF-101", "said": said})
        card_taken(card)
        assert card.text.startswith("Usher could make no group chat in Teams. The person whom OFF-101 is about")


class Odd(Token):
    """A login that gives out something else."""

    def __init__(self, given: str) -> None:
        super().__init__("app", "secret", "tenant")
        self.given = given

    def get(self) -> str:
        """What it gives out."""
        return self.given
