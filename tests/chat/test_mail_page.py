"""What a page behind a mail's link shows and takes back: every piece of a card, every field of a form."""

from __future__ import annotations

from bot.chat.mail import page
from bot.chat.mail.fields import filled
from bot.chat.mail.page import Opened, Seal
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    ChoiceField,
    DateField,
    Facts,
    FileField,
    Filled,
    Form,
    Heading,
    Lines,
    Menu,
    Option,
    PersonField,
    Portrait,
    Rule,
    SelectField,
    Small,
    Text,
    TextField,
    TimeField,
)
from tests.fakes.post import forms

SEAL = Seal("secret", "session")
YES = (Option("yes", "Yes"), Option("maybe", "Maybe", "who knows"))


def test_a_person_is_named_on_a_page_by_typing_and_choosing() -> None:
    """Two are called like what was typed: the page asks which; what it never offered is nobody (S0-5)."""
    person = PersonField("person", "Who?", "people")
    form = Form("Who knows?", "h", "Send", (Small("Think."), person, ChoiceField("how", "How?", YES)), "context")
    opened = Opened(form, "a", "v", "")
    found = {"be": (Option("P-008", "Ben"), Option("P-020", "Bea")), "ben": (Option("P-008", "Ben"),)}

    def search(source: str, typed: str) -> tuple[Option, ...]:
        assert source == "people"
        return found.get(typed, ())

    def sent(**values: str) -> tuple[Filled | None, Opened]:
        return filled(opened, {f"f.{name.replace('_', '.')}": value for name, value in values.items()}, search)

    values, again = sent(person_typed="be", how="yes")
    assert values is None
    assert again.wrong == {"person": "Choose one of these people."}
    assert 'value="P-020"' in page.form(again, SEAL, "/card/x")
    values, _ = sent(person_typed="be", person="P-020", how="yes")
    assert values == Filled({"person": "P-020", "how": "yes"}, context="context")
    values, _ = sent(person_typed="ben", how="yes")
    assert values is not None
    assert values.values["person"] == "P-008"
    for wrong in ({"person": "P-001", "how": "yes"}, {"person_typed": "ben", "how": "no"}, {"person_typed": "zz"}):
        assert sent(**wrong)[0] is None


def test_every_piece_of_a_card_is_on_the_page() -> None:
    """Headings, lists, facts, small print, links; a button that asks first opens its question before it can be sent."""
    row = (
        Button("Yes", "approve", "v1", hint="for everything"),
        Button("Sure?", "stop", "v2", confirm="Stop it now?"),
        Button("Thread", "go", url="https://chat.example/1"),
        Button("Bad", "go", url="javascript:alert(1)"),
    )
    pieces = (
        *(Heading("A title"), Text("Some text", lead="First"), Lines(("one", "two"), title="A list"), Rule()),
        *(Facts((("Name", "Alice"),)), Small("Small print"), Portrait("https://x.example/p.png", "alt", "A face")),
        *(Buttons(row), Menu("Who?", "pick", "v3", YES)),
    )
    html = page.card(Card("All of it", pieces), SEAL, "/card/x", said=Card("Thank you."))
    said = (
        "A title",
        "Some text",
        "First",
        "A list",
        "one",
        "two",
        "Name",
        "Alice",
        "Small print",
        "A face",
        "Thank you.",
    )
    assert not [word for word in said if word not in html]
    assert "https://chat.example/1" in html
    assert "javascript" not in html
    assert "p.png" not in html
    assert html.index("Stop it now?") < html.rindex("Sure?")
    assert [form.values["action"] for form in forms(html)] == ["approve", "stop", "pick"]
    (chosen,) = (form for form in forms(html) if form.values["do"] == "choose")
    assert [value.partition(".")[2] for value, _ in chosen.options["chosen"]] == ["", "yes", "maybe"]


def test_every_field_of_a_form_is_on_the_page_and_keeps_what_was_typed() -> None:
    """A refused form comes back with everything that was filled in; files are for the chat."""
    fields = (
        *(TextField("why", "Why?", hint="Briefly."), TextField("long", "More", long=True, optional=True)),
        *(ChoiceField("how", "How?", YES), SelectField("which", "Which?", YES, value="yes"), DateField("day", "When?")),
        *(
            TimeField("time", "At?"),
            PersonField("who", "Who?", "people", value=Option("P-1", "Ada")),
            FileField("f", "File"),
        ),
    )
    opened = Opened(
        Form("A form", "h", "Send", (Text("Read this."), *fields)), "a", "v", "", typed={"why": "<b>because"}
    )
    html = page.form(opened, SEAL, "/card/x")
    assert "&lt;b&gt;because" in html
    assert "Read this." in html
    assert "in the chat only" in html
    (form,) = (one for one in forms(html) if one.values.get("do") == "fill")
    names = {*form.values, *form.options} - {"do", "action", "value", "chosen", "once", "proof"}
    assert names == {"f.why", "f.long", "f.how", "f.which", "f.day", "f.time", "f.who", "f.who.typed"}
    entered = {"why": "x", "how": "yes", "which": "maybe", "day": "1", "time": "2"}
    values, _ = filled(opened, {f"f.{name}": value for name, value in entered.items()}, _nobody)
    assert values is None
    values, _ = filled(opened, {f"f.{name}": value for name, value in (entered | {"who": "P-1"}).items()}, _nobody)
    assert values is not None
    assert values.values == {**entered, "who": "P-1", "long": ""}


def _nobody(_source: str, _typed: str) -> tuple[Option, ...]:
    return ()
