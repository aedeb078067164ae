"""Alice's leaving with everything that can happen on the way: the request whose report the tests read."""

from __future__ import annotations

from datetime import timedelta

from bot.chat.port import Filled, Form
from bot.domain.model import Credential
from bot.engine import control
from bot.store import Database
from tests.fakes.memory import down
from tests.fakes.town import ALICE_CLOUD, BEN, HANNA, INES, MARCO, SARA, TOMASZ, Town, speaker

REASON = "Restructuring of the payments team"


def told(db: Database) -> Town:
    """A yes taken back, a late key, a lie, retries, a Stop, a reply, a successor and two attestations."""
    town = asked(db)
    town.press(MARCO, "approve")
    town.pass_time(timedelta(minutes=4))
    town.say()
    town.press(MARCO, "take_back")
    town.say()
    town.pass_time(timedelta(minutes=11))
    town.press(MARCO, "approve")
    town.aws.credentials.append(Credential(ALICE_CLOUD, "AKIA3", "access key", "AKIA…003", used=False))
    town.aws.lies = 1
    town.pass_time(timedelta(minutes=20))
    town.press(INES, "approve")
    town.github.before_apply = lambda _change: town.github.faults.append(down("GitHub did not answer in 10 seconds."))
    town.work()
    town.github.before_apply = None
    comment(town)
    pause(town)
    for _turn in range(12):
        town.pass_time(timedelta(seconds=7))
        town.work()
    town.pass_time(timedelta(hours=2))
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    for _turn in range(12):
        town.pass_time(timedelta(seconds=5))
        town.work()
    by_hand(town)
    return town


def asked(db: Database) -> Town:
    """The request as Hanna sends it, read and planned."""
    town = Town(db)
    town.offboard(exit="involuntary", reason=REASON, note="The laptop is at home in Lyon.")
    town.pass_time()
    town.work()
    town.pass_time(timedelta(minutes=9))
    return town


def comment(town: Town) -> None:
    """Tomasz writes in the thread."""
    request = town.request()
    words = "The courier fetches the laptop on Wednesday."
    control.comment(town.engine, request.channel, request.thread, TOMASZ, words, "m1", town.now)


def pause(town: Town) -> None:
    """Sara presses Stop, and lets it go on."""
    control.stop(town.engine, town.request().id, SARA, town.now)
    town.pass_time(timedelta(minutes=3))
    control.go_on(town.engine, town.request().id, HANNA, town.now)


def by_hand(town: Town) -> None:
    """Sara is in time, Tomasz is not."""
    for person, hours, words in (
        (SARA, 5, "Changed in the office router; the new one is in the vault, entry 88."),
        (TOMASZ, 46, "Asset 4711 is in the cupboard.\nBadge 88-203 is switched off."),
    ):
        town.pass_time(timedelta(hours=hours))
        form = town.press(person, "done")
        assert isinstance(form, Form)
        files = Filled({"evidence": words}, context=form.context)
        town.talk.submit(speaker(person), "evidence", files, f"done-{person}")
        town.work()
