"""What goes on in a thing that may soon be taken away: in one sentence for each thing, as somebody reads it aloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.chat.cards.words import _, ago, listed
from bot.domain.model import Account, SystemKey
from bot.domain.reading import Completeness, Work
from bot.engine.view import View

_SCHEDULES = 3  # of one thing by name; the others are counted
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def there(view: View, system: SystemKey, *, rights: Iterable[str] = (), things: Iterable[str] = ()) -> list[Work]:
    """What goes on where one of these rights leads, or in one of these things; the newest change first."""
    reading = view.readings.get(system)
    wanted, named = set(rights), set(things)
    found = [one for one in reading.work.items if wanted & set(one.rights) or one.native_id in named] if reading else []
    return sorted(found, key=lambda one: one.last_change or _LONG_AGO, reverse=True)


def told(one: Work, view: View, system: SystemKey) -> str:
    """Everything that is known of one thing: its last change, what is open, what runs, who administers it."""
    said = [_last(one, view), *counted(one, view), *schedules(one, view)]
    reading = view.readings[system]
    if any(asset.sole_admin for asset in reading.assets.items if asset.native_id == one.native_id):
        said.append(_("{name} is its only administrator", name=view.subject.name))
    return _("{label}: {facts}", label=one.label, facts="; ".join(filter(None, said)))


def counted(one: Work, view: View) -> Iterator[str]:
    """What is open and what runs, as far as it is known; where there is nothing of a kind, that is said too."""
    name = view.subject.name
    if one.pulls == 0 and one.reviews == 0:
        yield _("no open pull request concerns {name}", name=name)
    if one.pulls:
        yield _one_or_more(
            one.pulls, _("1 pull request of {name} is open", name=name), "{n} pull requests of {name} are open", name
        )
    if one.reviews:
        one_waits = _("1 pull request waits for a review by {name}", name=name)
        yield _one_or_more(one.reviews, one_waits, "{n} pull requests wait for a review by {name}", name)
    if one.running is not None:
        none = _("no pipeline is running now")
        yield _one_or_more(one.running, _("1 pipeline is running now"), "{n} pipelines are running now", name) or none


def schedules(one: Work, view: View) -> Iterator[str]:
    """What runs by itself in this person's name, and goes on until somebody else takes it over."""
    if one.schedules:
        shown = [_("“{name}”", name=each) for each in one.schedules[:_SCHEDULES]]
        more = [_("{n} more", n=len(one.schedules) - _SCHEDULES)] if len(one.schedules) > _SCHEDULES else []
        name, names = view.subject.name, listed([*shown, *more])
        single = _(
            "{names} runs on a schedule in the name of {name}: let somebody take it over", names=names, name=name
        )
        many = _("{names} run on a schedule in the name of {name}: let somebody take them over", names=names, name=name)
        yield single if len(one.schedules) == 1 else many


def unknown(found: Iterable[Work]) -> str:
    """What nobody told of these things, in one short sentence; empty where everything is known."""
    every = list(found)
    kinds = (
        (_("open pull requests"), [one.pulls is None or one.reviews is None for one in every]),
        (_("running pipelines"), [one.running is None for one in every]),
        (_("schedules"), [one.schedules is None for one in every]),
    )
    missing = [words for words, gaps in kinds if any(gaps) or not every]
    return _("not known: {kinds}", kinds=listed(missing)) if missing else ""


def untold(view: View, system: SystemKey) -> bool:
    """Whether this system leaves out something of what goes on."""
    reading = view.readings.get(system)
    return reading is not None and reading.work.seen in {Completeness.PARTIAL, Completeness.NOT_PERMITTED}


def _last(one: Work, view: View) -> str:
    if one.last_change is None:
        return _("last change not known")
    by = _(" by {who}", who=_who(one.last_actor, view)) if one.last_actor else ""
    return _("last change {when}{by}", when=ago(one.last_change, view.now), by=by)


def _who(account: Account, view: View) -> str:
    """Whose account it is, by name where we know it."""
    owner = view.owners.get((account.system, account.native_id))
    return view.name(owner) if owner else account.label


def _one_or_more(count: int, one: str, many: str, name: str) -> str:
    if not count:
        return ""
    return one if count == 1 else _(many, n=count, name=name)
