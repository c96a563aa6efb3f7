"""`/connect/<claim>`: a plugin exchanges a code once, for an endpoint that works; the code itself is worth nothing later."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from connector.api.connect import MISSES_A_MINUTE
from connector.storage.database import reading, transaction
from connector.storage.tables_notify import connect_codes, notify_endpoints
from tests.http.serving import Server
from tests.http.shops import Hook, Shop

SITE = {
    "site_url": "https://shop.example.com/",
    "site_name": "Ada's shop",
    "site_id": "a" * 32,
    "plugin_version": "1.0",
}
NEWS = "https://shop.example.com/?rest_route=/support-connector/v1/news"
UNKNOWN = "x" * 43


def code_of(shop: Shop, *words: str) -> str:
    """A new code, as it is printed: alone on its line."""
    printed = shop.shell.run("endpoint", "add", "--vendor", shop.slug, "--host", "standard", "--connect", *words).stdout
    assert printed.count("\n") == 1
    return printed.strip()


def told(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code.rpartition("/")[2], **SITE, "notify_url": NEWS} | more


def use(code: str, body: Any = None) -> requests.Response:
    return requests.post(code, json=told(code) if body is None else body, timeout=60)


def refused(answer: requests.Response) -> dict[str, Any]:
    """What a refusal says, but for the id of the call."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return {name: value for name, value in body.items() if name != "request_id"}


def test_a_code_is_exchanged_for_all_that_the_plugin_needs(shop: Shop) -> None:
    shop.product("forms", "--sku", "FORMS")
    code = code_of(shop)
    assert code.startswith(f"{shop.server.url}/connect/")
    answer = use(code)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    made = answer.json()
    assert sorted(made) == ["api_token", "endpoint_url", "notify_secret", "secret", "vendor"]
    assert made["vendor"] == shop.slug
    endpoint = made["endpoint_url"].rpartition("/")[2]
    hook = Hook(shop, endpoint, "standard", made["secret"])
    assert hook.url == made["endpoint_url"]
    assert hook.grant("AAAA-BBBB-CCCC-0001")["result"] == "applied"
    bearer = {"Authorization": f"Bearer {made['api_token']}"}
    asked = {"email": "ada@example.com"}
    allowed = requests.get(f"{shop.server.url}/v1/eligibility", asked, headers=bearer, timeout=60)
    assert allowed.status_code == 200
    assert requests.get(f"{shop.server.url}/v1/tickets", headers=bearer, timeout=60).status_code == 403
    [listed] = shop.shell.json("endpoint", "list", "--vendor", shop.slug)
    assert (listed["connected"]["site"], listed["connected"]["name"]) == (SITE["site_url"], SITE["site_name"])
    [place] = shop.shell.json("notify", "list", "--vendor", shop.slug)
    assert (place["url"], place["events"]) == (NEWS, ["all"])


def test_a_code_holds_no_secret_and_neither_do_database_and_log(shop: Shop) -> None:
    code = code_of(shop)
    made = use(code).json()
    use(code)
    claim = code.rpartition("/")[2]
    with reading(shop.server.runtime.engine) as tx:
        rows = str(tx.execute(select(connect_codes)).all()) + str(tx.execute(select(notify_endpoints)).all())
    log = shop.server.log_file.read_text()
    for secret in (claim, made["secret"], made["notify_secret"], made["api_token"]):
        assert secret not in rows
        assert secret not in log


def test_used_over_and_unknown_codes_are_not_told_apart(shop: Shop) -> None:
    used, over = code_of(shop), code_of(shop)
    assert use(used).status_code == 200
    digest = shop.server.runtime.keyring.token_hash(over.rpartition("/")[2])
    with transaction(shop.server.runtime.engine) as tx:
        past = shop.now - timedelta(seconds=1)
        tx.execute(update(connect_codes).where(connect_codes.c.digest == digest).values(ends_at=past))
    unknown = f"{shop.server.url}/connect/{UNKNOWN}"
    other = code_of(shop)
    answers = [use(used), use(over), use(unknown), use(other, told(unknown))]
    assert {answer.status_code for answer in answers} == {404}
    assert len({json.dumps(refused(answer)) for answer in answers}) == 1
    assert use(other).status_code == 200, "a body that names another code uses nothing up"


def test_a_code_is_good_for_a_quarter_of_an_hour(shop: Shop) -> None:
    before = shop.now
    good_until = shop.shell.json("endpoint", "add", "--vendor", shop.slug, "--host", "standard", "--connect")
    with reading(shop.server.runtime.engine) as tx:
        row = tx.execute(select(connect_codes).order_by(connect_codes.c.id.desc())).first()
    assert row is not None
    assert timedelta(minutes=15) == row.ends_at - row.created_at
    assert row.created_at >= before.replace(microsecond=0)
    assert sorted(good_until) == ["code", "good_until"]


def test_of_two_at_once_one_gets_it(shop: Shop) -> None:
    code = code_of(shop)
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(use, [code] * 4))
    assert statuses == [200, 404, 404, 404]
    assert len(shop.shell.json("endpoint", "list", "--vendor", shop.slug)) == 1


def test_opening_a_code_in_a_browser_says_where_to_paste_it_and_uses_nothing_up(shop: Shop) -> None:
    code = code_of(shop)
    page, none = requests.get(code, timeout=60), requests.get(f"{shop.server.url}/connect/{UNKNOWN}", timeout=60)
    assert (page.status_code, page.text) == (none.status_code, none.text)
    assert "paste" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert requests.head(code, timeout=60).status_code == 200
    assert use(code).status_code == 200


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, []),
        (422, {"site_url": None}),
        (422, {"site_url": 7}),
        (422, {"site_name": "x" * 201}),
        (422, {"site_name": "two\nlines"}),
        (422, {"notify_url": "javascript:alert(1)"}),
        (422, {"notify_url": "https://ada:secret@shop.example.com/"}),
        (413, {"site_name": "x" * 20_000}),
    ],
)
def test_a_body_that_cannot_be_used_leaves_the_code_as_it_was(shop: Shop, status: int, body: Any) -> None:
    code = code_of(shop)
    answer = use(code, told(code, **body) if isinstance(body, dict) else body)
    assert answer.status_code == status
    assert refused(answer)["detail"]
    assert use(code).status_code == 200


def test_what_is_no_json_leaves_the_code_as_it_was(shop: Shop) -> None:
    code = code_of(shop)
    assert requests.post(code, data=b"{", headers={"content-type": "application/json"}, timeout=60).status_code == 400
    assert requests.post(code, data=told(code), timeout=60).status_code == 415
    assert use(code).status_code == 200


def test_a_shop_that_takes_no_news_connects_without(shop: Shop) -> None:
    code = code_of(shop)
    assert "notify_secret" not in use(code, told(code, notify_url=None)).json()
    assert shop.shell.json("notify", "list", "--vendor", shop.slug) == []


def test_who_tries_codes_is_slowed_down(own_server: Server) -> None:
    shop = Shop(own_server)
    unknown = f"{own_server.url}/connect/{UNKNOWN}"
    answers = [use(unknown) for _ in range(MISSES_A_MINUTE * 3)]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert shop.rows()["tickets"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "woocommerce", "--connect"], "--host standard"),
        (["--host", "standard", "--allow-private"], "--connect"),
        (["--host", "standard", "--connect", "--set", "colour=blue"], "no setting"),
    ],
)
def test_wrong_words_make_no_code(shop: Shop, words: list[str], said: str) -> None:
    assert said in shop.shell.fails("endpoint", "add", "--vendor", shop.slug, *words, exits=2)
