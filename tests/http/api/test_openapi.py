"""`/openapi.json` and `/docs`: valid, complete, and true of what a running connector answers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from connector.api.described.operations import OPERATIONS
from connector.vendors.credentials import SCOPES
from tests.http.described import hold
from tests.http.shops import ADA, SITE, Hook, event, question, session
from tests.support.stores import settings_for
from wsgi import create_app, make_runtime

KEY = "AAAA-BBBB-CCCC-0001"
PROTOCOLS = "/compat/"
"""Licence protocols speak other people's dialects: docs of their own tell them."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return create_app(make_runtime(settings_for(f"sqlite:///{tmp_path_factory.mktemp('openapi')}/x.db")))


@pytest.fixture(scope="module")
def document(app: Any) -> Any:
    return app.test_client().get("/openapi.json").json


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its id."""
    items = [each for item in document["paths"].values() for method, each in item.items() if method != "parameters"]
    return {each["operationId"]: each for each in items}


# --- the document


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert [fault.message for fault in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_is_described_and_nothing_else(app: Any, document: Any) -> None:
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint != "static" and not rule.rule.startswith(PROTOCOLS)
    ]
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    told = {(method, path) for path, item in document["paths"].items() for method in item if method != "parameters"}
    assert told == routes
    assert set(OPERATIONS) == {rule.endpoint for rule in rules}


def test_every_operation_has_a_name_of_its_own_a_summary_and_its_scope(document: Any) -> None:
    found = operations(document)
    assert len(found) == sum(len(set(item) - {"parameters"}) for item in document["paths"].values())
    assert all(each["summary"].endswith((".", "?")) for each in found.values())
    scopes = [needed["bearer"] for each in found.values() for needed in each["security"] if "bearer" in needed]
    assert {scope for [scope] in scopes} == set(SCOPES)


def test_every_schema_is_used(document: Any) -> None:
    used = set(re.findall(r"#/components/schemas/([\w.]+)", str(document)))
    assert used == set(document["components"]["schemas"])


# --- the page


class Page(HTMLParser):
    """Ids, links and the balance of tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("src", "style") for name in given), given
        self.ids.update([given["id"]] if "id" in given else [])
        self.links |= {given["href"]} if "href" in given else set()
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing at {self.getpos()}"


def test_the_page_shows_every_operation_and_schema_under_its_name(app: Any, document: Any) -> None:
    page = Page(app.test_client().get("/docs").text)
    assert page.open == []
    assert max(page.ids.values()) == 1
    assert set(operations(document)) <= set(page.ids)
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= set(page.ids)
    assert {link for link in page.links if not link.startswith("#")} == {"openapi.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_page_has_no_script_and_a_policy_that_allows_none(app: Any) -> None:
    reply = app.test_client().get("/docs")
    assert not {"script", "link", "img", "iframe", "object", "form"} & Page(reply.text).tags
    [style] = re.findall("<style>(.*?)</style>", reply.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")


# --- real answers


@pytest.fixture
def known(hook: Hook) -> Hook:
    """Ada's licence, in use on one site, bought by order 12."""
    order = {"order_id": "12", "customer": ADA, "total": "79.00", "currency": "EUR"}
    item = {"product": "forms", "quantity": 1, "amount": "79.00", "license_key": KEY}
    hook.tell("order.paid", order | {"items": [item]}, occurred_at=hook.shop.ago(days=2))
    hook.grant(KEY, order_id="12", support_until=hook.shop.ago(days=-100), site_limit=3, sites=[SITE])
    return hook


class Caller:
    """Calls a running connector and holds every reply against its own description."""

    def __init__(self, hook: Hook) -> None:
        self.url = hook.shop.server.url
        self.hook = hook
        self.bearer = {"Authorization": f"Bearer {hook.shop.token()}"}
        self.document = session().get(f"{self.url}/openapi.json", timeout=30).json()

    def get(self, path: str, status: int = 200, **params: str) -> requests.Response:
        return self._held(session().get(self.url + path, params=params, headers=self.bearer, timeout=30), status)

    def post(self, path: str, body: Any, status: int = 200) -> requests.Response:
        return self._held(session().post(self.url + path, json=body, headers=self.bearer, timeout=30), status)

    def deliver(self, body: bytes, status: int = 200, **headers: str) -> requests.Response:
        return self._held(self.hook.post(body, self.hook.signed(body) | headers), status)

    def _held(self, reply: requests.Response, status: int) -> requests.Response:
        assert reply.status_code == status, reply.text
        hold(self.document, reply)
        return reply


@pytest.fixture
def caller(known: Hook) -> Caller:
    return Caller(known)


def test_the_server_names_itself(caller: Caller) -> None:
    assert caller.document["servers"] == [{"url": caller.hook.shop.server.runtime.settings.public_url}]


def test_deliveries_are_answered_as_described(caller: Caller) -> None:
    results = [
        caller.deliver(body).json()["result"]
        for body in (
            event("license.renewed", {"license_key": KEY, "support_until": caller.hook.shop.ago(days=-400)}),
            event("support.requested", question("r1", license_key=KEY)),
            event("support.requested", question("r2", license_key="NO-SUCH-KEY")),
            event("support.requested", question("r1", license_key=KEY)),
            event("ping", {}),
            event("no.such.event", {}),
            event("license.granted", {}),
            b"{}",
        )
    ]
    assert results == ["applied", "decided", "decided", "duplicate", "ignored", "ignored", "quarantined", "quarantined"]
    caller.deliver(b"{}", 401, **{"webhook-signature": "v1,AAAA"})
    caller.deliver(b"{}", 415, **{"Content-Type": "text/plain"})


def test_support_is_answered_as_described(caller: Caller) -> None:
    accepted = caller.post("/v1/support/requests", question("r1", license_key=KEY)).json()
    assert accepted["decision"]["outcome"] == "accept"
    denied = caller.post("/v1/support/requests", question("r2", license_key="NO-SUCH-KEY")).json()
    assert denied["decision"]["outcome"] == "deny"
    caller.post("/v1/support/requests", {"request_id": []}, 422)
    caller.get(f"/v1/support/requests/{accepted['ticket']['number']}")
    caller.get("/v1/support/requests/SC-0000-0000", 404)
    assert caller.get("/v1/tickets", limit="1").json()["next"]
    caller.get("/v1/tickets", 422, limit="0")
    [promise] = caller.get("/v1/tickets/open").json()["items"]
    assert (promise["ticket"], promise["state"]) == (accepted["ticket"]["number"], "running")
    caller.get("/v1/tickets/open", 422, limit="0")
    page = caller.get(urlsplit(accepted["ticket"]["status_url"]).path)
    assert page.headers["Content-Type"].startswith("text/html")
    caller.get("/t/nonsense", 404)


def test_eligibility_is_answered_as_described(caller: Caller) -> None:
    assert caller.get("/v1/eligibility", license_key=KEY).json()["found"]
    assert not caller.get("/v1/eligibility", email="nobody@example.com").json()["found"]
    caller.get("/v1/eligibility", order="12")
    caller.get("/v1/eligibility", 422, colour="red")
    caller.bearer = {"Authorization": f"Bearer {caller.hook.shop.token('tickets:read')}"}
    caller.get("/v1/eligibility", 403, license_key=KEY)
    caller.bearer = {}
    caller.get("/v1/eligibility", 401, license_key=KEY)


def test_licence_calls_are_answered_as_described(caller: Caller) -> None:
    known, unknown = ({"license_key": key, "product": "forms", "site": SITE, "nonce": "n"} for key in (KEY, "NOPE"))
    assert caller.post("/v1/licenses/activate", known).json()["valid"]
    for act in ("validate", "token", "deactivate", "validate"):
        caller.post(f"/v1/licenses/{act}", known | {"email": ADA["email"]})
        assert caller.post(f"/v1/licenses/{act}", unknown).json()["code"] == "NOT_FOUND"
    caller.post("/v1/licenses/validate", {}, 422)
    caller.post("/v1/licenses/validate", known | {"site": "http://localhost/"})
    assert caller.get("/.well-known/jwks.json").json()["keys"]


def test_health_is_answered_as_described(caller: Caller) -> None:
    caller.get("/healthz")
    caller.get("/readyz")
    caller.get("/metrics", 404)
    caller.get("/docs")
    caller.get("/openapi.json")


def test_holding_finds_what_is_not_described(caller: Caller) -> None:
    """The test of the tests: a member or a status that nobody described is noticed."""
    del caller.document["components"]["schemas"]["Verdict"]["properties"]["code"]
    with pytest.raises(AssertionError, match="'code' was unexpected"):
        caller.post("/v1/licenses/validate", {"license_key": KEY})
    del caller.document["paths"]["/v1/licenses/validate"]["post"]["responses"]["422"]
    with pytest.raises(AssertionError, match="does not say that it answers 422"):
        caller.post("/v1/licenses/validate", {}, 422)
