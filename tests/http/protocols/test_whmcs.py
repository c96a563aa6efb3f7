"""Software of the WHMCS licensing add-on against a running server: a client that does what the published one does.

It posts what that posts (as a form, or as PHP's curl sends an array: multipart), reads the tags by the same pattern, keeps the
same local key and believes it as long (licence protocols, 2.1-2.3).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop
from tests.personal import found_in

SECRET = "the module's secret"
TODAY = date(2026, 11, 21)
TOKEN = "1795289925" + "6cbf18bb" * 4
Results = dict[str, Any]


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass
class Client:
    """One installation of a module. local: its local key; older: compares address and directory whole, as older copies do."""

    url: str
    key: str
    domain: str = "shop.example.com"
    ip: str = "203.0.113.7"
    dir: str = "/home/ada/public_html/mod"
    secret: str = SECRET
    multipart: bool = False
    older: bool = False
    today: date = TODAY
    local: str = ""
    asked: int = field(default=0, init=False)

    def check(self) -> Results:
        """What the module does on each page."""
        kept = self._kept()
        stored, fresh = kept or {}, kept is not None and self._within(kept, 15) and self._is_here(kept)
        if fresh:
            return stored
        try:
            answer = self.post()
        except requests.ConnectionError:
            answer = None
        if answer is None or answer.status_code != 200:
            if not self._within(stored, 20):
                return {"status": "Invalid", "description": "Remote Check Failed"}
            found: Results = stored
        else:
            found = dict(re.findall(r"<(.*?)>([^<]+)</\1>", answer.text, re.IGNORECASE))
        if found.get("md5hash") and found["md5hash"] != md5(self.secret + TOKEN):
            return {"status": "Invalid", "description": "MD5 Checksum Verification Failed"}
        if found.get("status") == "Active":
            self._keep(found)
        return found

    def post(self) -> requests.Response:
        self.asked += 1
        sent = {"licensekey": self.key, "domain": self.domain, "ip": self.ip, "dir": self.dir, "check_token": TOKEN}
        body: dict[str, Any] = {"files": {name: (None, value) for name, value in sent.items()}}
        where = f"{self.url}/modules/servers/licensing/verify.php"
        return requests.post(where, timeout=30, **(body if self.multipart else {"data": sent}))

    def _keep(self, found: Results) -> None:
        day = f"{self.today:%Y%m%d}"
        encoded = base64.b64encode(json.dumps(found | {"checkdate": day}).encode()).decode()
        turned = (md5(day + self.secret) + encoded)[::-1]
        whole = turned + md5(turned + self.secret)
        self.local = "\n".join(whole[at : at + 80] for at in range(0, len(whole), 80))

    def _kept(self) -> Results | None:
        whole = self.local.replace("\n", "")
        turned, seal = whole[:-32], whole[-32:]
        if not whole or seal != md5(turned + self.secret):
            return None
        found: Results = json.loads(base64.b64decode(turned[::-1][32:]))
        return found if turned[::-1][:32] == md5(found["checkdate"] + self.secret) else None

    def _within(self, found: Results, days: int) -> bool:
        return str(found.get("checkdate", "")) > f"{self.today - timedelta(days=days):%Y%m%d}"

    def _is_here(self, found: Results) -> bool:
        here = self.domain in found.get("validdomain", "").split(",")
        places = (("validip", self.ip), ("validdirectory", self.dir))
        if self.older:
            return here and all(found.get(tag) == value for tag, value in places)
        return here and all(value in found.get(tag, "").split(",") for tag, value in places)


class Module:
    """A vendor's module `mod` on one place, whose software has the secret in it."""

    def __init__(self, shop: Shop, folder: Path, *words: str) -> None:
        self.shop = shop
        shop.product("mod", "--sites", "1", "--face-id", "whmcs=3", "--name", "My Module", *words)
        secret = folder / "secret"
        secret.write_text(SECRET)
        words = ("--scope", "sign", "--product", "mod", "--secret-file", str(secret))
        shop.shell.run("face", "secret", "add", "whmcs", "--vendor", shop.slug, *words)

    @property
    def url(self) -> str:
        return f"{self.shop.server.url}/compat/{self.shop.slug}"

    def sold(self, *words: str) -> str:
        words = ("--product", "mod", "--email", "ada@example.com", "--name", "Ada Example", *words)
        return str(self.shop.shell.json("license", "issue", "--vendor", self.shop.slug, *words)["license_key"])

    def client(self, key: str, **more: Any) -> Client:
        return Client(self.url, key, **more)

    def sites(self, key: str) -> list[str]:
        rows = self.shop.shell.json("license", "sites", key, "--vendor", self.shop.slug)
        return [row["site"] for row in rows if row["state"] == "active"]


@pytest.fixture
def module(shop: Shop, tmp_path: Path) -> Module:
    return Module(shop, tmp_path)


@pytest.fixture
def key(module: Module) -> str:
    return module.sold("--support-until", "2027-03-01", "--expires-at", "2027-06-01", "--purchase", "recurring")


@pytest.fixture
def lone_worker(_serve: Callable[..., Server]) -> Iterator[Server]:
    """A connector of this test's own on PostgreSQL, with one process, which remembers everything it answered."""
    server = _serve("postgresql", CONNECTOR_WORKERS="1")
    yield server
    server.stop()


def says(found: Results) -> str:
    return str(found.get("message") or found["status"])


@pytest.mark.parametrize("multipart", [False, True], ids=["form", "multipart"])
@pytest.mark.parametrize("older", [False, True], ids=["newer", "older"])
def test_a_good_key_is_active_and_then_needs_no_server(module: Module, key: str, multipart: bool, older: bool) -> None:
    client = module.client(key, multipart=multipart, older=older)
    found = client.check()
    assert (found["status"], found["productid"], found["productname"]) == ("Active", "3", "My Module")
    assert (found["nextduedate"], found["billingcycle"]) == ("2027-06-01", "Annually")
    assert (found["supportuntil"], found["md5hash"]) == ("2027-03-01", md5(SECRET + TOKEN))
    assert client.check()["status"] == "Active"
    assert client.asked == 1
    client.today += timedelta(days=16)
    assert client.check()["status"] == "Active"
    assert (client.asked, module.sites(key)) == (2, ["shop.example.com"])


def test_the_first_check_binds_domain_address_and_directory(module: Module, key: str) -> None:
    module.client(key).check()
    assert says(module.client(key, domain="other.example.com").check()) == "Domain Invalid"
    assert says(module.client(key, ip="198.51.100.9").check()) == "IP Address Invalid"
    assert says(module.client(key, dir="/elsewhere").check()) == "Directory Invalid"
    assert says(module.client(key).check()) == "Active"


@pytest.mark.parametrize(
    "domain", ["www.shop.example.com", "WWW.SHOP.example.com", "shop.example.com.", "SHOP.Example.com"]
)
def test_spellings_of_one_domain_are_one_place_and_each_keeps_its_local_key(
    module: Module, key: str, domain: str
) -> None:
    module.client(key).check()
    client = module.client(key, domain=domain)
    assert client.check()["status"] == client.check()["status"] == "Active"
    assert (client.asked, module.sites(key)) == (1, ["shop.example.com"])


def test_an_idn_domain_keeps_its_local_key_in_either_spelling(module: Module, key: str) -> None:
    for domain in ("größe.example", "xn--gre-6ka8i.example"):
        client = module.client(key, domain=domain)
        assert client.check()["status"] == client.check()["status"] == "Active"
        assert client.asked == 1


def test_a_staging_copy_takes_no_place(module: Module, key: str) -> None:
    module.client(key).check()
    assert says(module.client(key, domain="staging.shop.example.com").check()) == "Active"
    assert module.sites(key) == ["shop.example.com"]


def test_a_cron_job_without_a_domain_is_not_refused(module: Module, key: str) -> None:
    page, job = module.client(key), module.client(key, domain="", ip="")
    assert job.check()["status"] == "Active", "before anything is bound"
    assert module.sites(key) == ["install:dir /home/ada/public_html/mod"]
    page.check()
    job.local = ""
    assert job.check()["status"] == "Active"
    page.local = job.local
    assert (page.check()["status"], job.check()["status"]) == ("Active", "Active")
    assert (page.asked, job.asked) == (1, 2), "page and job share the local key that the job got"


def test_a_domain_that_cannot_be_read_is_no_way_around_the_place(module: Module, key: str) -> None:
    for domain in ("//", "javascript:alert(1)", "a b", "a." * 5000):
        assert says(module.client(key, domain=domain).check()) == "Domain Invalid"


def test_proxmox_binds_by_the_directory_because_everybody_sends_one_domain(module: Module) -> None:
    sent = {"domain": "www.proxmox.com", "ip": "localhost"}
    first, second = module.sold(), module.sold()
    assert says(module.client(first, dir="A" * 32, **sent).check()) == "Active"
    assert says(module.client(second, dir="B" * 32, **sent).check()) == "Active", "another customer, the same domain"
    assert says(module.client(first, dir="B" * 32, **sent).check()) == "Directory Invalid"
    found = module.client(first, dir="A" * 32, **sent).check()
    assert (found["status"], found["validdirectory"]) == ("Active", "A" * 32)


def test_a_conflict_that_the_product_allows_is_none(shop: Shop, tmp_path: Path) -> None:
    module = Module(shop, tmp_path, "--allow-conflict", "ip", "--allow-conflict", "domain")
    key = module.sold()
    module.client(key).check()
    moved = module.client(key, domain="other.example.com", ip="198.51.100.9", older=True)
    assert moved.check()["status"] == moved.check()["status"] == "Active"
    assert (moved.asked, module.sites(key)) == (1, ["shop.example.com"])
    assert says(module.client(key, domain="other.example.com", dir="/elsewhere").check()) == "Directory Invalid"


def test_after_a_reissue_the_next_check_binds_anew(module: Module, key: str) -> None:
    module.client(key).check()
    module.shop.shell.run("license", "reissue", key, "--vendor", module.shop.slug)
    moved = module.client(key, domain="new.example.com", ip="198.51.100.9", dir="/new")
    assert says(moved.check()) == "Active"
    assert says(module.client(key).check()) == "Domain Invalid"


def test_a_place_the_shop_named_is_bound_fully_by_its_first_check(module: Module) -> None:
    hook = module.shop.hook()
    hook.grant("ABCD-0001-0001-0001", product="mod", site_limit=1, sites=["shop.example.com"])
    assert says(module.client("ABCD-0001-0001-0001").check()) == "Active"
    assert says(module.client("ABCD-0001-0001-0001", dir="/elsewhere").check()) == "Directory Invalid"


def test_support_ends_apart_from_the_licence(module: Module) -> None:
    found = module.client(module.sold("--support-until", "2024-03-01")).check()
    assert (found["status"], found["supportuntil"]) == ("Active", "2024-03-01")
    assert found["addons"] == "name=Support and Updates;nextduedate=2024-03-01;status=Expired"
    assert (found["nextduedate"], found["billingcycle"]) == ("0000-00-00", "One Time")


def test_a_licence_that_has_ended_says_so(module: Module, key: str) -> None:
    shell, vendor = module.shop.shell, module.shop.slug
    assert module.client(module.sold("--expires-at", "2024-03-01")).check()["status"] == "Expired"
    shell.run("license", "suspend", key, "--vendor", vendor)
    assert module.client(key).check()["status"] == "Suspended"
    hook = module.shop.hook()
    hook.grant("REFUNDED-0001-0001", product="mod")
    hook.tell("license.status_changed", {"license_key": "REFUNDED-0001-0001", "status": "refunded"})
    found = module.client("REFUNDED-0001-0001").check()
    assert (found["status"], found["message"]) == ("Expired", "License Terminated")


def test_unknown_keys_are_answered_alike(module: Module, key: str, shops: Any, tmp_path: Path) -> None:
    other = Module(shops(), tmp_path).sold()
    keys = ("NOPE", other, "a\x00b", "k" * 10_000, key + "x", "é")
    assert len({module.client(each).post().text for each in keys}) == 1
    assert module.client("NOPE").check()["status"] == "Invalid"


def test_another_modules_software_does_not_take_the_answer(module: Module, key: str) -> None:
    """Its secret is another one; the tags name the product, too."""
    assert says(module.client(key, secret="another module's").check()) == "Invalid"


def test_nobody_is_named(module: Module, key: str) -> None:
    assert found_in(module.client(key, dir="/srv").post().text, "ada@example.com", "Ada Example") == []
    words = ("face", "set", "whmcs", "--vendor", module.shop.slug, "--show-holder")
    module.shop.shell.run(*words)
    assert module.client(key, dir="/srv").check()["email"] == "ada@example.com"


def test_one_of_twenty_first_checks_binds(module: Module, key: str) -> None:
    def check(number: int) -> str:
        return says(module.client(key, domain=f"s{number}.example.com").check())

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(check, range(20)))
    assert sorted(found) == ["Active"] + ["Domain Invalid"] * 19
    assert len(module.sites(key)) == 1


def test_nothing_that_is_sent_is_a_fault_of_ours(module: Module, key: str) -> None:
    url = f"{module.url}/a/folder/modules/servers/licensing/verify.php"
    answers = [
        requests.post(url, data={"licensekey": [key, "x"], "domain": ["a", "b"]}, timeout=30),
        requests.post(url, json={"licensekey": key}, timeout=30),
        requests.post(url, data=b"\xff\x00=%zz&licensekey", timeout=30),
        requests.post(url, timeout=30),
        requests.get(url, params={"licensekey": key, "dir": "d" * 3000}, timeout=30),
        requests.post(url, data={"licensekey": key, "domain[]": "a", "dir": "\x00" * 50}, timeout=30),
        requests.post(url, data={"licensekey": key, "ip": "</validip><status>Active</status>"}, timeout=30),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert all(answer.text.count("<status>") == 1 for answer in answers)
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store, private"}


@pytest.mark.postgres
def test_with_our_database_away_software_goes_on(lone_worker: Server, tmp_path: Path) -> None:
    """Its last answer, where we remember one; else none, so that it keeps its own."""
    module = Module(Shop(lone_worker), tmp_path)
    key, unseen = module.sold(), module.sold()
    client = module.client(key)
    assert client.check()["status"] == "Active"
    refused = module.client(key, dir="/elsewhere")
    assert says(refused.check()) == "Directory Invalid"
    with no_connections(lone_worker):
        client.local = ""
        assert client.check()["status"] == "Active"
        assert says(refused.check()) == "Directory Invalid", "answers about other places are remembered apart"
        answer = module.client(unseen).post()
        assert (answer.status_code, answer.text) == (429, "")


def test_without_a_server_software_goes_on_for_its_days_of_grace(module: Module, key: str) -> None:
    made = module.shop.shell.run(
        *("license", "localkey", key, "--domain", "shop.example.com", "--ip", "203.0.113.7"),
        *("--directory", "/home/ada/public_html/mod", "--vendor", module.shop.slug),
    ).stdout
    today = module.shop.now.date()
    client = Client("http://127.0.0.1:9", key, local=made.strip(), today=today)
    assert (client.check()["status"], client.asked) == ("Active", 0)
    client.today = today + timedelta(days=18)
    assert (client.check()["status"], client.asked) == ("Active", 1), "no stored hash that could be compared"
    client.today, client.local = today + timedelta(days=30), made.strip()
    assert client.check() == {"status": "Invalid", "description": "Remote Check Failed"}
