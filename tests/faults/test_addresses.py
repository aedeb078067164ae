"""Addresses that somebody else names: answers go to Slack, alerts to the outside, nothing to a place within."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.chat.reach import Unreachable, is_outside, is_reply_address, post
from bot.chat.slack_chat import API
from bot.store import Database
from tests.faults.reception import reception
from tests.practice.people import eventually
from tests.security.test_signed_requests import elsewhere


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com.evil.example/actions/T1/1/x",
        "https://hooks.slack.com@169.254.169.254/actions",
        "http://hooks.slack.com/actions/T1/1/x",
        "https://hooks.slack.com:8443/actions",
        "http://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "http://127.0.0.1:1/actions",
        "file:///etc/passwd",
        "https://[",
        "",
    ],
)
def test_fault_54_answers_go_to_slack_and_nowhere_else(address: str) -> None:
    """A payload names an address to answer to: only Slack's own host, over https, is one."""
    assert is_reply_address("https://hooks.slack.com/actions/T1/1/x", API)
    assert not is_reply_address(address, API)
    assert is_reply_address("http://127.0.0.1:8080/replies/1", "http://127.0.0.1:8080/api/")
    assert not is_reply_address("http://127.0.0.1:8081/replies/1", "http://127.0.0.1:8080/api/")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_54_a_signed_press_that_names_another_address_is_answered_in_person(db: Database) -> None:
    """The foreign address is not visited; the person reads the answer as a direct message."""
    with reception(db, "http", replicas=1) as desk, elsewhere() as place, capture_logs():
        desk.office.town.offboard()
        desk.office.work(10)
        press = desk.press("U003", "approve") | {"response_url": f"{place.url}/answer"}
        desk.bring("interactive", press)
        said = "Thank you. 1 more approval is needed for OFF-101."
        eventually(lambda: [one for one in desk.office.messages("D003") if one.text == said])
        assert place.visits == []


INSIDE = ("10.0.0.1", "169.254.169.254", "127.0.0.1", "::1", "::ffff:10.0.0.1", "fd00::1", "fe80::1%eth0", "224.0.0.1")


@pytest.mark.parametrize("ip", INSIDE)
def test_fault_54_an_alert_goes_to_no_place_inside(ip: str) -> None:
    """A name of the outside that leads inside, to this machine or to where clouds keep their secrets hears no alert."""
    assert not is_outside(ip)
    assert is_outside("8.8.8.8")
    with pytest.raises(Unreachable, match="private network"):
        post("https://hooks.example.com/alert", {}, look_up=lambda _host, _port: frozenset({"8.8.8.8", ip}))


def test_fault_54_a_name_that_changes_its_mind_is_asked_once() -> None:
    """What was looked at is what is called: a second look at the name would lead elsewhere."""
    asked_for: list[str] = []

    def look_up(host: str, port: int) -> frozenset[str]:
        asked_for.append(host)
        return frozenset({"127.0.0.1"})

    with elsewhere() as place:
        post(place.url.replace("127.0.0.1", "localhost") + "/hook", {}, look_up=look_up)
        assert place.visits == ["/hook"]
    assert asked_for == ["localhost"]


def test_fault_54_an_alert_follows_nobody_elsewhere() -> None:
    """A redirect is an answer like any failure: the other place is not visited."""
    with elsewhere() as place, elsewhere() as other:
        post(f"{place.url}/hook", {"text": "hello"})
        assert place.visits == ["/hook"]
        place.moved(f"{other.url}/inside")
        with pytest.raises(Unreachable, match="answered 307"):
            post(f"{place.url}/hook", {"text": "hello"})
        assert other.visits == []
