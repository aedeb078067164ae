"""When mail cannot go out, goes out twice, or to nobody: what is told, to whom, and what goes on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.chat.cards import alerts
from bot.chat.mail.smtp import MailError
from bot.chat.port import ChatError
from bot.domain.lifecycle import RequestState
from bot.engine import mailing
from bot.store import mails, outbox
from tests.fakes.post import PETRA, browser, link_up, mail, posting, roster
from tests.fakes.town import INES, Ears, Town
from tests.stories.acts import asked, everything_said

SECRETS = ("GitHub", "AWS", "Alice", "Martin", "voluntary", "leav", "Petra", "Lang", "OFF-")


class Gone(Ears):
    """A chat in which Petra's account is deactivated."""

    def direct(self, native_id: str) -> str:
        """No conversation with her."""
        if native_id == "U014":
            raise ChatError("user_disabled", gone=True)
        return super().direct(native_id)


def test_without_a_mail_block_she_is_named_in_the_thread(town: Town) -> None:
    """Nobody is left out in silence: the thread says that she was not asked, as ever (S4-29)."""
    letters = posting(town, "")
    asked(town)
    assert mail(town, letters) == 0
    assert "Petra Lang has no linked chat account" in everything_said(town)


def test_an_address_that_does_not_exist_is_told_in_the_thread(town: Town) -> None:
    """The server refuses it for good: whoever asked hears that Petra was not reached, once (S4-29)."""
    letters = posting(town)
    asked(town)
    letters.faults = [MailError("the address is refused (550)", final=True)]
    mail(town, letters)
    town.say()
    mail(town, letters)
    assert sum("Petra Lang has no linked chat account" in line for line in town.thread()) == 1
    assert letters.taken == []


def test_a_mail_server_that_is_away_delays_mail_and_nothing_else(town: Town) -> None:
    """It goes out when the server is back; the chat says everything meanwhile (S4-29, S4-26)."""
    letters = posting(town)
    letters.faults = [MailError("the mail server: ConnectionRefusedError")] * 3
    asked(town)
    for _ in range(3):
        assert mail(town, letters) == 0
        town.pass_time(timedelta(minutes=2))
    town.press(INES, "approve")
    assert mail(town, letters) == 1
    page = browser(town)
    page.open(letters.link())
    page.press("approve")
    town.work()
    assert town.request().state is RequestState.RUNNING


def test_a_crash_after_the_mail_went_out_is_a_second_mail_with_a_fresh_link(town: Town) -> None:
    """The first link dies with it: never two that work (S4-12)."""
    letters = posting(town)
    asked(town)

    def die() -> None:
        raise KeyboardInterrupt

    letters.after = die
    with pytest.raises(KeyboardInterrupt):
        mail(town, letters)
    letters.after = None
    assert mail(town, letters) == 0
    town.pass_time(mailing.HELD + timedelta(seconds=1))
    assert mail(town, letters) == 1
    assert browser(town).get(letters.link(0)).status_code == 404
    assert browser(town).open(letters.link(1)).status_code == 200


def test_what_the_roster_calls_people_never_becomes_a_header(town: Town) -> None:
    """A name with a line break, an address with a second one: no header is made of them, and no mail (S1-18)."""
    letters = posting(town)
    bad = "petra@lumen.example\r\nBcc: all@evil.example"
    roster(town, name="Petra\r\nBcc: all@evil.example", email=bad)
    asked(town)
    mail(town, letters)
    assert letters.taken == []
    assert "was not asked" in everything_said(town)
    roster(town, email="petra.lang@lumen.example")
    town.pass_time(timedelta(hours=2))
    request = town.request().id
    with town.engine.db.begin() as tx:
        outbox.tell(tx, "approval", town.now, request=request, person=PETRA)
    town.say()
    mail(town, letters)
    assert "evil" not in letters.taken[0].as_string()


def test_an_account_that_does_not_work_is_no_reason_to_go_in_circles(town: Town) -> None:
    """Her account is linked, and the chat says that it is gone: the mail goes out, once, and stays out (S4-29)."""
    letters = posting(town)
    link_up(town)
    town.ears = Gone()
    asked(town)
    for _ in range(3):
        mail(town, letters)
        town.work()
    assert letters.to() == ["petra.lang@lumen.example"]


def test_a_mail_that_one_server_never_takes_is_given_up_and_told(town: Town) -> None:
    """Others go out, so operations are left alone; after hours the thread says that Petra was not asked (S4-29)."""
    letters = posting(town)
    asked(town)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE mails SET tries = 59")
        notice = outbox.Notice(1, None, "told", PETRA, None, {}, town.now, 0)
        assert mails.put(tx, "another", "another", notice, "", town.now)
        mails.change(tx, "another", sent_at=town.now)
    letters.faults = [MailError("the mail server answers 554")] * 2
    for _ in range(2):
        mail(town, letters)
        town.pass_time(timedelta(minutes=11))
    town.say()
    assert any("Petra Lang has no linked chat account" in line for line in town.thread())
    with town.engine.db.look() as tx:
        assert not tx.exec_driver_sql("SELECT 1 FROM notices WHERE kind = 'alert'").all()


def test_operations_hear_of_a_mail_server_that_stays_away(town: Town) -> None:
    """After some five minutes, once; and again when it is back (S4-26)."""
    letters = posting(town)
    asked(town)
    letters.faults = [MailError("the mail server answers 454")] * 9
    for _ in range(10):
        mail(town, letters)
        town.pass_time(timedelta(minutes=11))
    with town.engine.db.begin() as tx:
        rows = tx.exec_driver_sql("SELECT body FROM notices WHERE kind = 'alert' ORDER BY id").scalars()
        told = [row if isinstance(row, dict) else json.loads(row) for row in rows]
    assert [alerts.subject(one) for one in told] == ["Usher cannot send mail", "Usher can send mail again"]
    assert "454" in alerts.text(told[0])
    assert len(letters.taken) == 1
