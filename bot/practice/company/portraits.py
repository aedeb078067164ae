"""Drawn faces: flat shapes and no outside asset, the same picture every time for the same person."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_SKIN = {
    "pale": "#f6d3bd",
    "fair": "#eebf9f",
    "olive": "#d9a47c",
    "tan": "#c58a5c",
    "brown": "#9a6242",
    "deep": "#6f4530",
}
_HAIR = {"black": "#23201f", "brown": "#5a3a28", "auburn": "#8f4326", "blond": "#d8b06a", "grey": "#9a9894"}

# Hair is two layers: what falls behind the shoulders, and what frames the forehead.
_BACK = {
    "long": "M30 54 C28 20 92 20 90 54 L93 92 Q60 100 27 92 Z",
    "bob": "M29 54 C28 18 92 18 91 54 L91 74 Q60 82 29 74 Z",
    "curls": "M60 14 C92 12 102 44 94 62 C98 74 88 80 80 76 L40 76 C32 80 22 74 26 62 C18 44 28 12 60 14 Z",
    "bun": "M60 6 a13 13 0 1 1 -0.1 0 Z",
    "scarf": "M26 60 C22 12 98 12 94 60 C96 84 84 100 60 100 C36 100 24 84 26 60 Z",
}
_FRONT = {
    "long": "M34 56 C34 26 56 24 60 30 C70 24 88 30 86 56 C82 42 72 40 62 38 C50 42 40 42 34 56 Z",
    "bob": "M33 54 C33 20 87 20 87 54 L82 44 Q60 38 38 44 Z",
    "curls": "M34 52 C33 21 87 21 86 52 C78 40 70 44 62 39 C54 45 44 39 35 52 Z",
    "bun": "M34 54 C34 24 86 24 86 54 C80 40 70 37 60 37 C50 37 40 40 34 54 Z",
    "short": "M33 54 C30 22 90 20 87 54 L83 46 C78 38 52 44 47 38 C42 40 37 46 33 54 Z",
    "crop": "M34 50 C34 26 86 26 86 50 C82 38 72 35 60 35 C48 35 38 38 34 50 Z",
    "side": "M33 56 C30 20 92 18 87 56 L84 46 C70 46 54 42 50 34 C46 42 38 44 33 56 Z",
    "scarf": "M34 54 C34 21 86 21 86 54 C78 40 70 36 60 36 C50 36 42 40 36 54 Z",
}


@dataclass(frozen=True, slots=True)
class _Look:
    skin: str
    hair: str
    style: str
    clothes: str
    ground: str
    extra: str = ""


_LOOKS = {
    "P-001": _Look("deep", "black", "bun", "#7a3b69", "#f3d9ea", "earrings"),
    "P-002": _Look("pale", "blond", "bob", "#2f6f73", "#d5ecec"),
    "P-003": _Look("olive", "black", "side", "#34507a", "#dbe5f5", "beard"),
    "P-004": _Look("fair", "auburn", "long", "#3f7d4e", "#dcf0df"),
    "P-005": _Look("tan", "brown", "curls", "#b5532f", "#fbe2d4"),
    "P-006": _Look("pale", "brown", "short", "#4b5a68", "#e2e8ee", "glasses"),
    "P-007": _Look("olive", "#3b3f7a", "scarf", "#26294f", "#e2e2f6"),
    "P-008": _Look("brown", "black", "crop", "#c08a1e", "#fbefcf", "beard"),
    "P-009": _Look("fair", "black", "short", "#5b4a8a", "#e7e0f7", "glasses"),
    "P-010": _Look("fair", "brown", "bob", "#a24560", "#f9dde4", "glasses"),
    "P-011": _Look("tan", "black", "long", "#1f7f8f", "#d3eef2", "earrings"),
    "P-012": _Look("pale", "auburn", "bun", "#6b7a2c", "#eef2d6"),
    "P-013": _Look("tan", "grey", "crop", "#3d4f47", "#dde9e3", "beard"),
}
_STRANGER = _Look("olive", "brown", "short", "#5c6470", "#e5e7eb")


def draw(identity: str, name: str) -> str:
    """A 120 by 120 SVG portrait of this person; its title, read aloud by screen readers, is the name."""
    look = _LOOKS.get(identity, _STRANGER)
    label = escape(f"Portrait of {name}", quote=True)
    layers = (_behind(look), _body(look), _face(look), _before(look), _extra(look))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" width="120" height="120" role="img" '
        f'aria-label="{label}"><title>{label}</title>'
        f'<rect width="120" height="120" fill="{look.ground}"/>{"".join(layers)}</svg>\n'
    )


def _colour(look: _Look) -> str:
    return _HAIR.get(look.hair, look.hair)


def _behind(look: _Look) -> str:
    path = _BACK.get(look.style)
    return f'<path d="{path}" fill="{_colour(look)}"/>' if path else ""


def _body(look: _Look) -> str:
    skin = _SKIN[look.skin]
    neck = _colour(look) if look.style == "scarf" else skin
    return (
        f'<path d="M14 124 C14 100 34 92 60 92 C86 92 106 100 106 124 Z" fill="{look.clothes}"/>'
        f'<path d="M48 78 H72 V94 Q60 106 48 94 Z" fill="{neck}"/>'
        f'<path d="M48 82 Q60 94 72 82 V86 Q60 98 48 86 Z" fill="#000" opacity=".10"/>'
    )


def _face(look: _Look) -> str:
    skin = _SKIN[look.skin]
    ears = (
        ""
        if look.style in {"scarf", "long"}
        else (f'<circle cx="34.5" cy="59" r="5" fill="{skin}"/><circle cx="85.5" cy="59" r="5" fill="{skin}"/>')
    )
    return (
        f'{ears}<path d="M35 52 C35 26 85 26 85 52 C86 76 74 88 60 88 C46 88 34 76 35 52 Z" fill="{skin}"/>'
        '<g fill="#2a2421"><circle cx="50" cy="58" r="2.6"/><circle cx="70" cy="58" r="2.6"/></g>'
        '<g fill="none" stroke="#2a2421" stroke-width="1.8" stroke-linecap="round" opacity=".75">'
        '<path d="M45 51.5 Q50 49 54.5 51.5"/><path d="M65.5 51.5 Q70 49 75 51.5"/>'
        '<path d="M59.5 61 Q57.5 67 61 67.5"/></g>'
        '<g fill="#e2725b" opacity=".22"><circle cx="44.5" cy="67" r="4.6"/><circle cx="75.5" cy="67" r="4.6"/></g>'
    )


def _before(look: _Look) -> str:
    mouth = '<path d="M52 74 Q60 81 68 74" fill="none" stroke="#7c2f2a" stroke-width="2.4" stroke-linecap="round"/>'
    beard = (
        f'<path d="M36 62 C38 86 50 91 60 91 C70 91 82 86 84 62 C80 72 72 70 60 70 C48 70 40 72 36 62 Z" '
        f'fill="{_colour(look)}"/>'
        if look.extra == "beard"
        else ""
    )
    light = mouth.replace("#7c2f2a", "#f7e3dc") if beard else mouth
    return f'{beard}{light}<path d="{_FRONT[look.style]}" fill="{_colour(look)}"/>'


def _extra(look: _Look) -> str:
    match look.extra:
        case "glasses":
            return (
                '<g fill="#fff" fill-opacity=".25" stroke="#2f2b2a" stroke-width="1.8">'
                '<circle cx="50" cy="58" r="8"/><circle cx="70" cy="58" r="8"/><path d="M58 57 Q60 55.5 62 57"/></g>'
            )
        case "earrings":
            return '<g fill="#e3b23c"><circle cx="34" cy="67" r="2.4"/><circle cx="86" cy="67" r="2.4"/></g>'
        case _:
            return ""
