"""People press twice, late or together: one act, one winner, and a friendly word for everybody else."""

from __future__ import annotations

import json
import multiprocessing
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from structlog.testing import capture_logs

from bot.chat.port import Where
from bot.chat.reach import Unreachable, is_outside, is_reply_address, post
from bot.chat.slack_chat import SLACK
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.engine import approve, control, inbound
from bot.engine.start import start_due
from bot.practice import payloads, slack_api
from bot.store import Database, people, records, versions
from tests.fakes.town import ALICE, HANNA, INES, MARCO, SARA, Town, speaker, words
from tests.faults.deciding import decide
from tests.faults.office import ROOM
from tests.faults.reception import Reception, reception, values
from tests.practice.people import eventually
from tests.security.test_signed_requests import elsewhere
from tests.stories.acts import approved, asked, everything_said, leave, sealed

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database."""
    return Town(db)


@pytest.fixture(params=["socket", "http"])
def desk(db: Database, request: pytest.FixtureRequest) -> Iterator[Reception]:
    """Two replicas hear the people of a company whose request about Alice waits for Marco and Ines."""
    with reception(db, str(request.param)) as found, capture_logs():
        found.office.town.offboard()
        found.office.work(10)
        yield found


def test_fault_11_a_press_that_comes_four_times_is_one_press(desk: Reception) -> None:
    """Two replicas, four deliveries in one moment: one approval, one answer; a replay later changes nothing."""
    press = desk.press("U003", "approve")
    assert len(set(map(str, desk.at_once("interactive", press)))) == 1
    eventually(lambda: desk.whispers("U003"))
    desk.at_once("interactive", press)
    time.sleep(0.3)
    assert desk.whispers("U003") == ["Thank you. 1 more approval is needed for OFF-101."]
    assert [one.person for one in desk.office.town.view().approvals] == [MARCO]


def test_fault_11_a_command_that_comes_four_times_has_one_answer(desk: Reception) -> None:
    """The same words for all of them, though the world changed in between; a form opens once."""
    command = desk.command("U002", "/offboard", "OFF-101")
    first = set(map(str, desk.at_once("slash_commands", command)))
    control.cancel(desk.office.town.engine, "OFF-101", HANNA, desk.office.town.now)
    again = set(map(str, desk.at_once("slash_commands", command)))
    assert len(first) == 1
    assert "Waiting for approval" in str(first)
    assert json.dumps(sorted(first)) == json.dumps(sorted(again))
    desk.at_once("slash_commands", desk.command("U002", "/offboard"))
    assert len(desk.office.space.stacks["U002"]) == 1
    assert desk.whispers("U002") == []


def test_fault_11_a_form_that_comes_four_times_is_one_request(desk: Reception) -> None:
    """Hanna sends once, Slack brings it four times: one request about Ben, one thank-you."""
    desk.at_once("slash_commands", desk.command("U002", "/offboard", "Ben Okafor"), times=1)
    form = desk.made(payloads.submitted, desk.office.space, desk.top("U002"))
    option = {"selected_option": {"value": "P-008"}}
    later, own = ({"selected_option": {"value": value}} for value in ("later", "voluntary"))
    day = {"day": {"selected_date": "2026-12-01"}, "time": {"selected_time": "17:00"}}
    form["view"]["state"] = values(form["view"], person=option, when=later, exit=own, **day)
    answers = desk.at_once("interactive", form)
    assert len(set(map(str, answers))) == 1
    assert "clear" in str(answers[0])
    with desk.office.town.engine.db.look() as tx:
        assert [one.id for one in records.about(tx, PersonId("P-008"))] == ["OFF-102"]
    eventually(lambda: [one for one in desk.office.messages("D002") if "OFF-102" in one.text])
    time.sleep(0.3)
    assert len([one for one in desk.office.messages("D002") if "OFF-102" in one.text]) == 1


def test_fault_11_a_comment_that_slack_brings_again_is_kept_once(desk: Reception) -> None:
    """Slack repeats an event with its number, in an envelope of its own: the trail has the words once."""
    thread = desk.office.roots()[0].ts
    event = {
        "type": "message",
        "user": "U003",
        "team": "T001",
        "text": "She handed the laptop over.",
        "channel": ROOM,
        "channel_type": "group",
        "ts": "99.5",
        "thread_ts": thread,
    }
    body = {"type": "event_callback", "team_id": "T001", "event_id": "Ev1", "event_time": 1, "event": event}
    body["authorizations"] = [{"team_id": "T001", "user_id": "UBOT", "is_bot": True}]
    for retry in (None, (1, "http_timeout"), (2, "http_timeout"), (3, "http_timeout")):
        desk.bring("events_api", body, retry)
    kinds = [entry.kind for entry in desk.office.town.view().journal]
    assert kinds.count("request.comment") == 1


def test_fault_11_what_nobody_answered_is_heard_when_it_comes_again(town: Town) -> None:
    """A replica died with a press in its hands: after ten seconds it is served, after a day it is forgotten."""
    engine = town.engine
    assert inbound.take(engine, "trigger:1", town.now) is None
    assert inbound.take(engine, "trigger:1", town.now) == ""
    assert inbound.take(engine, "trigger:1", town.now + timedelta(seconds=11)) is None
    inbound.answered(engine, "trigger:1", "words")
    assert inbound.take(engine, "trigger:1", town.now + timedelta(hours=1)) == "words"
    assert inbound.tidy(engine, town.now + timedelta(hours=23)) == 0
    assert inbound.tidy(engine, town.now + timedelta(hours=25)) == 1


@pytest.mark.parametrize("late", ["approved", "denied", "cancelled", "expired", "moved"])
def test_fault_13_a_late_press_changes_nothing_and_is_told_who_was_first(town: Town, late: str) -> None:
    """Whatever happened meanwhile, the person hears it in a sentence, and the request stays as it is."""
    asked(town)
    value = sealed(town, INES, "approve")
    told = {
        "approved": "already approved by Sara Haddad",
        "denied": "already denied by Marco Rossi",
        "cancelled": "was cancelled",
        "expired": "waited for an answer and ended",
        "moved": "The plan changed after you were asked",
    }
    happen(town, late)
    before = town.request()
    with pytest.raises(Refused, match=told[late]):
        town.talk.press(speaker(INES), "approve", value, "", Where())
    assert town.request() == before
    assert INES not in [one.person for one in town.view().approvals]


def happen(town: Town, what: str) -> None:
    """Something that decides before Ines does."""
    request = town.request()
    match what:
        case "approved":
            with town.engine.db.begin() as tx:
                records.note(tx, request.id, quorum=1)
                boss = replace(people.every(tx)[ALICE], manager=SARA)
                people.put(tx, [boss])
            approve.approve(town.engine, request.id, request.digest, SARA, town.now, yes=True)
        case "denied":
            town.press(MARCO, "deny")
        case "cancelled":
            control.cancel(town.engine, request.id, HANNA, town.now)
        case "expired":
            with town.engine.db.begin() as tx:
                records.note(tx, request.id, state=RequestState.EXPIRED.value, expires_at=town.now, closed_at=town.now)
        case "moved":
            later = town.now + timedelta(days=2)
            control.reschedule(town.engine, request.id, HANNA, later, town.now)


def test_fault_13_after_the_decision_no_card_offers_it(town: Town) -> None:
    """The buttons go away with the decision: on every copy there is a name and an outcome in their place."""
    asked(town)
    town.press(MARCO, "deny")
    town.work()
    for person in (MARCO, INES):
        card = words(town.direct(person)[0])
        assert "Marco Rossi" in card
        assert "'approve'" not in card


ROUNDS = 12


def test_fault_14_sixteen_presses_in_one_moment_have_one_outcome(town: Town) -> None:
    """Round after round: as many approvals as people who pressed, one start, and everybody else hears who was first."""
    for number in range(ROUNDS):
        request = fresh(town, number)
        acts = [press_of(town, request, who, yes=True) for who in (INES, MARCO) for _ in range(8)]
        won, refused = race(acts)
        assert won == 2
        assert len(refused) == 14
        assert all(re.search("decided already|already approved by", one) for one in refused)
        assert kinds_of(town, request).count("request.started") == 1


def test_fault_16_yes_and_no_in_one_moment_are_decided_by_the_first(town: Town) -> None:
    """The first no ends it, and a yes after it is told so; what the trail says is what happened."""
    for number in range(ROUNDS):
        request = fresh(town, number)
        acts = [press_of(town, request, INES, yes=True)] * 8 + [press_of(town, request, MARCO, yes=False)] * 8
        race(acts)
        with town.engine.db.look() as tx:
            found = records.get(tx, request)
        assert found is not None
        assert found.state is RequestState.DENIED
        assert kinds_of(town, request).count("request.denied") == 1
        assert "request.started" not in kinds_of(town, request)
    assert town.aws.log == []


def test_fault_14_two_processes_agree_on_one_winner(migrated_url: str, db: Database) -> None:
    """Not only threads: two processes press at the same instant, round after round, on both databases."""
    town = Town(db)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(decide, [(migrated_url, "", "", True, 0.0)] * 2))  # both have loaded what they need
        for number in range(6):
            request = fresh(town, number)
            digest = digest_of(town, request)
            at = time.time() + 0.15
            yes, no = (migrated_url, request, digest, True, at), (migrated_url, request, digest, False, at)
            outcomes = list(pool.map(decide, [yes, no] if number % 2 else [no, yes]))
            kinds = kinds_of(town, request)
            assert kinds.count("request.denied") == 1
            assert "request.started" not in kinds
            assert outcomes.count("") == kinds.count("request.approval")
            assert all(not said or "already denied by Marco Rossi" in said for said in outcomes)


def test_fault_15_one_person_twice_is_no_quorum_of_two(town: Town) -> None:
    """Marco presses, takes it back, presses again, and presses on an old card: he is one person."""
    asked(town)
    value = sealed(town, MARCO, "approve")
    town.press(MARCO, "approve")
    town.work()
    with pytest.raises(Refused, match="decided already"):
        town.talk.press(speaker(MARCO), "approve", value, "", Where())
    town.press(MARCO, "take_back")
    town.talk.press(speaker(MARCO), "approve", value, "", Where())
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert len([one for one in town.view().approvals if one.withdrawn_at is None]) == 1


def test_a_yes_counts_while_its_giver_may_give_it(town: Town) -> None:
    """Ines said yes on Monday and has left by Friday: nothing starts, the trail says why, another owner is asked."""
    approved(town, **FRIDAY)
    leave(town, INES, town.now.date())
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert INES not in town.request().approvers
    assert town.aws.log == []
    assert "may not decide about this any more" in everything_said(town)
    kinds = [entry.kind for entry in town.view().journal]
    assert "request.approval_void" in kinds


def test_somebody_protected_meanwhile_loses_nothing_more(town: Town) -> None:
    """Policy protects Alice after the approval: no step starts, at the start or half-way; people hear why."""
    approved(town, **FRIDAY)
    protect(town, ALICE)
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    assert town.aws.log == []
    assert "Policy protects Alice Martin" in everything_said(town)
    start_due(town.engine, town.now)
    assert everything_said(town).count("Policy protects Alice Martin since") <= 2


def test_a_step_of_somebody_protected_by_now_does_not_run(town: Town) -> None:
    """The work has begun when protection comes: what has not started does not start."""
    asked(town)
    for person in (MARCO, INES):
        town.press(person, "approve")
    protect(town, ALICE)
    town.work()
    assert (town.aws.log, town.github.log) == ([], [])
    assert town.request().stopped_at is not None


def test_who_asked_may_leave_and_the_removal_goes_on(town: Town) -> None:
    """Two others approved it: Hanna's own last day stops nothing."""
    approved(town, **FRIDAY)
    leave(town, HANNA, town.now.date())
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    assert not any(key.active for key in town.aws.credentials)


def protect(town: Town, person: PersonId) -> None:
    """The policy protects somebody from now on."""
    with town.engine.db.begin() as tx:
        found = versions.newest(tx, "policy.yaml")
        assert found is not None
        text = re.sub(r"(?m)^protected:.*$", f"protected: [{person}]", versions.body(tx, found[0]))
        assert person in text
        versions.keep(tx, "policy.yaml", text, town.now)


def fresh(town: Town, number: int) -> str:
    """One more request about Alice that waits for its decision."""
    for one in open_ones(town):
        with town.engine.db.begin() as tx:
            records.note(tx, one, state=RequestState.CLOSED.value, closed_at=town.now)
    form = {"person": str(ALICE), "note": f"round {number}"}
    town.offboard(HANNA, **form)
    town.inline.drain(town.engine, town.tick)
    return town.request().id


def open_ones(town: Town) -> list[str]:
    """Requests that are not over."""
    with town.engine.db.look() as tx:
        return [one.id for one in records.open_requests(tx)]


def digest_of(town: Town, request: str) -> str:
    """The plan that people see."""
    with town.engine.db.look() as tx:
        found = records.get(tx, request)
        return found.digest if found else ""


def press_of(town: Town, request: str, who: PersonId, *, yes: bool) -> Callable[[], object]:
    """One press of a decision."""
    digest = digest_of(town, request)
    return lambda: approve.approve(town.engine, request, digest, who, town.now, yes=yes)


def kinds_of(town: Town, request: str) -> list[str]:
    """What the trail of a request tells, by kind."""
    from bot.store import journal  # noqa: PLC0415

    with town.engine.db.look() as tx:
        return [entry.kind for entry in journal.read(tx, request=request)]


def race(acts: list[Callable[[], object]]) -> tuple[int, list[str]]:
    """Everybody in the same moment: how many succeeded, and what the others were told."""
    gate = Barrier(len(acts))

    def act(one: Callable[[], object]) -> str:
        gate.wait(timeout=30)
        try:
            one()
        except Refused as refused:
            return refused.words
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        said = list(pool.map(act, acts))
    return said.count(""), [one for one in said if one]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_19_a_line_that_breaks_all_the_time_loses_no_press_and_repeats_none(db: Database) -> None:
    """Two lines; one or the other is cut, or Slack asks for a new one, every few presses: each press counts once."""
    with reception(db, "socket") as desk, capture_logs():
        served, space = desk.office.served, desk.office.space
        for number in range(9):
            word = "warning" if number % 3 == 2 else "refresh_requested"
            if number % 2:
                served.call(cut, space)
            else:
                served.call(slack_api.refresh, space, word)
            eventually(lambda: space.sockets, 20)
            heard = eventually(lambda: answer_of(desk, "/usher", "help"), 20)
            assert "text" in str(heard)
        desk.office.town.offboard()
        desk.office.work(10)
        press = desk.press("U003", "approve")
        served.call(slack_api.refresh, space)
        eventually(lambda: space.sockets, 20)
        eventually(lambda: delivered(desk, press), 20)
        desk.bring("interactive", press)
        assert len(desk.office.town.view().approvals) == 1
        assert len(eventually(lambda: desk.whispers("U003"))) == 1


async def cut(space: object) -> None:
    """The network drops every line, without a word."""
    for line in list(space.sockets):  # type: ignore[attr-defined]
        space.sockets.remove(line)  # type: ignore[attr-defined]
        await line.close()


def answer_of(desk: Reception, word: str, text: str) -> object:
    """What a command is answered with; nothing while the line is down."""
    try:
        return desk.bring("slash_commands", desk.command("U002", word, text))
    except Exception:  # noqa: BLE001 - nobody was there to hear it
        return None


def delivered(desk: Reception, press: dict[str, object]) -> bool:
    """Whether a press was acknowledged."""
    try:
        desk.bring("interactive", press)
    except Exception:  # noqa: BLE001 - nobody was there to hear it
        return False
    return True


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
    assert is_reply_address("https://hooks.slack.com/actions/T1/1/x", SLACK)
    assert not is_reply_address(address, SLACK)
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


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_55_a_replay_gets_the_stored_answer_and_a_forgery_none(db: Database) -> None:
    """Byte by byte the same within five minutes: the first answer. Old, of the future, or signed by another: 401."""
    with reception(db, "http") as desk, capture_logs():
        town = desk.office.town
        town.offboard()
        desk.office.work(10)
        sent = desk.signed("slash_commands", desk.command("U002", "/offboard", "OFF-101"))
        first = desk.post(desk.addresses[0], *sent)
        control.cancel(town.engine, "OFF-101", HANNA, town.now)
        again = desk.post(desk.addresses[1], *sent)
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert first.headers["content-type"] == again.headers["content-type"]
        command = desk.command("U002", "/offboard", "OFF-101")
        for stamp in (time.time() - 301, time.time() + 600):
            assert desk.post(desk.addresses[0], *desk.signed("slash_commands", command, int(stamp))).status_code == 401
        body, headers = desk.signed("slash_commands", command)
        assert desk.post(desk.addresses[0], body + b"x", headers).status_code == 401
        body, headers = desk.signed("slash_commands", command | {"team_id": "T-theirs"})
        assert "own workspace only" in desk.post(desk.addresses[0], body, headers).text
