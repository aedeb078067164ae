"""What everybody may rely on: names, contrast, quiet, and that nothing a message says becomes part of the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Place, Visit
from tests.browser.reading import faint, nameless

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 780}
ZOOMED = {"width": 640, "height": 400}  # a small laptop at 200 %


def say(page: Page, text: str) -> None:
    """Write in the channel that is open."""
    page.locator("#composer textarea").fill(text)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")


def open_form(page: Page) -> None:
    """Ask the app for its form."""
    say(page, "/depart @alice")
    expect(page.get_by_role("dialog", name="Somebody leaves")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_is_readable(visit: Visit, theme: str) -> None:
    """Channel, suggestions, form with errors, Home and the list of people: names for all, contrast of level AA."""
    page = visit("U002", theme=theme)
    for there in (_channel, _suggestions, _form_with_errors, _home, _people):
        there(page)
        assert nameless(page) == [], there.__name__
        assert faint(page) == [], there.__name__


def _channel(page: Page) -> None:
    expect(page.get_by_role("heading", name="general")).to_be_visible()


def _suggestions(page: Page) -> None:
    page.locator("#composer textarea").fill("/")
    expect(page.get_by_role("option").first).to_be_visible()


def _form_with_errors(page: Page) -> None:
    open_form(page)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Please complete this required field.").first).to_be_visible()


def _home(page: Page) -> None:
    page.get_by_role("button", name="Not now").click()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="What next?")).to_be_visible()


def _people(page: Page) -> None:
    page.get_by_role("button", name=re.compile("You are")).click()
    expect(page.get_by_role("dialog", name="Who do you want to be?")).to_be_visible()


def test_both_themes_show_the_page_and_the_switch_changes_it(visit: Visit) -> None:
    """The system's choice is followed until the person chooses; the choice is remembered."""
    light, dark = visit("U002", theme="light"), visit("U002", theme="dark")
    assert min(len(light.screenshot()), len(dark.screenshot())) > 10_000
    assert _ground(light) != _ground(dark)
    before = _ground(dark)
    dark.get_by_role("button", name="Use the light theme").click()
    assert _ground(dark) == _ground(light) != before
    dark.reload()
    assert _ground(dark) == _ground(light)


def _ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("size", [PHONE, ZOOMED])
def test_a_small_screen_shows_one_thing_at_a_time(visit: Visit, size: dict[str, int]) -> None:
    """On a phone or at 200 % the columns become one, nothing scrolls sideways; channels are behind a button."""
    page = visit("U002", size=size)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Channels and people").click()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="What next?")).to_be_visible()
    expect(page.locator("#sidebar")).not_to_be_visible()
    page.get_by_role("button", name="Somebody leaves").click()
    expect(page.get_by_role("button", name="Ask")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_message_says_never_becomes_part_of_the_page(visit: Visit) -> None:
    """Markup in a message is shown as it was typed, and only web addresses become links."""
    page = visit("U005")
    say(page, "<img src=x onerror=document.title='owned'> <b>bold</b> javascript:alert(1) https://lumen.example/x.")
    message = page.get_by_role("article").filter(has_text="onerror")
    expect(message).to_contain_text("<img src=x onerror=document.title='owned'> <b>bold</b>")
    assert message.locator("img:not(.portrait img), b").count() == 0
    expect(message.get_by_role("link")).to_have_count(1)
    expect(message.get_by_role("link")).to_have_attribute("rel", re.compile("noopener"))
    assert "owned" not in page.title()


def test_an_app_that_does_not_answer_is_told_beside_what_was_typed(visit: Visit) -> None:
    """The person reads what failed and still has their text."""
    page = visit("U002")
    say(page, "/sleep now")
    expect(page.get_by_role("alert").filter(has_text="/sleep failed: the app did not respond")).to_be_visible()
    expect(page.locator("#composer textarea")).to_have_value("/sleep now")
    say(page, "/nothing")
    expect(page.get_by_role("alert").filter(has_text="/nothing is not a valid command")).to_be_visible()


def test_an_answer_for_one_person_says_so(visit: Visit) -> None:
    """Only the person who asked sees it, and it is marked."""
    asker, other = visit("U002"), visit("U005")
    say(asker, "/lend")
    message = asker.get_by_role("article").filter(has_text="That is for you alone.")
    expect(message).to_contain_text("Only visible to you")
    expect(other.get_by_text("That is for you alone.")).to_have_count(0)


def test_a_decision_is_seen_at_once_by_everybody(visit: Visit, place: Place) -> None:
    """One person confirms in the dialog; the button goes from every tab and the name of who decided appears."""
    place.post("C001", "*Ben* asks")
    sara, hanna = visit("U007"), visit("U002")
    expect(hanna.get_by_role("button", name="Approve").last).to_be_visible()
    count = hanna.get_by_role("button", name="Approve").count()
    sara.get_by_role("button", name="Approve").last.click()
    expect(sara.get_by_role("alertdialog", name="Sure?")).to_be_visible()
    sara.get_by_role("button", name="Do", exact=True).click()
    expect(hanna.get_by_role("article").filter(has_text="Approved by @Sara Haddad")).to_be_visible()
    expect(hanna.get_by_role("button", name="Approve")).to_have_count(count - 1)


def test_an_address_opens_its_thread_as_the_person_named_in_it(visit: Visit, place: Place) -> None:
    """A link to a thread can be kept and sent."""
    ts = place.post("C001", "*Deep* request")
    page = visit("U003", at=f"#channel=C001&thread={ts}")
    expect(page.get_by_role("log", name="Replies")).to_contain_text("Deep request")
    expect(page.get_by_role("button", name=re.compile("You are Marco Rossi"))).to_be_visible()


def test_an_unknown_person_is_told_and_offered_a_way_in(visit: Visit, place: Place) -> None:
    """A mistyped address leads to a sentence and a link, not to an empty page."""
    page = visit("U002")
    page.goto(f"{place.served.url}/?as=U999")
    expect(page.get_by_text("There is nobody by that name.")).to_be_visible()
    page.get_by_role("link", name="Begin as Hanna").click()
    expect(page.get_by_role("button", name=re.compile("You are Hanna"))).to_be_visible()


def test_a_file_goes_up_with_the_form(visit: Visit) -> None:
    """The chosen file is named in the form before it is sent."""
    page = visit("U002")
    open_form(page)
    page.get_by_label("Letter").set_input_files({"name": "letter.txt", "mimeType": "text/plain", "buffer": b"Dear all"})
    expect(page.get_by_role("dialog").get_by_role("listitem").filter(has_text="letter.txt")).to_be_visible()
