"""Access for a while, at its edges: nobody to ask, nothing to give, two who must agree, more time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from bot.chat.port import Filled, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, Grant, Link, Revoke
from bot.domain.reading import Reading, unseen
from bot.engine.borrow import Borrowing, in_words, submit
from bot.engine.extend import decide_more, extend
from bot.engine.rights import may_borrow
from bot.practice.company.people import FILES
from bot.store import inbound, people, versions
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, BEN, CLOUD, INES, MARCO, SARA, START, Town, button, speaker, words
from tests.stories.acts import everything_said, leave
from tests.stories.lends import (
    PROD,
    access,
    ask,
    asked,
    card,
    every,
    form,
    given,
    holds,
    last_words,
    pass_time,
)
from tests.stories.lends import step as step_of

HOUR = timedelta(hours=1)
TWO = "longest: 8 hours\n      approval: {ask: [owners, security], quorum: 2}"
ALONE = "longest: 8 hours\n      approval: {ask: [owners]}"


def rule(town: Town, old: str, new: str) -> None:
    """The company writes its policy anew."""
    with town.engine.db.begin() as tx:
        text = versions.body(tx, versions.newest(tx, "policy.yaml") or 0)
        assert old in text
        versions.keep(tx, "policy.yaml", text.replace(old, new, 1), town.now)


def test_where_two_must_agree_one_yes_gives_nothing(town: Town) -> None:
    """Ines may take hers back until Sara has agreed too; with both it is given, and more time needs both again."""
    rule(town, "longest: 8 hours", TWO)
    asked(town)
    town.press(INES, "approve")
    town.work()
    assert not town.aws.log
    town.press(INES, "take_back")
    town.work()
    for person in (INES, SARA):
        town.press(person, "approve")
    town.work()
    assert holds(town.aws)
    extend(town.engine, "ACC-101", ALICE, town.now + 3 * HOUR, town.now)
    town.work()
    assert "1 more approval is needed" in words(card(town.press(INES, "more_yes")))
    with pytest.raises(Refused, match="decided already"):
        town.press(INES, "more_yes")
    town.press(SARA, "more_yes")
    assert step_of(town, "revoke").due == access(town).request.until


def test_a_yes_to_more_time_counts_while_its_giver_may_give_it(town: Town) -> None:
    """Ines agreed and left before Sara did: one of two is not enough, and the access ends as before."""
    rule(town, "longest: 8 hours", TWO)
    asked(town)
    for person in (INES, SARA):
        town.press(person, "approve")
    town.work()
    end = access(town).request.until
    extend(town.engine, "ACC-101", ALICE, town.now + 3 * HOUR, town.now)
    town.work()
    town.press(INES, "more_yes")
    leave(town, INES, START.date() - timedelta(days=1))
    assert "1 more approval is needed" in words(card(town.press(SARA, "more_yes")))
    assert access(town).request.until == end
    pass_time(town, 2 * HOUR + timedelta(minutes=1))
    assert not holds(town.aws)


def test_more_time_is_not_for_everybody_and_not_for_less(town: Town) -> None:
    """Only whoever holds it may ask, for a later end, while nobody has begun to offboard them; one answer each."""
    given(town)
    until = access(town).request.until
    assert until is not None
    with pytest.raises(Refused, match="Only whoever holds"):
        extend(town.engine, "ACC-101", BEN, until + HOUR, town.now)
    with pytest.raises(Refused, match="as long as that already"):
        extend(town.engine, "ACC-101", ALICE, until, town.now)
    with pytest.raises(Refused, match="decided already, or another time"):
        decide_more(town.engine, "ACC-101", "an older digest", INES, town.now, yes=True)
    extend(town.engine, "ACC-101", ALICE, until + HOUR, town.now)
    leave(town, ALICE, START.date() - timedelta(days=1))
    with pytest.raises(Refused, match="cannot be extended"):
        extend(town.engine, "ACC-101", ALICE, until + HOUR, town.now)
    more = access(town).request.wanted
    assert more is not None
    assert more.more is not None
    with pytest.raises(Refused, match="not among"):
        decide_more(town.engine, "ACC-101", more.more.digest, INES, town.now, yes=True)


def test_a_yes_after_the_end_is_late_even_before_the_clock_has_looked(town: Town) -> None:
    """The end moves only while it lies ahead: one microsecond decides, and the yes is not kept."""
    given(town)
    request = extend(town.engine, "ACC-101", ALICE, town.now + 3 * HOUR, town.now)
    until = access(town).request.until
    assert until is not None
    assert request.wanted is not None
    assert request.wanted.more is not None
    digest = request.wanted.more.digest
    with pytest.raises(Refused, match="has ended"):
        decide_more(town.engine, "ACC-101", digest, INES, until, yes=True)
    assert len(access(town).approvals) == 1
    assert decide_more(town.engine, "ACC-101", digest, INES, until - timedelta(microseconds=1), yes=True) == 0


def test_the_last_minute_of_the_longest_can_be_chosen(town: Town) -> None:
    """The form knows minutes, the longest ends in the middle of one: that minute means its end."""
    given(town)
    opened = form(town.press(ALICE, "extend"))
    filled = Filled({"day": "2026-11-23", "time": "18:01"}, context=opened.context)
    town.talk.submit(speaker(ALICE), "extend", filled, "last")
    town.work()
    town.press(INES, "more_yes")
    request = access(town).request
    assert request.started_at is not None
    assert request.until == request.started_at + 8 * HOUR


def test_more_time_when_nobody_may_say_yes_any_more(town: Town) -> None:
    """The owner left, and the policy names nobody else: it ends as it was agreed."""
    rule(town, "longest: 8 hours", ALONE)
    given(town)
    leave(town, INES, START.date() - timedelta(days=1))
    with pytest.raises(Refused, match="Nobody is left"):
        extend(town.engine, "ACC-101", ALICE, town.now + 3 * HOUR, town.now)


def test_nobody_is_left_to_ask(town: Town) -> None:
    """Said at once; and where the only one leaves while the system is read, said then."""
    rule(town, "longest: 8 hours", ALONE)
    ask(town)
    leave(town, INES, START.date() - timedelta(days=1))
    town.work()
    assert access(town).request.state is RequestState.WITHDRAWN
    assert "Nobody is left who could approve this." in last_words(town, ALICE)
    town.pass_time()
    with pytest.raises(Refused, match="Nobody is left"):
        ask(town)


@dataclass
class Veiled(Memory):
    """A system that does not show what an account holds."""

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything but that."""
        return replace(super().read(link, now), grants=unseen("The list is hidden."))


def veiled(town: Town) -> None:
    """What Alice holds is not shown."""
    connectors = {**town.engine.connectors, CLOUD: Veiled(CLOUD, town.aws.account)}
    town.engine.connectors = connectors


def stranger(town: Town) -> None:
    """Her account is not there any more."""
    town.aws.account = replace(town.aws.account, native_id="another")


def suspended(town: Town) -> None:
    """Her account is locked."""
    town.aws.account = replace(town.aws.account, active=False)


def only_takes(town: Town) -> None:
    """The connector cannot give."""
    town.aws.can = frozenset({Revoke})


def gone(town: Town) -> None:
    """Yesterday was her last day, as the roster says by now."""
    leave(town, ALICE, START.date() - timedelta(days=1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (veiled, "could not be read, so I cannot tell"),
        (stranger, "I see no account of Alice Martin in AWS that works"),
        (suspended, "I see no account of Alice Martin in AWS that works"),
        (only_takes, "AWS offers no way to give and take back this. Ask Ines Ferreira."),
        (gone, "This can no longer be given."),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_cannot_be_given_asks_nobody(town: Town, change: object, told: str) -> None:
    """The reading says so: the request ends with its reason, and no approver is disturbed (S1-25)."""
    assert callable(change)
    ask(town)
    change(town)
    town.work()
    assert access(town).request.state is RequestState.WITHDRAWN
    assert told in everything_said(town)
    assert not town.direct(INES)
    assert not town.aws.log


def test_a_system_without_its_connector_is_said_at_once(town: Town) -> None:
    """It is in the policy and its settings are missing: nothing is stored."""
    town.engine.connectors = {}
    with pytest.raises(Refused, match="not connected"):
        ask(town)
    assert not every(town)


def test_who_has_left_asks_for_nobody(town: Town) -> None:
    """Neither in the form nor past it."""
    leave(town, MARCO, START.date() - timedelta(days=1))
    with town.engine.db.look() as tx:
        assert not may_borrow(town.engine.policy(tx)[1], people.crew(tx), MARCO, ALICE, START.date())
    with pytest.raises(Refused, match="may not ask"):
        town.talk.command(speaker(MARCO), "/access", "", Where())
    with pytest.raises(Refused, match="for yourself and for whom you manage"):
        ask(town, MARCO)


def test_where_nothing_is_offered_nothing_can_be_asked(town: Town) -> None:
    """No form, no button, no line of help."""
    with town.engine.db.begin() as tx:
        text = (FILES / "policy.yaml").read_text().split("\n# What people may ask for by name")[0]
        versions.keep(tx, "policy.yaml", text, town.now)
    with pytest.raises(Refused, match="Nothing may be asked for"):
        town.talk.command(speaker(ALICE), "/access", "", Where())
    assert button(town.talk.home(speaker(ALICE)), "access") is None
    assert "/access" not in words(card(town.talk.message(speaker(ALICE), "help")))


def test_a_form_of_which_only_the_name_was_kept_is_sent_anew(town: Town) -> None:
    """The delivery is known and no request came of it: it counts as the first."""
    with town.engine.db.begin() as tx:
        inbound.seen(tx, "form:once", town.now)
    wish = Borrowing(ALICE, ALICE, PROD, "why")
    assert submit(town.engine, wish, town.now, delivery="once").id == "ACC-101"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(minutes=90), "90 minutes"),
        (HOUR, "1 hour"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_length_is_said_as_it_is_written(length: timedelta, said: str) -> None:
    """In the largest unit that needs no fraction."""
    assert in_words(length) == said


@dataclass
class Bounding(Memory):
    """A system that ends a right by itself, at the moment it was given with it."""

    def bounds(self, grant: Grant) -> bool:
        """All of them."""
        return grant.account == self.account


def bounding(town: Town) -> Bounding:
    """The cloud is such a system."""
    cloud = Bounding(CLOUD, town.aws.account)
    town.engine.connectors = {**town.engine.connectors, CLOUD: cloud}
    return cloud


def ends(cloud: Bounding) -> list[datetime | None]:
    """The ends the system was told, one for each time it was asked to give."""
    return [change.grant.until for change in cloud.log if isinstance(change, Assign)]


def prolong(town: Town) -> datetime:
    """Two hours more, asked for by Alice and allowed by Ines; the new end."""
    longer = town.now + 3 * HOUR
    extend(town.engine, "ACC-101", ALICE, longer, town.now)
    town.work()
    town.press(INES, "more_yes")
    town.work()
    return longer


def test_a_system_that_can_is_told_when_a_right_ends_and_hears_of_a_later_end(town: Town) -> None:
    """It ends there even if nobody is left to take it back, and not earlier than was allowed."""
    cloud = bounding(town)
    given(town)
    first = access(town).request.until
    assert ends(cloud) == [first]
    longer = prolong(town)
    assert ends(cloud) == [first, longer]
    assert access(town).request.state is RequestState.RUNNING
    pass_time(town, 4 * HOUR)
    assert access(town).request.state is RequestState.CLOSED
    assert isinstance(cloud.log[-1], Revoke)


def test_a_later_end_that_the_system_refuses_takes_the_right_back_at_once(town: Town) -> None:
    """It would end there all the same, at a moment that nobody was told; what was given is never left behind."""
    cloud = bounding(town)
    given(town)
    cloud.faults.append(ConnectorError("No.", kind=Kind.PERMISSION))
    prolong(town)
    pass_time(town, timedelta(minutes=1))
    assert isinstance(cloud.log[-1], Revoke)
    assert not holds(cloud)


def test_a_later_end_that_comes_before_the_right_is_given_is_the_only_one_the_system_hears(town: Town) -> None:
    """It did not answer, more time was allowed meanwhile: what it is asked for then ends when it should."""
    cloud = bounding(town)
    asked(town)
    cloud.faults.append(ConnectorError("Not now."))  # to the reading at the start
    town.press(INES, "approve")
    town.work()
    longer = town.now + 3 * HOUR
    extend(town.engine, "ACC-101", ALICE, longer, town.now)
    town.say()
    assert ends(cloud) == []
    town.press(INES, "more_yes")
    pass_time(town, timedelta(minutes=2))
    assert ends(cloud) == [longer]
    assert holds(cloud)


def test_a_later_end_is_told_also_where_the_gift_was_not_looked_at_yet(town: Town) -> None:
    """It was asked for and answered; that nobody has seen it yet changes nothing of its end."""
    cloud = bounding(town)
    cloud.settle = HOUR
    cloud.lies = 1
    given(town)
    first = access(town).request.until
    assert step_of(town, "assign").state is StepState.APPLIED
    longer = prolong(town)
    assert ends(cloud) == [first, longer]


def test_a_later_end_is_not_told_to_a_system_that_knows_of_none(town: Town) -> None:
    """There only our own clock ends it, and it is not asked again."""
    given(town)
    asked_before = len(town.aws.log)
    prolong(town)
    assert len(town.aws.log) == asked_before
