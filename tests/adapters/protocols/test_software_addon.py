"""The WooCommerce Software Add-on: its words, and the signature its hand-written clients may check (section 3.4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.protocols.software_addon import PROTOCOL
from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.seats import Claim
from connector.ports import ProtocolCall
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import ACTIVE, KEY, LICENCE, NOW, SITUATIONS

SENT = {
    "wc-api": "software-api",
    "email": "ada@example.com",
    "license_key": str(KEY),
    "product_id": "acme-forms",
    "instance": "1700000000",
}


def call(request: str = "check", agent: str = "", path: str = "/", **sent: str) -> ProtocolCall:
    query = {name: value for name, value in (SENT | {"request": request} | sent).items() if value != "-"}
    return ProtocolCall("GET", path, query, {}, None, {"user-agent": agent}, BASE, NOW)


def asked(request: str = "check", agent: str = "", **sent: str) -> Question | None:
    return next(iter(PROTOCOL.parse(call(request, agent, **sent))), None)


def told(answer: Answer | str, request: str = "check", **sent: str) -> dict[str, Any]:
    made = call(request, **sent)
    found = SITUATIONS[answer] if isinstance(answer, str) else answer
    body = PROTOCOL.render(made, PROTOCOL.parse(made), [found]).body
    return json.loads(body)  # type: ignore[no-any-return]


def signature(reply: dict[str, Any], secret: str) -> str:
    """As the stock server signs: every plain member in its order, `true` and `false` in words, arrays left out."""
    words = {True: "true", False: "false"}
    pairs = [f"secret={secret}"]
    for name, value in reply.items():
        if name != "sig" and not isinstance(value, dict | list):
            pairs.append(f"{name}={words[value] if isinstance(value, bool) else value}")
    return hashlib.md5("&".join(pairs).encode()).hexdigest()


@pytest.mark.parametrize("path", ["/", "/woocommerce/", "/shop"])
def test_it_is_asked_on_any_path(path: str) -> None:
    assert PROTOCOL.matches(call(path=path))
    assert not PROTOCOL.matches(replace(call(path=path), query={"wc-api": "wc-am-api"}))
    assert PROTOCOL.matches(replace(call(path=f"{path.rstrip('/')}/wc-api/software-api/"), query={}))


@pytest.mark.parametrize("request_", ["activation", "check", "deactivation", "activation_reset"])
@pytest.mark.parametrize("situation", ["valid", "expired", "not_found", "site_limit_reached", "unavailable"])
def test_every_reply_is_signed(request_: str, situation: str) -> None:
    reply = told(situation, request_)
    assert reply["sig"] == signature(reply, "null")


def test_a_good_reply_is_signed_with_the_products_secret() -> None:
    for request in ("activation", "check", "deactivation"):
        reply = told(replace(SITUATIONS["valid"], secret="s", changed=request == "deactivation"), request)
        assert reply["sig"] == signature(reply, "s")


def test_what_we_add_is_left_out_of_the_signature() -> None:
    """A client that signs only the members it knows finds the same."""
    reply = told("valid_just_activated", "activation")
    known = {name: reply[name] for name in ("activated", "instance", "message", "timestamp")}
    assert reply["sig"] == signature(known, "null")
    assert reply["support"]["support_status"] == "active"


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        ("not_found", "101"),
        ("owner_mismatch", "101"),
        ("other_product", "101"),
        ("suspended", "102"),
        ("refunded", "102"),
        ("site_limit_reached", "103"),
        ("activations_exhausted", "103"),
        ("site_required", "104"),
        ("expired", "106"),
        ("revoked", "107"),
        ("unavailable", "100"),
        ("rate_limited", "100"),
    ],
)
def test_the_codes(situation: str, code: str) -> None:
    for request in ("activation", "check"):
        reply = told(situation, request)
        assert reply["code"] == code
        assert reply.get("activated") is not True
        assert reply.get("success") is not True


@pytest.mark.parametrize("situation", ["unavailable", "rate_limited"])
@pytest.mark.parametrize("request_", ["activation", "check", "deactivation"])
def test_no_answer_says_nothing_about_the_key(situation: str, request_: str) -> None:
    reply = told(situation, request_)
    assert set(reply) == {"error", "code", "timestamp", "sig"}
    assert "nvalid" not in reply["error"]


def test_somebody_elses_address_is_answered_like_an_unknown_key() -> None:
    """Also where the licence has ended: nothing of it shows."""
    unknown = told("not_found")
    for situation in ("valid", "expired", "suspended", "site_limit_reached"):
        answer = SITUATIONS[situation]
        assert told(replace(answer, verdict=replace(answer.verdict, asker="other"), secret="s")) == unknown


@pytest.mark.parametrize("request_", ["activation", "check", "deactivation", "activation_reset"])
def test_the_address_binds(request_: str) -> None:
    found = asked(request_)
    assert found is not None
    assert (found.email, found.binds_owner) == ("ada@example.com", True)
    for missing in ("email", "product_id", "license_key"):
        assert asked(request_, **{missing: "-"}) is None
        assert asked(request_, **{missing: ""}) is None
    assert asked(request_, email="nobody") is None


def test_the_key_has_two_spellings() -> None:
    assert asked(license_key="-", licence_key=str(KEY)) == asked()


def test_a_product_word_is_never_left_out_of_the_question() -> None:
    found = asked()
    assert found is not None
    assert found.product[0] == "software_addon:acme-forms"
    assert "name:acme-forms" in found.product


def placed(**sent: str) -> tuple[str | None, str | None]:
    found = asked("activation", **({"instance": "-"} | sent))
    assert found is not None
    return found.site, found.install


WORDPRESS = "WordPress/6.8; https://shop.example.com"


def test_an_instance_is_the_place() -> None:
    assert placed(instance="1700000000", agent=WORDPRESS) == (None, "1700000000")
    assert placed(instance="1700000000", platform="Mac OS X 10.15") == (None, "1700000000")


def test_an_instance_that_is_an_address_is_a_site() -> None:
    assert placed(instance="https://www.shop.example.com/") == ("https://www.shop.example.com/", None)
    assert placed(instance="http://localhost/shop") == ("http://localhost/shop", None)


def test_a_platform_that_is_an_address_is_the_site_of_the_instance() -> None:
    assert placed(instance="7", platform="https://shop.example.com") == ("https://shop.example.com", "7")
    assert placed(platform="shop.example.com") == ("shop.example.com", None)


@pytest.mark.parametrize("platform", ["ASP.NET", "Node.js", "Windows-10.0.19041", "10.15.7", "macOS", "Linux 5.4.0"])
def test_a_platform_is_no_site_by_a_dot(platform: str) -> None:
    """Else all machines of one kind would share a seat."""
    assert placed(instance="7", platform=platform) == (None, "7")


def test_without_either_it_is_the_wordpress_site_that_asks() -> None:
    assert placed(agent=WORDPRESS) == ("https://shop.example.com", None)


def test_with_nothing_at_all_every_activation_is_one_of_its_own() -> None:
    """As at the stock server, which names it by the second."""
    assert placed() == (None, str(int(NOW.timestamp())))


def test_a_deactivation_frees_an_instance_an_activation_or_all() -> None:
    one = asked("deactivation")
    assert one is not None
    assert (one.act, one.install) == ("deactivate", "1700000000")
    by_id = asked("deactivation", instance="-", activation_id="abc")
    assert by_id is not None
    assert (by_id.act, by_id.handle) == ("deactivate", "abc")
    whole = asked("deactivation", instance="-")
    assert whole is not None
    assert whole.act == "deactivate_all"


def test_an_ended_licence_frees_a_seat() -> None:
    freed = replace(SITUATIONS["expired"], changed=True)
    assert told(freed, "deactivation")["reset"] is True
    assert told("expired", "deactivation") | {"sig": ""} == {
        "error": "Invalid Instance ID",
        "code": "104",
        "activated": False,
        "timestamp": int(NOW.timestamp()),
        "sig": "",
    }


def test_a_reset_of_nothing_is_done() -> None:
    assert told("expired", "activation_reset")["reset"] is True
    assert told("not_found", "activation_reset")["code"] == "101"


def test_every_activation_is_listed_by_the_instance_that_frees_it() -> None:
    install = replace(ACTIVE, site="install:1700000000", at=None)
    named = replace(ACTIVE, site="blog.example.com")
    licence = replace(LICENCE, claims=(Claim("blog.example.com", NOW, install="87654321"),))
    answer = replace(SITUATIONS["valid"], licence=licence, activations=(ACTIVE, install, named))
    found = [each["instance"] for each in told(answer)["activations"]]
    assert found == ["https://shop.example.com", "1700000000", "87654321"]


def test_without_a_limit_the_stock_server_counts_down_from_a_large_number() -> None:
    assert told("valid_lifetime_unlimited")["remaining"] == 999_999_999


def test_a_made_key_is_told_plainly() -> None:
    words = {"secret_key": "s", "license_key": "-", "activations": "5"}
    found = asked("generate_key", **words)
    assert found is not None
    assert (found.act, found.secret, found.terms["sites"]) == ("create", "s", "5")
    made = replace(SITUATIONS["valid"], changed=True)
    assert told(made, "generate_key", **words) == {"key": str(KEY), "key_id": made.number}
    assert told("credential_refused", "generate_key", **words)["code"] == "105"
    assert told("not_created", "generate_key", **words)["code"] == "100"


@pytest.mark.parametrize("activations", ["-5", "²", "many", "9" * 30])
def test_a_number_of_activations_that_is_none_is_the_products(activations: str) -> None:
    found = asked("generate_key", secret_key="s", activations=activations)
    assert found is not None
    assert found.terms["sites"] == ""


@pytest.mark.parametrize("request_", ["", "explode", "0"])
def test_another_request_is_an_invalid_one(request_: str) -> None:
    assert asked(request_) is None
    reply = told("valid", request_)
    assert (reply["error"], reply["code"]) == ("Invalid Request", "100")


def test_a_wordpress_site_is_one_place_whatever_it_calls_its_platform() -> None:
    for platform in ("My shop", "Forms 4.5", "WordPress/6.8"):
        query = {"wc-api": "software-api", "request": "activation", "email": "a@shop.example", "product_id": "x"}
        wanted = ProtocolCall(
            "GET",
            "/",
            query | {"license_key": "K-0001", "platform": platform},
            {},
            None,
            {"user-agent": "WordPress/6.8; https://shop.example.com"},
            BASE,
            NOW,
        )
        (question,) = PROTOCOL.parse(wanted)
        assert (question.site, question.install, question.anew) == ("https://shop.example.com", None, False)
