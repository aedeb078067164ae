"""Cards and forms full of what people should not be called, and what is harmless."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bot.chat.port import (
    Button,
    Buttons,
    Card,
    ChoiceField,
    DateField,
    Facts,
    FileField,
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
    Tone,
)

Json = dict[str, Any]

HOSTILE = [
    "",
    " ",
    "\u200b\u200b",
    "<!channel>",
    "<@U0123ABC>",
    "<https://evil.example|your bank>",
    "a & b < c > d",
    "\u202egnp.exe\u202c",
    "\u2067right\u2069",
    "*bold* _it_ ~no~ `code`",
    "> said nobody",
    ":skull: :white_check_mark:",
    "👩🏽‍🚀" * 40,
    "x" * 5000,
    "&" * 5000,
    "word " * 1500,
    "line\n" * 200,
    "\r\n\u2028\x00\x1b[31m",
    "\ud800",
    "שלום Alice",
]
words = st.one_of(
    st.integers(0, len(HOSTILE) - 1).map(lambda n: HOSTILE[n]),
    st.text(max_size=60),
    st.text("<&>*\u202e\n🦊", max_size=4000),
)
names = st.text("abcdefgh.-_", min_size=1, max_size=20)
values = st.text("abcXYZ0123:/-", min_size=1, max_size=75)
options = st.builds(Option, values, words, words)
option_lists = st.lists(options, max_size=8).map(tuple) | st.builds(
    lambda n, w: tuple(Option(f"v{i}", f"{w}{i}") for i in range(n)), st.integers(9, 260), words
)
tones = st.sampled_from(Tone)
buttons = st.builds(
    Button,
    words,
    names,
    st.text(max_size=400),
    tones,
    st.sampled_from(
        ["", "", "https://usher.example.com/report/1", "javascript:alert(1)", "https://x.example/" + "a" * 4000]
    ),
    words,
    words,
)
pieces = st.one_of(
    st.builds(Heading, words),
    st.builds(Text, words, words),
    st.builds(Lines, st.lists(words, max_size=12).map(tuple) | words.map(lambda w: (w,) * 200), words),
    st.builds(Facts, st.lists(st.tuples(words, words), max_size=12).map(tuple)),
    st.builds(Small, words),
    st.just(Rule()),
    st.builds(
        Portrait,
        st.sampled_from(["", "http://127.0.0.1/a.png", "data:image/png;base64,AA", "https://a b"]),
        words,
        words,
    ),
    st.builds(Buttons, st.lists(buttons, max_size=30).map(tuple)),
    st.builds(Menu, words, names, st.text(max_size=100), option_lists),
)
cards = st.builds(Card, words, st.lists(pieces, max_size=12).map(tuple))


fields = st.one_of(
    st.builds(TextField, names, words, words, words, st.booleans(), st.booleans(), words),
    st.builds(PersonField, names, words, names, words, st.none() | options, st.booleans(), st.booleans()),
    st.builds(ChoiceField, names, words, option_lists, values, words, st.booleans(), st.booleans()),
    st.builds(SelectField, names, words, option_lists, values, words, st.booleans()),
    st.builds(DateField, names, words, st.sampled_from(["", "2026-11-30", "tomorrow"]), words),
    st.builds(TimeField, names, words, st.sampled_from(["", "09:30", "25:00"]), words),
    st.builds(FileField, names, words, words),
)
forms = st.builds(
    Form,
    words,
    names,
    words,
    st.lists(fields, max_size=8, unique_by=lambda f: f.name).flatmap(
        lambda some: st.lists(pieces, max_size=3).map(lambda more: (*some, *more))
    ),
    st.text(max_size=500),
)


def all_texts(value: Any) -> list[str]:
    """Every text object's words, anywhere in a payload."""
    if isinstance(value, list):
        return [text for each in value for text in all_texts(each)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") in {"plain_text", "mrkdwn"} else []
    return own + [text for each in value.values() for text in all_texts(each)]


def without_defaults(value: Any) -> Any:
    """The payload without what Slack's models fill in by themselves."""
    if isinstance(value, dict):
        return {k: without_defaults(v) for k, v in value.items() if k not in {"emoji", "verbatim"}}
    return [without_defaults(each) for each in value] if isinstance(value, list) else value


def harmless(payload: Json) -> bool:
    """No word of a payload can be a mention or a link, or turn the writing around."""
    return not any(set(text) & set("<>\u202e\u202d\u2067\ud800") for text in all_texts(payload))
