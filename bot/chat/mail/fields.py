"""What came back from a form of a page: only its own fields, and only what they offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards.words import _
from bot.chat.mail.page import Opened
from bot.chat.port import (
    ChoiceField,
    DateField,
    Filled,
    Form,
    Option,
    PersonField,
    SelectField,
    TextField,
    TimeField,
)

_LONGEST = 3000  # characters of one value, as in the chat
_FIELDS = "f."  # how the names of a form's own fields begin
Entry = TextField | PersonField | ChoiceField | SelectField | DateField | TimeField
Search = Callable[[str, str], tuple[Option, ...]]


def filled(opened: Opened, sent: Mapping[str, str], search: Search) -> tuple[Filled | None, Opened]:
    """The values, or None and the form with what is wrong with them; people are found by `search(source, typed)`."""
    typed = {name.removeprefix(_FIELDS): _plain(value) for name, value in sent.items() if name.startswith(_FIELDS)}
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    people: dict[str, tuple[Option, ...]] = {}
    for field in _asked(opened.form):
        given = typed.get(field.name, "").strip()
        if isinstance(field, PersonField):
            given, people[field.name] = _person(field, given, typed.get(f"{field.name}.typed", "").strip(), search)
        elif isinstance(field, ChoiceField | SelectField) and given not in {one.value for one in field.options}:
            given = ""
        if not given and not field.optional:
            several = len(people.get(field.name, ())) > 1
            wrong[field.name] = _("Choose one of these people.") if several else _("This is needed.")
        values[field.name] = given
    again = Opened(opened.form, opened.action, opened.value, opened.chosen, opened.once, typed, wrong, people)
    return (None if wrong else Filled(values, context=opened.form.context)), again


def _asked(form: Form) -> list[Entry]:
    """The fields of a form that a page can ask; files are attached in the chat."""
    return [one for one in form.fields if isinstance(one, Entry)]


def _person(field: PersonField, chosen: str, typed: str, search: Search) -> tuple[str, tuple[Option, ...]]:
    """Whom somebody means: the one they chose, or the only one who is called like what they typed."""
    known = (field.value,) if field.value else ()
    found = search(field.source, typed) if typed else known
    if chosen in {one.value for one in (*found, *known)}:
        return chosen, found
    return (found[0].value if len(found) == 1 and typed else ""), found


def _plain(text: str) -> str:
    """What somebody typed, without what no keyboard writes."""
    lines = text.replace("\r\n", "\n")[:_LONGEST]
    return "".join(letter for letter in lines if letter.isprintable() or letter in "\n\t")
