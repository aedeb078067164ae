"""What we hand out comes back as it was, in time, and from nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.links import MOST, Link, open_link, seal, sign, unseal
from bot.domain.errors import Refused

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a secret of this test only"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_a_link_opens_one_report_for_one_person() -> None:
    """The token carries the request and the person, and nothing else is needed to know whose link it is."""
    assert open_link(SECRET, sign(SECRET, "OFF-142", "P-013", NOW), NOW) == Link("OFF-142", "P-013")  # type: ignore[arg-type]


def test_a_link_lasts_seven_days() -> None:
    """A minute before the end it opens; at the end it says that it has expired, and where to get another."""
    token = sign(SECRET, "OFF-142", "P-013", NOW)
    open_link(SECRET, token, NOW + timedelta(days=7, minutes=-1))
    with pytest.raises(Refused, match="expired") as refused:
        open_link(SECRET, token, NOW + timedelta(days=7))
    assert "thread" in refused.value.hint


@given(st.text(max_size=60))
def test_no_invented_link_opens_anything(text: str) -> None:
    """Whatever somebody types after /report/ is refused in words, never an error."""
    with pytest.raises(Refused, match="damaged"):
        open_link(SECRET, text, NOW)


def test_a_changed_letter_is_noticed() -> None:
    """Every letter of a token counts."""
    token = sign(SECRET, "OFF-142", "P-013", NOW)
    for at, letter in enumerate(token[:-1]):
        other = "A" if letter != "A" else "B"
        with pytest.raises(Refused):
            open_link(SECRET, f"{token[:at]}{other}{token[at + 1 :]}", NOW)


def test_another_installation_opens_none_of_our_links() -> None:
    """The secret is what makes a link ours; without one we hand out nothing."""
    with pytest.raises(Refused):
        open_link("another secret", sign(SECRET, "OFF-142", "P-013", NOW), NOW)
    with pytest.raises(ValueError, match="secret"):
        sign("", "OFF-142", "P-013", NOW)


@given(st.lists(st.text(max_size=12), max_size=4))
def test_a_button_gives_back_what_was_sealed(parts: list[str]) -> None:
    """Any short texts come back as they were, in order."""
    assert unseal(SECRET, seal(SECRET, *parts)) == tuple(parts)


def test_a_button_fits_the_shortest_place_that_carries_one() -> None:
    """A step, a digest and a person fit with room to spare; what does not fit is our bug and says so."""
    assert len(seal(SECRET, "OFF-1234567.123", DIGEST, "P-1234567")) < MOST
    with pytest.raises(ValueError, match="fit"):
        seal(SECRET, *(f"{number * 7919}" for number in range(100)))


def test_a_damaged_button_says_so() -> None:
    """A person who presses it learns that the button is damaged and how to go on."""
    value = seal(SECRET, "OFF-142", DIGEST)
    for bad in ("", value[:-1], value[1:], f"{value}x", "approve"):
        with pytest.raises(Refused, match=r"This button is damaged\.") as refused:
            unseal(SECRET, bad)
        assert refused.value.hint


def test_what_is_sealed_for_one_purpose_is_nothing_for_another() -> None:
    """A button's value opens no report, a link presses no button."""
    with pytest.raises(Refused, match="link"):
        open_link(SECRET, seal(SECRET, "OFF-142", "P-013"), NOW)
    with pytest.raises(Refused, match="button"):
        unseal(SECRET, sign(SECRET, "OFF-142", "P-013", NOW))
