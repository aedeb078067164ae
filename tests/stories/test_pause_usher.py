"""Usher itself holds still: nothing is changed but what locks and what takes back, until two people let it go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Card, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.engine import control, halt
from bot.engine.context import Engine
from bot.engine.figures import measure
from bot.engine.recover import recover
from bot.engine.restore import Restoring, submit
from tests.fakes.town import ALICE, CLARA, HANNA, INES, MARCO, OMAR, SARA, TOMASZ, Town, speaker, words
from tests.stories import lends
from tests.stories.acts import approved, asked, finish, wait


def pause(town: Town) -> None:
    """Sara pauses Usher, in chat."""
    form = town.talk.command(speaker(SARA), "usher", "pause", Where())
    assert isinstance(form, Form)
    town.talk.submit(speaker(SARA), "halt", Filled({"why": "Something is odd."}, context=form.context), "pause")
    town.work()


def go_on(town: Town) -> None:
    """Sara proposes, Ines agrees."""
    town.press(SARA, "halt_end")
    town.work()
    town.press(INES, "second_yes")
    town.work()


def held(town: Town) -> int:
    """How many rights Alice has."""
    return len(town.github.grants) + len(town.aws.grants)


def test_only_what_locks_goes_on(town: Town) -> None:
    """Accounts, keys and sessions end; memberships wait in sight, and begin when two people agree (S4-27, S1-3)."""
    before = held(town)
    pause(town)
    approved(town)
    wait(town, timedelta(hours=2), times=2)
    assert (town.aws.account.active, town.github.account.active) == (False, False)
    assert held(town) == before
    root = next(card for room, thread, card in town.ears.posts.values() if room == "C-off" and not thread)
    assert "paused Usher" in words(root)
    status = town.talk.command(speaker(HANNA), "usher", "OFF-101", Where())
    assert isinstance(status, Card)
    assert "waits, because Usher is paused" in words(status)
    go_on(town)
    assert len(town.aws.grants) == 0
    finish(town)
    assert held(town) == 0
    assert town.request().state is RequestState.CLOSED


def test_one_alone_cannot_let_it_go_on(town: Town) -> None:
    """Neither whoever proposes it, nor somebody without the role; a second press changes nothing (S4-12)."""
    pause(town)
    with pytest.raises(Refused, match="paused already"):
        halt.pause(town.engine, INES, "", town.now)
    made = halt.propose_going_on(town.engine, INES, town.now)
    town.work()
    for person in (INES, CLARA, OMAR, ALICE):
        value = town.desk.sealed("second_yes", str(made.id))
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "second_yes", value, "", Where())
    assert halt.standing(town.engine) is not None
    town.press(TOMASZ, "second_yes")
    town.work()
    assert halt.standing(town.engine) is None
    with pytest.raises(Refused, match="not paused"):
        halt.propose_going_on(town.engine, INES, town.now)
    assert "Usher goes on" in words(town.direct(SARA)[-1])


def test_only_admins_security_and_it_may(town: Town) -> None:
    """Nobody else, in any wording."""
    for person in (CLARA, MARCO, OMAR, ALICE):
        with pytest.raises(Refused, match="may not pause"):
            town.talk.command(speaker(person), "usher", "pause", Where())
        with pytest.raises(Refused, match="may not pause"):
            halt.propose_going_on(town.engine, person, town.now)


def test_what_was_lent_ends_and_nothing_new_is_given(town: Town) -> None:
    """The end of access and a person's own Give back never wait; what was approved to be given does (S0-20)."""
    town.aws.grants = []
    lends.given(town)
    pause(town)
    town.press(ALICE, "give_back")
    town.work()
    assert not lends.holds(town.aws)
    town.pass_time()
    lends.asked(town)
    town.press(INES, "approve")
    town.work()
    assert not lends.holds(town.aws)
    go_on(town)
    assert lends.holds(town.aws)


def test_an_end_by_the_clock_comes_while_paused(town: Town) -> None:
    """Time-boxed access ends on its minute, paused or not (S0-20)."""
    town.aws.grants = []
    lends.given(town)
    pause(town)
    lends.pass_time(town, timedelta(hours=9))
    assert not lends.holds(town.aws)


def test_giving_back_waits_even_where_it_is_urgent(town: Town) -> None:
    """Unlocking a wrong person gives access: it waits for the second person as well (S4-27)."""
    approved(town)
    submit(town.engine, Restoring(HANNA, "OFF-101", contained=True), town.now)
    town.work()
    pause(town)
    town.press(MARCO, "approve")
    town.work()
    assert not town.aws.account.active
    go_on(town)
    assert town.aws.account.active


def test_every_process_obeys_and_nobody_looks_for_what_waits(town: Town) -> None:
    """It is a row: another process reads it at its next step, and what waits is not taken for lost (S3-10)."""
    asked(town)
    pause(town)
    town.engine = Engine(town.engine.db, town.engine.connectors, town.inline)
    for person in (MARCO, INES):
        town.press(person, "approve")
    town.work()
    before = held(town)
    for _ in range(3):
        wait(town, timedelta(minutes=1))
        assert recover(town.engine, town.now) == 0
    assert held(town) == before > 0


def test_it_is_said_wherever_somebody_looks(town: Town) -> None:
    """On Home, in a direct message to those who may end it, in the figures, and by `check`; never to others."""
    pause(town)
    home = town.talk.home(speaker(HANNA))
    assert "paused Usher" in words(home)
    assert "Something is odd." in words(town.direct(INES)[-1])
    assert town.direct(OMAR) == []
    assert measure(town.engine.db, town.now).paused
    assert "paused Usher" in halt.in_words(town.engine.db)[0]
    go_on(town)
    assert halt.in_words(town.engine.db) == ()
    assert not measure(town.engine.db, town.now).paused


def test_stop_and_pause_do_not_undo_each_other(town: Town) -> None:
    """Go on of one request moves nothing while Usher is paused, and Usher going on wakes nothing that is stopped."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.say()
    control.stop(town.engine, "OFF-101", HANNA, town.now)
    pause(town)
    control.go_on(town.engine, "OFF-101", HANNA, town.now)
    town.work()
    before = held(town)
    assert not town.aws.account.active
    control.stop(town.engine, "OFF-101", HANNA, town.now)
    go_on(town)
    assert held(town) == before
    control.go_on(town.engine, "OFF-101", HANNA, town.now)
    town.work()
    assert len(town.aws.grants) == 0
