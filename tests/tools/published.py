"""What vendors publish, fetched through npm for the tests: `python -m tests.tools.published`.

The lock file beside tests/npm/package.json names the packages and their hashes. Of 400 MB the few files we read are
kept, in a folder that git ignores; where npm is missing the tests that need them are left out and say so. The Agents
Playground, a client of Teams for developers, is Microsoft's under a licence of its own, and no part of Usher.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

NPM = Path(__file__).resolve().parents[1] / "npm"
KEPT = NPM / ".cache"
FILES = {
    "ghec.json": "@octokit/openapi/generated/ghec.json",
    "ghes-3.19.json": "@octokit/openapi/generated/ghes-3.19.json",
    "schema.graphql": "@octokit/graphql-schema/schema.graphql",
    "adaptivecards.js": "adaptivecards/dist/adaptivecards.min.js",
}
PLAYGROUND = KEPT / "playground"
FOLDERS = {PLAYGROUND.name: "@microsoft/m365agentsplayground"}
MISSING = "what vendors publish is not here (needs npm; run: python -m tests.tools.published)"


def there() -> bool:
    """Whether the files are here, and are those the lock file names."""
    stamp = KEPT / "stamp"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _lock()


def fetch() -> str:
    """Install what the lock file names and keep what is read; a sentence about what was done."""
    if there():
        return "published descriptions: here already"
    npm = shutil.which("npm")
    if npm is None:
        return "published descriptions: npm is not installed, so the tests that need them are left out"
    with tempfile.TemporaryDirectory(prefix=".install-", suffix="cache", dir=NPM) as folder:  # 400 MB for a moment
        place = Path(folder)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(NPM / name, place / name)
        run = subprocess.run([npm, "ci"], cwd=place, capture_output=True, text=True, check=False, timeout=600)
        if run.returncode:
            return f"published descriptions: npm ci failed, so the tests are left out: {run.stderr.strip()[-400:]}"
        _keep(place / "node_modules")
    return f"published descriptions: {', '.join((*FILES, *FOLDERS))} fetched"


def description(edition: str, paths: Iterable[str]) -> Mapping[str, Any]:
    """The OpenAPI description of `edition` (ghec, ghes-3.19) cut down to these paths; the cut is kept for next time."""
    wanted = frozenset(paths)
    name = sha256("\n".join([_lock(), Path(__file__).read_text(encoding="utf-8"), *sorted(wanted)]).encode())
    cut = KEPT / f"{edition}-{name.hexdigest()[:16]}.json"
    if not cut.is_file():
        whole = json.loads((KEPT / f"{edition}.json").read_text(encoding="utf-8"))
        _write(cut, json.dumps(_cut(whole, wanted)))
    read: Mapping[str, Any] = json.loads(cut.read_text(encoding="utf-8"))
    return read


def paths(edition: str) -> frozenset[str]:
    """Every path that `edition` publishes; the list is kept beside the whole."""
    kept = KEPT / f"{edition}.paths"
    if not kept.is_file():
        whole = json.loads((KEPT / f"{edition}.json").read_text(encoding="utf-8"))
        _write(kept, "\n".join(whole["paths"]))
    return frozenset(kept.read_text(encoding="utf-8").splitlines())


def _lock() -> str:
    return sha256((NPM / "package-lock.json").read_bytes()).hexdigest()


def _keep(modules: Path) -> None:
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir()
    for name, source in FILES.items():
        shutil.copy(modules / source, KEPT / name)
    for name, source in FOLDERS.items():
        shutil.copytree(modules / source, KEPT / name)
    _write(KEPT / "stamp", _lock())


def _write(path: Path, text: str) -> None:
    """Two runs may write at once: each writes its own file, and the last one stays."""
    own = path.with_suffix(f".{os.getpid()}")
    own.write_text(text, encoding="utf-8")
    own.replace(path)


def _cut(whole: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """These paths, and every component they refer to, however far away; examples are left behind."""
    paths = {path: item for path, item in whole["paths"].items() if path in wanted}
    components: dict[str, dict[str, Any]] = {}
    waiting: list[Any] = [paths]
    while waiting:
        for kind, name in _references(waiting.pop()):
            if name not in components.setdefault(kind, {}):
                components[kind][name] = whole["components"][kind][name]
                waiting.append(components[kind][name])
    components.pop("examples", None)
    return {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": components}


def _references(node: Any) -> Iterable[tuple[str, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("#/components/"):
            _, _, kind, name = target.split("/", 3)
            if kind != "examples":
                yield kind, name
        for key, item in node.items():
            if key not in {"examples", "example"}:
                yield from _references(item)


def main() -> int:
    """Fetch, and say what was done; never fails, because leaving tests out is for the suite to judge."""
    print(fetch())
    return 0


if __name__ == "__main__":
    sys.exit(main())
