"""One person in HR offboards one colleague, from the slash command to the report."""

from __future__ import annotations

import pytest

from bot.chat.port import Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId
from tests.fakes.town import ALICE, BEN, HANNA, INES, MARCO, SARA, TOMASZ, Town, button, speaker, words

pytestmark = pytest.mark.on_both_chats


def approved(town: Town, **values: str) -> Town:
    """Alice's offboarding, asked by Hanna and approved by Marco and Ines."""
    town.offboard(HANNA, **values)
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    return town


def finish(town: Town) -> None:
    """The people do what only people can."""
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    for person in (TOMASZ, SARA):
        form = town.press(person, "done")
        assert isinstance(form, Form)
        filled = Filled({"evidence": "Asset 4711 is in the cupboard."}, context=form.context)
        town.talk.submit(speaker(person), "evidence", filled, f"done-{person}")
    town.work()


def test_hanna_offboards_alice_and_everything_is_seen_gone(town: Town) -> None:
    """Every automatic step ends confirmed by a fresh reading, every task attested by a named person.

    S0-1, S0-3, S0-4, S0-8, S0-16, S0-20, S0-21, S0-24, S3-10
    """
    approved(town)
    finish(town)
    view = town.view()
    assert view.request.state is RequestState.CLOSED
    assert {step.state for step in view.steps} == {StepState.CONFIRMED, StepState.ATTESTED}
    assert town.github.grants == []
    assert not any(key.active for key in town.aws.credentials)
    assert town.aws.account.active is False
    assert town.aws.sessions == []
    assert "40008" in town.github.assets[0].admins
    assert any("finished" in line for line in town.thread())
    assert town.ears.files[0][1] == f"{view.request.id}.html"


def test_nothing_changes_before_enough_people_said_yes(town: Town) -> None:
    """One of two approvals is not enough, and a plan alone touches nothing (S1-11, S2-2, S4-4)."""
    town.offboard()
    town.work()
    town.press(MARCO, "approve")
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert town.github.log == town.aws.log == []


def test_the_last_admin_holds_one_item_and_everything_else_goes(town: Town) -> None:
    """The repository and the membership that carries it wait; keys, team and cloud do not (S0-7, S1-3, S1-9)."""
    approved(town)
    states = {(str(s.system), str(s.action.kind if s.action else "")): s.state for s in town.view().steps}
    assert states[("github", "hand-over")] is StepState.HELD
    assert [grant.entitlement.native_id for grant in town.github.grants] == ["org:lumen"]
    assert town.aws.account.active is False
    assert town.aws.grants == []


def test_alice_sees_nothing_and_her_name_is_no_mention(town: Town) -> None:
    """No message goes to the leaver, and nothing in any message would notify her (S0-23, S1-18)."""
    approved(town)
    finish(town)
    assert town.direct(ALICE) == []
    assert not any("<@" in words(card) for _, _, card in town.ears.posts.values())
    with pytest.raises(Refused):
        town.talk.command(speaker(ALICE), "/offboard", town.request().id, Where())


def test_the_reason_is_kept_from_those_who_need_not_know(town: Town) -> None:
    """The reason is in no card and in no journal body, only in the erasable part (S1-18, S4-12)."""
    approved(town, reason="a very private reason")
    assert not any("very private" in words(card) for _, _, card in town.ears.posts.values())


@pytest.mark.parametrize(
    ("by", "values", "field", "said"),
    [
        (HANNA, {"person": "P-999"}, "person", "do not know"),
        (HANNA, {"person": HANNA, "typed": "Hanna Lindqvist"}, "person", "yourself"),
        (HANNA, {"person": "P-001", "typed": "Grace Oduya"}, "person", "protected"),
        (HANNA, {"typed": "Alice Marten"}, "typed", "exactly"),
        (HANNA, {"when": "later", "day": "2026-11-20", "time": "17:00"}, "day", "passed"),
        (HANNA, {"when": "later", "day": "soon", "time": "17:00"}, "day", "Choose the day"),
        (BEN, {}, "", "may not"),
    ],
)
def test_bad_input_is_answered_in_the_form_in_plain_words(
    town: Town, by: PersonId, values: dict[str, str], field: str, said: str
) -> None:
    """Nobody is lost in a form: what is wrong is said at the field it belongs to (S0-5, S4-6)."""
    with pytest.raises(Refused) as refused:
        town.offboard(by, **values)
    assert refused.value.field == field
    assert said in refused.value.words


def test_somebody_already_being_offboarded_is_said_with_the_way_there(town: Town) -> None:
    """A second request for the same person is refused with the id of the first (S0-3)."""
    town.offboard()
    with pytest.raises(Refused, match="already being offboarded: OFF-101"):
        town.offboard(note="again")


def test_a_late_click_gets_a_friendly_answer(town: Town) -> None:
    """Whoever presses after the decision hears who decided, and nothing happens twice (S1-25)."""
    town.offboard()
    town.work()
    late = town.direct(INES)[-1]
    value = button(late, "approve")
    assert value is not None
    town.press(MARCO, "deny")
    with pytest.raises(Refused, match="already denied by Marco Rossi"):
        town.talk.press(speaker(INES), "approve", value, "", Where())


def test_requester_subject_and_strangers_cannot_decide(town: Town) -> None:
    """Who pressed is looked up, never believed (S4-4, S4-8, S4-12)."""
    town.offboard()
    town.work()
    value = button(town.direct(MARCO)[-1], "approve")
    assert value is not None
    for person in (HANNA, ALICE, BEN, SARA):
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "approve", value, "", Where())
    with pytest.raises(Refused):
        town.talk.press(speaker(MARCO), "approve", value[:-2] + "xx", "", Where())


def test_an_approval_can_be_taken_back_until_the_work_starts(town: Town) -> None:
    """A press by mistake is no disaster (S4-27)."""
    town.offboard(when="later", day="2026-11-27", time="17:00")
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.say()
    assert town.request().state is RequestState.SCHEDULED
    town.press(INES, "take_back")
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_what_cannot_be_read_is_said_and_stays_open(town: Town) -> None:
    """A system that is down is not clean: the plan says so, the request stays open until it was read (S1-2)."""
    from tests.fakes.memory import down  # noqa: PLC0415

    town.aws.faults = [down() for _ in range(3)]
    town.offboard()
    town.work()
    from datetime import timedelta  # noqa: PLC0415

    town.pass_time(timedelta(minutes=5))
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert "AWS, everything" in words(next(c for _, t, c in town.ears.posts.values() if t and "Plan for" in c.text))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.RUNNING
    town.pass_time(timedelta(minutes=5))
    town.work()
    finish(town)
    assert town.aws.account.active is False
    assert town.request().state is RequestState.CLOSED


def test_a_system_that_says_yes_and_does_nothing_is_found_out(town: Town) -> None:
    """An accepted change that a fresh reading contradicts is open again and tried again (S1-20, S3-10)."""
    from datetime import timedelta  # noqa: PLC0415

    town.aws.lies = 2
    approved(town)
    assert any("still shows it" in line for line in town.thread())
    for _ in range(5):
        town.pass_time(timedelta(minutes=2))
        town.work()
    finish(town)
    assert town.request().state is RequestState.CLOSED
    assert town.aws.account.active is False
