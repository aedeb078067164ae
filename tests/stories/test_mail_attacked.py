"""The link of a mail in the wrong hands, at the wrong moment, or a thousand times."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.model import PersonId
from bot.engine.unanswered import UNANSWERED
from bot.store import outbox, people, proposals
from tests.fakes.post import BLOCK, browser, mail, mailed, posting
from tests.fakes.town import ALICE, HANNA, SARA, TOMASZ, Town
from tests.stories.acts import asked
from tests.stories.heard import FRIDAY, leavers, roster
from tests.stories.holding import LOCK

AGAINST = {"exit": "involuntary", "when": "later", "day": "2026-11-27", "time": "17:00"}


def end_powers(town: Town, who: PersonId) -> None:
    """Somebody has another job now."""
    with town.engine.db.begin() as tx:
        people.end_powers(tx, who, town.now)


def without_chat(town: Town, who: str) -> None:
    """Somebody has no chat account."""
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql(f"UPDATE links SET ended_at = at WHERE person = '{who}' AND system = 'slack'")


def test_who_took_the_link_first_is_out_once_a_new_one_is_asked_for(town: Town) -> None:
    """A thief used Petra's link up; she asks for another, and the page of the thief closes at once."""
    letters, page = mailed(town)
    thief = browser(town)
    assert thief.open(letters.link()).status_code == 200
    yes = thief.form("approve").values
    assert page.post(letters.link()).status_code == 410
    page.post(f"{letters.link()}/again")
    assert thief.post(thief.at, yes).status_code == 403
    assert not town.view().approvals
    town.pass_time(timedelta(minutes=6))
    mail(town, letters)
    assert browser(town).open(letters.link()).status_code == 200


def test_who_may_not_agree_any_more_reads_no_question_for_two(town: Town) -> None:
    """Sara was asked by mail to agree to a lock, and has another job before she opens the link."""
    letters = posting(town, LOCK + BLOCK)
    without_chat(town, SARA)
    asked(town, **AGAINST)
    town.press(HANNA, "lock_now")
    town.work()
    while mail(town, letters):
        pass
    number = [n for n, to in enumerate(letters.to()) if to.startswith("sara")][-1]
    end_powers(town, SARA)
    page = browser(town)
    assert page.open(letters.link(number)).status_code == 403
    assert "Alice" not in page.page


def test_the_contact_that_policy_names_reads_what_nobody_answers(town: Town) -> None:
    """Whoever looks after Usher needs no role in it to hear of silence, by mail as in the chat (S1-25)."""
    letters = posting(town, LOCK + BLOCK + "engineering:\n  after_hours: P-006\n  contact: P-006\n")
    without_chat(town, TOMASZ)
    end_powers(town, TOMASZ)
    asked(town, **AGAINST)
    town.press(HANNA, "lock_now")
    town.work()
    with town.engine.db.begin() as tx:
        known = proposals.open_ones(tx)[0]
        outbox.tell(tx, UNANSWERED, town.now, request=known.request, person=TOMASZ, proposal=known.id)
    town.say()
    while mail(town, letters):
        pass
    number = [n for n, to in enumerate(letters.to()) if to.startswith("tomasz")][-1]
    assert browser(town).open(letters.link(number)).status_code == 200


def test_who_left_hr_reads_nothing_of_who_may_leave(town: Town) -> None:
    """Hanna was asked by mail about a last day, and has another job before she opens the link (S1-18)."""
    letters = posting(town)
    without_chat(town, HANNA)
    roster(town, ALICE, ends=FRIDAY)
    while mail(town, letters):
        pass
    number = [n for n, to in enumerate(letters.to()) if to.startswith("hanna")][-1]
    page = browser(town)
    assert "Alice Martin" in page.open(letters.link(number)).text
    yes = page.form("signal_yes").values
    end_powers(town, HANNA)
    for answer in (page.get(page.at), page.post(page.at, yes)):
        assert answer.status_code == 403
        assert "Alice" not in answer.text
    assert leavers(town) == []
