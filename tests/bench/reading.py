"""One leaver, read with 50 ms on every call: against the longest chain of calls that depend on each other."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import connectors
from bot.cli.serve import now
from bot.domain.model import Link, PersonId, SystemKey
from connectors.aws.accounts import Accounts
from connectors.github.signing import signing
from connectors.github.wire import Api as GitHub
from connectors.interface import Connector, Secrets
from tests.bench.lines import Line, median_of
from tests.bench.load import elsewhere
from tests.bench.site import Site, site

MODULES = {"github": "github", "aws": "aws", "atlas": "scim"}
NAMES = {"github": "GitHub", "aws": "AWS", "atlas": "Atlas wiki"}
LATENCY = 0.05
# Calls of Alice's reading that need the answer of the one before, found with a latency that outweighs all else.
LEVELS = {"github": 3, "aws": 3, "atlas": 1}
ALICE = PersonId("P-004")


def connectors_of(environment: Mapping[str, str]) -> dict[SystemKey, Connector]:
    """The connectors of the systems that speak HTTP, as a served Usher would load them."""
    return {
        SystemKey(key): connectors.load(module, SystemKey(key), NAMES[key], secrets_of(environment, key))
        for key, module in MODULES.items()
    }


def secrets_of(environment: Mapping[str, str], key: str) -> Secrets:
    """The settings of one system, from those of them all."""
    prefix = f"USHER_{key.upper()}_"
    return Secrets({name.removeprefix(prefix): value for name, value in environment.items() if name.startswith(prefix)})


def links_of(site: Site) -> dict[SystemKey, Link]:
    """Alice's accounts in these systems."""
    mine = (x for x in site.practice.company.links() if x.person_id == ALICE and x.system in MODULES)
    return {SystemKey(x.system): Link(ALICE, SystemKey(x.system), x.native_id, x.label, "set-up", "") for x in mine}


def measure() -> Iterator[Line]:
    """How long a reading takes, for each system alone and for all at once."""
    with (
        tempfile.TemporaryDirectory(prefix="usher-bench-") as name,
        site(Path(name), latency=LATENCY) as here,
        elsewhere() as pool,
    ):
        took = pool.submit(readings, here.practice.environment(), links_of(here)).result()
    for key in ("github", "aws"):
        yield Line(f"  one call to {key}, alone", took[f"call {key}"] * 1000, "ms", peer=LATENCY * 1000)
        chain = LEVELS[key] * took[f"call {key}"] * 1000
        yield Line(f"  reading {key} alone", took[key] * 1000, "ms", peer=chain)
    chain = max(LEVELS[key] * took[f"call {key}"] for key in ("github", "aws")) * 1000
    yield Line("reading one leaver, three systems", took["all"] * 1000, "ms", peer=chain, ratio=1.6)


def readings(environment: Mapping[str, str], links: Mapping[SystemKey, Link]) -> dict[str, float]:
    """Median seconds of reading each system alone, and all at once; in a process of its own, as when it is served."""
    systems = connectors_of(environment)
    all_at_once(systems, links)  # connections and models of a first time
    alone = {str(key): median_of(partial(_one, system, links[key]), 5) for key, system in systems.items()}
    together = median_of(partial(all_at_once, systems, links), 7)
    return {**alone, "all": together, **_calls(environment)}


def _calls(environment: Mapping[str, str]) -> dict[str, float]:
    """One call alone, through the same libraries: what a chain is made of."""
    keys = secrets_of(environment, "github")
    hub = GitHub(signing(keys.need("URL"), keys.need("ORG"), keys), keys.need("ORG"), 1)
    cloud = Accounts(secrets_of(environment, "aws"), 1).home
    hub.get("/user"), cloud.ask("GetUser", UserName="alice.martin")
    return {
        "call github": median_of(partial(_timed, partial(hub.get, "/user")), 9),
        "call aws": median_of(partial(_timed, partial(cloud.ask, "GetUser", UserName="alice.martin")), 9),
    }


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _one(system: Connector, link: Link) -> float:
    return _timed(lambda: system.read(link, now()))


def all_at_once(systems: Mapping[SystemKey, Connector], links: Mapping[SystemKey, Link]) -> float:
    """Seconds until one reading of each, side by side, has come back."""
    with ThreadPoolExecutor(len(systems)) as pool:
        return _timed(lambda: list(pool.map(lambda key: _one(systems[key], links[key]), systems)))
