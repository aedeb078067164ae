"""Files sent in Teams go with the one form in which they are ticked; no address that opens by itself is kept."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.port import File, FileField, Form
from bot.chat.report import render
from bot.chat.teams_dialogs import Dialogs, continued
from bot.chat.teams_files import SENT, Brought, brought, given, named, offered, ticked
from bot.chat.teams_forms import dialog
from bot.chat.teams_heard import read
from bot.chat.teams_lint import problems
from bot.chat.teams_packed import Drawn
from bot.domain.errors import Refused
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.store import Database
from tests.chat.dialogue import Talk
from tests.chat.teams_people import Json, Teams, asked, button, content, fills, in_room, opens, shown
from tests.fakes.town import TOMASZ, Town, speaker
from tests.stories.acts import approved
from tests.stories.test_no_secret_travels import everything

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CANARY = "v1.CANARYcanary0123456789"
LIES = "https://lumen-my.sharepoint.com/personal/tomasz/Documents/Microsoft%20Teams%20Chat%20Files/proof.pdf"
OPENS = f"https://lumen-my.sharepoint.com/personal/tomasz/_layouts/15/download.aspx?UniqueId=1&tempauth={CANARY}"
ID = "1150d938-8870-4044-9f2c-5bbdeba70c9d"
ALL = {"person": "P-alice", "kind": "own", "day": "2026-12-24", "why": "she leaves"}


def sent(name: str = "proof.pdf", lies: str = LIES, unique: str = ID) -> Json:
    """A file beside a message of the chat with Usher, as Teams tells it."""
    known = {"downloadUrl": OPENS, "uniqueId": unique, "fileType": "pdf"}
    return {"contentType": SENT, "name": name, "contentUrl": lies, "content": known}


def ready(there: Teams) -> Json:
    """The form, opened, with the person found and chosen."""
    task = there.asks(opens("offboard", "7"))
    return there.asks(fills(task, "find", **{"person~typed": "alice"}))


def ticks(task: Json) -> dict[str, str]:
    """The files that a dialog lists: the mark of each by its name."""
    (found,) = [one for one in content(task)["body"] if one.get("isMultiSelect")]
    return {one["title"].partition(" – ")[0]: one["value"] for one in found["choices"]}


def test_a_file_goes_with_the_form_in_which_it_is_ticked_and_with_no_other(there: Teams) -> None:
    """Two files are sent, a form lists both with nothing ticked, and takes the one that belongs there."""
    (kept,) = there.says("", attachments=[sent("proof.pdf"), sent("other.pdf", unique="no id", lies="")])
    assert kept.text == "I have proof.pdf, other.pdf. Open the form it belongs to within the hour, and tick it there."
    assert there.talk.heard == []
    task = there.asks(opens("offboard", "7"))
    assert asked(task)["proof"] == ""
    assert ticks(task).keys() == {"proof.pdf", "other.pdf"}
    there.asks(fills(ready(there), **ALL, proof=ticks(task)["proof.pdf"]))
    there.asks(fills(ready(there), **ALL))
    first, second = (heard[3] for heard in there.talk.of("submit")[-2:])
    assert first.files == {"proof": (File(LIES, "proof.pdf"),)}
    assert second.files == {"proof": ()}
    assert "proof" not in first.values


def test_what_was_ticked_stays_ticked_while_something_else_is_wrong(there: Teams) -> None:
    """A form that comes back says what is wrong and forgets no file."""
    there.says("", attachments=[sent()])
    mark = ticks(there.asks(opens("offboard", "7")))["proof.pdf"]
    wrong = there.asks(fills(ready(there), **(ALL | {"why": "wrong"}), proof=mark))
    assert "Say more." in shown(content(wrong))
    assert asked(wrong)["proof"] == mark
    there.asks(fills(wrong, **ALL, proof=mark))
    assert there.talk.of("submit")[-1][3].files["proof"] == (File(LIES, "proof.pdf"),)


def test_a_file_that_nobody_sent_here_is_asked_for_again(there: Teams) -> None:
    """A tick of somebody else's file, or of one of long ago, takes nothing and says so at the field."""
    there.says("", attachments=[sent()])
    before = len(there.talk.of("submit"))
    answer = there.asks(fills(ready(there), **ALL, proof="0123456789abcdef"))
    assert "Send it to me again" in shown(content(answer))
    assert len(there.talk.of("submit")) == before


def test_without_files_a_form_says_how_they_come_in(there: Teams) -> None:
    """Nobody looks for a button that is not there."""
    assert "Send the file to me in this chat first" in shown(content(there.asks(opens("offboard", "7"))))


def test_no_address_that_opens_for_whoever_has_it_is_read() -> None:
    """Where the file lies is kept for people who sign in there; else the id, else the message it came with."""
    shares = "https://lumen-my.sharepoint.com/:i:/g/personal/tomasz/EYppPe"
    strange = "https://lumen.sharepoint.com.evil.example/f"
    for lies, unique, found in (
        (LIES, ID, LIES),
        (f"{LIES}?tempauth={CANARY}#{CANARY}", ID, LIES),
        (OPENS, ID, ID),
        (shares, ID, ID),
        (strange, ID, ID),
        ("http://lumen.sharepoint.com/f", ID, ID),
        (f"https://{CANARY}@lumen.sharepoint.com/f", ID, ID),
        ("https://[", ID, ID),
        (f"{LIES}{'x' * 2000}", ID, ID),
        (OPENS, CANARY, "m7-1"),
    ):
        assert list(named([sent(lies=lies, unique=unique)], "m7")) == [File(found, "proof.pdf")]


def test_a_pasted_picture_is_a_file_too() -> None:
    """It has no name and opens for Usher alone, so the message it stands in is named."""
    picture = {
        "contentType": "image/*",
        "contentUrl": "https://smba.trafficmanager.net/v3/attachments/1/views/original",
    }
    odd = {"contentType": SENT, "content": 7, "name": "\u202e"}
    found = read({"id": "m9", "attachments": [picture, {"contentType": "text/html", "content": 7}, odd]})
    assert found.files == (File("m9-1", "pasted picture"), File("m9-3", "a file without a name"))


def test_a_file_in_a_thread_is_named_in_the_comment_or_said_to_be_there(there: Teams) -> None:
    """To a bot Teams shows no file of a channel: the report says that one is there, and where."""
    there.says("the proof", **in_room("77"), attachments=[sent()])
    hidden = {"contentType": "text/html", "content": '<p>look</p><attachment id="1"></attachment>'}
    there.says("", **in_room("77"), attachments=[hidden])
    assert [heard[2] for heard in there.talk.of("comment")] == [
        f"the proof\nFile: proof.pdf {LIES}",
        "Something is attached that Teams does not show to Usher. It is in the thread.",
    ]


def test_files_are_offered_for_an_hour_and_taken_by_a_form_that_stands_open(db: Database) -> None:
    """The newest first, one's own alone; sent again a file is as new as then, and after a day all is forgotten."""
    engine, hour = Engine(db, {}, Inline()), timedelta(hours=1)
    one, two = File("https://x/1", "one.pdf"), File("https://x/2", "two.pdf")
    given(engine, "hanna", [one], NOW)
    given(engine, "hanna", [two], NOW + timedelta(minutes=40))
    given(engine, "sara", [File("https://x/1", "hers.pdf")], NOW)
    found = brought(engine, "hanna", NOW + timedelta(minutes=59))
    assert found == (Brought(two, 19), Brought(one, 59))
    assert [(each.label, each.detail) for each in offered(found)] == [
        ("two.pdf", "sent 19 minutes ago"),
        ("one.pdf", "sent 59 minutes ago"),
    ]
    listed = [each.value for each in offered(found)]
    later = brought(engine, "hanna", NOW + hour)
    assert [each.label for each in offered(later)] == ["two.pdf"]
    assert [each.label for each in offered(later, listed)] == ["two.pdf", "one.pdf"]
    assert ticked(",".join(listed), later, "files") == (two, one)
    with pytest.raises(Refused) as refused:
        ticked(listed[1], brought(engine, "sara", NOW + 7 * hour), "files")
    assert refused.value.field == "files"
    given(engine, "hanna", [File("https://x/1", "once more.pdf")], NOW + 2 * hour)
    assert [each.file.name for each in brought(engine, "hanna", NOW + 2 * hour)] == ["once more.pdf", "two.pdf"]
    given(engine, "sara", [one], NOW + timedelta(days=2))
    assert brought(engine, "hanna", NOW + timedelta(days=1)) == ()


def test_a_form_lists_no_more_files_than_people_look_through() -> None:
    """Somebody may send hundreds; the form stays one that Teams takes."""
    many = [Brought(File(f"m-{number}", f"**{number}** " + "é" * 300), number) for number in range(50)]
    drawn = Dialogs(Talk(), lambda: tuple(many)).drawn(Form("x", "h", "Go", (FileField("files", "Files"),)))
    assert len(drawn.found["files"]) == 10
    assert problems(dialog(drawn), "dialog") == []
    marks = ",".join(one.value for one in drawn.found["files"][:3])
    again = dialog(Drawn(drawn.form, drawn.found, ticked={"files": marks}))
    assert problems(again, "dialog") == []
    assert marks in str(again)


def test_the_address_that_opens_a_file_is_nowhere_afterwards(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Tomasz sends a photograph, ticks it and presses Done: the report names it; no row, card or log opens it."""
    caplog.set_level(logging.DEBUG)
    approved(town)
    heard = read({"type": "message", "id": "m1", "attachments": [sent(lies=f"{LIES}?tempauth={CANARY}")]})
    given(town.engine, "tomasz", heard.files, town.now)
    forms = Dialogs(town.talk, lambda: brought(town.engine, "tomasz", town.now))
    form = town.press(TOMASZ, "done")
    assert isinstance(form, Form)
    task = continued(forms.drawn(form))
    data = button(task, "send")["data"] | {"files": ticks(task)["proof.pdf"]}
    answer = forms.sent(speaker(TOMASZ), data)
    assert "written down as done by you" in str(answer)
    town.work()
    page = render(town.view(), made_for="Hanna Lindqvist", now=town.now)
    assert "proof.pdf" in page
    for place in (*everything(town), page, caplog.text, repr(heard), str(town.ears.posts)):
        assert "anary" not in place
