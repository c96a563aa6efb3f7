"""The nginx block of docs/licence-protocols.md: nginx accepts it, calls of shipped software arrive through it as they were sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.http.protocols.stockclients import Sale
from tests.http.shops import Shop
from tests.paths import DOCS
from tests.servers.nginx import Nginx

HOST = "licences.acme.example.com"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def documented(page: str, heading: str) -> str:
    """The first nginx block below a heading of a page in docs/."""
    text = (DOCS / page).read_text()
    found = re.search(r"```nginx\n(.*?)```", text[text.index(heading) :], re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale.of(shop, "lmfwc")


@pytest.fixture
def nginx(sale: Sale, tmp_path: Path) -> Iterator[Nginx]:
    block = documented("licence-protocols.md", "### Software that knows a host name only")
    host, port = sale.shop.server.address
    assert (HOST in block, "127.0.0.1:8080" in block, "/compat/acme" in block) == (True, True, True)
    here = block.replace("127.0.0.1:8080", f"{host}:{port}").replace("/compat/acme", f"/compat/{sale.shop.slug}")
    with Nginx(tmp_path, here) as running:
        yield running


def test_nginx_accepts_the_block(nginx: Nginx) -> None:
    assert "syntax is ok" in nginx.check()


def test_calls_in_the_path_in_the_query_and_in_a_form_arrive(sale: Sale, nginx: Nginx) -> None:
    key = sale.licence()
    pair = urlencode({"consumer_key": "ck_1", "consumer_secret": sale.secret("verify", "ck_1")})
    status, body = nginx.call("GET", HOST, f"/wp-json/lmfwc/v2/licenses/{key}?{pair}")
    assert (status, json.loads(body)["data"]["licenseKey"]) == (200, key)
    asked = {"edd_action": "check_license", "license": key, "item_name": "Acme Forms", "url": "https://a.example.com"}
    for method, target, form in (("GET", f"/?{urlencode(asked)}", {}), ("POST", "/", asked)):
        status, body = nginx.call(method, HOST, target, urlencode(form).encode(), **(FORM if form else {}))
        assert (status, json.loads(body)["license"]) == (200, "inactive"), method
    bound = urlencode({"licensekey": key, "domain": "a.example.com", "ip": "203.0.113.7", "dir": "/srv/mod"}).encode()
    status, body = nginx.call("POST", HOST, "/modules/servers/licensing/verify.php", bound, **FORM)
    assert (status, b"<status>Active</status>" in body) == (200, True)
    lemon = json.dumps({"license_key": key}).encode()
    status, body = nginx.call("POST", HOST, "/v1/licenses/validate", lemon, Content_Type="application/vnd.api+json")
    assert (status, json.loads(body)["valid"]) == (200, True)


@pytest.mark.parametrize("key", ["ABCD+1234", "ABCD 1234", "ABCD%41-1234", "ÄBCD-1234", "AB=CD&1234?"])
def test_keys_with_any_sign_arrive_as_they_were_sent(sale: Sale, nginx: Nginx, key: str, tmp_path: Path) -> None:
    """nginx decodes a path that it passes on by itself; `$request_uri` is left alone."""
    file: Any = tmp_path / "keys.json"
    file.write_text(json.dumps([{"key": key, "product": "forms"}]))
    sale.shop.shell.run("license", "import", str(file), "--vendor", sale.shop.slug)
    pair = urlencode({"consumer_key": "ck_1", "consumer_secret": sale.secret("verify", "ck_1")})
    status, body = nginx.call("GET", HOST, f"/wp-json/lmfwc/v2/licenses/{quote(key, safe='')}?{pair}")
    assert (status, json.loads(body)["data"]["licenseKey"]) == (200, key)


def test_a_path_nobody_serves_is_no_redirect(nginx: Nginx) -> None:
    assert nginx.call("GET", HOST, "/nothing")[0] == 404
    assert nginx.call("GET", HOST, "//wp-json/lmfwc/v2/licenses")[0] in (401, 403)
