"""The judge of our GitHub, judged: whatever is not as published is named, and what is, passes."""

from __future__ import annotations

import pytest

from tests.tools import published
from tests.tools.described import Call, Description

LISTED = {"type": "array", "items": {"$ref": "#/components/schemas/row"}}
ROW = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "note": {"$ref": "#/components/schemas/note"}},
}
NOTE = {"nullable": True, "type": "object", "properties": {"said": {"type": "string"}}}
BODY = {"type": "object", "required": ["role"], "properties": {"role": {"enum": ["member", "admin"]}}}
SIZE = {"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 9}}


def _json(schema: object) -> dict[str, object]:
    return {"content": {"application/json": {"schema": schema}}}


SMALL = Description(
    {
        "openapi": "3.0.3",
        "paths": {
            "/rows": {"get": {"parameters": [SIZE], "responses": {"200": _json(LISTED)}}},
            "/rows/{id}": {
                "put": {"requestBody": _json(BODY) | {"required": True}, "responses": {"204": {"description": ""}}}
            },
            "/rows/all": {"delete": {"responses": {"202": _json({"type": "object"})}}},
        },
        "components": {"schemas": {"row": ROW, "note": NOTE}},
    },
    ((r"^/lines$", "/rows"),),
)


@pytest.mark.parametrize(
    "call",
    [
        Call("GET", "/rows", {"size": ["3"]}, None, 200, [{"id": 1, "note": None}, {"id": 2, "note": {"said": "so"}}]),
        Call("GET", "/lines", {}, None, 200, []),
        Call("GET", "/rows", {}, None, 403, {"message": "Forbidden"}),
        Call("PUT", "/rows/7", {}, {"role": "admin"}, 204),
        Call("DELETE", "/rows/all", {}, None, 202, {"anything": 1}),
    ],
)
def test_what_is_as_published_passes(call: Call) -> None:
    """Lists, nothing where nothing is allowed, refusals, and addresses that stand for published ones."""
    assert list(SMALL.wrongs(call)) == []


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (Call("GET", "/columns"), "no such operation"),
        (Call("POST", "/rows"), "no such operation"),
        (Call("GET", "/rows", {"shape": ["round"]}, None, 200, []), "query parameter shape is not published"),
        (Call("GET", "/rows", {"size": ["12"]}, None, 200, []), "query parameter size"),
        (Call("PUT", "/rows/7", {}, None, 204), "the body is missing"),
        (Call("PUT", "/rows/7", {}, {"role": "boss"}, 204), "'boss' is not one of"),
        (Call("PUT", "/rows/7", {}, {"role": "admin", "why": "fun"}, 204), "property why, which is not published"),
        (Call("DELETE", "/rows/all", {}, {"sure": True}, 202, {}), "a body was sent"),
        (Call("PUT", "/rows/7", {}, {"role": "admin"}, 204, {"id": 7}), "has a body, and none is published"),
        (Call("GET", "/rows", {}, None, 200, [{}]), "'id' is a required property"),
        (Call("GET", "/rows", {}, None, 200, [{"id": "1"}]), "0.id: '1' is not of type 'integer'"),
        (Call("GET", "/rows", {}, None, 200, [{"id": 1, "note": {"says": ""}}]), "property note.says"),
        (Call("GET", "/rows", {}, None, 201, []), "status 201 is not published"),
        (Call("GET", "/rows", {}, None, 500, {"error": 1}), "no plain error"),
    ],
)
def test_what_is_not_as_published_is_named(call: Call, named: str) -> None:
    """The path, the parameter, the property of a body or of an answer, the status: each by its name."""
    assert any(named in one for one in SMALL.wrongs(call)), list(SMALL.wrongs(call))


@pytest.mark.skipif(not published.there(), reason=published.MISSING)
def test_a_cut_description_holds_all_it_refers_to() -> None:
    """Two paths of fourteen megabytes, with every schema they need and no other."""
    cut = published.description("ghec", {"/orgs/{org}/memberships/{username}", "/rate_limit"})
    assert set(cut["paths"]) == {"/orgs/{org}/memberships/{username}", "/rate_limit"}
    assert "org-membership" in cut["components"]["schemas"]
    assert "copilot-seat-details" not in cut["components"]["schemas"]
    wrong = Call("PUT", "/orgs/lumen-works/memberships/alice-m", {}, {"role": "boss"}, 404, {"message": "Not Found"})
    assert any("boss" in one for one in Description(cut).wrongs(wrong))
