"""The chat refuses, hangs or loses answers: access still ends on time, and nothing is said twice."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from bot.chat.port import Card, ChatError, Where
from bot.chat.slack_chat import SlackChat, web_client
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId, Power
from bot.engine import notices, powers, succeed, tasks
from bot.store import Database, journal
from tests.fakes.town import BEN, INES, MARCO, PRIYA, SARA, Town, speaker
from tests.faults.office import BOTH, OTHERS, ROOM, SECOND, Office, decide, office
from tests.stories.acts import asked


def only(method: str, fate: str, times: int = 10_000) -> Callable[[str], str]:
    """This happens to the next calls of one method."""
    left = [times]

    def rule(called: str) -> str:
        if called != method or left[0] < 1:
            return "pass"
        left[0] -= 1
        return fate

    return rule


def vendors(town: Town) -> list[tuple[str, str, str]]:
    """What was changed where, and when: each step with the instant at which its system did it."""
    return [(s.system, s.id, str(s.applied_at)) for s in town.view().steps if s.applied_at]


def lines(here: Office) -> list[str]:
    """The thread, line by line."""
    return "\n".join(here.thread()).split("\n")


def told(here: Office) -> int:
    """How many lines there were to say, and the plan."""
    with here.town.engine.db.look() as tx:
        found = tx.exec_driver_sql("SELECT count(*) FROM notices WHERE kind IN ('line', 'report')").scalar_one()
    return int(found) + 1


def unsent(here: Office) -> int:
    """How many notices wait."""
    with here.town.engine.db.look() as tx:
        return int(tx.exec_driver_sql("SELECT count(*) FROM notices WHERE sent_at IS NULL").scalar_one())


def impatient(here: Office, fate: str) -> None:
    """Where calls hang, each is given up after three seconds instead of a minute."""
    if fate == "hang":
        here.client.timeout = 3


@pytest.mark.parametrize("fate", ["429 30", "500", "hang", "token_revoked"])
def test_fault_09_a_chat_that_takes_nothing_delays_no_removal(here: Office, fate: str) -> None:
    """Whatever the chat does, each system is changed at the very instant at which it would be with a chat that works.

    The instants are compared with those of the same story told to a chat that takes everything at once.
    """
    at = here.town.now
    decide(here)
    impatient(here, fate)
    here.wall.rule = lambda _method: fate
    here.tick()
    here.town.inline.drain(here.town.engine, here.town.tick)
    during = vendors(here.town)
    assert during
    assert not any(key.active for key in here.town.aws.credentials)
    assert len({instant for _, _, instant in during}) > 1
    last = max(step.applied_at for step in here.town.view().steps if step.applied_at)
    assert last - at < SECOND  # the clock moves a millisecond at each look: nobody waited for a message


def test_fault_09_too_many_messages_wait_as_long_as_slack_says(here: Office) -> None:
    """Slack asks for 30 seconds: nothing is posted there before they are over; then one message tells all of it."""
    decide(here)
    here.wall.rule = only("chat.postMessage", "429 30", times=1)
    here.tick()
    before = here.wall.of("chat.postMessage")
    here.town.inline.drain(here.town.engine, here.town.tick)
    limited = {channel for channel in (ROOM,) if len(here.messages(channel)) == 2}
    here.say(28)
    assert limited == {ROOM}
    assert len(here.messages(ROOM)) == 2  # the head of the thread and the plan
    here.say(10)
    assert here.wall.of("chat.postMessage") > before
    assert len(here.messages(ROOM)) <= 4
    assert len(lines(here)) == told(here)
    assert unsent(here) == 0


@pytest.mark.parametrize("fate", ["500", "hang", "swallow"])
def test_fault_10_an_answer_that_never_comes_posts_nothing_twice_and_repeats_no_act(here: Office, fate: str) -> None:
    """A server error, a call that hangs, an answer lost on the way: tried again later, looked for before.

    No system hears a change once more because a message about it failed.
    """
    decide(here)
    impatient(here, fate)
    here.wall.rule = only("chat.postMessage", fate, times=2)
    here.work(40)
    changes = list(here.town.aws.log)
    here.say(20)
    assert len(lines(here)) == told(here)
    assert unsent(here) == 0
    assert here.town.aws.log == changes
    assert len(changes) == len({repr(change) for change in changes})


def test_fault_10_a_line_that_is_not_safe_is_no_line() -> None:
    """A server without a certificate that counts hears nothing from us: an error like any silence."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection, pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(connection, server_side=True)

    thread = threading.Thread(target=refuse)
    thread.start()
    try:
        with pytest.raises(ChatError, match="did not answer") as caught:
            SlackChat(web_client("xoxb-practice-1", f"https://127.0.0.1:{port}/api/", 2)).send("C1", Card("hello"))
    finally:
        thread.join()
        listener.close()
    assert caught.value.unknown


def test_fault_12_a_press_may_come_before_we_know_where_our_card_is(db: Database) -> None:
    """Marco is quicker than the chat's answer to us: his yes counts, and his card shows it when its place is known."""
    town = Town(db)
    pressed: list[object] = []

    def quick(card: Card) -> None:
        if card.text.startswith("Your decision") and not pressed:
            value = town.desk.sealed("approve", town.request().id, town.request().digest)
            pressed.append(town.talk.press(speaker(MARCO), "approve", value, "", Where()))

    town.ears.after_send = quick
    asked(town)
    assert isinstance(pressed[0], Card)
    assert [one.person for one in town.view().approvals] == [MARCO]
    assert len(town.direct(MARCO)) == 1
    assert "Take my approval back" in str(town.direct(MARCO)[0])


def test_a_message_whose_answer_was_lost_is_found_and_not_posted_again(db: Database) -> None:
    """Slack took it and we never heard: the head of the thread, the plan, a question to somebody, each once."""
    with office(db) as here, capture_logs():
        here.wall.rule = every_other("chat.postMessage", "swallow")
        here.town.offboard()
        here.work(60)
        assert len(here.roots()) == 1
        assert len(here.thread()) == 1
        assert [len(here.messages(f"D{user[1:]}")) for user, _ in BOTH] == [1, 1]
        assert here.town.request().thread == here.roots()[0].ts
        assert unsent(here) == 0


def test_a_room_whose_answer_was_lost_is_not_opened_twice(db: Database) -> None:
    """The subject reads the usual channel: one private room, whatever got lost on the way, with everybody it needs."""
    with office(db, members=(*OTHERS, "U004")) as here, capture_logs():
        fates = iter(["swallow", "pass", "swallow"])
        here.wall.rule = lambda called: (
            next(fates, "pass")
            if called.startswith("conversations.")
            and called[14:]
            in {
                "create",
                "invite",
            }
            else "pass"
        )
        here.town.offboard()
        here.work(60)
        rooms = [room for room in here.space.rooms.values() if room.name.startswith("off-")]
        assert [room.name for room in rooms] == ["off-101"]
        assert {"U002", "U003", "U005", "U007"} <= set(rooms[0].members)
        assert "U004" not in rooms[0].members
        assert here.town.request().channel == rooms[0].id


def test_a_report_whose_answer_was_lost_is_attached_once(here: Office) -> None:
    """The file is looked for in the thread before it is sent again."""
    decide(here)
    here.work(30)
    here.wall.rule = every_other("files.completeUploadExternal", "swallow")
    finish_all(here)
    here.say(60)
    assert here.town.request().state is RequestState.CLOSED
    assert len([one for one in here.messages() if one.files]) == 1
    assert unsent(here) == 0


def test_after_an_outage_people_read_few_messages_and_miss_no_line(here: Office) -> None:
    """Half an hour without a chat: one message for the lines of the thread, each card drawn once, nothing lost."""
    decide(here)
    here.wall.rule = lambda _method: "500"
    here.work(30)
    here.town.pass_time(timedelta(minutes=30))
    here.wall.calls.clear()
    here.wall.rule = lambda _method: "pass"
    before = len(here.thread())
    here.say(90)
    assert len(lines(here)) == told(here)
    assert len(here.thread()) == before + 1
    assert here.wall.of("chat.update") == 3  # the head of the thread, and the card of each approver
    assert unsent(here) == 0


def test_a_replica_that_dies_with_a_thread_gives_it_back_within_half_a_minute(here: Office) -> None:
    """What a dead replica held is told by another one, which first looks for what the dead one had posted."""
    decide(here)
    claim = notices.claim(here.town.engine, "dead", here.town.now)
    assert claim is not None
    here.say(25, "alive")
    held = {notice.id for notice in claim.notices}
    with here.town.engine.db.look() as tx:
        waiting = set(tx.exec_driver_sql("SELECT id FROM notices WHERE sent_at IS NULL").scalars())
    assert held <= waiting
    here.say(15, "alive")
    assert unsent(here) == 0
    assert here.wall.of("conversations.replies") + here.wall.of("conversations.history") <= 1
    assert not notices.turn(here.town.engine, claim, ROOM, SECOND, 1, here.town.now)[0]


def test_a_second_replica_tells_nothing_of_what_the_first_one_tells(here: Office) -> None:
    """Three replicas look at once, for a whole story: each line once, in order, one message a second and channel."""
    decide(here)
    here.town.inline.drain(here.town.engine, here.town.tick)
    for _ in range(25):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(here.tick, ("a", "b", "c")))
        here.town.pass_time(SECOND)
    assert len(lines(here)) == told(here)
    # To the millisecond: messages of one moment are told apart by a microsecond each.
    times = [round(Decimal(one.ts), 3) for one in here.messages()]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1, times
    assert unsent(here) == 0


def test_a_slow_channel_keeps_nobody_from_being_asked(here: Office) -> None:
    """Slack takes nothing in the shared channel for a minute: whoever must act is told in person all the same."""
    decide(here)
    notices.slower(here.town.engine, ROOM, here.town.now + timedelta(minutes=1))
    here.work(10)
    assert len(here.messages(ROOM)) == 2
    assert any("laptop" in one.text for one in here.messages("D006"))


def test_somebody_without_a_chat_account_who_should_agree_to_a_role_stands_in_the_trail(db: Database) -> None:
    """Nobody is passed over in silence: the trail says who could not be asked, once."""
    town = Town(db)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE links SET ended_at = at WHERE system = 'slack' AND person = 'P-007'")
    powers.propose(town.engine, PersonId("P-002"), PRIYA, Power.IT, town.now)
    town.say()
    with town.engine.db.look() as tx:
        entries = [entry for entry in journal.read(tx) if entry.kind == "person.unreached"]
    assert [entry.facts["person"] for entry in entries] == [SARA]


def every_other(method: str, fate: str) -> Callable[[str], str]:
    """This happens to the first, the third, the fifth call of a method."""
    count = itertools.count()
    return lambda called: fate if called == method and next(count) % 2 == 0 else "pass"


def finish_all(here: Office) -> None:
    """People do what only they can."""
    town = here.town
    for step in town.view().steps:
        if not step.ended and step.action is not None and step.action.kind == "hand-over":
            succeed.name_successor(town.engine, step.id, INES, "40008", town.now)
            succeed.accept(town.engine, step.id, BEN, town.now)
    here.work(20)
    for step in town.view().steps:
        if not step.ended and step.assignee:
            tasks.attest(town.engine, step.id, step.assignee, "Done.", (), town.now)
    town.inline.drain(town.engine, town.tick)
