"""A company with Slack and Teams: asked in both, decided once, told in each, and neither waits for the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.chat.alerts import watch
from bot.chat.cards import alerts
from bot.chat.deliver import ONCE
from bot.chat.messages import DIRECT
from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine.digest import morning
from bot.engine.notices import claim
from bot.engine.spread import Chats, reaches_elsewhere, spread
from bot.store import Database, mails, outbox, people
from bot.store.chat_tables import notices
from bot.store.streams import Stream
from tests.fakes.post import PETRA, mail, posting
from tests.fakes.town import ALICE, HANNA, INES, MARCO, TOMASZ, button, words
from tests.fakes.two import ROOM, SLACK, TEAMS, Two, directory_id
from tests.stories.acts import wait
from tests.stories.test_digest import TUESDAY

ONE = pytest.mark.parametrize("database_kind", ["sqlite"])  # nothing in it is of a kind of database


@pytest.fixture
def two(db: Database) -> Two:
    """A company with both chats."""
    return Two(db)


@pytest.fixture
def quiet() -> Iterator[None]:
    """What fails on purpose is not shown."""
    with capture_logs():
        yield


def unsent(two: Two, chat: str) -> int:
    """How many notices wait for one chat."""
    with two.engine.db.look() as tx:
        found = tx.exec_driver_sql(f"SELECT count(*) FROM notices WHERE sent_at IS NULL AND chat = '{chat}'")
        return int(found.scalar_one())


def finished(two: Two) -> None:
    """Both decisions are made, and everything that can be done at once is done."""
    two.act(TEAMS, MARCO, "approve")
    two.act(SLACK, INES, "approve")
    two.work()


def test_whoever_is_in_both_chats_is_asked_in_both(two: Two) -> None:
    """Marco reads the same question in Slack and in Teams; Ines, who is in Slack alone, reads it there."""
    two.asked()
    (here,), (there,) = two.told(SLACK, MARCO), two.told(TEAMS, MARCO)
    assert here.text == there.text
    assert button(here, "approve") == button(there, "approve")
    assert len(two.told(SLACK, INES)) == 1
    assert two.told(TEAMS, INES) == []


@ONE
def test_whoever_is_in_teams_alone_is_asked_there(two: Two) -> None:
    """Tomasz has no Slack: his task about a request that began in Slack reaches him, and Done counts."""
    two.asked(SLACK)
    finished(two)
    assert two.told(SLACK, TOMASZ) == []
    assert button(two.told(TEAMS, TOMASZ)[-1], "done")
    assert "no linked chat account" not in "\n".join(two.threads(SLACK))


def test_an_approval_asked_for_in_both_counts_once(two: Two) -> None:
    """Marco presses in Teams, then in Slack: one approval of two, and the second press says so."""
    two.asked()
    two.act(TEAMS, MARCO, "approve")
    with pytest.raises(Refused, match="You have decided already"):
        two.act(SLACK, MARCO, "approve")  # before the copy is drawn again
    two.work()
    assert [(one.person, one.yes) for one in two.view().approvals] == [(MARCO, True)]
    assert two.request().state is RequestState.AWAITING_APPROVAL
    two.act(SLACK, INES, "approve")
    two.work()
    assert two.request().state is RequestState.RUNNING


@ONE
def test_a_decision_changes_every_copy(two: Two) -> None:
    """Once it is decided there is no Approve left to press, in neither chat, and nothing was posted twice."""
    two.asked()
    finished(two)
    for chat, person in ((SLACK, MARCO), (TEAMS, MARCO), (SLACK, INES)):
        (card,) = [one for one in two.told(chat, person) if "Alice Martin" in one.text][:1]
        assert button(card, "approve") is None, (chat, person)
    assert len(two.told(TEAMS, MARCO)) == len(two.told(SLACK, MARCO))


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("down", "up"), [(SLACK, TEAMS), (TEAMS, SLACK)])
def test_one_chat_that_is_down_does_not_keep_the_other_from_telling(two: Two, down: str, up: str) -> None:
    """Message after message to Marco goes out in the chat that works; the other one catches up, once each."""
    ears = {SLACK: two.ears, TEAMS: two.others}
    ears[down].down = 10_000
    two.asked(up)
    assert button(two.told(up, MARCO)[-1], "approve")
    two.act(up, MARCO, "approve")
    wait(two)
    assert "approved" in words(two.told(up, MARCO)[-1])
    assert two.told(down, MARCO) == []
    assert unsent(two, up) == 0
    assert unsent(two, down) > 0
    ears[down].down = 0
    wait(two, timedelta(minutes=5), times=2)
    assert len(two.told(down, MARCO)) == 1
    assert unsent(two, down) == 0


@ONE
@pytest.mark.parametrize("chat", [SLACK, TEAMS])
def test_a_thread_lives_where_its_request_began(two: Two, chat: str) -> None:
    """The thread of Hanna's request stands in the channel of the chat she asked in, and in no other."""
    two.asked(chat)
    finished(two)
    other = TEAMS if chat == SLACK else SLACK
    assert any("Leaver: Alice Martin" in text for text in two.threads(chat))
    assert two.threads(other) == []
    assert two.request().chat == chat


@ONE
def test_a_comment_in_the_thread_is_kept_whichever_chat_it_is_in(two: Two) -> None:
    """What somebody answers in the thread in Teams stands in the trail."""
    two.asked(TEAMS)
    request = two.request()
    where = Where(channel=ROOM, thread=request.thread)
    two.talks[TEAMS].comment(two.who(TEAMS, MARCO), "The laptop is here.", where, "activity-1")
    assert [one.kind for one in two.view().journal if one.kind == "request.comment"] == ["request.comment"]


@ONE
@pytest.mark.parametrize("chat", [SLACK, TEAMS])
def test_a_report_is_a_card_and_where_the_chat_takes_files_a_file_too(two: Two, chat: str) -> None:
    """In Teams the button of the card opens the report: nothing is attached, and nothing waits for that."""
    two.asked(chat)
    with two.engine.db.begin() as tx:
        outbox.tell(tx, "report", two.now, request="OFF-101")
    before = len(two.threads(chat))
    two.say()
    assert len(two.threads(chat)) == before + 1
    assert [name for _, name, _ in two.ears.files] == (["OFF-101.html"] if chat == SLACK else [])
    assert unsent(two, chat) == 0


@ONE
def test_without_a_channel_in_teams_every_thread_lives_in_slack(db: Database) -> None:
    """Policy names no channel of Teams: what begins there is told in Slack's channel, and people in their chats."""
    two = Two(db, channels=False).asked(TEAMS)
    assert any("Leaver: Alice Martin" in text for text in two.threads(SLACK))
    assert button(two.told(TEAMS, MARCO)[-1], "approve")


@ONE
def test_a_request_about_whom_reads_along_in_teams_gets_a_room_there(two: Two) -> None:
    """Alice reads the channel of Teams, so the thread is in a room without her; Slack's readers do not matter."""
    two.others.rooms[ROOM].add(directory_id(ALICE))
    two.asked(TEAMS)
    assert two.threads(TEAMS) == []
    rooms = {name: members for name, members in two.others.rooms.items() if name != ROOM}
    assert rooms == {"C-off-101": {directory_id(one) for one in (HANNA, MARCO, TOMASZ)}}


@ONE
def test_a_digest_comes_once_in_the_chat_that_was_used_last(two: Two) -> None:
    """Marco, who spoke in Teams last, reads it there; Ines in Slack; nobody reads it twice (S1-25)."""
    two.asked()
    two.talks[TEAMS].command(two.who(TEAMS, MARCO), "/usher", "help", Where())
    two.now = TUESDAY
    morning(two.engine, two.now)
    two.pass_time(timedelta(seconds=30))
    two.say()

    def mornings(chat: str, person: PersonId) -> int:
        return sum(one.text.startswith("Good morning") for one in two.told(chat, person))

    assert (mornings(TEAMS, MARCO), mornings(SLACK, MARCO)) == (1, 0)
    assert (mornings(TEAMS, INES), mornings(SLACK, INES)) == (0, 1)


@ONE
def test_whoever_never_spoke_to_us_reads_the_digest_in_slack(two: Two) -> None:
    """Marco is in both and has used neither: Slack is the usual one."""
    two.asked()
    two.now = TUESDAY
    morning(two.engine, two.now)
    two.pass_time(timedelta(seconds=30))
    two.say()
    assert any(one.text.startswith("Good morning") for one in two.told(SLACK, MARCO))
    assert not any(one.text.startswith("Good morning") for one in two.told(TEAMS, MARCO))


@ONE
def test_the_overview_goes_where_policy_names_a_channel_for_it(two: Two) -> None:
    """The overview of what is open stands in the channel of Teams that policy names, without whom it concerns."""
    two.asked()
    two.now = TUESDAY
    morning(two.engine, two.now)
    two.pass_time(timedelta(seconds=30))
    two.say()
    assert [one for one in two.threads(TEAMS) if one.startswith("This morning")]
    assert not [one for one in two.threads(SLACK) if one.startswith("This morning")]


@pytest.mark.usefixtures("quiet")
def test_an_account_that_does_not_work_leaves_the_other_chat(two: Two) -> None:
    """Marco took Usher out of his Teams: Slack asks him, and nobody says that he could not be reached."""
    two.others.gone.add(directory_id(MARCO))
    two.asked()
    assert button(two.told(SLACK, MARCO)[-1], "approve")
    assert "person.unreached" not in [one.kind for one in two.view().journal]


@ONE
@pytest.mark.usefixtures("quiet")
def test_a_digest_for_an_account_that_does_not_work_goes_to_the_other_chat(two: Two) -> None:
    """What comes once comes, even where the chat that was used last is gone."""
    two.asked()
    two.talks[TEAMS].command(two.who(TEAMS, MARCO), "/usher", "help", Where())
    two.others.gone.add(directory_id(MARCO))
    two.now = TUESDAY
    morning(two.engine, two.now)
    two.pass_time(timedelta(seconds=30))
    two.say()
    assert any(one.text.startswith("Good morning") for one in two.told(SLACK, MARCO))


@ONE
@pytest.mark.usefixtures("quiet")
def test_whoever_no_chat_reaches_is_told_by_nobody_and_that_is_said_once(two: Two) -> None:
    """Tomasz' only chat does not work: the trail and the thread say that he could not be asked, once."""
    two.others.gone.add(directory_id(TOMASZ))
    two.asked()
    finished(two)
    found = [one for one in two.view().journal if one.kind == "person.unreached"]
    assert {one.facts["person"] for one in found} == {TOMASZ}
    said = "\n".join(two.threads(SLACK))
    assert said.count("has no linked chat account and was not asked") == 1


@ONE
def test_mail_stops_when_somebody_is_in_teams(two: Two) -> None:
    """Petra had no chat and was to get mail; before it went she was linked in Teams, and is asked there."""
    letters = posting(two)
    two.asked()
    with two.engine.db.begin() as tx:
        known = Link(PETRA, SystemKey(TEAMS), directory_id(PETRA), "Petra", "set-up", "set-up")
        people.link(tx, known, two.now)
    mail(two, letters)
    two.say()
    assert letters.taken == []
    assert button(two.told(TEAMS, PETRA)[-1], "approve")


def test_nothing_is_posted_twice_after_a_crash(two: Two) -> None:
    """Every notice told again is drawn in its place, in both chats (S1-25)."""
    two.asked()
    before = len(two.ears.posts), len(two.others.posts)
    with two.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE notices SET sent_at = NULL")
    two.say()
    assert (len(two.ears.posts), len(two.others.posts)) == before


@ONE
@pytest.mark.usefixtures("quiet")
def test_operations_hear_which_of_the_two_is_away(two: Two) -> None:
    """Teams takes nothing for ten minutes: one alert names it, and one says that it is back; Slack ends neither."""
    two.others.down = 10_000
    two.asked(SLACK)
    wait(two, timedelta(minutes=3), times=3)
    for _ in range(2):
        watch(two.there, two.others, two.now)
        watch(two.desk, two.ears, two.now)
    assert _alerts(two) == ["Usher cannot reach Microsoft Teams"]
    two.others.down = 0
    wait(two, timedelta(minutes=3), times=2)
    watch(two.desk, two.ears, two.now)
    watch(two.there, two.others, two.now)
    assert _alerts(two) == ["Usher cannot reach Microsoft Teams", "Usher reaches Microsoft Teams again"]


def test_two_replicas_that_look_at_once_copy_each_notice_once_and_in_order(two: Two) -> None:
    """Whichever of them comes first: Marco's notices stand once for each chat, each in the order of the facts."""
    with two.engine.db.begin() as tx:
        for number in range(30):
            outbox.tell(tx, "told", two.now, person=MARCO, what=str(number))
    chats = Chats((SLACK, TEAMS), DIRECT, ONCE)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: spread(two.engine, chats, two.now), range(6)))
    with two.engine.db.look() as tx:
        rows = tx.execute(sa.select(notices.c.chat, notices.c.body).order_by(notices.c.id)).all()
    for chat in (SLACK, TEAMS):
        assert [row.body["what"] for row in rows if row.chat == chat] == [str(number) for number in range(30)]
    assert len(rows) == 60


def test_of_two_chats_that_fail_at_once_the_second_one_knows(two: Two) -> None:
    """Marco's accounts stop working in both at the same moment: one of them goes on to mail, whichever it is."""
    with two.engine.db.begin() as tx:
        outbox.tell(tx, "told", two.now, person=MARCO, what="denied")
    spread(two.engine, Chats((SLACK, TEAMS), DIRECT, ONCE), two.now)
    streams = [claim(two.engine, chat, two.now, chat=chat) for chat in (SLACK, TEAMS)]

    def fail(stream: Stream | None, other: str) -> bool:
        assert stream
        return reaches_elsewhere(two.engine, (other,), stream, [stream.notices[0].id], two.now, "gone")

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(fail, streams, (TEAMS, SLACK))) == [False, True]


@ONE
def test_home_is_the_same_in_both(two: Two) -> None:
    """What waits for Marco stands on his Home wherever he opens it."""
    two.asked()
    here, there = (two.talks[chat].home(two.who(chat, MARCO)) for chat in (SLACK, TEAMS))
    assert words(here) == words(there)
    assert button(here, "approve")


def _alerts(two: Two) -> list[str]:
    with two.engine.db.look() as tx:
        rows = tx.exec_driver_sql("SELECT id FROM notices WHERE kind = 'alert' ORDER BY id").scalars()
        return [alerts.subject(mails.notice(tx, key).body) for key in rows]
