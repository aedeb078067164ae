"""Cards reach channels and people through the Bot Connector, and every refusal is a ChatError that says what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.port import Attaches, Button, Buttons, Card, Chat, ChatError, Finds, Heading, Lines, Sent, Text
from bot.chat.teams_rest import Connector
from bot.chat.teams_token import Token
from bot.engine import places
from bot.practice.teams.tenant import Human, Limits
from bot.store.places import Kind, Place
from tests.chat.tenancy import ALICE, BEN, HANNA, NOW, OFFBOARDING, SARA, Tenancy, chat_of, tenancy

CARD = Card("Alice <leaves>", (Heading("Alice"), Text("on Friday"), Buttons((Button("Approve", "approve", "v"),))))


@pytest.fixture(scope="module")
def teams(migrated_sqlite: Path) -> Iterator[Tenancy]:
    """A tenant, and Usher in it."""
    with tenancy(migrated_sqlite) as made:
        yield made


@pytest.fixture
def chat(teams: Tenancy) -> Chat:
    """The port, with Teams behind it, and nothing that goes wrong."""
    teams.tenant.faults.clear()
    return teams.chat


def refused(teams: Tenancy, chat: Chat, call: str, status: int, **more: object) -> ChatError:
    """What the adapter makes of an answer to a message."""
    teams.fails(call, status, **more)
    with pytest.raises(ChatError) as caught:
        chat.send(OFFBOARDING, CARD, thread="")
    teams.tenant.faults.clear()
    return caught.value


def test_a_card_is_posted_answered_in_its_thread_and_replaced(teams: Tenancy, chat: Chat) -> None:
    """The post is a thread of its own, with its words for notifications; the answer stands below it."""
    root = chat.send(OFFBOARDING, CARD, key="root:OFF-1")
    reply = chat.send(root.channel, Card("Two steps done"), thread=root.ts)
    chat.update(root, Card("Approved by Sara"))
    chat.update(reply, Card("Three steps done"))
    first, second = teams.said(OFFBOARDING)[-2:]
    assert (first.id, first.root, first.activity["summary"], first.edited) == (root.ts, "", "Approved by Sara", 1)
    assert (second.id, second.root, second.edited) == (reply.ts, root.ts, 1)
    assert second.card["version"] == "1.5"


def test_a_card_can_be_opened_from_elsewhere(chat: Chat) -> None:
    """The address names the channel, the message and the thread; a personal chat opens with Usher in it."""
    root = chat.send(OFFBOARDING, CARD)
    reply = chat.send(OFFBOARDING, CARD, thread=root.ts)
    assert chat.link(root).startswith("https://teams.microsoft.com/l/message/19%3A")
    assert f"/{reply.ts}?" in chat.link(reply)
    assert f"parentMessageId={root.ts}" in chat.link(reply)
    assert chat.link(Sent(root.channel, root.ts)) == chat.link(root)
    assert "/l/chat/0/0?users=28%3A" in chat.link(chat.send(chat.direct(HANNA), CARD))


def test_a_person_is_written_to_by_id(teams: Tenancy, chat: Chat) -> None:
    """The conversation is opened once and remembered in our own table; an unknown id or one without Usher is no one."""
    begun = teams.tenant.calls.count("create")
    room = chat.direct(SARA)
    sent = chat.send(room, Card("For you"), thread="12")
    assert teams.said(room)[-1].activity["summary"] == "For you"
    assert chat.direct(SARA) == room
    assert teams.tenant.calls.count("create") == begun + 1
    assert chat.members(room) == {SARA}
    chat.update(sent, Card("For you, again"))
    for nobody in ("0b1ec799-0000-4000-8000-000000000000", BEN):
        with pytest.raises(ChatError) as caught:
            chat.direct(nobody)
        assert caught.value.gone


def test_a_failure_with_the_digits_of_a_refusal_is_no_refusal(teams: Tenancy, chat: Chat) -> None:
    """Nobody is given up because the number of an error has a 400 in it."""
    teams.fails("create", 503, code="Trace-84001")
    with pytest.raises(ChatError, match="84001") as caught:
        chat.direct("0b1ec799-0000-4000-8000-000000000000")
    assert (caught.value.gone, caught.value.unknown) == (False, True)


def test_whoever_took_usher_away_is_told_otherwise(teams: Tenancy, chat: Chat) -> None:
    """A remembered chat that takes nothing any more is gone, so that the card goes by mail."""
    places.remember(teams.chat.engine, Place(teams.tenant.personal(BEN).id, Kind.PERSONAL, BEN), NOW)
    with pytest.raises(ChatError, match="BotNotInConversationRoster") as caught:
        chat.send(chat.direct(BEN), CARD)
    assert caught.value.gone
    places.end(teams.chat.engine, teams.tenant.personal(BEN).id, NOW)
    with pytest.raises(ChatError, match="not installed"):
        chat.direct(BEN)


def test_channels_are_found_by_name_where_usher_was_added(teams: Tenancy, chat: Chat) -> None:
    """By name, by team and name, by id; a name that two teams have is not guessed, and its own id is always taken."""
    assert chat.find_channel("#Offboarding") == OFFBOARDING
    assert chat.find_channel("people team/offboarding") == OFFBOARDING
    assert chat.find_channel(OFFBOARDING) == OFFBOARDING
    assert chat.find_channel("Everybody/General") in teams.tenant.teams
    assert chat.find_channel("Everybody/help") != chat.find_channel("People team/help")
    for name, said in (("help", "2 channels"), ("general", "2 channels"), ("payroll", "No channel")):
        with pytest.raises(ChatError, match=said) as caught:
            chat.find_channel(name)
        assert caught.value.gone


def test_everybody_who_reads_a_channel_is_known(teams: Tenancy, chat: Chat) -> None:
    """All pages are read, and people are ids of the directory."""
    assert chat.members(OFFBOARDING) == {HANNA, SARA}
    team = teams.tenant.teams[teams.tenant.conversations[OFFBOARDING].team]
    crowd = [f"0b1ec7ff-0000-4000-8000-{number:012}" for number in range(1100)]
    team.members += crowd
    try:
        assert chat.members(OFFBOARDING) == {HANNA, SARA, *crowd}
    finally:
        del team.members[-len(crowd) :]


def test_whoever_reads_along_is_known_in_whatever_letters_teams_writes_them(teams: Tenancy, chat: Chat) -> None:
    """Directory ids are the same in capitals: a leaver must not be overlooked for that."""
    somebody = "0b1ec7ff-0000-4000-8000-00000000abcd"
    tenant, people = teams.tenant, teams.tenant.people
    team = tenant.teams[tenant.conversations[OFFBOARDING].team]
    tenant.people = (*people, Human(somebody.upper(), "Somebody"))
    team.members.append(somebody.upper())
    try:
        assert chat.members(OFFBOARDING) == {HANNA, SARA, somebody}
    finally:
        team.members.remove(somebody.upper())
        tenant.people = people


def test_a_bot_alone_makes_no_room_and_lets_nobody_in(teams: Tenancy, chat: Chat) -> None:
    """It says so, and takes no chat that people made for one: anybody may name a group chat as they like.

    In a group chat to which it was added it speaks as anywhere.
    """
    group = teams.tenant.group("OFF-7", [HANNA, SARA])
    places.remember(teams.chat.engine, Place(group.id, Kind.GROUP, "", "OFF-7"), NOW)
    with pytest.raises(ChatError, match="make no group chat") as caught:
        chat.room("off-7", [HANNA, SARA])
    assert caught.value.gone
    with pytest.raises(ChatError, match="No channel"):
        chat.find_channel("off-7")
    chat.invite(group.id, [SARA])
    with pytest.raises(ChatError, match="add nobody"):
        chat.invite(group.id, [ALICE])
    root = chat.send(group.id, CARD)
    chat.send(group.id, Card("below"), thread=root.ts)
    chat.update(root, Card("now"))
    assert [one.activity["summary"] for one in group.said] == ["now", "below"]
    assert "contextType" in root.link


def test_a_card_of_any_size_is_taken(teams: Tenancy, chat: Chat) -> None:
    """The strict service takes what we cut, and the buttons are in it."""
    lines = tuple(f"**account** {n} " + "é" * 400 for n in range(300))
    chat.send(OFFBOARDING, Card("é" * 9000, (Lines(lines), *CARD.pieces)))
    assert teams.said(OFFBOARDING)[-1].card["body"][-1]["actions"][0]["data"]["value"] == "v"


def test_what_teams_cannot_do_is_declared(chat: Chat) -> None:
    """No message is looked for and no file is attached: a card's button opens the report."""
    assert not isinstance(chat, Finds | Attaches)


def test_the_token_is_shown_to_the_connector_alone(teams: Tenancy) -> None:
    """A place may name an address of Microsoft's clouds; any other is not asked."""
    ours = teams.chat.connector
    for url in ("https://smba.trafficmanager.net/emea/", "https://europe.botframework.com/x", teams.service.connector):
        assert ours.is_ours(url)
    for url in (
        "https://evil.trafficmanager.net/",
        "http://smba.trafficmanager.net/teams/",
        "https://botframework.com.evil.example/",
        "https://smba.trafficmanager.net.evil.example/",
    ):
        assert not ours.is_ours(url)
        assert ours.ask("GET", "teams", next(iter(teams.tenant.teams)), at=url)["name"] == "People team"


def test_too_many_messages_are_an_error_that_says_how_long_to_wait(teams: Tenancy, chat: Chat) -> None:
    """As long as Teams says; where it does not say, or says nonsense, half a minute."""
    for header, after in (("7", 7.0), ("", 30.0), ("soon", 30.0), ("0", 1.0)):
        error = refused(teams, chat, "create", 429, retry_after=header)
        assert (error.after, error.unknown, error.gone, error.dead) == (after, False, False, False)


def test_the_limit_of_one_conversation_is_kept(migrated_sqlite: Path) -> None:
    """The strict service takes seven messages at once and no more; our pace asks for fewer."""
    with tenancy(migrated_sqlite, Limits(seconds=3600, retry_after="9")) as made:
        for _ in range(7):
            made.chat.send(OFFBOARDING, CARD)
        with pytest.raises(ChatError, match="429") as caught:
            made.chat.send(OFFBOARDING, CARD)
        assert caught.value.after == 9
        pace = made.chat.posting
        assert pace is not None
        assert pace.burst < 7
        assert pace.burst + 3600 / pace.every.total_seconds() < 1800


def test_a_call_that_may_have_worked_is_unknown(teams: Tenancy, chat: Chat) -> None:
    """An error of the service, or an end in the middle of the answer, says nothing about the message."""
    for status in (500, 502, 503, 504):
        error = refused(teams, chat, "create", status)
        assert (error.unknown, error.after, error.gone) == (True, 0.0, False)
    before = len(teams.said(OFFBOARDING))
    error = refused(teams, chat, "create", 0, late=True)
    assert error.unknown
    assert len(teams.said(OFFBOARDING)) == before + 1


def test_a_conflict_is_tried_again(teams: Tenancy, chat: Chat) -> None:
    """412 says that somebody else was writing there: nothing happened, and nobody need wait long."""
    error = refused(teams, chat, "create", 412, code="PreconditionFailed")
    assert (error.unknown, error.after, error.gone, error.dead) == (False, 0.0, False, False)
    assert "PreconditionFailed" in error.said


def test_a_message_that_is_not_there_is_gone(teams: Tenancy, chat: Chat) -> None:
    """Somebody deleted it, the thread or the channel: it is posted anew elsewhere."""
    sent = chat.send(OFFBOARDING, CARD)
    teams.tenant.conversations[OFFBOARDING].said.clear()
    with pytest.raises(ChatError, match="ActivityNotFoundInConversation") as caught:
        chat.update(sent, CARD)
    assert caught.value.gone
    with pytest.raises(ChatError) as caught:
        chat.send(OFFBOARDING, CARD, thread=sent.ts)
    assert caught.value.gone
    with pytest.raises(ChatError, match="ConversationNotFound") as caught:
        chat.send("a:unknown", CARD)
    assert caught.value.gone


def test_one_token_serves_until_it_is_refused(teams: Tenancy, chat: Chat) -> None:
    """It is fetched once; where the service takes it no more, another one is fetched and the call made again."""
    chat.check()
    issued = teams.tenant.issued
    chat.send(OFFBOARDING, CARD)
    assert teams.tenant.issued == issued
    teams.tenant.tokens.clear()
    chat.send(OFFBOARDING, CARD)
    assert teams.tenant.issued == issued + 1
    teams.fails("create", 401, times=2)
    with pytest.raises(ChatError) as caught:
        chat.send(OFFBOARDING, CARD)
    assert caught.value.dead


def test_a_token_that_has_ended_is_fetched_anew(migrated_sqlite: Path) -> None:
    """The library asks again before it ends; one that lives for a second only is asked for each time."""
    with tenancy(migrated_sqlite, Limits(sends=1000, token_seconds=1)) as made:
        made.chat.check()
        made.chat.check()
        assert made.tenant.issued == 2


def test_a_login_that_knows_us_no_more_is_dead(teams: Tenancy) -> None:
    """A wrong secret, another app, another tenant: operations hear of it, and the secret stands in no sentence."""
    service, engine = teams.service, teams.chat.engine
    for stranger in (
        chat_of(service, engine, password="no-longer-right"),
        chat_of(service, engine, app="other"),
        chat_of(service, engine, tenant="other"),
    ):
        with closing(stranger), pytest.raises(ChatError, match="AADSTS") as caught:
            stranger.check()
        assert caught.value.dead
        assert "no-longer-right" not in caught.value.said


def test_a_login_that_is_silent_is_asked_again(teams: Tenancy) -> None:
    """An error of the login, or none at all, is no reason to give up."""
    for status in (0, 503):
        teams.fails("token", status)
        with (
            closing(chat_of(teams.service, teams.chat.engine)) as chat,
            pytest.raises(ChatError, match="login did not answer") as caught,
        ):
            chat.check()
        assert (caught.value.unknown, caught.value.dead) == (True, False)
    teams.tenant.faults.clear()


def test_the_playground_of_the_demo_is_shown_no_token(teams: Tenancy) -> None:
    """Without an app nobody is asked for a token, and the strict service lets nobody in without one."""
    issued = teams.tenant.issued
    token = Token("", "", teams.tenant.id)
    with closing(Connector(token, teams.service.connector)) as open_one, pytest.raises(ChatError, match="401"):
        open_one.ask("GET", "teams", "x")
    assert teams.tenant.issued == issued


def test_silence_and_nonsense_are_errors_too(teams: Tenancy) -> None:
    """A closed port, a service that never answers, and an answer cut short never become another exception."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    token = teams.chat.connector.token
    with closing(Connector(token, f"http://127.0.0.1:{port}/")) as nobody, pytest.raises(ChatError, match="did not"):
        nobody.ask("GET", "teams", "x")
    with pytest.raises(ChatError, match="login did not answer"):
        Token("a", "b", "c", f"http://127.0.0.1:{port}").get()
    ours = teams.chat.connector
    assert (ours.ask("GET", "odd", "list"), ours.ask("GET", "odd", "nothing")) == ({}, {})
    for name, words in (("half", "not JSON"), ("none", "404 and something")):
        with pytest.raises(ChatError, match=words):
            ours.ask("GET", "odd", name)
    teams.fails("teams", 503, hang=True)
    hasty = Connector(token, teams.service.connector, seconds=0.2)
    with closing(hasty), pytest.raises(ChatError, match="did not answer") as caught:
        hasty.ask("GET", "teams", "x")
    assert caught.value.unknown
    teams.tenant.faults.clear()
