"""A company with Slack and Teams: asked in both, decided once, told in each, and neither waits for the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.chat.port import Where
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine.digest import morning
from bot.store import Database, outbox, people
from tests.fakes.post import PETRA, mail, posting
from tests.fakes.town import ALICE, HANNA, INES, MARCO, TOMASZ, button, words
from tests.fakes.two import ROOM, SLACK, TEAMS, Two, directory_id
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
    """Marco reads the same question in Slack and in Teams; Ines, who is in Slack alone, reads it there (S4-29)."""
    two.asked()
    (here,), (there,) = two.told(SLACK, MARCO), two.told(TEAMS, MARCO)
    assert here.text == there.text
    assert button(here, "approve") == button(there, "approve")
    assert len(two.told(SLACK, INES)) == 1
    assert two.told(TEAMS, INES) == []


@ONE
def test_whoever_is_in_teams_alone_is_asked_there(two: Two) -> None:
    """Tomasz has no Slack: his task about a request that began in Slack reaches him, and Done counts (S4-29)."""
    two.asked(SLACK)
    finished(two)
    assert two.told(SLACK, TOMASZ) == []
    assert button(two.told(TEAMS, TOMASZ)[-1], "done")
    assert "no linked chat account" not in "\n".join(two.threads(SLACK))


@ONE
def test_a_decision_changes_every_copy(two: Two) -> None:
    """Once it is decided there is no Approve left to press, in neither chat, and nothing was posted twice (S1-5)."""
    two.asked()
    finished(two)
    for chat, person in ((SLACK, MARCO), (TEAMS, MARCO), (SLACK, INES)):
        (card,) = [one for one in two.told(chat, person) if "Alice Martin" in one.text][:1]
        assert button(card, "approve") is None, (chat, person)
    assert len(two.told(TEAMS, MARCO)) == len(two.told(SLACK, MARCO))


@ONE
@pytest.mark.parametrize("chat", [SLACK, TEAMS])
def test_a_thread_lives_where_its_request_began(two: Two, chat: str) -> None:
    """The thread of Hanna's request stands in the channel of the chat she asked in, and in no other (S1-18)."""
    two.asked(chat)
    finished(two)
    other = TEAMS if chat == SLACK else SLACK
    assert any("Leaver: Alice Martin" in text for text in two.threads(chat))
    assert two.threads(other) == []
    assert two.request().chat == chat


@ONE
def test_a_comment_in_the_thread_is_kept_whichever_chat_it_is_in(two: Two) -> None:
    """What somebody answers in the thread in Teams stands in the trail (S1-10)."""
    two.asked(TEAMS)
    request = two.request()
    where = Where(channel=ROOM, thread=request.thread)
    two.talks[TEAMS].comment(two.who(TEAMS, MARCO), "The laptop is here.", where, "activity-1")
    assert [one.kind for one in two.view().journal if one.kind == "request.comment"] == ["request.comment"]


@ONE
@pytest.mark.parametrize("chat", [SLACK, TEAMS])
def test_a_report_is_a_card_and_where_the_chat_takes_files_a_file_too(two: Two, chat: str) -> None:
    """In Teams the button of the card opens the report: nothing is attached, and nothing waits for that (S2-19)."""
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
    """Alice reads the channel of Teams: the thread is in a room without her; Slack's readers do not matter (S1-18)."""
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
    """The overview stands in the channel of Teams that policy names, without whom it concerns (S0-10)."""
    two.asked()
    two.now = TUESDAY
    morning(two.engine, two.now)
    two.pass_time(timedelta(seconds=30))
    two.say()
    assert [one for one in two.threads(TEAMS) if one.startswith("This morning")]
    assert not [one for one in two.threads(SLACK) if one.startswith("This morning")]


@ONE
@pytest.mark.usefixtures("quiet")
def test_a_digest_for_an_account_that_does_not_work_goes_to_the_other_chat(two: Two) -> None:
    """What comes once comes, even where the chat that was used last is gone (S1-25)."""
    two.asked()
    two.talks[TEAMS].command(two.who(TEAMS, MARCO), "/usher", "help", Where())
    two.others.gone.add(directory_id(MARCO))
    two.now = TUESDAY
    morning(two.engine, two.now)
    two.pass_time(timedelta(seconds=30))
    two.say()
    assert any(one.text.startswith("Good morning") for one in two.told(SLACK, MARCO))


@ONE
def test_mail_stops_when_somebody_is_in_teams(two: Two) -> None:
    """Petra had no chat and was to get mail; before it went she was linked in Teams, and is asked there (S4-29)."""
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
def test_home_is_the_same_in_both(two: Two) -> None:
    """What waits for Marco stands on his Home wherever he opens it (S0-10)."""
    two.asked()
    here, there = (two.talks[chat].home(two.who(chat, MARCO)) for chat in (SLACK, TEAMS))
    assert words(here) == words(there)
    assert button(here, "approve")
