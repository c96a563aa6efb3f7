"""`/openapi.json` (OpenAPI 3.1, from the routes and schemas the app really has) and `/docs`, the same as a page without script."""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app, render_template
from markupsafe import Markup
from werkzeug.routing import Rule

from connector import __version__
from connector.api.callers import runtime
from connector.api.described import answers, operations
from connector.formats.standard import described
from connector.ports import Host

T = TypeVar("T")

blueprint = Blueprint("openapi", __name__, template_folder="templates")

_STYLE = (Path(__file__).parent / "templates" / "openapi.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_EXAMPLE_DAY = datetime(2026, 11, 21, 10, tzinfo=UTC)


@blueprint.get("/openapi.json")
def document_view() -> Response:
    """The description of this API, in OpenAPI 3.1."""
    text = _kept("text", lambda: json.dumps(_document(), ensure_ascii=False))
    return Response(text, mimetype="application/json", headers={"Cache-Control": "no-cache"})


@blueprint.get("/docs")
def docs_view() -> Response:
    """The description of this API as a page; every operation and schema has an anchor of its name."""
    style = Markup(_STYLE)  # noqa: S704 - our own file
    page = _kept("page", lambda: render_template("openapi.html", document=_document(), style=style))
    return Response(page, headers=_HEADERS)


@blueprint.app_template_filter("ticks")
def ticks(text: str) -> Markup:
    """A sentence with what stands between backticks set as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def document(app: Flask, public_url: str, hosts: Mapping[str, Host]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an app: its routes with their summaries, and the schemas its views read by and answer in."""
    spec = APISpec(
        title="Support connector",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=lambda schema: schema.__name__)],
        info={"summary": "Licences, support entitlement and tickets", "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": public_url}],
        tags=[{"name": name, "description": about} for name, about in operations.TAGS.items()],
    )
    for name, scheme in operations.SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for name, schema in (answers.SCHEMAS | described.SCHEMAS).items():
        spec.components.schema(name, schema)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint in operations.OPERATIONS:
            spec.path(path=_path(rule), operations=_operations(app, rule), parameters=_places(rule))
    found: dict[str, Any] = spec.to_dict()
    if "standard" in hosts:
        found["paths"]["/hooks/{endpoint_id}"]["post"]["requestBody"]["content"]["application/json"]["examples"] = {
            name: {"value": json.loads(hosts["standard"].sample(name, {}, _EXAMPLE_DAY)[1])}
            for name in hosts["standard"].samples
        }
    return found


def _document() -> dict[str, Any]:
    return _kept("document", lambda: document(current_app, runtime().settings.public_url, runtime().hosts))


def _kept(name: str, make: Callable[[], T]) -> T:
    """What was made at the first call: nothing in it changes while the process runs."""
    memo = runtime().memo
    if ("openapi", name) not in memo:
        memo["openapi", name] = make()
    found: T = memo["openapi", name]
    return found


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)


def _places(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}, "description": about}
        for name, about in operations.PLACES.items()
        if name in rule.arguments
    ]


def _operations(app: Flask, rule: Rule) -> dict[str, Any]:
    summary, _, _ = (inspect.getdoc(app.view_functions[rule.endpoint]) or "").partition("\n\n")
    methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    said = {"summary": " ".join(summary.split())} | operations.OPERATIONS[rule.endpoint]
    # copied, because the library puts what it resolved into the dicts it is given
    return {method.lower(): deepcopy(said) for method in methods}
