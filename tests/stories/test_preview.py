"""Somebody wants to see first: every system is read, the whole plan is shown, and nothing is touched anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.chat.port import Card, Later, Where
from bot.cli.plan import MISSED, found, lines
from bot.domain.errors import Refused
from bot.domain.model import PersonId, Trigger
from bot.domain.rule import When
from bot.domain.seats import USHER
from bot.engine.preview import Intent, Preview, preview
from bot.store import breakers, everybody, people
from bot.store.base import metadata
from tests.fakes.memory import down
from tests.fakes.town import ALICE, BEN, CLOUD, GRACE, HANNA, INES, OMAR, START, Town, speaker, words
from tests.stories.acts import asked
from tests.stories.ruled import BUSY, EVERYTHING, with_rules


def rows(town: Town) -> dict[str, list[str]]:
    """Everything that is stored, in every table."""
    with town.engine.db.look() as tx:
        return {
            name: sorted(repr(tuple(row)) for row in tx.execute(sa.select(table)))
            for name, table in metadata.tables.items()
        }


def seen(town: Town, **more: object) -> Preview:
    """What would happen to Alice."""
    return preview(town.engine, Intent(ALICE, town.now, **more), town.tick)  # type: ignore[arg-type]


def said(town: Town, by: PersonId = HANNA, text: str = "preview Alice Martin") -> Card:
    """What somebody is shown who types /usher preview."""
    answer = town.talk.command(speaker(by), "/usher", text, Where())
    assert isinstance(answer, Later)
    assert "nothing is changed" in answer.card.text
    return answer.then()


def test_a_preview_writes_nothing_and_asks_the_systems_for_readings_alone(town: Town) -> None:
    """No row in any table, no message, no change in any system: what is shown is all there is (S1-11)."""
    with_rules(town, BUSY)
    before = rows(town)
    assert len(before) > 20
    looked: list[str] = []
    for system in (town.github, town.aws):
        system.before_read = lambda: looked.append("read")
    found_by_command = "\n".join(lines(seen(town), why=True))
    card = said(town)
    assert rows(town) == before
    assert town.github.log == town.aws.log == []
    assert town.ears.posts == {}
    assert len(looked) == 4, "each system, once for each preview"
    assert "payments-api" in found_by_command
    assert "changed nothing" in words(card)


def test_the_preview_is_the_plan_that_people_are_asked_about(town: Town) -> None:
    """The same lines, in the same order, by the same rules and for the same people (S0-3)."""
    with_rules(town, BUSY)
    shown = seen(town, by=HANNA)
    asked(town)
    plan = [(one.number, one.system, one.action, one.held, one.assignee, one.rule, one.why) for one in shown.view.steps]
    real = town.view()
    assert plan == [(s.number, s.system, s.action, s.held, s.assignee, s.rule, s.why) for s in real.steps]
    assert (shown.view.request.approvers, shown.view.request.quorum) == (real.request.approvers, real.request.quorum)
    assert shown.view.blind == real.blind


def test_the_preview_of_somebody_with_a_role_in_usher_shows_that_too(town: Town) -> None:
    """What the plan would say beside the systems, the preview says (S0-3)."""
    with_rules(town, BUSY)
    shown = preview(town.engine, Intent(INES, town.now, by=HANNA), town.tick)
    asked(town, person=INES, typed="Ines Ferreira")
    plan = [(one.number, one.system, one.action) for one in shown.view.steps]
    assert plan == [(one.number, one.system, one.action) for one in town.view().steps]
    assert any(one.system == USHER for one in shown.view.steps)
    assert "no rule fits" in "\n".join(lines(shown, why=True))


def test_which_rule_did_it_and_why_none_did(town: Town) -> None:
    """For each item the rule that decides, or the first condition of each that does not fit (S1-17)."""
    told = "\n".join(lines(seen(with_rules(town, BUSY)), why=True))
    assert (
        "GitHub: Take away: lumen-works\n"
        "      Ines Ferreira is asked first, because payments-api had a change yesterday (rule: busy repositories)"
    ) in told
    assert "Take away: payments\n      not “busy repositories”: it is of another kind\n      no rule fits" in told
    assert "2 people would have to approve it. Asked: Marco Rossi and Ines Ferreira." in told
    held = "\n".join(lines(seen(with_rules(town, "\nrules:\n  - {rule: all of it, then: ask}\n")), why=True))
    assert "“all of it” fits, because the rule is for everything (rule: all of it). What ends at once" in held
    plain = "\n".join(lines(seen(with_rules(town, "")), why=True))
    assert "there are no rules: people approve it" in plain
    assert "WHICH RULE" not in "\n".join(lines(seen(town), why=False))


def test_every_condition_has_words_for_not_fitting() -> None:
    """Whoever asks why no rule fits reads a sentence, whichever condition it was (S1-17)."""
    assert set(MISSED) == set(When.__slots__)


def test_what_rules_would_approve_is_said(town: Town) -> None:
    """Nobody would be asked, and it says that it is by rules."""
    shown = seen(with_rules(town, EVERYTHING))
    assert shown.auto == ("nothing powerful", "powerful too")
    assert any(
        "Nobody would be asked: rules of the company cover all 12 items." in line for line in lines(shown, why=False)
    )


def test_one_person_who_decides_and_nobody_who_could_are_said(town: Town) -> None:
    """As many as the company asks for, by name."""
    one = seen(with_rules(town, ""), by=HANNA)
    request = replace(one.view.request, quorum=1, approvers=())
    alone = Preview(replace(one.view, request=request), (), {})
    assert "One person would have to approve it. Asked: nobody is left who could." in list(lines(alone, why=False))


def test_a_system_that_does_not_answer_is_told_and_keeps_no_other_back(town: Town) -> None:
    """What could not be seen stands in the preview; our own mistakes too, and no trouble is counted by looking."""
    town.aws.faults = [down("AWS does not answer.")]
    town.github.faults = [RuntimeError("a bug of ours")]
    before = rows(town)
    told = "\n".join(lines(seen(town), why=False))
    assert "AWS, everything: AWS does not answer." in told
    assert "GitHub, everything: Something unexpected happened inside Usher." in told
    assert "Collect the laptop and the badge" in told
    assert rows(town) == before


def test_a_system_that_is_known_to_be_away_is_not_asked(town: Town) -> None:
    """Nobody waits for time-outs, and the one probe is left to the work."""
    with town.engine.db.begin() as tx:
        breakers.failed(tx, CLOUD, "transient", "AWS is down.")
        breakers.open_up(tx, CLOUD, town.now, town.now + timedelta(minutes=5))
    town.aws.before_read = lambda: pytest.fail("it was asked")
    before = rows(town)
    assert "AWS, everything: AWS is down." in "\n".join(lines(seen(town), why=False))
    assert rows(town) == before


@pytest.mark.parametrize(
    ("by", "text", "refusal"),
    [
        (BEN, "preview Alice Martin", "may not start an offboarding"),
        (OMAR, "preview Alice Martin", "may not start an offboarding"),
        (ALICE, "preview Ben Okafor", "may not start an offboarding"),
        (HANNA, "preview Hanna Lindqvist", "cannot offboard yourself"),
        (HANNA, "preview Grace Oduya", "protected by policy"),
        (HANNA, "preview", "Whose plan shall I show"),
        (HANNA, "preview nobody like this", "found nobody called"),
        (HANNA, "preview a", "people match"),
    ],
)
def test_only_whoever_may_ask_for_it_sees_it(town: Town, by: PersonId, text: str, refusal: str) -> None:
    """The same people, and the same words, as for the form itself (S4-4)."""
    town.github.before_read = lambda: pytest.fail("it was read")
    with pytest.raises(Refused, match=refusal):
        town.talk.command(speaker(by), "/usher", text, Where())


def test_a_right_that_ended_while_the_systems_were_asked_counts(town: Town) -> None:
    """Looked at again when the readings begin."""
    answer = town.talk.command(speaker(HANNA), "/usher", "preview <@U004>", Where())
    assert isinstance(answer, Later)
    with town.engine.db.begin() as tx:
        tx.execute(sa.text("UPDATE people SET ends = '2026-11-01' WHERE id = 'P-002'"))
        everybody.changed(tx)
        assert people.crew(tx).people[HANNA].ends
    with pytest.raises(Refused, match="may not start an offboarding"):
        answer.then()


def test_a_preview_while_she_is_being_offboarded_changes_nothing_about_it(town: Town) -> None:
    """It shows what there is to see now; the request stays as it was."""
    asked(town)
    before = rows(town)
    assert "Alice Martin leaves" in words(said(town))
    assert rows(town) == before


def test_the_preview_of_a_day_to_come_goes_by_the_rules_of_that_day(town: Town) -> None:
    """A rule for Fridays holds on a Friday (S1-7)."""
    with_rules(town, "\nrules:\n  - {rule: not on fridays, when: {days: [friday]}, then: ask}\n")
    friday = preview(town.engine, Intent(ALICE, START + timedelta(days=4)), town.tick)
    assert {one.rule for one in friday.view.steps} == {"not on fridays"}
    assert {one.rule for one in seen(town).view.steps} == {""}
    assert "Preview: Alice Martin leaves, Fri 27 Nov 2026" in next(iter(lines(friday, why=False)))
    assert friday.view.request.trigger is Trigger.LEAVER


def test_whom_the_command_means_is_certain_or_said(town: Town) -> None:
    """By id, by e-mail, by name; and where several match, all of them are named."""
    assert found(town.engine, "P-004").id == found(town.engine, "alice martin").id == ALICE
    with pytest.raises(Refused, match=r"people match “a”: "):
        found(town.engine, "a")
    with pytest.raises(Refused, match="0 people match “nobody like this”"):
        found(town.engine, "nobody like this")


def test_the_command_shows_even_who_is_protected(town: Town) -> None:
    """At the machine itself nothing starts: looking at Grace's accounts is no offboarding."""
    shown = preview(town.engine, Intent(GRACE, town.now), town.tick)
    assert shown.view.subject.id == GRACE
    with pytest.raises(Refused, match="do not know this person"):
        preview(town.engine, Intent(PersonId("P-999"), town.now), town.tick)
