"""What may still be in use is asked by mail of owners who are not in the chat; nobody is silent who was never asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.chat.mail.smtp import MailError
from bot.chat.port import Where
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from tests.fakes.post import BLOCK, Letters, browser, mail
from tests.fakes.town import BEN, INES, MARCO, Town, speaker
from tests.stories.acts import asked
from tests.stories.holding import ASK, later, ruled, team_step


def begun(town: Town) -> Letters:
    """Ines, who owns GitHub, is not in the chat; Alice's offboarding is approved, and her team may be in use."""
    ruled(town, ASK + BLOCK)
    asked(town)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE links SET ended_at = at WHERE person = 'P-005' AND system = 'slack'")
    request = town.request()
    value = town.desk.sealed("approve", request.id, request.digest)
    for person in (MARCO, INES):
        town.talk.press(speaker(PersonId(person)), "approve", value, "", Where())
    town.work()
    assert team_step(town).state is StepState.HELD
    return Letters()


def question(letters: Letters) -> int:
    """Which mail asks Ines."""
    return next(n for n, one in enumerate(letters.taken) if str(one["Subject"]).startswith("A question"))


def test_a_question_that_could_not_be_mailed_keeps_its_whole_time(town: Town) -> None:
    """The mail server is away past the answer's time: nothing is removed unasked. Then Ines keeps it (S1-3, S4-29)."""
    letters = begun(town)
    letters.faults = [MailError("the mail server answers 421")]
    mail(town, letters)
    due = team_step(town).due
    assert due
    later(town, due - town.now + timedelta(minutes=1))
    held = team_step(town)
    assert held.state is StepState.HELD
    assert held.due
    assert held.due > town.now
    while mail(town, letters):
        pass
    page = browser(town)
    page.open(letters.link(question(letters)))
    assert "payments" in page.page
    form = page.press("hold_keep")
    day = town.now + timedelta(days=3)
    page.fill(form, day=f"{day:%Y-%m-%d}", time="17:00")
    town.work()
    kept = team_step(town)
    assert kept.held == "date"
    assert kept.due
    assert kept.due.date() == day.date()


def test_an_owner_asks_somebody_else_by_typing_their_name(town: Town) -> None:
    """Ines types a few letters, chooses Ben, and he is asked in the chat (S1-22)."""
    letters = begun(town)
    while mail(town, letters):
        pass
    page = browser(town)
    page.open(letters.link(question(letters)))
    form = page.press("hold_pass")
    refused = page.fill(form, person__typed="a")
    assert "Choose one of these people" in refused.text
    page.fill(refused, person__typed="ben oka")
    town.work()
    assert team_step(town).assignee == BEN
    assert any("payments" in str(card) for card in town.direct(BEN))


def test_two_replicas_send_one_mail(town: Town) -> None:
    """Whoever claims it first sends it; the others find nothing to do (S1-25)."""
    letters = begun(town)
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _n: mail(town, letters), range(4)))
    assert sum(sent) == len(letters.taken)
    assert len(set(map(str, letters.taken))) == len(letters.taken)
    assert len({letters.link(n) for n in range(len(letters.taken))}) == len(letters.taken)
    assert mail(town, letters) == 0
    with town.engine.db.look() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM mails").scalar_one() == len(letters.taken)
