"""Cards and dialogs as the library that Teams is built on draws them: no complaint, no word lost, every press whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bot.chat.cards import forms
from bot.chat.port import Button, Buttons, Card, Filled, Form, Menu, Option, Text, Tone, Where
from bot.chat.teams_cards import adaptive
from bot.chat.teams_forms import FIND, SEND, TYPED, dialog, filled, searched
from bot.chat.teams_lint import parts
from bot.chat.teams_packed import Drawn, unpacked
from bot.store import Database
from tests.browser.reading import nameless
from tests.chat.everything import NAMES, peopled
from tests.fakes.town import ALICE, HANNA, Town, speaker
from tests.tools import published

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not published.there(), reason=published.MISSING),
]

Json = dict[str, Any]

# Draws a card, keeps what is pressed, and tells what the library complained about.
_DRAW = """
(json) => {
  const said = [];
  const made = new AdaptiveCards.AdaptiveCard();
  const context = new AdaptiveCards.SerializationContext(AdaptiveCards.Versions.v1_5);
  made.parse(json, context);
  for (let n = 0; n < context.eventCount; n++) said.push(context.getEventAt(n).message);
  for (const event of made.validateProperties().validationEvents) said.push(event.message);
  window.pressed = [];
  made.onExecuteAction = (action) => window.pressed.push([action.getJsonTypeName(), action.data, action.url]);
  const drawn = made.render();
  document.querySelector("main").replaceChildren(drawn);
  return { said, words: drawn.innerText, buttons: drawn.querySelectorAll("button").length };
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the library, from which nothing reaches any host."""
    context = browser.new_context()
    context.route("**/*", lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(60_000)  # milliseconds: a busy machine is no broken card
    page.set_content("<!doctype html><html lang='en'><title>Cards</title><main></main></html>")
    page.add_script_tag(content=(published.KEPT / "adaptivecards.js").read_text(encoding="utf-8"))
    yield page
    context.close()


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A company of people with marks for names, after everything that can happen there."""
    path = tmp_path_factory.mktemp("drawn") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
        yield peopled(db, NAMES["marks"])


def drawn(page: Page, card: Json) -> Json:
    """A card on the page, about which nothing is said."""
    found: Json = page.evaluate(_DRAW, card)
    assert found["said"] == []
    return found


def pressed(page: Page, name: str) -> list[Any]:
    """What is sent when somebody presses the button of this name."""
    page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).click()
    sent: list[Any] = page.evaluate("window.pressed.pop() ?? []")
    return sent


def visible(card: Json) -> list[str]:
    """Every run of text of a card that is not hidden."""
    hidden = [at for at, part in parts(card) if part.get("isVisible") is False]
    runs = [(at, str(part["text"])) for at, part in parts(card) if "text" in part]
    return [text for at, text in runs if not any(at.startswith(f"{above}/") for above in hidden)]


def test_every_card_is_drawn_whole_and_says_what_it_is(page: Page, town: Town) -> None:
    """No complaint of the library, every word on the screen, and a name on every control."""
    asked = [card for card in town.ears.every if any(isinstance(piece, Buttons | Menu) for piece in card.pieces)]
    for card in town.ears.every:
        made = adaptive(card, {"done"})
        found = drawn(page, made)
        shown = " ".join(found["words"].split())
        assert [text for text in visible(made) if " ".join(text.split()) not in shown] == []
        assert found["buttons"] >= sum(len(piece.items) for piece in card.pieces if isinstance(piece, Buttons))
    assert len(asked) > 10
    for card in asked[:: len(asked) // 5]:
        drawn(page, adaptive(card))
        assert nameless(page) == []


def test_every_form_is_drawn_and_each_of_its_questions_has_a_name(page: Page, town: Town) -> None:
    """The offboarding in each of its shapes, and the request for access."""
    who = speaker(HANNA)
    shapes = [Filled({"person": ALICE, "when": when, "exit": forms.VOLUNTARY}) for when in (forms.NOW, forms.LATER)]
    opened = [town.talk.redraw(who, "offboard", one) for one in shapes]
    opened.append(town.talk.redraw(who, "access", Filled({"person": ALICE, "what": "on_call", "length": "until"})))
    for form in opened:
        drawn(page, dialog(Drawn(form)))
        assert nameless(page) == []


def test_a_person_is_found_and_the_form_is_sent(page: Page, town: Town) -> None:
    """What the library sends is what Usher reads: the letters, then the choice, then the whole form."""
    form = town.talk.command(speaker(HANNA), "/offboard", "", Where())
    assert isinstance(form, Form)
    drawn(page, dialog(Drawn(form)))
    page.get_by_role("textbox").first.fill("P-004")
    _kind, data, _url = pressed(page, "Find")
    assert (data["verb"], data[f"person{TYPED}"]) == (FIND, "P-004")
    found = searched(unpacked(data["form"]), data, lambda _source, _typed: (Option(ALICE, "Alice P-004"),))
    drawn(page, dialog(found))
    page.get_by_role("radio", name="Alice P-004").check()
    _kind, data, _url = pressed(page, form.submit)
    assert data["verb"] == SEND
    assert filled(unpacked(data["form"]), data).values["person"] == ALICE


def test_a_press_carries_what_was_signed_and_what_was_chosen(page: Page) -> None:
    """A button, a list, a page, and a question that must be answered before the press counts."""
    menu = Menu("Successor", "successor", "signed", (Option("1", "Ben"), Option("2", "Ines")))
    remove = Button("Remove", "remove", "7", Tone.DANGER, confirm="Really remove it?")
    page_of = Button("Report", "", url="https://u.example/report")
    made = adaptive(Card("x", (Text("Alice leaves"), menu, Buttons((remove, page_of)))))
    assert "Really remove it?" not in drawn(page, made)["words"]
    page.get_by_role("combobox", name="Successor").select_option("Ines")
    kind, data, _url = pressed(page, "Successor")
    assert (kind, data[data["menu"]]) == ("Action.Execute", "2")
    assert pressed(page, "Report") == ["Action.OpenUrl", None, "https://u.example/report"]
    page.get_by_role("button", name="Remove").first.click()
    page.get_by_text("Really remove it?").wait_for()
    page.get_by_role("button", name="Remove").last.click()
    kind, data, _url = page.evaluate("window.pressed.pop()")
    assert (kind, data["action"], data["value"]) == ("Action.Execute", "remove", "7")
