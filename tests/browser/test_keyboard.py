"""The whole journey without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement"


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Move the focus forward until it is on what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"{FOCUSED}.matches({selector!r})"):
            return
    pytest.fail(f"{selector} cannot be reached with the Tab key")


def ask(page: Page) -> None:
    """Type the command, completed by the page, and send it."""
    tab_to(page, "#composer textarea")
    page.keyboard.type("/dep")
    expect(page.get_by_role("option", name="/depart @person")).to_be_visible()
    press(page, "Enter")
    page.keyboard.type("@ali")
    expect(page.get_by_role("option")).to_have_count(2)
    press(page, "ArrowDown", "ArrowUp", "Enter")
    expect(page.get_by_role("textbox", name="Write in general")).to_have_value("/depart @alice ")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Somebody leaves")).to_be_visible()


def test_a_person_asks_for_a_departure_with_the_keyboard_alone(visit: Visit) -> None:
    """Slash command, mention, form, error, correction, sending: all with keys, the focus where it is needed."""
    page = visit("U002")
    ask(page)
    reason = page.get_by_role("textbox", name="Reason")
    expect(reason).to_be_focused()
    page.keyboard.type("none")
    tab_to(page, "[role=combobox]")
    page.keyboard.type("ines")
    expect(page.get_by_role("option", name="Ines Ferreira")).to_be_visible()
    press(page, "Enter")
    tab_to(page, "input[type=radio]")
    press(page, "Space")
    tab_to(page, ".dialog-foot .primary")
    press(page, "Enter")
    expect(page.get_by_text("Please give a real reason.")).to_be_visible()
    expect(reason).to_be_focused()
    expect(reason).to_have_accessible_description("Please give a real reason. One sentence")
    expect(reason).to_have_attribute("aria-invalid", "true")
    press(page, "Control+a")
    page.keyboard.type("A new job")
    press(page, "Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#composer textarea")).to_be_focused()
    expect(page.get_by_role("log")).to_contain_text("A new job, then Ines Ferreira")


def test_escape_closes_the_form_and_gives_the_focus_back(visit: Visit) -> None:
    """Esc first closes an open list, then the window; the person is where they were."""
    page = visit("U002")
    ask(page)
    tab_to(page, "[role=combobox]")
    press(page, "ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#composer textarea")).to_be_focused()


def test_the_focus_stays_in_an_open_form(visit: Visit) -> None:
    """Tab goes round in the window; nothing behind it is reached."""
    page = visit("U002")
    ask(page)
    for _ in range(25):
        press(page, "Tab")
        assert page.evaluate(f"{FOCUSED} === document.body || document.getElementById('modal').contains({FOCUSED})")


def test_what_a_person_typed_survives_a_change_of_the_form(visit: Visit) -> None:
    """Choosing a kind makes the app redraw the form; text, choice and focus stay."""
    page = visit("U002")
    ask(page)
    page.keyboard.type("Half a sent")
    tab_to(page, "input[type=radio]")
    press(page, "ArrowDown")
    expect(page.get_by_role("dialog")).to_contain_text("within minutes")
    expect(page.get_by_role("textbox", name="Reason")).to_have_value("Half a sent")
    expect(page.get_by_role("radio", name="Immediate")).to_be_checked()
    expect(page.get_by_role("radio", name="Immediate")).to_be_focused()


def test_a_shortcut_of_the_app_is_found_beside_its_commands(visit: Visit) -> None:
    """Typing / and a word of its name proposes it; Enter runs it."""
    page = visit("U002")
    tab_to(page, "#composer textarea")
    page.keyboard.type("/somebody")
    expect(page.get_by_role("option", name="Somebody leaves")).to_be_visible()
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Somebody leaves")).to_be_visible()


def test_the_list_of_people_gives_the_focus_back(visit: Visit) -> None:
    """Who looked at the people and changed nothing is where they were."""
    page = visit("U007")
    tab_to(page, ".me")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Who do you want to be?")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".me")).to_be_focused()


def test_a_thread_opens_and_closes_with_keys(visit: Visit) -> None:
    """Enter opens the thread and takes the focus there; Esc brings it back."""
    page = visit("U003")
    page.get_by_role("textbox", name="Write in general").fill("Who has the room key?")
    press(page, "Enter")
    message = page.get_by_role("article").filter(has_text="Who has the room key?")
    message.get_by_role("button", name="Reply in a thread").focus()
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Thread")).to_be_focused()
    tab_to(page, "#thread-composer textarea")
    page.keyboard.type("I do.")
    press(page, "Enter")
    expect(page.get_by_role("log", name="Replies")).to_contain_text("I do.")
    press(page, "Escape")
    expect(message.get_by_role("button", name="1 reply")).to_be_focused()
