"""`connector trigger` against a running server, and secrets that are changed while hosts post."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.hosts import HOSTS
from tests.http.shops import Hook, Shop

PING = b'{"type":"ping"}'
SAMPLES = [(name, event) for name, host in HOSTS.items() for event in host.samples]
ABOUT_A_REQUEST = ("ticket.message", "estimate.answered")
NAMED = ["--set", "data.request_id=form-1"]
ISSUE = ["--product", "acme-forms", "--email", "ada@example.com", "--key-file", "-"]
KEY = "DEMO-ACTIVE-0001-ABCD"


@pytest.mark.parametrize(("host", "event"), SAMPLES)
def test_every_sample_is_taken_and_none_is_quarantined(shop: Shop, host: str, event: str) -> None:
    hook = shop.hook(host)
    if event in ABOUT_A_REQUEST:
        shop.shell.run("license", "issue", "--vendor", shop.slug, *ISSUE, given=KEY)
        shop.shell.run("trigger", host, "support.requested", "--endpoint", hook.id, *NAMED)
    named = NAMED if event in ABOUT_A_REQUEST else []
    result = shop.shell.run("trigger", host, event, "--endpoint", hook.id, *named, "--format", "json")
    assert result.stderr.startswith("200 from ")
    told = json.loads(result.stdout)
    assert told["result"] in ("applied", "decided", "ignored"), told


def test_a_sample_can_be_made_to_fail_and_is_then_in_quarantine(shop: Shop) -> None:
    hook = shop.hook()
    words = ["--endpoint", hook.id, "--set", "data.license_key=null"]
    assert shop.shell.json("trigger", "standard", "license.granted", *words)["result"] == "quarantined"


def test_a_triggered_order_and_request_make_a_ticket(shop: Shop) -> None:
    shop.product("acme-forms", "--sku", "ACME-FORMS", "--sites", "3", "--issue-keys")
    woocommerce, standard = shop.hook("woocommerce"), shop.hook()
    shop.shell.run("trigger", "woocommerce", "order.completed", "--endpoint", woocommerce.id)
    who = ["--set", "data.license_key=null", "--set", "data.order_id=1001", "--endpoint", standard.id]
    told = shop.shell.json("trigger", "standard", "support.requested", *who)
    assert (told["decision"]["outcome"], told["ticket"]["state"]) == ("accept", "queued")


def test_a_rotated_secret_is_in_force_at_once_and_the_old_one_until_the_next(hook: Hook) -> None:
    """A7, on every worker of the server."""

    def statuses(each: Hook) -> set[int]:
        return {each.post(PING).status_code for _ in range(8)}

    assert statuses(hook) == {200}
    second = replace(hook, secret=hook.shop.shell.json("endpoint", "rotate", hook.id)["secret"])
    assert statuses(hook) == statuses(second) == {200}
    third = replace(hook, secret=hook.shop.shell.json("endpoint", "rotate", hook.id)["secret"])
    assert (statuses(hook), statuses(second), statuses(third)) == ({401}, {200}, {200})
    fourth = replace(hook, secret=hook.shop.shell.json("endpoint", "rotate", hook.id, "--end-old")["secret"])
    assert (statuses(third), statuses(fourth)) == ({401}, {200})


def test_another_policy_is_in_force_at_once(shops: Callable[..., Shop]) -> None:
    hook = shops("whmcs-modules").hook()
    assert hook.ask("r1", license_key=None)["decision"]["outcome"] == "ask"
    words = ["tiered-sla", "--set", "calendar.timezone=Europe/Berlin"]
    hook.shop.shell.run("vendor", "set-policy", hook.shop.slug, *words)
    told = hook.ask("r1", license_key=None)
    assert told["decision"]["outcome"] == "accept"
    assert told["decision"]["policy"].startswith("tiered-sla@")
