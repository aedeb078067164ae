"""An HR system tells that somebody leaves: only if it signs, only once, and only about a person who is certain."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.engine.hooks import signature
from bot.web import PUSHED
from tests.fakes.town import HANNA, Town
from tests.stories.heard import heard, leavers, questions, states, trusting
from tests.stories.pushing import POLICY, SECRET, event, sent, served

WORDS = ["id", "type", "employee", "number", "last_day"]


@pytest.fixture
def client(town: Town) -> Iterator[TestClient]:
    """The HR system of the policy."""
    with served(trusting(town, POLICY)) as found:
        yield found


def test_an_event_becomes_a_question_to_hr(client: TestClient, town: Town) -> None:
    """Signed and fresh: heard, and HR is asked about Alice and that Friday (S1-8, S3-5)."""
    assert sent(client, town, event()) == (202, {"heard": True})
    heard(town)
    (card,) = questions(town)
    assert card.text.startswith("The HR system says that the last day of Alice Martin is Friday 27 November 2026.")
    town.press(HANNA, "signal_yes")
    assert len(leavers(town)) == 1


def test_the_same_message_and_the_same_event_are_heard_once(client: TestClient, town: Town) -> None:
    """Sent again to the letter, or signed anew with the same number: one question."""
    sent(client, town, event())
    assert sent(client, town, event())[1]["why"] == "this message came before"
    town.pass_time()
    assert sent(client, town, event(day="2026-11-28"))[1]["why"] == "this event came before"
    heard(town)
    assert len(questions(town)) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "another secret, as long as the right one is"},
        {"late": 301},
        {"late": -301},
        {"mark": ""},
        {"mark": "v1=" + "0" * 64},
        {"mark": "v1=é"},
        {"stamp": "yesterday"},
        {"stamp": "99999999999999"},
        {"stamp": "1"},
        {"name": "no_such_hook"},
    ],
)
def test_what_is_not_signed_or_not_fresh_is_answered_alike(
    client: TestClient, town: Town, how: dict[str, object]
) -> None:
    """Wrong secret, old, from the future, unsigned, an unknown hook: always the same answer, and nothing is kept."""
    status, said = sent(client, town, event(), **how)  # type: ignore[arg-type]
    assert (status, said) == (401, {"error": "not signed as it should be"})
    assert states(town) == []


def test_a_signature_of_another_body_counts_for_nothing(client: TestClient, town: Town) -> None:
    """One letter of the body is changed on the way."""
    body = json.dumps(event()).encode()
    mark = signature(SECRET, str(int(town.now.timestamp())), body)
    assert sent(client, town, body.replace(b"P-004", b"P-008"), mark=mark)[0] == 401


def test_whoever_is_not_certain_is_asked_about(client: TestClient, town: Town) -> None:
    """Unknown ids and addresses, an id and an address of two people, a day that is none: nobody is guessed."""
    sent(client, town, event("1", number="P-999"))
    sent(client, town, event("2", email="nobody@lumen.example"))
    sent(client, town, event("3", number="P-004", email="ben@lumen.example"))
    sent(client, town, event("4", "employee.left", "next Friday"))
    sent(client, town, event("5", "employee.left", "2010-01-01"))
    heard(town)
    (card,) = [card for card in town.direct(HANNA) if "cannot tell who is meant" in card.text]
    for words in ("P-999", "nobody@lumen.example", "another's", "is no day", "is before the first day 2019-05-06"):
        assert words in repr(card)
    assert leavers(town) == []


def test_an_address_of_one_person_is_enough(client: TestClient, town: Town) -> None:
    """Without an id, an address that only Alice has."""
    sent(client, town, event(email="Alice.Martin@lumen.example"))
    heard(town)
    assert "Alice Martin" in questions(town)[0].text


def test_what_is_not_for_usher_and_what_cannot_be_read_is_said(client: TestClient, town: Town) -> None:
    """A birthday is no business of ours; no number, no event; no JSON, no message; too large, not read."""
    assert sent(client, town, event(kind="employee.birthday"))[0] == 200
    assert sent(client, town, {"type": "employee.left"}) == (422, {"error": "there is no event number at id"})
    assert sent(client, town, b"{")[0] == 400
    assert sent(client, town, b"[" * 50_000)[0] == 400
    assert sent(client, town, b"x" * (PUSHED + 1))[0] == 413
    assert states(town) == []


def test_a_withdrawn_resignation_takes_the_question_back(client: TestClient, town: Town) -> None:
    """Before the answer: nothing is left to decide."""
    sent(client, town, event("1"))
    heard(town)
    sent(client, town, event("2", "employee.stays"))
    heard(town)
    assert "no longer so" in questions(town)[0].text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    message=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["id", "type", "employee", "number", "last_day"]), inner)
        ),
    )
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_no_message_breaks_it(client: TestClient, town: Town, message: object) -> None:
    """Whatever is signed, the answer is one of those above, and no request begins."""
    town.pass_time()
    assert sent(client, town, message)[0] in {200, 202, 400, 422}
    assert leavers(town) == []
