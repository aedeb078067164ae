"""What a feed does wrong: half a roster, five hundred names, days that cannot be, the same twice, another name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId
from bot.domain.signals import Sign, SignalState, who
from bot.engine.lookup import around
from bot.engine.roster import agree, weight
from bot.engine.setup import keep_people
from bot.runbooks import parse_roster
from bot.store import Database, brakes
from tests.fakes.town import ALICE, BEN, HANNA, Town
from tests.faults.reception import reception
from tests.stories.heard import FRIDAY, heard, leavers, questions, roster, say, states, trusting

HEAD = "id,name,email,starts,ends\n"


def people_of(town: Town) -> list[Person]:
    """The company."""
    return list(around(town.engine).crew.people.values())


def crowd(town: Town, number: int) -> list[Person]:
    """So many more people work here."""
    some = [Person(PersonId(f"X-{n:03}"), f"Somebody {n}", f"x{n}@lumen.example") for n in range(number)]
    keep_people(town.engine.db, some, town.now)
    return some


def test_fault_60_an_empty_or_half_empty_roster_never_means_that_everybody_left(town: Town) -> None:
    """Half of the file is missing: it is weighed, refused with the numbers, and an admin must type them."""
    half = people_of(town)[:4]
    found = weight(town.engine.db, half, town.now)
    assert (len(found.missing), len(found.ended), found.working, found.most, found.heavy) == (9, 0, 13, 5, True)
    with pytest.raises(Refused, match="It is about 9 people, and you typed 8"):
        agree(town.engine.db, found, HANNA, 8, town.now)
    with pytest.raises(Refused, match="Only an admin"):
        agree(town.engine.db, found, BEN, 9, town.now)
    agree(town.engine.db, found, HANNA, 9, town.now)
    keep_people(town.engine.db, half, town.now)
    heard(town)
    assert len(people_of(town)) == 13
    assert questions(town) == []
    assert leavers(town) == []
    assert weight(town.engine.db, [], town.now).heavy


def test_fault_60_the_same_event_twice_is_one_and_a_day_that_cannot_be_is_told(town: Town) -> None:
    """Twice the same key; a last day before the first: a row with line and reason, and nothing of it is believed."""
    say(town, Sign.LEAVES, "event 1", ends=FRIDAY)
    say(town, Sign.LEAVES, "event 1", ends=FRIDAY + timedelta(days=1))
    assert "Friday 27 November" in questions(town)[-1].text
    assert len(states(town)) == 1
    rows = "P-004,Alice Martin,alice.martin@lumen.example,2026-05-06,2026-01-31\n"
    found, bad = parse_roster(HEAD + rows)
    assert not found
    assert [(one.line, one.reason) for one in bad] == [
        (2, "the last day 2026-01-31 is before the first day 2026-05-06")
    ]


def test_fault_60_a_future_day_waits_and_a_rescinded_one_gives_nothing_back(town: Town) -> None:
    """A day in a year asks nobody now; taken back after the yes it asks to cancel, and does nothing by itself."""
    roster(town, ALICE, ends=date(2027, 11, 26))
    assert questions(town) == []
    roster(town, ALICE, ends=FRIDAY)
    town.press(HANNA, "signal_yes")
    town.work()
    before = leavers(town)
    roster(town, ALICE, ends=None)
    assert leavers(town) == before
    assert "Cancel it?" in questions(town)[-1].text


def test_fault_59_five_hundred_leavers_by_mistake_are_refused_asked_once_and_held(town: Town) -> None:
    """At the import; as signals; and, from a source that policy trusts, as requests that cannot start."""
    some = crowd(town, 500)
    ended = [replace(one, ends=FRIDAY) for one in some]
    found = weight(town.engine.db, [*people_of(town)[:13], *ended], town.now)
    assert (len(found.ended), found.most, found.heavy) == (500, 10, True)
    trusting(town, "\nsignals:\n  roster:\n    trusted: yes\n")
    keep_people(town.engine.db, ended[:15], town.now)  # as an admin who typed the number
    heard(town)
    with town.engine.db.look() as tx:
        assert len(brakes.held(tx)) == 5
    assert len(leavers(town)) == 15
    assert town.github.log == town.aws.log == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_60_a_deactivated_account_is_one_signal_however_often_slack_brings_it(db: Database) -> None:
    """The event comes four times, and once more with another change of the same profile: HR is asked once."""
    with reception(db, "socket") as desk:
        town = desk.office.town
        for number, name in ((1, "Alice"), (2, "Alice M.")):
            profile = {"id": "U004", "team_id": "T001", "deleted": True, "is_bot": False, "real_name": name}
            event = {"type": "user_change", "user": profile, "event_ts": f"99.{number}"}
            body = {"type": "event_callback", "team_id": "T001", "event_id": f"Ev{number}", "event_time": number}
            body |= {"event": event, "authorizations": [{"team_id": "T001", "user_id": "UBOT", "is_bot": True}]}
            for retry in (None, (1, "http_timeout"), (2, "http_timeout"), (3, "http_timeout")):
                desk.bring("events_api", body, retry)
        heard(town)
        assert states(town) == [SignalState.OPEN]


def test_fault_38_a_new_name_or_a_second_address_is_never_matched_silently(town: Town) -> None:
    """By the id of the roster, else by an address that is one person's; else a person chooses."""
    everybody = people_of(town)
    assert who(everybody, "P-004", "")[0] == ALICE
    assert who(everybody, "", "ALICE.MARTIN@lumen.example")[0] == ALICE
    assert who(everybody, "P-004", "alice.new@lumen.example")[0] == ALICE  # a name changes, the id does not
    assert who(everybody, "P-004", "ben@lumen.example")[0] is None  # two people at once: nobody
    assert who(everybody, "", "alice@old.example") == (None, "no people in the roster have that e-mail address")
    assert who(everybody, "P-999", "alice.martin@lumen.example")[0] is None
    twins = [*everybody, Person(PersonId("P-099"), "Alice Martin", "alice.martin@lumen.example")]
    assert who(twins, "", "alice.martin@lumen.example")[0] is None
    say(town, Sign.DOUBT, "event 9", None, said="no people in the roster have that e-mail address")
    assert states(town) == [SignalState.OPEN]
    assert leavers(town) == []
