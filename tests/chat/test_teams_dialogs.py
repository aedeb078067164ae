"""Forms in Teams, in a dialog or where they stand in the chat: filled in, searched, sent, and never lost."""

from __future__ import annotations

from bot.chat.port import Buttons, Filled
from bot.chat.saying import AGAIN
from tests.chat.hands import REFERENCE
from tests.chat.teams_people import (
    SPEAKS,
    Json,
    Teams,
    activity,
    asked,
    content,
    fills,
    opens,
    press,
    shown,
)

CLOSED: Json = {}


def test_a_form_stands_in_the_chat_where_no_dialog_opens(there: Teams) -> None:
    """A client that has none sends the press of the button under “Your form is ready.” like any other."""
    there.asks(press("decide", "signed-3", data={"menu": "m1", "m1": "revoke"}))
    ((_channel, _thread, card),) = there.outbox.sent
    (button,) = [one for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]
    answer = there.asks(press(button.action, button.value))
    assert answer["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Action.Execute" in str(answer["value"])


def test_a_form_that_stands_in_the_chat_is_replaced_by_what_comes_of_it(there: Teams) -> None:
    """Where a client opens no dialogs the form is drawn in place of its button, stays with what is wrong, and ends."""

    def act(verb: str, card: Json, **entered: str) -> Json:
        rows = [one for one in card["body"] if one["type"] == "ActionSet"]
        pressed = next(one for row in rows for one in row["actions"] if one["verb"] == verb)
        action = {"type": "Action.Execute", "verb": verb, "data": pressed["data"] | entered}
        answer = there.asks(activity("invoke", name="adaptiveCard/action", value={"action": action}))
        assert answer["type"] == "application/vnd.microsoft.card.adaptive"
        drawn: Json = answer["value"]
        return drawn

    opened = there.asks(press(AGAIN, '["command", "/offboard", "x"]'))["value"]
    found = act("find", opened, **{"person~typed": "alice"})
    alice = {"person": "P-alice", "kind": "own", "day": "2026-12-24"}
    wrong = act("send", act("send", found, **alice, why="wrong"), **alice, why="wrong")
    assert "Say more." in shown(wrong)
    assert "Second page" in shown(act("send", wrong, **alice, why="next"))
    ended = act("send", wrong, **alice, why="she leaves")
    assert "OFF-1 is on its way" in shown(ended)
    assert "Action" not in shown(ended)
    assert "Done." in shown(act("send", wrong, **alice, why="quiet"))


def test_somebody_is_found_chosen_looked_at_and_sent(there: Teams) -> None:
    """Type, find, see what depends on the person, send: what was entered stays all along."""
    task = there.asks(opens("offboard", "7"))
    found = there.asks(fills(task, "find", **{"person~typed": "ali"}, kind="own", day="2026-11-30", why="moving"))
    assert there.talk.of("options") == [("options", SPEAKS, "people", "ali")]
    assert asked(found) | {"person~typed": ""} == {
        "person": "P-alice",
        "person~typed": "",
        "kind": "own",
        "day": "2026-12-24",
        "why": "moving",
    }
    sent = fills(found, person="P-alice", kind="own", day="2026-12-24", why="she leaves")
    seen = there.asks(sent)
    if seen["task"]["type"] == "continue":  # the form as it is for her is shown once before it counts
        seen = there.asks(fills(seen, person="P-alice", kind="own", day="2026-12-24", why="she leaves"))
    assert seen == {"task": {"type": "message", "value": "OFF-1 is on its way"}}
    ((_submit, who, handler, filled, delivery),) = there.talk.of("submit")
    values = {"person": "P-alice", "kind": "own", "day": "2026-12-24", "why": "she leaves"}
    assert (who, handler, filled) == (SPEAKS, "offboard.start", Filled(values, {"proof": ()}, "signed"))
    assert delivery.startswith("teams:")


def _ready(there: Teams) -> Json:
    """A dialog in which Alice is chosen and shown."""
    task = there.asks(opens("offboard", "7"))
    found = there.asks(fills(task, "find", **{"person~typed": "alice"}))
    return there.asks(fills(found, person="P-alice", kind="own", day="2026-12-24", why="wrong"))


def test_one_opened_form_is_sent_once_however_often(there: Teams) -> None:
    """The second sending of a form has the name of the first; a form opened anew has another."""
    ready = _ready(there)
    for why in ("she leaves", "she leaves", "quiet"):
        there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why=why))
    there.asks(fills(_ready(there), person="P-alice", kind="own", day="2026-12-24", why="she leaves"))
    first, second, third, *_mistake, other = [
        heard[-1] for heard in there.talk.of("submit") if heard[3].values["why"] != "wrong"
    ]
    assert first == second == third
    assert other != first


def test_what_is_wrong_is_said_in_place_and_nothing_is_lost(there: Teams) -> None:
    """Words for a field stand beside it, others above; what was entered is still there."""
    ready = _ready(there)
    wrong = there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why="wrong"))
    assert "Say more." in shown(content(wrong))
    assert "And ask again." in shown(content(wrong)["body"][0])
    assert asked(wrong)["why"] == "wrong"
    refused = there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why="refuse"))
    assert "Alice is protected." in shown(content(refused))
    broken = there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why="break"))
    assert REFERENCE.search(shown(broken))


def test_what_must_be_filled_in_is_asked_for(there: Teams) -> None:
    """No client checks it for us."""
    empty = there.asks(fills(there.asks(opens("offboard", "7")), kind="own", day="2026-11-30"))
    assert "Please fill this in." in shown(content(empty))
    assert there.talk.of("submit") == []


def test_nobody_found_and_nothing_typed_are_said_at_the_field(there: Teams) -> None:
    """Find without a name, and a name that nobody has."""
    task = there.asks(opens("offboard", "7"))
    found = there.asks(fills(task, "find", **{"person~typed": "zz"}))
    assert "I found nothing for what you typed." in shown(content(found))
    assert "Type a name first." in shown(content(there.asks(fills(task, "find", kind="own"))))


def test_a_form_is_followed_by_another_or_by_nothing(there: Teams) -> None:
    """The second page takes the place of the first; an answer without words closes the dialog."""
    ready = _ready(there)
    alice = {"person": "P-alice", "kind": "own", "day": "2026-12-24"}
    assert there.asks(fills(ready, **alice, why="next"))["task"]["value"]["title"] == "Second page"
    assert there.asks(fills(ready, **alice, why="quiet")) == CLOSED


def test_a_dialog_that_cannot_open_says_why(there: Teams) -> None:
    """A refusal, a fault of ours and a card that is no form stand in the dialog."""
    for value, words in (("signed-2", "The plan changed."), ("8", "Once upon a time"), ("9", "That is no story.")):
        action = "story" if value in "89" else "approve"
        assert words in shown(content(there.asks(opens(action, value))))


def test_a_form_that_somebody_spoilt_is_refused(there: Teams) -> None:
    """What travels with a button is not believed."""
    for form in ("", "rubbish", "A" * 4000):
        said = there.asks(activity("invoke", name="task/submit", value={"data": {"verb": "send", "form": form}}))
        assert "damaged" in said["task"]["value"]
