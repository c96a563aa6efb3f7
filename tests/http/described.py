"""Holding what was really sent against what `/openapi.json` says: status, content type, and a schema with every object closed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import requests
from jsonschema import Draft202012Validator


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of this schema that also refuses members nobody described."""
    named = document["components"]["schemas"]
    spread = {str(part.get("$ref")).rpartition("/")[2] for each in named.values() for part in each.get("allOf", [])}
    components = {name: each if name in spread else _closed(each) for name, each in named.items()}
    whole = _closed(schema) | {"components": {"schemas": components}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def hold(document: dict[str, Any], reply: requests.Response) -> str:
    """The operation that answered, after its reply was found to be as described; fails the test otherwise."""
    path = urlsplit(reply.url).path
    [template] = [each for each in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
    operation = document["paths"][template][str(reply.request.method).lower()]
    status, name = str(reply.status_code), operation["operationId"]
    assert status in operation["responses"], f"{name} does not say that it answers {status}: {reply.text[:300]}"
    content = operation["responses"][status]["content"]
    kind = reply.headers["Content-Type"].partition(";")[0]
    assert kind in content, f"{name} {status} is {kind}"
    if kind.endswith("json"):
        faults = [f"{list(each.absolute_path)}: {each.message}" for each in _faults(document, content[kind], reply)]
        assert not faults, f"{name} {status}: {faults}"
    return str(name)


def _faults(document: dict[str, Any], content: dict[str, Any], reply: requests.Response) -> Any:
    return validator(document, content["schema"]).iter_errors(reply.json())


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "allOf" in schema:
        return schema | {"unevaluatedProperties": False}
    found = {name: _closed(each) for name, each in schema.items()}
    return (
        found | {"additionalProperties": False}
        if isinstance(found.get("properties"), dict) and "type" in found
        else found
    )
