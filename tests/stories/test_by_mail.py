"""Whoever is not in the chat gets a mail that says nothing, and a link that opens the same card once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.engine import control
from bot.engine.digest import morning
from bot.engine.opening import SITTING, Link, spend
from bot.store import outbox
from tests.fakes.post import BLOCK, PETRA, browser, link_up, mail, mailed, posting, roster
from tests.fakes.town import ALICE, HANNA, INES, MARCO, START, TOMASZ, Town, words
from tests.stories.acts import asked, everything_said, leave

SECRETS = ("GitHub", "AWS", "Alice", "Martin", "voluntary", "leav", "Petra", "Lang", "OFF-")


def trail(town: Town) -> list[str]:
    """What the trail says about mail."""
    return [entry.kind for entry in town.view().journal if entry.kind.startswith("mail.")]


def test_petra_has_no_chat_and_her_yes_by_mail_counts_once(town: Town) -> None:
    """The link shows the card of the chat with its buttons; a second click changes nothing (S4-29, S4-21)."""
    letters, page = mailed(town)
    assert letters.to() == ["petra.lang@lumen.example"]
    assert "no linked chat account" not in everything_said(town)
    assert page.open(letters.link()).status_code == 200
    assert "Alice Martin" in page.page
    assert "GitHub" in page.page
    yes = page.form("approve").values
    assert "1 more approval is needed" in page.post(page.at, yes).text
    page.post(page.at, yes)
    assert [(one.person, one.yes) for one in town.view().approvals] == [(PETRA, True)]
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.RUNNING
    assert trail(town) == ["mail.sent", "mail.opened", "mail.pressed", "mail.pressed"]


def test_the_mail_itself_says_nothing_but_that_something_waits(town: Town) -> None:
    """No system, no name, no reason: only that something waits, a link, and until when (S1-18)."""
    letters = posting(town)
    asked(town, note="She goes to a competitor.")
    mail(town, letters)
    whole = letters.taken[0].as_string()
    assert not [word for word in (*SECRETS, "competitor") if word in whole.replace("petra.lang@lumen.example", "")]
    assert letters.text().startswith("A decision waits for you in Usher.")
    assert "Thu 26 Nov 2026, 10:0" in letters.text()
    assert letters.taken[0]["Subject"] == "A decision waits for you in Usher"


def test_looking_at_the_link_uses_nothing_up(town: Town) -> None:
    """Programs that look through mail open every link first, as often as they like (S4-12)."""
    letters, page = mailed(town)
    for _ in range(3):
        answer = page.get(letters.link())
        assert answer.status_code == 200
        assert "Continue" in page.page
        assert page.client.head(letters.link()).status_code == 200
    assert "Alice" not in page.page
    assert not page.client.cookies
    assert trail(town) == ["mail.sent"]
    page.open(letters.link())
    assert "Alice Martin" in page.page


def test_a_link_opens_once_and_says_so_afterwards(town: Town) -> None:
    """Whoever finds the mail later sees nothing of the card, and can have one sent to Petra only (S4-12, S1-18)."""
    letters, page = mailed(town)
    page.open(letters.link())
    thief = browser(town)
    assert thief.get(letters.link()).status_code == 410
    assert thief.post(letters.link()).status_code == 410
    assert "has been used" in thief.page
    assert thief.get(page.at).status_code == 403
    assert thief.post(f"{letters.link()}/again").status_code == 200
    thief.post(f"{letters.link()}/again")
    assert mail(town, letters) == 0
    town.pass_time(timedelta(minutes=6))
    assert mail(town, letters) == 1
    assert letters.to() == ["petra.lang@lumen.example"] * 2
    assert thief.get(letters.link(0)).status_code == 404
    assert browser(town).open(letters.link(1)).status_code == 200


def test_nobody_is_flooded_with_new_links(town: Town) -> None:
    """Five for one card, five minutes apart at least; then the old link says the same and sends nothing (S1-25)."""
    letters, page = mailed(town)
    for _ in range(12):
        page.post(letters.link())
        town.pass_time(timedelta(minutes=6))
        page.post(f"{letters.link()}/again")
        mail(town, letters)
    assert len(letters.taken) == 6


def test_a_link_ends_by_itself(town: Town) -> None:
    """After 72 hours, or what policy says, it shows nothing and offers a new one (S4-12)."""
    letters, page = mailed(town)
    town.pass_time(timedelta(hours=71))
    assert page.get(letters.link()).status_code == 200
    town.pass_time(timedelta(hours=1))
    assert page.get(letters.link()).status_code == 410
    assert "has expired" in page.page
    assert page.post(letters.link()).status_code == 410
    page.post(f"{letters.link()}/again")
    assert mail(town, letters) == 1
    assert browser(town).open(letters.link()).status_code == 200


def test_a_page_that_was_left_open_closes_itself(town: Town) -> None:
    """Half an hour after the link was opened nothing can be pressed any more (S4-12)."""
    letters, page = mailed(town)
    page.open(letters.link())
    yes = page.form("approve").values
    town.pass_time(SITTING)
    assert page.post(page.at, yes).status_code == 403
    assert "is closed" in page.page
    assert not town.view().approvals


@pytest.mark.parametrize("what", ["left", "leaves", "moved", "no address"])
def test_somebody_who_left_or_moved_sees_nothing(town: Town, what: str) -> None:
    """The roster is asked at each step: whoever is gone, or has another address, has a dead link (S4-8, S1-18)."""
    letters, page = mailed(town)
    late = browser(town)
    page.open(letters.link())
    yes = page.form("approve").values
    match what:
        case "left":
            leave(town, PETRA, town.now.date() - timedelta(days=1))
        case "leaves":
            town.offboard(HANNA, person=PETRA, typed="Petra Lang")
            with town.engine.db.begin() as tx:
                tx.exec_driver_sql("UPDATE requests SET started_at = created_at WHERE subject = 'P-014'")
        case "moved":
            roster(town, email="petra.marten@lumen.example")
        case "no address":
            roster(town, email="")
    for answer in (page.get(page.at), page.post(page.at, yes)):
        assert answer.status_code == 403
        assert "Alice" not in answer.text
    assert late.get(letters.link()).status_code == 404
    late.post(f"{letters.link()}/again")
    town.pass_time(timedelta(minutes=10))
    assert mail(town, letters) == 0


def test_the_leaver_never_gets_a_mail(town: Town) -> None:
    """Neither about her own offboarding nor once it has begun, whatever is told to her by mistake (S1-18)."""
    letters = posting(town)
    asked(town)
    notice = next(entry for entry in town.view().journal if entry.kind == "plan.made")
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE links SET ended_at = at WHERE person = 'P-004' AND system = 'slack'")
        outbox.tell(tx, "approval", town.now, request=notice.request, person=ALICE)
    town.say()
    mail(town, letters)
    assert letters.to() == ["petra.lang@lumen.example"]
    assert PersonId("P-004") == ALICE


def test_whoever_is_in_the_chat_meanwhile_is_asked_there(town: Town) -> None:
    """Her account was linked before the mail went out, or afterwards: the next word comes in the chat (S1-25)."""
    letters = posting(town)
    asked(town)
    link_up(town)
    assert mail(town, letters) == 0
    town.say()
    assert len(town.direct(PETRA)) == 1
    town.press(PETRA, "approve")
    assert len(town.view().approvals) == 1


def test_a_card_stands_in_the_chat_once_its_reader_does(town: Town) -> None:
    """What went by mail before is posted in the chat when it is drawn again (S1-25)."""
    letters, page = mailed(town)
    page.open(letters.link())
    link_up(town)
    page.press("approve")
    town.work()
    assert "Alice Martin" in words(town.direct(PETRA)[-1])
    assert len(letters.taken) == 1


def test_a_card_that_is_drawn_again_is_no_second_mail(town: Town) -> None:
    """Others decide, the plan stands: one mail is enough, and its link shows what is true when it is opened (S1-25)."""
    letters, page = mailed(town)
    town.press(INES, "approve")
    town.work()
    assert mail(town, letters) == 0
    page.open(letters.link())
    page.press("approve")
    town.work()
    assert mail(town, letters) == 0
    assert town.request().state is RequestState.RUNNING


def test_a_plan_that_changed_after_she_looked_asks_her_again(town: Town) -> None:
    """Her first link is used up, and what she would say yes to now is new: she gets another mail (S4-29)."""
    letters, page = mailed(town)
    page.open(letters.link())
    before = town.request().digest
    control.reschedule(town.engine, town.request().id, HANNA, town.now + timedelta(days=9), town.now)
    town.work()
    assert town.request().digest != before
    assert mail(town, letters) == 1
    assert browser(town).open(letters.link()).status_code == 200


def test_a_task_is_done_with_a_form_of_the_page(town: Town) -> None:
    """Tomasz has no chat: he opens the task by mail, says how one can see it, and it is written down (S3-8)."""
    letters = posting(town, BLOCK)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE links SET ended_at = at WHERE person = 'P-006' AND system = 'slack'")
    asked(town)
    mail(town, letters)
    first = browser(town)
    first.open(letters.link(0))
    first.press("approve")
    town.press(INES, "approve")
    town.work()
    mail(town, letters)
    number = next(n for n, to in enumerate(letters.to()) if to.startswith("tomasz"))
    page = browser(town)
    page.open(letters.link(number))
    form = page.press("done")
    assert 'role="alert"' in page.fill(form, evidence=" ").text
    assert "written down" in page.fill(form, evidence="Asset 4711 is in the cupboard.").text
    town.work()
    assert any(
        "4711" in entry.private.get("evidence", "") and entry.facts["by"] == TOMASZ for entry in town.view().journal
    )
    assert MARCO not in town.view().request.approvers


def test_two_who_open_a_link_at_once_are_one_and_nobody(town: Town) -> None:
    """A copy of the mail in other hands: one of them sees the card, the other that the link was used (S4-12)."""
    letters, _page = mailed(town)
    token = letters.link().removeprefix("/mail/")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _n: spend(town.engine, token, town.now)[0], range(4)))
    assert sorted(found) == [Link.GOOD, Link.USED, Link.USED, Link.USED]
    assert trail(town).count("mail.opened") == 1


def test_her_morning_comes_by_mail_and_its_buttons_act(town: Town) -> None:
    """The daily word says what waits for Petra, with the very buttons of each thing (S1-25, S4-29)."""
    letters = posting(town)
    asked(town)
    mail(town, letters)
    town.now = START + timedelta(days=1)
    morning(town.engine, town.now)
    town.pass_time(timedelta(minutes=2))
    town.say()
    assert mail(town, letters) == 1
    assert "your daily word" in letters.text()
    page = browser(town)
    page.open(letters.link())
    assert "1 more approval" in page.press("approve").text
    assert [one.person for one in town.view().approvals] == [PETRA]
    assert page.client.get(page.at).status_code == 200
