"""Nobody but Microsoft's Teams, in our own tenant, gets past the door; whoever does not is told nothing."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from botbuilder.schema import Activity
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat import teams_files
from bot.chat import teams_heard as heard
from bot.chat.teams import Door, Gate
from bot.chat.teams_keys import PAUSE, Keys, KeysAway, Tokens
from tests.chat.teams_people import (
    ADDRESS,
    APP,
    TENANT,
    Json,
    KeyServer,
    Teams,
    activity,
    key_server,
    press,
    published,
    rsa_key,
    teams,
    token,
)


@pytest.fixture(scope="module")
def door() -> Iterator[Teams]:
    """Usher's door to Teams."""
    with teams() as made:
        yield made


@pytest.fixture
def published_keys() -> Iterator[KeyServer]:
    """A key server of this test alone."""
    with key_server() as server:
        yield server


def test_what_teams_brings_with_its_token_is_heard(door: Teams) -> None:
    """The one way in, so that the ways that are closed mean something."""
    door.talk.heard.clear()
    assert door.bring(activity("message", text="hello")).status_code == 200
    assert [heard[0] for heard in door.talk.heard] == ["message"]


def _hand_made(header: Json, key: Any, algorithm: str) -> str:
    now = int(time.time())
    claims = {"iss": "https://api.botframework.com", "aud": APP, "exp": now + 7200, "serviceurl": ADDRESS}
    return f"Bearer {jwt.encode(claims, key, algorithm, header)}"


NOW = int(time.time())
REJECTED = {
    "no header": "",
    "another scheme": "Basic dXNlcjpwYXNz",
    "nothing behind the scheme": "Bearer",
    "no token": "Bearer garbage",
    "letters of another alphabet": "Bearer ✂.✂.✂",
    "no end": token(exp=None),
    "an end that is no number": token(exp="soon"),
    "ended two minutes ago": token(exp=NOW - 120),
    "begins tomorrow": token(nbf=NOW + 86_400),
    "no issuer": token(iss=None),
    "another issuer": token(iss="https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"),
    "no audience": token(aud=None),
    "another app": token(aud="0f0f0f0f-0000-4000-8000-000000000000"),
    "two apps": token(aud=[APP, "another"]),
    "no address": token(serviceurl=None),
    "another address": token(serviceurl="https://evil.example/"),
    "no key id": f"Bearer {jwt.encode({'aud': APP, 'exp': NOW + 7200}, rsa_key('one'), 'RS256')}",
    "an unknown key": token("nobody"),
    "another key under a known id": _hand_made({"kid": "one"}, rsa_key("other"), "RS256"),
    "no signature": _hand_made({"kid": "one"}, None, "none"),
    "the public key as a secret": _hand_made({"kid": "one"}, "a" * 64, "HS256"),
    "without its signature": token().rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("header", REJECTED.values(), ids=REJECTED)
def test_every_other_token_is_rejected_without_a_word(door: Teams, header: str) -> None:
    """401 and nothing else: whoever tries learns neither what was wrong nor what is right."""
    door.talk.heard.clear()
    answer = door.bring(activity("message", text="hello"), header)
    assert (answer.status_code, answer.content) == (401, b"")
    assert door.talk.heard == []


FOREIGN = {
    "another tenant": {"channelData": {"tenant": {"id": "another"}}},
    "another tenant in the conversation": {
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "another"}
    },
    "no tenant": {"channelData": {}, "conversation": {"id": "a:1", "conversationType": "personal"}},
    "a channel where anybody names themselves": {"channelId": "directline"},
    "no channel": {"channelId": None},
    "an address that is not the token's": {"serviceUrl": "https://evil.example/"},
    "no service address": {"serviceUrl": None},
}


@pytest.mark.parametrize("parts", FOREIGN.values(), ids=FOREIGN)
def test_people_of_other_places_are_rejected(door: Teams, parts: Json) -> None:
    """A true token does not help who comes from another tenant or another channel than Teams."""
    door.talk.heard.clear()
    answer = door.bring(activity("message", text="hello", **parts))
    assert (answer.status_code, answer.content) == (401, b"")
    assert door.talk.heard == []


def test_a_tenant_is_known_in_whatever_letters_it_is_written(door: Teams) -> None:
    """Directory ids are the same in capitals."""
    data = {"tenant": {"id": TENANT.upper()}}
    assert door.bring(activity("message", text="hello", channelData=data)).status_code == 200


def test_a_key_may_speak_only_for_the_channels_that_endorse_it(published_keys: KeyServer) -> None:
    """The key of another channel is no key of Teams, and one that says nothing is none either."""
    with teams() as door:
        for endorsed in (("webchat",), ()):
            door.keys.keys = [published("one", endorsed)]
            assert door.bring(activity("message", text="hello")).status_code == 401


def test_strangers_hold_up_nobody_while_new_keys_are_on_their_way() -> None:
    """Whose key is known comes in at once; whose is not is asked to come again, and waits in nobody's way."""
    now, looking, over = [0.0], threading.Event(), threading.Event()

    def fetch(_url: str) -> list[Json]:
        if not now[0]:
            return [published("one")]
        looking.set()
        over.wait(60)
        return [published("one"), published("two")]

    keys = Keys("unused", lambda: now[0], fetch)
    assert keys.find("one")
    now[0] += PAUSE
    stranger = threading.Thread(target=keys.find, args=("made-up",))
    stranger.start()
    try:
        assert looking.wait(20)
        assert keys.find("one")
        with pytest.raises(KeysAway):
            keys.find("two")
    finally:
        over.set()
        stranger.join(20)
    assert keys.find("two")


def test_one_message_brings_no_more_files_than_a_person_sends() -> None:
    """A message that names thousands fills no table."""
    one = {"contentType": teams_files.SENT, "contentUrl": "https://lumen.sharepoint.com/f", "name": "f"}
    assert len(heard.read({"attachments": [one] * 5000}).files) == 20


def test_strangers_who_make_key_ids_up_make_us_ask_nobody_the_more(published_keys: KeyServer) -> None:
    """A thousand unknown key ids are one look at the keys, until a pause is over."""
    now = [0.0]
    keys = Keys(published_keys.url, lambda: now[0])
    assert all(keys.find(f"made-up-{number}") is None for number in range(1000))
    assert published_keys.asked == 2
    now[0] += PAUSE
    assert keys.find("made-up") is None
    assert published_keys.asked == 4


def test_without_any_key_teams_is_asked_to_come_again() -> None:
    """Nobody can be told from a stranger then: 503, which Teams tries again, and no word to a stranger."""
    with teams() as door:
        door.keys.down = True
        answer = door.bring(activity("message", text="hello"))
        assert (answer.status_code, answer.content) == (503, b"")


def test_keys_behind_an_address_that_anybody_can_change_are_not_taken(published_keys: KeyServer) -> None:
    """The document is fetched safely, so what it names is fetched no less safely."""
    with teams() as door:
        door.keys.place = "https://127.0.0.1:9/keys"
        assert door.bring(activity("message", text="hello")).status_code == 503


def test_without_an_app_id_only_a_program_on_this_machine_is_heard() -> None:
    """The demo takes what comes without a token; a page in a browser and a proxy are not the demo."""
    with teams(guarded=False) as door:
        assert door.bring(activity("message", text="hello"), "").status_code == 200
        body = json.dumps(activity("message", text="hello"))
        plain = {"content-type": "application/json"}
        for refused in (
            {"content-type": "text/plain"},
            plain | {"origin": "https://evil.example"},
            plain | {"x-forwarded-for": "203.0.113.9"},
            plain | {"host": "usher.evil.example"},
            plain | {"host": "["},
        ):
            assert door.client.post("/api/messages", content=body, headers=refused).status_code == 401
        assert door.bring(activity("message", text="hello", channelId="emulator"), "").status_code == 401


class Watched(Gate):
    """The door, which keeps what the SDK is given before anybody knows who brings it."""

    async def process_activity(self, auth_header: str, activity: Activity, logic: Any) -> Any:
        """Keep it, and go on."""
        self.given = activity
        return await super().process_activity(auth_header, activity, logic)


def test_what_strangers_write_is_not_read(door: Teams) -> None:
    """Nobody's words, mentions or files are handed on before it is known that Microsoft brings them."""
    before = len(door.talk.heard)
    gate = Watched(Door(Tokens(APP, Keys(door.keys.url)), {TENANT}), door.gate.turns)
    mention = {"type": "mention", "text": "hello", "mentioned": {"id": "29:1", "name": "x"}}
    body = json.dumps(activity("message", text="hello", entities=[mention], attachments=[{"name": "f"}])).encode()
    assert asyncio.run(gate.serve("Bearer garbage", body)) == (401, None)
    seen = gate.given
    assert (seen.text, seen.entities, seen.attachments, seen.value) == (None, None, None, None)
    assert len(door.talk.heard) == before


def test_mentions_of_mentions_make_no_message_longer_than_what_was_sent() -> None:
    """Each mention stands for one place in the text: three of them do not make a million letters of a thousand."""
    entities = [{"type": "mention", "text": "a", "mentioned": {"id": "29:1", "name": "a" * 10}}] * 3
    assert len(heard.read({"text": "a" * 1000, "entities": entities}).text) < 1100
    huge = [{"type": "mention", "text": "a", "mentioned": {"id": "29:1", "name": "b" * 100_000}}] * 1000
    assert len(heard.read({"text": "a" * 1000, "entities": huge}).text) < 30_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("type", "id", "name", "text", "value", "from", "recipient", "conversation", "channelData", "entities")
MORE = ("attachments", "replyToId", "serviceUrl", "channelId", "action", "timestamp", "membersAdded")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoilt=st.dictionaries(st.sampled_from(NAMES + MORE), JSON, min_size=1, max_size=4), invoke=st.booleans())
def test_no_activity_however_odd_breaks_usher(door: Teams, spoilt: Json, *, invoke: bool) -> None:
    """Whatever stands where, it is heard, answered in words, or rejected; it is never an error of ours."""
    whole = press("approve") if invoke else activity("message", text="hello")
    answer = door.bring(whole | spoilt)
    assert answer.status_code in {200, 400, 401, 501}, answer.text
    if answer.status_code != 200:
        assert answer.content in {b"", b"null"}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, name=st.sampled_from(["adaptiveCard/action", "task/fetch", "task/submit", "fileConsent/invoke"]))
def test_no_press_however_odd_breaks_usher(door: Teams, value: Any, name: str) -> None:
    """A value that no card of ours sends is answered in words."""
    for odd in (value, {"data": value}, {"action": {"verb": "press", "data": value}}, {"data": {"form": value}}):
        answer = door.bring(activity("invoke", name=name, value=odd))
        assert answer.status_code in {200, 501}, answer.text


@pytest.mark.parametrize("name", ["adaptiveCard/action", "task/fetch", "task/submit"])
@pytest.mark.parametrize("verb", [[], {}, 7])
def test_a_verb_that_is_no_word_is_answered(door: Teams, name: str, verb: Any) -> None:
    """What names the button may be anything, too."""
    data = {"verb": verb, "action": "approve"}
    value = {"data": data, "action": {"verb": "press", "data": data}}
    assert door.bring(activity("invoke", name=name, value=value)).status_code == 200
    assert door.bring(activity("message", value=data)).status_code == 200


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_what_is_no_activity_at_all_is_refused(door: Teams, body: bytes) -> None:
    """400 for what is no object, and no word more."""
    answer = door.bring(body)
    assert answer.status_code in {400, 401}
    assert answer.content == b""


def test_what_is_nested_without_end_or_larger_than_any_activity_is_refused(door: Teams) -> None:
    """Neither takes memory or stack away from others."""
    assert door.bring(b"[" * 100_000).status_code == 400
    assert door.bring(b" " * 500_000).status_code == 413
