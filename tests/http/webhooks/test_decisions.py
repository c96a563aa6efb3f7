"""What a support request is told (contract 3.1): the shape of the answer under every outcome, and what makes a ticket."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from connector.domain.policy.reasons import REASONS
from tests.http.shops import ADA, SITE, Hook, Shop

KEY, LAPSED = "AAAA-BBBB-CCCC-0001", "AAAA-BBBB-CCCC-0002"
ENDED = "2026-01-31T12:00:00Z"
NUMBER = re.compile(r"SC-[0-9A-Z]{4}-[0-9A-Z]{4}")
ORDER = (
    b'{"id":12,"status":"completed","date_modified_gmt":"2026-01-01T00:00:00","date_paid_gmt":"2026-01-01T00:00:00",'
    b'"date_completed_gmt":"2026-01-01T00:00:00","customer_id":7,"billing":{"email":"ada@example.com"},"total":"9.00",'
    b'"line_items":[{"id":1,"sku":"GALLERY","quantity":1,"total":"9.00"}]}'
)
REASON = {"code", "severity", "clause", "message", "facts", "remedy"}
TICKET = {"number", "state", "priority", "tier", "respond_by", "resolve_by", "update_by", "status_url"}


@pytest.fixture
def known(hook: Hook) -> Hook:
    """Ada has a licence in force and one whose support ended."""
    hook.grant(KEY, support_until=hook.shop.ago(days=-100))
    hook.grant(LAPSED, support_until=ENDED)
    return hook


def codes(reply: Any, severity: str | None = None) -> set[str]:
    return {each["code"] for each in reply["decision"]["reasons"] if severity in (None, each["severity"])}


def has_contract_shape(reply: Any, outcome: str) -> None:
    decision = reply["decision"]
    assert reply["delivery"].startswith("dlv_")
    assert decision["id"].startswith("dec_")
    assert decision["outcome"] == outcome
    assert re.fullmatch(r"[a-z-]+@[0-9-]+#[0-9a-f]{6}", decision["policy"])
    assert decision["checked_at"].endswith("Z")
    assert datetime.fromisoformat(decision["checked_at"]).utcoffset() is not None
    for reason in decision["reasons"]:
        assert reason.keys() == REASON
        assert reason["code"] in REASONS
        assert reason["message"]
        assert "{" not in reason["message"]
        assert reason["remedy"] is None or reason["remedy"].keys() == {"kind", "label", "url"}
    if outcome != "accept":
        heaviest = [each for each in decision["reasons"] if each["severity"] == outcome]
        assert heaviest, "somebody must be able to read why"
        assert all(each["remedy"] for each in heaviest), "never a dead end"


def test_accept_is_a_ticket_with_its_due_time(known: Hook) -> None:
    reply = known.ask("r1", license_key=KEY)
    has_contract_shape(reply, "accept")
    ticket = reply["ticket"]
    assert ticket.keys() == TICKET
    assert NUMBER.fullmatch(ticket["number"])
    assert (ticket["state"], ticket["priority"]) == ("queued", "standard")
    assert datetime.fromisoformat(ticket["respond_by"]) > known.shop.now
    assert ticket["status_url"].startswith(f"{known.shop.server.url}/t/")


def test_deny_is_http_200_with_reason_clause_facts_and_remedy(known: Hook) -> None:
    reply = known.ask("r1", license_key=LAPSED)
    has_contract_shape(reply, "deny")
    assert "ticket" not in reply
    [reason] = [each for each in reply["decision"]["reasons"] if each["code"] == "support_expired"]
    assert (reason["severity"], reason["clause"], reason["remedy"]["kind"]) == ("deny", "4", "renew")
    assert reason["facts"]["support_until"] == ENDED
    assert known.shop.rows()["tickets"] == 0


def test_all_reasons_come_at_once_and_the_worst_decides(known: Hook) -> None:
    reply = known.ask("r1", license_key=LAPSED, kind="custom_dev", channel="social", product="gallery")
    has_contract_shape(reply, "deny")
    assert {"support_expired", "custom_development", "product_not_owned", "use_helpdesk"} <= codes(reply)


def test_ask_names_what_is_missing(known: Hook) -> None:
    reply = known.ask("r1", license_key=KEY, kind="bug")
    has_contract_shape(reply, "ask")
    assert codes(reply, "ask") == {"reproduction_required"}
    assert "ticket" not in reply
    again = known.ask("r1", license_key=KEY, kind="bug", reproduction="Click Export.", modified_code=False)
    assert (again["result"], again["decision"]["outcome"]) == ("decided", "accept")


def test_redirect_names_the_way(known: Hook) -> None:
    reply = known.ask("r1", license_key=KEY, channel="social")
    has_contract_shape(reply, "redirect")
    assert codes(reply, "redirect") == {"use_helpdesk"}
    assert known.shop.rows()["tickets"] == 0


def test_hold_makes_a_ticket_that_waits_and_moves_on_when_the_unknown_is_known(hook: Hook) -> None:
    """We see the payment but know nothing of what was bought: our own trouble is never the customer's refusal."""
    store = hook.shop.hook("woocommerce")
    order = store.post(ORDER)
    assert order.json()["result"] == "applied"
    reply = hook.ask("r1", order_id="12", product=None)
    has_contract_shape(reply, "hold")
    assert codes(reply, "hold") == {"unknown_licence"}
    assert (reply["ticket"]["state"], reply["ticket"]["respond_by"]) == ("held", None)
    hook.shop.product("gallery", "--sku", "GALLERY", "--support-term", "100 years", "--issue-keys")
    hook.shop.shell.run("deliveries", "replay", order.json()["delivery"])
    later = hook.ask("r1", order_id="12", product=None)
    assert later["decision"]["outcome"] == "accept"
    assert (later["ticket"]["number"], later["ticket"]["state"]) == (reply["ticket"]["number"], "queued")
    assert later["ticket"]["respond_by"] is not None
    assert hook.shop.rows()["tickets"] == 1


def test_an_estimate_is_waited_for_under_a_policy_of_paid_work(shops: Callable[..., Shop]) -> None:
    reply = shops("hourly-services").hook().ask("r1", kind="change_request")
    has_contract_shape(reply, "hold")
    assert codes(reply, "hold") == {"awaiting_estimate"}
    assert reply["ticket"]["state"] == "held"


# --- never a cached "no" ---


def test_after_a_renewal_the_same_request_is_accepted(known: Hook) -> None:
    """ELG-04: the renewal's webhook, then the same request again, under its old request id."""
    refused = known.ask("r1", license_key=LAPSED)
    known.tell("license.renewed", {"license_key": LAPSED, "support_until": known.shop.ago(days=-365)})
    accepted = known.ask("r1", license_key=LAPSED)
    assert (refused["decision"]["outcome"], accepted["decision"]["outcome"]) == ("deny", "accept")
    assert accepted["ticket"]["state"] == "queued"
    rows = known.shop.rows()
    assert (rows["requests"], rows["decisions"], rows["tickets"]) == (1, 2, 1)


def test_an_accepted_request_stays_accepted_when_support_ends_later(known: Hook) -> None:
    first = known.ask("r1", license_key=KEY)
    known.tell("license.status_changed", {"license_key": KEY, "status": "revoked"})
    again = known.ask("r1", license_key=KEY)
    assert (again["result"], again["ticket"]["number"]) == ("duplicate", first["ticket"]["number"])
    assert known.ask("r2", license_key=KEY)["decision"]["outcome"] == "deny"


# --- lanes ---


@pytest.mark.parametrize("policy", ["whmcs-modules", "jetpack-crm", "crmjetty"])
def test_a_lapsed_customer_can_still_report_a_security_hole(shops: Callable[..., Shop], policy: str) -> None:
    hook = shops(policy).hook()
    hook.grant(LAPSED, support_until=hook.shop.ago(days=30), expires_at=hook.shop.ago(days=30))
    attested = ["policy_read", "knowledge_base_checked", "in_scope"]
    reply = hook.ask("r1", license_key=LAPSED, kind="security", attestations=attested)
    has_contract_shape(reply, "accept")
    assert NUMBER.fullmatch(reply["ticket"]["number"])


def test_trouble_with_a_payment_needs_no_licence(hook: Hook) -> None:
    assert hook.ask("r1", kind="licence_trouble", product=None)["decision"]["outcome"] == "accept"
    assert hook.ask("r2", kind="how_to_feature", license_key="NO-SUCH-KEY")["decision"]["outcome"] == "deny"


# --- who asks, and from where ---


def test_support_stays_with_the_original_holder(shops: Callable[..., Shop]) -> None:
    """ELG-06, ELG-07: an owner change is recorded and moves no support right."""
    hook = shops("jetpack-crm").hook()
    bob = {"id": "8", "email": "bob@example.com", "name": "Bob"}
    hook.grant(KEY, support_until=hook.shop.ago(days=-100), sites=[SITE], site_limit=1)
    hook.tell("license.owner_changed", {"license_key": KEY, "from": ADA, "to": bob})
    words: dict[str, Any] = {
        "license_key": KEY,
        "site": SITE,
        "attestations": ["policy_read", "knowledge_base_checked", "in_scope"],
    }
    assert hook.ask("r1", requester=ADA, **words)["decision"]["outcome"] == "accept"
    refused = hook.ask("r2", requester=bob, **words)
    assert codes(refused, "deny") == {"non_transferable"}


def test_a_site_beyond_the_limit_is_told_how_to_free_one(shops: Callable[..., Shop]) -> None:
    """ELG-08, with the site in another spelling."""
    hook = shops("jetpack-crm").hook()
    hook.grant(KEY, support_until=hook.shop.ago(days=-100), sites=[SITE], site_limit=1)
    words: dict[str, Any] = {"license_key": KEY, "attestations": ["policy_read", "knowledge_base_checked", "in_scope"]}
    assert hook.ask("r1", site=f"https://WWW.{SITE}/?a=1", **words)["decision"]["outcome"] == "accept"
    refused = hook.ask("r2", site="other.example.com", **words)
    [reason] = [each for each in refused["decision"]["reasons"] if each["code"] == "site_limit"]
    assert (reason["remedy"]["kind"], reason["facts"]["limit"]) == ("free_site", 1)


def test_the_decision_is_kept_with_the_ticket(known: Hook) -> None:
    """MET-04: what was decided, why, and by which version of the policy."""
    reply = known.ask("r1", license_key=KEY)
    shown = known.shop.shell.json("tickets", "show", reply["ticket"]["number"])
    assert shown["decision"] == reply["decision"]
    assert (shown["subject"], shown["message"]) == ("How do I export a form?", "I cannot find the button.")
