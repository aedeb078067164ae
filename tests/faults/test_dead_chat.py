"""The chat throws us out, or takes nothing any more: operations hear of it on another way, and removals go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.chat.alerts import alarm, watch
from bot.chat.reach import Unreachable
from bot.engine import notices
from bot.store import journal
from tests.faults.office import Office, decide


def lines(here: Office) -> list[str]:
    """The thread, line by line."""
    return "\n".join(here.thread()).split("\n")


def told(here: Office) -> int:
    """How many lines there were to say, and the plan."""
    with here.town.engine.db.look() as tx:
        found = tx.exec_driver_sql("SELECT count(*) FROM notices WHERE kind IN ('line', 'report')").scalar_one()
    return int(found) + 1


def test_fault_18_operations_hear_past_the_chat_that_its_token_counts_no_more(here: Office) -> None:
    """The token is revoked: one alert on another way, naming nobody; removals go on; one more when it is over."""
    decide(here)
    post = Post()
    here.wall.rule = lambda _method: "token_revoked"
    for _ in range(20):
        here.tick()
        alarm(here.town.desk, post, here.town.now)
        watch(here.town.desk, here.chat, here.town.now)
        here.town.inline.drain(here.town.engine, here.town.tick)
        here.town.pass_time(timedelta(seconds=20))
    assert [state for _, _, state in post.taken] == ["open"]
    assert "token_revoked" in post.taken[0][1]
    assert not any(name in str(post.taken) for name in ("Alice", "Marco", "Martin", "OFF-101"))
    assert not any(key.active for key in here.town.aws.credentials)
    here.wall.rule = lambda _method: "pass"
    for _ in range(30):
        here.tick()
        watch(here.town.desk, here.chat, here.town.now)
        alarm(here.town.desk, post, here.town.now)
        here.town.pass_time(timedelta(seconds=5))
    assert [state for _, _, state in post.taken] == ["open", "over"]
    assert len(lines(here)) == told(here)
    with here.town.engine.db.look() as tx:
        trail = [entry.kind for entry in journal.read(tx) if entry.kind.startswith("chat.")]
    assert trail == ["chat.away", "chat.back"]


def test_fault_18_what_nobody_took_for_five_minutes_is_told_to_operations(here: Office) -> None:
    """Slack answers nothing at all: after five minutes operations know, however many replicas look."""
    decide(here)
    post = Post()
    here.wall.rule = lambda _method: "500"
    for minute in range(8):
        here.say(2)
        for me in ("a", "b", "c"):
            watch(here.town.desk, here.chat, here.town.now)
            alarm(here.town.desk, post, here.town.now, me)
        if minute < 4:
            assert post.taken == []
        here.town.pass_time(timedelta(minutes=1))
    assert [state for _, _, state in post.taken] == ["open"]


def test_fault_18_an_alert_is_tried_until_somebody_takes_it(here: Office) -> None:
    """The webhook is away as well: the alert waits in its row and arrives once."""
    post = Post(fails=3)
    notices.refused(here.town.engine, "invalid_auth", here.town.now)
    notices.refused(here.town.engine, "invalid_auth", here.town.now)
    for _ in range(10):
        alarm(here.town.desk, post, here.town.now)
        here.town.pass_time(timedelta(seconds=40))
    assert len(post.taken) == 1


@dataclass
class Post:
    """A second channel that keeps what it is told, after it failed so many times."""

    fails: int = 0
    taken: list[tuple[str, str, str]] = field(default_factory=list)

    def send(self, subject: str, text: str, state: str) -> None:
        """Keep it."""
        if self.fails:
            self.fails -= 1
            raise Unreachable("answered 503")
        self.taken.append((subject, text, state))
