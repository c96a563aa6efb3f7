"""The customer's page, health, readiness and metrics of a running server."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import jwt
import pytest
import requests

from tests.http.serving import Server
from tests.http.shops import Hook, Shop, session

KEY = "AAAA-BBBB-CCCC-0001"


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def link(hook: Hook) -> str:
    hook.grant(KEY)
    url: str = hook.ask("r1", license_key=KEY, subject="<script>alert(1)</script>")["ticket"]["status_url"]
    return url


def get(url: str) -> requests.Response:
    return session().get(url, timeout=30)


def test_the_page_shows_number_state_and_due_time_without_any_script(link: str) -> None:
    page = get(link)
    assert page.status_code == 200
    assert re.search(r"SC-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)
    assert "<strong>received</strong>" in page.text
    tags = Tags(page.text).found
    assert "time" in {tag for tag, _ in tags}
    assert not {"script", "iframe", "object", "form"} & {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]


def test_the_page_is_locked_down_and_not_kept(link: str) -> None:
    headers = get(link).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].startswith("text/html")


def test_words_of_the_customer_are_text_on_the_page(hook: Hook) -> None:
    hook.shop.shell.run("vendor", "set-policy", hook.shop.slug, "hourly-services")
    reply = hook.ask("r1", kind="bug", severity='<img src=x onerror="alert(1)">')
    assert "<img" not in get(reply["ticket"]["status_url"]).text


def forged(link: str, claims: dict[str, str], algorithm: str, key: str) -> str:
    return f"{link.rpartition('/')[0]}/{jwt.encode(claims, key, algorithm=algorithm)}"


def unsigned(link: str) -> str:
    _, body, _ = link.rpartition("/")[2].split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{link.rpartition('/')[0]}/{head}.{body}."


TAMPERED: dict[str, Callable[[str], str]] = {
    "one letter changed": lambda link: link[:-8] + ("A" if link[-8] != "A" else "B") + link[-7:],
    "cut short": lambda link: link[:-5],
    "no signature": lambda link: link.rpartition(".")[0] + ".",
    "alg none": unsigned,
    "nothing like it": lambda link: link.rpartition("/")[0] + "/hello",
    "the bare number": lambda link: link.rpartition("/")[0] + "/SC-AAAA-AAAA",
    "another key": lambda link: forged(link, {"sub": "SC-AAAA-AAAA", "aud": "ticket"}, "HS256", "k" * 64),
    "non-ASCII": lambda link: link + "é",
    "very long": lambda link: link + "A" * 9_000,
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_tampered_link_is_404_without_a_word_on_the_ticket(link: str, tamper: Callable[[str], str]) -> None:
    page = get(tamper(link))
    assert page.status_code == 404
    assert not re.search(r"SC-[0-9A-Z]{4}-", page.text)
    assert "Content-Security-Policy" in page.headers


def test_the_link_of_another_installation_opens_nothing(link: str, shop: Shop) -> None:
    runtime = shop.server.runtime
    claims = {"sub": "SC-AAAA-AAAA", "aud": "ticket"}
    ours = jwt.encode(claims, runtime.keyring.signing, algorithm="HS256")
    assert get(f"{shop.server.url}/t/{ours}").status_code == 404, "ours, but there is no such ticket"


# --- health ---


def test_the_process_and_its_parts_are_well(server: Server) -> None:
    alive, ready = get(f"{server.url}/healthz"), get(f"{server.url}/readyz")
    assert (alive.status_code, alive.json()["status"]) == (200, "ok")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "parts": {"database": "ok", "helpdesks": "ok"}},
    )


def test_metrics_are_off_while_no_token_is_set(server: Server) -> None:
    answer = get(f"{server.url}/metrics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_metrics_count_what_came_in_for_whoever_has_the_token(metered_server: Server) -> None:
    hook = Shop(metered_server).hook()
    hook.grant(KEY)
    hook.ask("r1", license_key=KEY)
    hook.ask("r2", license_key="NO-SUCH-KEY")
    hook.tell("license.granted", {})
    url = f"{metered_server.url}/metrics"
    for wrong in (None, "", "Bearer wrong", "Bearer é".encode()):
        assert session().get(url, headers={"Authorization": wrong}, timeout=30).status_code == 401
    answer = session().get(url, headers={"Authorization": "Bearer a token for metrics"}, timeout=30)
    lines = set(answer.text.splitlines())
    assert answer.headers["Content-Type"].startswith("text/plain")
    delivered = 'connector_webhook_deliveries_total{event="%s",host="standard",outcome="%s"} %s'
    assert delivered % ("license.granted", "quarantined", "1.0") in lines
    assert delivered % ("support.requested", "decided", "2.0") in lines
    for verdict in ("accept", "deny"):
        assert f'connector_decisions_total{{channel="ticket",class="how_to_feature",verdict="{verdict}"}} 1.0' in lines
    assert "connector_quarantined_deliveries 1.0" in lines
