"""The chat is away: facts do not wait for messages, messages keep their order, and nothing is posted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.chat.deliver import deliver
from bot.chat.port import Where
from bot.domain.lifecycle import RequestState
from bot.engine.view import View
from tests.fakes.town import HANNA, INES, MARCO, Town, speaker
from tests.stories.acts import approved, asked, finish, sealed, wait

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def told_once(town: Town) -> None:
    """Every line there was to say stands in the thread once, in the order in which things happened."""
    with town.engine.db.begin() as tx:
        told = tx.exec_driver_sql("SELECT id FROM notices WHERE kind IN ('line', 'report') ORDER BY id").scalars().all()
        posts = tx.exec_driver_sql("SELECT key, ts FROM posts WHERE key LIKE 'notice:%'").all()
    first = {int(row.key.removeprefix("notice:")): float(row.ts) for row in posts}
    order = [first[notice] for notice in told if notice in first]
    assert order == sorted(set(order))
    assert len("\n".join(town.thread()).split("\n")) == len(told) + 1  # and the plan


def test_an_outage_loses_doubles_and_reorders_nothing(town: Town) -> None:
    """Every third call to the chat fails, for the whole story: the thread reads as if none had (S1-18)."""
    calls = 0

    def stumble() -> None:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            town.ears.down = 1

    asked(town)
    value = {person: sealed(town, person, "approve") for person in (MARCO, INES)}
    for person in (MARCO, INES):
        town.talk.press(speaker(person), "approve", value[person], "", Where())
    town.inline.drain(town.engine, town.tick)
    with capture_logs():
        for _ in range(60):
            stumble()
            deliver(town.desk, town.ears, report, town.now)
            town.pass_time(timedelta(seconds=2))
    told_once(town)
    said = "\n".join(town.thread()).split("\n")  # what waited for each other came together
    assert [line for line in said if line.startswith("Started")] == ["Started: reading every system again first."]
    started = said.index("Started: reading every system again first.")
    assert said.index("✓ Ines Ferreira approved. That is enough.") < started
    assert all(index > started for index, line in enumerate(said) if line.startswith("✓ AWS"))


def report(seen: View) -> tuple[str, bytes]:
    """A report."""
    return (f"{seen.request.id}.html", b"report")


def test_a_chat_that_is_down_delays_no_removal(town: Town) -> None:
    """People approved; then the chat goes away for an hour: the keys are dead at once, the words come later (S1-5)."""
    asked(town)
    value = {person: sealed(town, person, "approve") for person in (MARCO, INES)}
    before = len(town.ears.posts)
    town.ears.down = 10_000
    for person in (MARCO, INES):
        town.talk.press(speaker(person), "approve", value[person], "", Where())
    with capture_logs():
        for _ in range(5):
            town.work()
            town.pass_time(timedelta(minutes=1))
    assert town.aws.account.active is False
    assert not any(key.active for key in town.aws.credentials)
    assert len(town.ears.posts) == before
    town.ears.down = 0
    wait(town, timedelta(minutes=1), times=3)
    finish(town)
    assert town.request().state is RequestState.CLOSED
    told_once(town)


def test_a_crash_between_posting_and_remembering_posts_once_more_at_most(town: Town) -> None:
    """The same notice again is found by its key and redrawn, not posted again (S1-25)."""
    asked(town)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE notices SET sent_at = NULL")
    before = len(town.ears.posts)
    town.say()
    assert len(town.ears.posts) == before


def test_one_message_we_cannot_make_silences_no_other_request(town: Town) -> None:
    """Our own mistake in one card is logged and retried; other requests are told all the same (S1-19)."""
    asked(town)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql(
            "INSERT INTO notices (request, kind, person, body, at, due) "
            "SELECT request, 'told', 'P-002', '{\"what\": \"nonsense\"}', at, due FROM notices WHERE id = 1"
        )
    town.offboard(person="P-008", typed="Ben Okafor")
    with capture_logs() as logged:
        town.work()
    assert "message failed" in [entry["event"] for entry in logged]
    assert town.request().id == "OFF-102"
    assert any("OFF-102" in card.text for card in town.direct(MARCO))
    assert not any("OFF-102" in card.text for card in town.direct(HANNA))


def test_few_messages_reach_one_approver(town: Town) -> None:
    """One question, redrawn as things move: counted over the whole story, Marco gets one message (S1-25)."""
    approved(town)
    finish(town)
    assert len(town.direct(MARCO)) == 1
    assert len(town.direct(HANNA)) == 2  # approved, and finished
