"""WooCommerce API Manager: what clients insist on beyond the golden files (licence protocols, 3)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.protocol_parts.php import Assoc, serialized
from adapters.protocols.wcam import PROTOCOL
from connector.domain.licensing.questions import Answer
from connector.domain.licensing.verdict import CODES
from connector.ports import ProtocolCall
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import LICENCE, NOW, RELEASE, SITUATIONS

PLACE = {"api_key": "K-1", "product_id": "501", "instance": "i-1", "object": "shop.example.com"}
PLUGIN = {"plugin_name": "acme-forms/acme-forms.php", "version": "2.3.0"}
ACTIONS = ("activate", "deactivate", "status", "product_list", "verify_api_key_is_active", "update", "information")


def call(action: str, **args: str) -> ProtocolCall:
    query = {"wc-api": "wc-am-api", "wc_am_action": action} | PLACE | PLUGIN | args
    return ProtocolCall("POST", "/", query, {}, None, {}, BASE, NOW)


def told(action: str, situation: str | Answer, **args: str) -> dict[str, Any]:
    asked = call(action, **args)
    answer = SITUATIONS[situation] if isinstance(situation, str) else situation
    found: dict[str, Any] = json.loads(PROTOCOL.render(asked, PROTOCOL.parse(asked), [answer]).body)
    return found


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", ["RATE_LIMITED", "UNAVAILABLE"])
def test_no_verdict_is_no_error_because_an_error_switches_sites_off(action: str, code: str) -> None:
    found = told(action, code.lower())
    assert found["success"] is False
    assert not {"error", "code", "data", "activated"} & set(found)


@pytest.mark.parametrize("action", ["plugininformation", "pluginupdatecheck"])
def test_no_verdict_is_nothing_where_php_is_due(action: str) -> None:
    asked = call(action)
    assert PROTOCOL.render(asked, PROTOCOL.parse(asked), [SITUATIONS["unavailable"]]).body == "N;"


@pytest.mark.parametrize("code", sorted(set(CODES) - {"VALID", "RATE_LIMITED", "UNAVAILABLE"}))
def test_every_refusal_of_an_activation_is_the_code_100_and_one_sentence_twice(code: str) -> None:
    found = told("activate", code.lower())
    assert (found["code"], found["data"]["error_code"], found["success"]) == ("100", "100", False)
    assert found["error"] == found["data"]["error"]
    assert found["data"]["reason"] == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"request": "activation"}, {"wc_am_action": "activate"}),
        ({"request": "deactivation"}, {"wc_am_action": "deactivate"}),
        ({"software_id": "7"}, {"product_id": "7"}),
        ({"software_version": "9"}, {"version": "9"}),
        ({"licence_key": "L"}, {"api_key": "L"}),
        ({"license_key": "L"}, {"api_key": "L"}),
        ({"platform": "https://x.example.com"}, {"object": "https://x.example.com"}),
    ],
)
def test_old_names_mean_what_new_names_mean(old: dict[str, str], new: dict[str, str]) -> None:
    base = {"wc-api": "wc-am-api", "wc_am_action": "status"} | PLACE
    without = {name: value for name, value in base.items() if name not in new}
    asked = [ProtocolCall("GET", "/", each, {}, None, {}, BASE, NOW) for each in (without | old, base | new)]
    assert PROTOCOL.parse(asked[0]) == PROTOCOL.parse(asked[1]) != []


def test_the_form_wins_over_the_query() -> None:
    asked = replace(call("status"), form={"wc_am_action": "activate"})
    assert PROTOCOL.parse(asked)[0].act == "activate"


@pytest.mark.parametrize("name", ["api_key", "product_id", "instance"])
@pytest.mark.parametrize("nothing", ["", "0", "  "])
def test_what_php_takes_for_nothing_is_missing(name: str, nothing: str) -> None:
    asked = call("status", **{name: nothing})
    assert PROTOCOL.parse(asked) == []
    assert json.loads(PROTOCOL.render(asked, [], []).body)["error"].endswith(f"data is missing: {name}")


def test_a_variation_is_asked_about_before_its_parent() -> None:
    words = PROTOCOL.parse(call("status", product_id="12", product_parent_id="10"))[0].product
    assert words.index("wcam:12") < words.index("wcam:10")
    assert {"variation:12", "product:10"} <= set(words)


def test_a_name_in_any_script_is_a_name_and_signs_alone_are_none() -> None:
    """Otherwise any two of them would be one product."""
    assert PROTOCOL.parse(call("status", product_id="表单"))[0].product == ("wcam:表单", "name:表单")
    assert PROTOCOL.parse(call("status", product_id="!!"))[0].product == ("wcam:!!",)


@pytest.mark.parametrize("situation", ["valid_no_site_asked", "site_not_activated", "expired", "not_found"])
def test_a_package_is_for_an_active_place_only(situation: str) -> None:
    answer = replace(SITUATIONS[situation], release=RELEASE)
    assert told("update", answer)["data"]["package"]["package"] == ""
    assert told("update", "release")["data"]["package"]["package"] == RELEASE.package


def test_why_there_is_no_package_is_said_where_wordpress_shows_it() -> None:
    assert "Updates ended" in told("update", "release_without_package")["data"]["package"]["upgrade_notice"]


def test_without_a_release_there_is_nothing_newer() -> None:
    assert told("update", "valid")["data"]["package"]["new_version"] == PLUGIN["version"]


def test_a_product_nobody_sells_here_is_said_so() -> None:
    assert told("update", "not_found")["error"] == "The product ID 501 could not be found in this store."


@pytest.mark.parametrize(
    ("plugin", "slug"), [("a/b.php", "a"), ("a/b/c.php", "a/b"), ("b.php", "."), ("a", "a"), ("theme/x", "theme/x")]
)
def test_the_slug_is_phps_folder_of_the_plugin(plugin: str, slug: str) -> None:
    assert told("update", "release", plugin_name=plugin)["data"]["package"]["slug"] == slug


def test_a_subscription_is_listed_apart_and_the_other_list_is_left_out() -> None:
    answer = replace(SITUATIONS["valid"], licence=replace(LICENCE, subscription_id="77"))
    listed = told("product_list", answer)["data"]["product_list"]
    assert {name: [row["sub_id"] for row in rows] for name, rows in listed.items()} == {"wc_subs_resources": [77]}


def test_what_wordpress_indexes_is_an_array_and_not_an_object() -> None:
    asked = call("plugininformation")
    body = PROTOCOL.render(asked, PROTOCOL.parse(asked), [SITUATIONS["release"]]).body
    kind, found = _read(body.encode())
    assert kind == "object"
    assert [found[name][0] for name in ("sections", "icons", "banners")] == ["array"] * 3
    assert found["sections"][1]["changelog"] == RELEASE.sections["changelog"]


def test_php_lengths_are_bytes() -> None:
    assert serialized({"ü": Assoc(a="€")}) == 'O:8:"stdClass":1:{s:2:"ü";a:1:{s:1:"a";s:3:"€";}}'


def test_what_is_read_as_a_page_is_not_sent_as_one() -> None:
    """The reply repeats the caller's words: as HTML they would run on our address."""
    asked = call("pluginupdatecheck", plugin_name="<script>alert(1)</script>")
    assert PROTOCOL.render(asked, PROTOCOL.parse(asked), [SITUATIONS["release"]]).content_type.startswith("text/plain")


def _read(text: bytes) -> Any:
    """A serialised value, as PHP would read it: objects and arrays with their kind; all bytes must be used."""
    value, rest = _value(text)
    assert rest == b""
    return value


def _value(text: bytes) -> tuple[Any, bytes]:
    if text.startswith(b"N;"):
        return None, text[2:]
    head, _, rest = text[2:].partition(b":" if text[:1] in b"sOa" else b";")
    if text[:1] in b"ibd":
        return float(head), rest
    if text[:1] == b"s":
        size = int(head)
        assert (rest[:1], rest[size + 1 : size + 3]) == (b'"', b'";'), rest
        return rest[1 : size + 1].decode(), rest[size + 3 :]
    kind = "array"
    if text[:1] == b"O":
        kind, (head, _, rest) = "object", rest.removeprefix(b'"stdClass":').partition(b":")
    found, rest = {}, rest.removeprefix(b"{")
    for _ in range(int(head)):
        name, rest = _value(rest)
        found[name], rest = _value(rest)
    assert rest[:1] == b"}"
    return (kind, found), rest[1:]
