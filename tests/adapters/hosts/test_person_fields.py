"""A field that a person fills never refuses his request: what can be read is read, and no word of the rest is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hosts.standard import HOST
from connector.domain.licensing.events import Granted, Key, Person
from connector.domain.news import News
from connector.domain.policy.requests import EstimateAnswered, Message, Request
from connector.formats.standard.requests import SupportRequest
from connector.formats.strict_json import BadJson, loads
from connector.ports import Delivery, Unreadable

FILLED = sorted({*SupportRequest().fields} - {"request_id"})
any_text = st.text(st.characters(codec=None), max_size=30)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=8,
)


def parse(data: Any, kind: str = "support.requested") -> News:
    [news] = HOST.parse(Delivery({}, json.dumps({"type": kind, "data": data}).encode()))
    return news


def read(**filled: Any) -> Request:
    news = parse({"request_id": "r1"} | filled)
    assert isinstance(news, Request)
    return news


@given(st.dictionaries(st.sampled_from(FILLED), any_json))
def test_any_value_in_any_member_is_a_request(filled: dict[str, Any]) -> None:
    news = read(**filled)
    assert news.request_id == "r1"
    json.dumps([news.unread, news.environment, news.subject, news.message], ensure_ascii=False).encode()


@given(
    st.sampled_from(["site", "kind", "severity", "component", "product", "subject", "message", "environment"]),
    st.text(st.characters(exclude_characters="\x1b"), min_size=1),
)
def test_the_words_of_a_member_are_read_or_kept(name: str, text: str) -> None:
    """Letters and figures of what was typed stand in what was read or in what was not."""
    news = read(**{name: text})
    value = {"kind": news.request_kind}.get(name) or getattr(news, name, None)
    kept = json.dumps([value, news.unread.get(name, "")], ensure_ascii=False)
    if name == "site" and news.site:
        return  # in its one spelling
    assert [sign for sign in text if sign.isalnum() and sign not in kept] == []


READ: list[tuple[str, Any, str, Any]] = [
    ("site", "https://Shop.example.com/", "site", "shop.example.com"),
    ("site", "it is on https://shop.example.com/, thanks", "site", "shop.example.com"),
    ("site", {"url": 1, "value": "shop.example.com"}, "site", "shop.example.com"),
    ("requester", "Ann <ann@example.com>", "requester", Person(None, "ann@example.com", "Ann")),
    ("requester", [{"id": 7, "email": "ANN@example.com"}], "requester", Person("7", "ann@example.com", None)),
    ("requester", {"email": "Ann <ann@example.com>"}, "requester", Person(None, "ann@example.com", "Ann")),
    ("requester", {"email": ["ann@example.com"], "name": 5}, "requester", Person(None, "ann@example.com", "5")),
    ("modified_code", "yes", "modified_code", True),
    ("modified_code", "Nein.", "modified_code", False),
    ("modified_code", 1, "modified_code", True),
    ("modified_code", "on", "modified_code", True),
    ("severity", "URGENT!!", "severity", "URGENT"),
    ("kind", ["bug", "how_to_feature"], "request_kind", "bug, how_to_feature"),
    ("component", " “core” ", "component", "core"),
    ("subject", "a\x00b \ud83d", "subject", "ab \ufffd"),
    ("subject", ["My", "subject"], "subject", "My subject"),
    ("message", "\x1b[31mred\x1b[0m", "message", "red"),
    ("message", ["line 1", "line 2"], "message", "line 1\nline 2"),
    ("message", 7, "message", "7"),
    ("license_key", "License key: “ABCD-EFGH-1234”.", "key", Key("ABCD-EFGH-1234")),
    ("license_key", "my key is ABCD-EFGH-1234 please", "key", Key("ABCD-EFGH-1234")),
    ("license_key", 12345678, "key", Key("12345678")),
    ("license_key", "ABCD-EFGH-1234 / abcd-efgh-1234", "key", Key("abcd-efgh-1234")),
    ("license_key", "ABCD EFGH IJKL", "key", Key("ABCD EFGH IJKL")),
    ("license_key", "abcd efgh ijkl", "key", Key("abcd efgh ijkl")),
    ("license_key", "A1B2C3D4 E5F6A7B8", "key", Key("A1B2C3D4 E5F6A7B8")),
    ("order_id", "Order #1001", "order_id", "1001"),
    ("order_id", 1001.0, "order_id", "1001"),
    ("order_id", 12345678901234567890, "order_id", "12345678901234567890"),
    ("environment", "PHP 8.2, WordPress: 6.7", "environment", {"PHP": "8.2", "WordPress": "6.7"}),
    (
        "environment",
        [{"name": "php", "value": 8.2}, "wordpress 6.7"],
        "environment",
        {"php": "8.2", "wordpress": "6.7"},
    ),
    ("attestations", "policy_read, in_scope", "attestations", ("policy_read", "in_scope")),
    (
        "attestations",
        {"policy_read": True, "in_scope": "on", "faq": False},
        "attestations",
        ("policy_read", "in_scope"),
    ),
    ("attachments", "https://a.example/x.png", "attachments", ("https://a.example/x.png",)),
    ("attachments", {"url": "https://a.example/x", "name": "log"}, "attachments", ("log https://a.example/x",)),
    ("attachments", ["https://a.example/é ñ (1).png"], "attachments", ("https://a.example/é%20ñ%20(1).png",)),
    ("attachments", "see https://a.example/x, y.png", "attachments", ("https://a.example/x",)),
    (
        "attachments",
        {"url": "https://a.example/my file.zip", "name": "a\u202egpj.exe"},
        "attachments",
        ("agpj.exe https://a.example/my%20file.zip",),
    ),
    ("channel", [], "channel", "ticket"),
]


@pytest.mark.parametrize(("name", "sent", "member", "value"), READ)
def test_what_can_be_read_is_read_and_nothing_is_kept_beside_it(name: str, sent: Any, member: str, value: Any) -> None:
    news = read(**{name: sent})
    assert getattr(news, member) == value
    assert news.unread.keys() - {"attestations"} == set()


UNREAD: list[tuple[str, Any, str]] = [
    ("site", "my site", "my site"),
    ("site", "a.example or b.example", "a.example or b.example"),
    ("requester", {"id": "7", "email": "ann@"}, "email: ann@"),
    ("requester", 7.5, "7.5"),
    ("modified_code", "a little", "a little"),
    ("license_key", "x" * 300, "x" * 300),
    ("license_key", "N/A", "N/A"),
    ("license_key", "none", "none"),
    ("license_key", 0, "0"),
    ("license_key", "I don't know", "I don't know"),
    ("license_key", "see my order", "see my order"),
    ("license_key", "ABCD-EFGH-1234, WXYZ-EFGH-5678", "…1234, …5678"),
    ("license_key", ["ABCD-EFGH-1234", "WXYZ-EFGH-5678"], "…1234, …5678"),
    ("license_key", "ABCD-EFGH-1234 and WXYZ-EFGH-5678", "…1234, …5678"),
    ("purchase_code", "undefined", "undefined"),
    ("order_id", "n/a", "n/a"),
    ("order_id", "-", "-"),
    ("product", "x" * 101, "x" * 101),
    ("component", "woo-connect", "woo-connect"),
    ("severity", ["a" * 200], '["' + "a" * 200 + '"]'),
    ("environment", "it is slow", "it is slow"),
    ("attachments", ["https://a.example/x", "javascript:alert(1)"], '["https://a.example/x", "javascript:alert(1)"]'),
    ("attachments", {"file": 1}, '{"file": 1}'),
    ("subject", "x" * 1_001, "x" * 1_001),
    ("order_id", [True], "[true]"),
    ("attestations", True, "true"),
]


@pytest.mark.parametrize(("name", "sent", "words"), UNREAD)
def test_what_cannot_be_read_is_kept_as_its_words(name: str, sent: Any, words: str) -> None:
    assert read(**{name: sent}).unread == {name: words}


def test_what_is_too_long_is_cut_to_what_fits() -> None:
    assert read(subject="x" * 1_001).subject == "x" * 1_000
    assert read(attachments=["https://a.example/x", "junk"]).attachments == ("https://a.example/x",)
    assert read(component="woo-connect").component == "woo-connect"
    assert read(requester={"id": "7", "email": "ann@"}).requester == Person("7")


@pytest.mark.parametrize(
    ("said", "verified"), [(True, True), ("yes", True), (0, False), ("false", False), ("who knows", None), ([], None)]
)
def test_a_host_vouches_for_the_requester_in_any_form(said: Any, verified: bool | None) -> None:
    assert read(requester={"id": "7", "verified": said}).requester_verified is verified


def test_a_further_message_is_read_whatever_its_form() -> None:
    known = {"ticket": "Re: [#sc–7f3k–2m9q] Hello"}
    for sent, body in [("more\x00", "more"), (["a", "b"], "a\nb"), (" ", "(no words)"), ({"x": [1]}, '{"x": [1]}')]:
        news = parse(known | {"message": sent}, "ticket.message")
        assert isinstance(news, Message)
        assert (news.ticket, news.body) == ("SC-7F3K-2M9Q", body)


def test_an_answer_to_an_estimate_is_read_in_words_and_kept_where_it_is_neither() -> None:
    known = {"request_id": "r1", "estimate": 2}
    for sent, approved in [(True, True), ("Yes!", True), ("nein", False), (0, False)]:
        assert parse(known | {"approved": sent}, "estimate.answered") == EstimateAnswered(None, "r1", approved, "2")
    maybe = parse(known | {"approved": "only if it is quick"}, "estimate.answered")
    assert maybe == Message(None, "r1", "On the estimate: only if it is quick")


def test_all_faults_of_a_body_are_told_at_once() -> None:
    data = {"product": 5, "site_limit": -1, "customer": [1], "sites": ["a.example", "b b"], "expires_at": "soon"}
    with pytest.raises(Unreadable) as fault:
        parse(data, "license.granted")
    places = ["customer", "expires_at", "license_key", "product", "site_limit", "sites/1"]
    assert [pointer for pointer, _ in fault.value.faults] == [f"/data/{place}" for place in places]
    assert all(len(message) > 20 for _, message in fault.value.faults)


@pytest.mark.parametrize("email", ["mia", "mia@", ["mia"], 7, "m" * 300 + "@x.example"])
def test_an_address_that_a_customer_mistyped_does_not_cost_him_the_licence(email: Any) -> None:
    news = parse({"license_key": "K", "product": "x", "customer": {"id": 7, "email": email}}, "license.granted")
    assert isinstance(news, Granted)
    assert news.holder == Person("7")


def test_all_faults_of_a_machine_are_told_at_once() -> None:
    with pytest.raises(Unreadable) as fault:
        parse({"request_id": [], "ticket": {}, "estimate": 1.5, "approved": True}, "estimate.answered")
    assert [pointer for pointer, _ in fault.value.faults] == ["/data/estimate", "/data/request_id"]
    assert all(pointer in str(fault.value) for pointer, _ in fault.value.faults)


@pytest.mark.parametrize(
    "body", [b'{"type":"license.deleted","data":{"license_key":"a\\u0000"}}', b'{"type":"x","data":{"a":"\\ud800"}}']
)
def test_what_machines_tell_may_hold_no_unstorable_sign(body: bytes) -> None:
    with pytest.raises(Unreadable):
        HOST.parse(Delivery({}, body))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":"\\ud83d","\\u0000b":"c\\u0000"}', {"a": "\ufffd", "b": "c"}),
        (
            b'{"a":12345678901234567890,"b":1e999,"c":-5,"d":0.5}',
            {"a": "12345678901234567890", "b": "1e999", "c": -5, "d": 0.5},
        ),
        (b'{"a":"tab\there"}', {"a": "tab\there"}),
    ],
)
def test_mending_keeps_what_people_typed(body: bytes, value: Any) -> None:
    assert loads(body, mend=True) == value


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":', b'{"a":NaN,', b"\xff", b"[" * 100])
def test_mending_leaves_what_could_mean_two_things_refused(body: bytes) -> None:
    with pytest.raises(BadJson):
        loads(body, mend=True)
