"""A form on its way: opened, redrawn as somebody fills it in, searched, sent, and what the answer looks like."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.chat.cards.words import _
from bot.chat.plain_words import Json
from bot.chat.port import (
    Answer,
    Card,
    Dialogue,
    FileField,
    Filled,
    Form,
    FormErrors,
    PersonField,
    Speaker,
    Text,
    Where,
)
from bot.chat.presses import OPENS
from bot.chat.teams_cards import TITLE, adaptive, summary
from bot.chat.teams_files import Brought, offered, ticked
from bot.chat.teams_forms import FIND, changed, dialog, filled, kept, looking, missing, searched, title
from bot.chat.teams_heard import word
from bot.chat.teams_packed import CHOOSE, Drawn, choice, unpacked
from bot.domain.errors import Refused

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
_TALL = 4  # fields; a form with more is shown in the larger dialog


@dataclass(frozen=True)
class Dialogs:
    """Forms, for one dialogue. `brought`: the files that whoever fills them in sent before."""

    dialogue: Dialogue
    brought: Callable[[], tuple[Brought, ...]] = tuple

    def drawn(self, form: Form) -> Drawn:
        """A form as it is shown first: with the files that may go with it."""
        return self._offering(Drawn(form))

    def _offering(self, drawn: Drawn) -> Drawn:
        names = _file_fields(drawn.form)
        there = self.brought() if names else ()
        some = {name: offered(there, [one.value for one in drawn.found.get(name, ())]) for name in names}
        return replace(drawn, found={**drawn.found, **some})

    def sent(self, who: Speaker, data: Json) -> Drawn | Answer:
        """What comes of a form that somebody sends or searches in. Raises Refused for one that we did not make."""
        drawn = self._offering(unpacked(word(data, "form")))
        entered = filled(drawn, data)
        try:
            if data.get("verb") == FIND or looking(drawn, data):
                return self._found(who, drawn, data)
            if changed(drawn, entered.values):
                redrawn = self._redrawn(who, drawn, entered)
                if redrawn.form != kept(drawn, entered.values, {}).form:
                    return redrawn
            if empty := missing(drawn, entered.values):
                return kept(drawn, entered.values, empty)
            return self._given(who, drawn, entered, delivery_of(who, data))
        except Refused as error:
            return kept(drawn, entered.values, {error.field: error.words})

    def _with_files(self, drawn: Drawn, entered: Filled) -> Filled:
        names = _file_fields(drawn.form)
        found = self.brought() if any(entered.values[name] for name in names) else ()
        files = {name: ticked(entered.values[name], found, name) for name in names}
        values = {name: value for name, value in entered.values.items() if name not in files}
        return Filled(values, files, entered.context)

    def _given(self, who: Speaker, drawn: Drawn, entered: Filled, delivery: str) -> Drawn | Answer:
        if drawn.form.handler == CHOOSE:
            return self.dialogue.press(who, *choice(entered), Where())
        answer = self.dialogue.submit(who, drawn.form.handler, self._with_files(drawn, entered), delivery)
        if isinstance(answer, FormErrors):
            return kept(drawn, entered.values, answer.by_field)
        return answer

    def _redrawn(self, who: Speaker, drawn: Drawn, entered: Filled) -> Drawn:
        """The form for what is chosen now; what was entered stays, unless the new form says something else."""
        form = self.dialogue.redraw(who, drawn.form.handler, entered)
        fresh = self._offering(Drawn(form, drawn.found))
        said = filled(fresh, _values(form)).values
        values = {name: said[name] or entered.values.get(name, "") for name in said}
        return kept(fresh, values, {})

    def _found(self, who: Speaker, drawn: Drawn, data: Json) -> Drawn:
        """The form with what the search found; the only one found is chosen."""
        after = searched(drawn, data, lambda source, words: self.dialogue.options(who, source, words))
        entered = filled(drawn, data)
        news = {name: some for name, some in after.found.items() if some is not drawn.found.get(name)}
        entered.values.update({name: some[0].value if len(some) == 1 else "" for name, some in news.items()})
        if not news and not after.wrong:
            people = [part.name for part in drawn.form.fields if isinstance(part, PersonField)]
            return kept(drawn, entered.values, {name: _("Type a name first.") for name in people})
        if not after.wrong and changed(after, entered.values):
            return self._redrawn(who, after, entered)
        return kept(after, entered.values, after.wrong)


def _values(form: Form) -> Json:
    """What a form says by itself, by field name."""
    found = ((part, getattr(part, "value", "")) for part in form.fields)
    return {getattr(part, "name", ""): getattr(value, "value", value) for part, value in found}


def _file_fields(form: Form) -> list[str]:
    return [part.name for part in form.fields if isinstance(part, FileField)]


def delivery_of(who: Speaker, data: Json) -> str:
    """The name of this sending: the same for whatever is sent out of one opened form."""
    said = json.dumps([who.native_id, data.get("opened") or data], sort_keys=True)
    return f"teams:{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def continued(drawn: Drawn | Card, opened: str = "") -> Json:
    """The answer to a dialog that shows this form, or these words, in it; `opened` names the dialog."""
    if isinstance(drawn, Card):
        return _shown(summary(drawn), adaptive(drawn, OPENS), "medium")
    card = dialog(drawn)
    for element in card["body"]:
        for action in element.get("actions", ()):
            action["data"] |= {"opened": opened or secrets.token_hex(8)}
    return _shown(title(drawn.form), card, "medium" if len(drawn.form.fields) <= _TALL else "large")


def _shown(words: str, card: Json, height: str) -> Json:
    attached = {"contentType": ADAPTIVE, "content": card}
    value = {"title": words[:TITLE], "height": height, "width": "medium", "card": attached}
    return {"task": {"type": "continue", "value": value}}


def ended(words: str) -> Json:
    """The answer to a dialog that is over: with these words, or without any."""
    return {"task": {"type": "message", "value": words}} if words else {}


def told(words: str) -> Json:
    """The answer to a press: the card stays, and who pressed reads these words below it."""
    return {"statusCode": 200, "type": MESSAGE, "value": words}


def replaced(card: Json) -> Json:
    """The answer to a press: this card instead of the one that was pressed, for who pressed."""
    return {"statusCode": 200, "type": ADAPTIVE, "value": card}


def is_short(card: Card) -> bool:
    """Whether a card says no more than its own text."""
    return all(isinstance(piece, Text) and not piece.lead for piece in card.pieces) and len(card.pieces) <= 1
