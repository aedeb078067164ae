"""Keys and webhooks that somebody made for programs: a person decides about each, and nothing that runs is cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Disable, PersonId
from bot.domain.request import Step
from bot.engine.tend import tend
from bot.store import Database, owners
from tests.fakes.memory import ALL
from tests.fakes.town import ALICE, BEN, CODE, HANNA, INES, MARCO, SARA, TOMASZ, Town, button, speaker, words
from tests.stories.acts import approved, asked, everything_said, finish, steps


@pytest.fixture
def town(db: Database) -> Town:
    """A company that asks about each key that somebody made for programs, as every company does by default."""
    return Town(db, machines="ask")


def question(town: Town) -> Step:
    """Where the deploy key stands."""
    return next(
        s for s in town.view().steps if isinstance(s.action, Disable) and s.action.credential.native_id == "key:1"
    )


def sent(town: Town, who: PersonId, action: str, **values: str) -> None:
    """Somebody opens the form behind a button and sends it."""
    form = town.press(who, action)
    assert isinstance(form, Form)
    town.talk.submit(speaker(who), action, Filled(values, context=form.context), f"{action}{sorted(values.items())}")
    town.work()


def works(town: Town) -> bool:
    """Whether the deploy key still works."""
    return town.github.made[0].active


def test_a_running_service_is_not_cut_and_its_owner_is_asked(town: Town) -> None:
    """The plan shows it as a question; her own keys end at once, the deploy key works on (S0-33, S1-1, S1-22)."""
    asked(town)
    plan = words(next(card for card in town.ears.every if "Plan for" in card.text))
    assert "Decide what becomes of deploy key “ci-payments”" in plan
    assert "Switch off: deploy key" not in plan
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert works(town)
    assert not any(key.active for key in town.aws.credentials)
    assert town.request().contained_at is not None
    card = words(next(one for one in reversed(town.direct(INES)) if button(one, "machine_end")))
    for said in ("deploy key “ci-payments”", "GitHub", "used just now", "made it for a program", "It still works"):
        assert said in card


def test_what_nothing_uses_any_more_is_switched_off_and_seen_off(town: Town) -> None:
    """Ines decides, Usher does it, a fresh look proves it (S0-8, S0-33)."""
    approved(town)
    town.press(INES, "machine_end")
    town.work()
    assert not works(town)
    assert question(town).state is StepState.CONFIRMED


def test_the_old_key_works_until_the_new_one_is_in_place(town: Town) -> None:
    """Renewed: steps in words, then a sentence as evidence, then the old one goes and is seen gone (S0-33)."""
    approved(town)
    town.press(INES, "machine_renew")
    town.work()
    assert works(town)
    assert "Put it wherever the old one is used" in everything_said(town)
    with pytest.raises(Refused) as refused:
        sent(town, INES, "machine_renewed", evidence=" ")
    assert refused.value.field == "evidence"
    sent(town, INES, "machine_renewed", evidence="New key 2026-11 in the pipeline, run 812 is green.")
    assert not works(town)
    assert question(town).state is StepState.CONFIRMED
    assert any("run 812 is green" in one.text for one in town.view().evidence)


def test_a_new_owner_must_accept_and_is_written_down(town: Town) -> None:
    """Ines names Ben; the key stays only after his own yes, and it is known that he looks after it (S0-7, S0-33)."""
    approved(town)
    sent(town, INES, "machine_give", person=BEN)
    assert question(town).state is StepState.HELD
    with pytest.raises(Refused, match="not waiting for you"):
        town.talk.press(speaker(INES), "accept", town.desk.sealed("accept", question(town).id), "", Where())
    assert "Will you look after deploy key “ci-payments”?" in words(town.direct(BEN)[-1])
    assert button(town.direct(INES)[-1], "machine_end")
    town.press(BEN, "accept")
    town.work()
    step = question(town)
    assert (step.state, step.ended_by) == (StepState.ATTESTED, BEN)
    assert works(town)
    assert not any(button(card, "machine_end") for card in town.direct(INES))
    with town.engine.db.look() as tx:
        assert [(one.person, one.native_id) for one in owners.of(tx, BEN)] == [(BEN, "key:1")]
    finish(town)
    assert town.request().state is RequestState.CLOSED
    assert "Keep deploy key “ci-payments”" in town_report(town)


def town_report(town: Town) -> str:
    """What the status of the request says."""
    answer = town.talk.command(speaker(HANNA), "/offboard", "OFF-101", Where())
    return repr(answer)


def test_what_somebody_looks_after_is_not_asked_about_again(town: Town) -> None:
    """A key that Ben accepted is nobody's question when Alice, who is back, leaves once more (S0-33)."""
    with town.engine.db.begin() as tx:
        owners.keep(tx, town.github.made[0], BEN, "OFF-1", town.now)
    approved(town)
    assert not steps(town, "disable", CODE)
    assert works(town)


def test_a_no_asks_whoever_decides_again(town: Town) -> None:
    """Ben declines: Ines reads why, and the key still works (S0-7)."""
    approved(town)
    sent(town, INES, "machine_give", person=BEN)
    sent(town, BEN, "decline", reason="It belongs to the platform team.")
    assert (question(town).held, question(town).assignee) == ("machine", INES)
    assert "It belongs to the platform team." in everything_said(town)
    assert works(town)


def test_nobody_who_leaves_and_nobody_unknown_is_given_it(town: Town) -> None:
    """Not Alice herself, not a stranger, not somebody with an open offboarding (S0-7)."""
    approved(town)
    town.offboard(HANNA, person=BEN, typed="Ben Okafor", when="later", day="2026-12-18", time="17:00")
    value = town.desk.sealed("machine_give", "OFF-101." + str(question_of(town).number))
    for person in (ALICE, "P-999", BEN, ""):
        with pytest.raises(Refused, match="cannot look after"):
            town.talk.submit(speaker(INES), "machine_give", Filled({"person": person}, context=value), f"x{person}")


def question_of(town: Town) -> Step:
    """The deploy key in the first request."""
    from bot.store import records  # noqa: PLC0415

    with town.engine.db.look() as tx:
        return next(s for s in records.steps(tx, "OFF-101") if s.held == "machine")


def test_silence_asks_the_next_person_and_never_keeps_it_silently(town: Town) -> None:
    """Ines does not answer, then Tomasz, then Sara …: the question moves on, the request stays open (S0-7, S0-33)."""
    approved(town)
    seen = []
    for _ in range(4):
        town.pass_time(timedelta(hours=25))
        tend(town.engine, town.now)
        town.work()
        seen.append(question(town).assignee)
    assert seen[:2] == [TOMASZ, SARA]
    assert None not in seen
    assert ALICE not in seen
    finish(town)
    assert town.request().state is RequestState.RUNNING
    assert "did not answer about deploy key “ci-payments” in time" in everything_said(town)


def test_only_who_looks_after_the_system_decides(town: Town) -> None:
    """Neither the leaver nor a colleague nor HR switches a service off (S4-4)."""
    approved(town)
    value = town.desk.sealed("machine_end", question(town).id)
    for person in (ALICE, BEN, HANNA, MARCO):
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "machine_end", value, "", Where())
    assert works(town)
    town.talk.press(speaker(INES), "machine_end", value, "", Where())
    with pytest.raises(Refused, match="decided already"):
        town.talk.press(speaker(TOMASZ), "machine_end", value, "", Where())


def test_a_company_that_says_so_ends_them_at_once(db: Database) -> None:
    """`machines: disable`: off on approval with everything else, as what is dangerous is (S0-33)."""
    town = Town(db)
    approved(town)
    assert not works(town)


def test_what_no_program_can_end_is_decided_by_hand_with_the_same_three_ways(town: Town) -> None:
    """The system lets us switch nothing off: the task says what to look at and what may be done (S0-33)."""
    town.github.can = ALL - {Disable}
    approved(town)
    said = "\n".join(map(repr, town.direct(INES)))
    assert "Please: Decide what becomes of deploy key ci-payments" in said
    assert "A program may use it, so look first at what does." in said
    assert works(town)


def test_one_that_appeared_after_the_approval_is_asked_about_too(town: Town) -> None:
    """A webhook made between the yes and the day, which cannot be put back: decided, then approved (S0-33, S1-12)."""
    asked(town, when="later", day="2026-11-27", time="17:00")
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    hook = replace(town.github.made[0], native_id="hook:9", kind="webhook", label="webhook to ci", restorable=False)
    town.github.made.append(hook)
    town.pass_time(timedelta(days=4, hours=9))
    from bot.engine.start import start_due  # noqa: PLC0415

    start_due(town.engine, town.now)
    town.work()
    late = next(
        s for s in town.view().steps if isinstance(s.action, Disable) and s.action.credential.native_id == "hook:9"
    )
    assert late.held == "machine"
    town.talk.press(speaker(INES), "machine_end", town.desk.sealed("machine_end", late.id), "", Where())
    town.work()
    assert town.github.made[1].active
    for person in (MARCO, INES):
        town.press(person, "item_yes")
        town.work()
    assert not town.github.made[1].active
