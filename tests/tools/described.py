"""A call held against an OpenAPI 3.0 description: every way in which it is not what the vendor published, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

Json = Any
ROOT = "urn:description"
PLAIN_ERROR = {400, 401, 403, 404, 422, 429, 500, 503}  # any operation may answer so, with a message
ERROR_BODY = {"message", "documentation_url", "status", "errors"}


@dataclass(frozen=True, slots=True)
class Call:
    """What was sent and what came back; bodies as they were parsed, None for an empty one."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Json = None
    status: int = 200
    answer: Json = None


@dataclass(frozen=True)
class Description:
    """One vendor's description; `aliases` names undocumented addresses by the documented one they stand for."""

    document: Mapping[str, Any]
    aliases: tuple[tuple[str, str], ...] = ()

    def wrongs(self, call: Call) -> Iterator[str]:
        """Each way in which a call is not as described, as a sentence that names it."""
        name = f"{call.method} {call.path}"
        found = self.operation(call.method, call.path)
        if found is None:
            yield f"{name}: no such operation is published"
            return
        template, operation = found
        said = [*self._query(template, operation, call), *self._body(operation, call), *self._answer(operation, call)]
        yield from (f"{name}: {one}" for one in said)

    def operation(self, method: str, path: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """The path item and the operation that a call goes to, None when none is published."""
        for alias, stands_for in self.aliases:
            path = re.sub(alias, stands_for, path)
        for pattern, item in self._paths:
            if pattern.fullmatch(path) and method.lower() in item:
                return item, item[method.lower()]
        return None

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], Mapping[str, Any]]]:
        """Fixed words before placeholders, so that /user/40004 and /user/repos each find their own."""
        ordered = sorted(self.document["paths"].items(), key=lambda pair: (pair[0].count("{"), -len(pair[0])))
        return [(re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))), item) for path, item in ordered]

    @cached_property
    def _registry(self) -> Registry[Any]:
        empty: Registry[Any] = Registry()
        filled: Registry[Any] = empty.with_resource(ROOT, DRAFT4.create_resource(dict(self.document)))
        return filled

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for step in node["$ref"].split("/")[1:]:
                target = target[step.replace("~1", "/")]
            node = target
        return node

    def _query(self, item: Mapping[str, Any], operation: Mapping[str, Any], call: Call) -> Iterator[str]:
        listed = [self._resolved(one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        known = {one["name"].removesuffix("[]"): one for one in listed if one["in"] == "query"}
        for name, values in call.query.items():
            one = known.get(name.removesuffix("[]"))
            if one is None:
                yield f"the query parameter {name} is not published"
                continue
            schema = self._resolved(one["schema"])
            value: Json = [*values] if schema.get("type") == "array" else _typed(values[0], schema)
            yield from (f"the query parameter {name}: {said}" for said in self._mismatches(schema, value))
        yield from (
            f"the query parameter {n} is missing" for n, p in known.items() if p.get("required") and n not in call.query
        )

    def _body(self, operation: Mapping[str, Any], call: Call) -> Iterator[str]:
        if call.body is None:
            if self._resolved(operation.get("requestBody", {})).get("required"):
                yield "the body is missing"
            return
        if "requestBody" not in operation:
            yield f"a body was sent, and none is published: {json.dumps(call.body)[:80]}"
            return
        schema = _content(self._resolved(operation["requestBody"]))
        yield from (f"the body: {said}" for said in self._mismatches(schema or {}, call.body))
        yield from (
            f"the body has the property {name}, which is not published" for name in self._extra(schema, call.body)
        )

    def _answer(self, operation: Mapping[str, Any], call: Call) -> Iterator[str]:
        published = operation["responses"].get(str(call.status))
        if published is None or (call.status >= 400 and _content(self._resolved(published)) is None):
            if published is None and call.status not in PLAIN_ERROR:
                yield f"the status {call.status} is not published"
            elif not isinstance(call.answer, dict) or not {"message"} <= set(call.answer) <= ERROR_BODY:
                yield f"the answer {call.status} is no plain error"
            return
        schema = _content(self._resolved(published))
        if schema is None:
            if call.answer not in (None, ""):
                yield f"the answer {call.status} has a body, and none is published"
            return
        yield from (f"the answer {call.status}: {said}" for said in self._mismatches(schema, call.answer))
        yield from (
            f"the answer {call.status} has the property {name}, which is not published"
            for name in self._extra(schema, call.answer)
        )

    def _mismatches(self, schema: Mapping[str, Any], value: Json) -> Iterator[str]:
        rooted = _rooted(schema)
        validator = OAS30Validator(rooted, registry=self._registry, format_checker=oas30_format_checker)
        for error in validator.iter_errors(value):
            where = ".".join(str(step) for step in error.absolute_path)
            yield f"{where or 'it'}: {error.message[:300]}"

    def _extra(self, schema: Mapping[str, Any] | None, value: Json) -> Iterator[str]:
        yield from dict.fromkeys(self._surplus([schema or {}], value, ""))

    def _surplus(self, schemas: Sequence[Mapping[str, Any]], value: Json, at: str) -> Iterator[str]:
        """Properties that no branch of a schema names; a list's items count as one."""
        branches = [flat for schema in schemas for flat in self._flat(schema)]
        if isinstance(value, list):
            items = [branch["items"] for branch in branches if "items" in branch]
            for one in value if items else ():
                yield from self._surplus(items, one, at)
        elif isinstance(value, dict) and not any(_open(branch) for branch in branches):
            for name, held in value.items():
                named = [branch["properties"][name] for branch in branches if name in branch.get("properties", {})]
                if not named:
                    yield f"{at}{name}"
                yield from self._surplus(named, held, f"{at}{name}.")

    def _flat(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        schema = self._resolved(schema)
        parts = [part for word in ("allOf", "oneOf", "anyOf") for part in schema.get(word, ())]
        if not parts or "properties" in schema:
            yield schema
        for part in parts:
            yield from self._flat(part)


def _open(branch: Mapping[str, Any]) -> bool:
    """Whether an object may hold what it likes: it names nothing, or says so."""
    if branch.get("type", "object") != "object":
        return False
    return bool(branch.get("additionalProperties")) or not branch.get("properties")


def _rooted(node: Any) -> Any:
    """The same schema with its references leading into the whole document."""
    match node:
        case dict():
            return {key: _rooted(value) for key, value in node.items()}
        case list():
            return [_rooted(item) for item in node]
        case str() if node.startswith("#/components/"):  # of a $ref, or of a discriminator's mapping
            return f"{ROOT}{node}"
    return node


def _content(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kinds: Iterable[Mapping[str, Any]] = node.get("content", {}).values()
    return next((kind.get("schema", {}) for kind in kinds), None)


def _typed(text: str, schema: Mapping[str, Any]) -> Json:
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
    return text
