"""What every host must keep to, over the registry: a host that forgets something learns it here."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import adapters.hosts
from adapters.host_parts.sampling import paths
from adapters.hosts import HOSTS
from connector.domain.news import Alert, Ignored, News
from connector.domain.policy.requests import EstimateAnswered, Message, Request
from connector.ports import Delivery, Host, Unreadable
from connector.storage import codec
from tests.adapters.hosts.bodies import NOW, fixture, fixtures, headers_of, json_values, mutations, texts
from webhooks.signatures import BadSignature, sign, verify

FOLDER = Path(adapters.hosts.__file__).parent
SECRETS = {True: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", False: "s3cr3t-7f2a"}
FIXTURES = [pytest.param(host, path.stem, id=f"{host}-{path.stem}") for host in HOSTS for path in fixtures(host)]
SAMPLES = [pytest.param(host, name, id=f"{host.name}-{name}") for host in HOSTS.values() for name in host.samples]

HOSTILE = [
    *(b"", b"null", b"[]", b"{}", b'"x"', b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"webhook_id=1", b"9" * 5000),
    *(b'{"a":1,"a":2}', b'{"a":NaN}', b'{"type":"\\ud800"}', b'{"type":"\\u0000"}'),
    *(b"[" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, b'{"type":' + b'"x"' * 3 + b"}"),
]
every_host = pytest.mark.parametrize("host", HOSTS.values(), ids=lambda host: host.name)


def leaves(value: Any) -> Iterator[Any]:
    """Every plain value inside a piece of news."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from leaves(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def assert_sound(news: list[News]) -> None:
    """News that both databases can keep: known kinds, times in UTC, no NUL, lengths that fit their columns."""
    assert news
    for item in news:
        assert type(item) in {*codec.EVENTS.values(), Request, Message, EstimateAnswered, *SIDE}
        codec.dumps(item)
        for name in ("order_id", "subscription_id", "invoice_id", "request_id"):
            assert len(getattr(item, name, None) or "") <= 190
        assert len(getattr(item, "site", None) or "") <= 400
        for leaf in leaves(item):
            assert not isinstance(leaf, float | bytes)
            if isinstance(leaf, datetime):
                assert leaf.tzinfo is UTC
            if isinstance(leaf, str):
                assert "\0" not in leaf
                assert len(leaf) <= 110_000
                leaf.encode()


SIDE = (Ignored, Alert)


def read(host: Host, delivery: Delivery) -> list[News]:
    """What a host makes of anything: sound news, or Unreadable that says where and what; never another error."""
    assert len(host.delivery_key(delivery)) <= 200
    assert 0 < len(host.event_name(delivery)) <= 120
    host.unsigned_ok(delivery)
    try:
        news = list(host.parse(delivery))
    except Unreadable as fault:
        complaint = fault
    else:
        assert_sound(news)
        return news
    assert complaint.pointer == "" or complaint.pointer.startswith("/")
    assert len(complaint.message) > 10
    return []


@every_host
def test_a_host_is_registered_under_its_name_and_tells_how_to_set_it_up(host: Host) -> None:
    assert HOSTS[host.name] is host
    guide = (FOLDER / host.name / "README.md").read_text()
    assert f"connector endpoint add --vendor acme --host {host.name}" in guide
    assert f"connector trigger {host.name} " in guide
    for setting in host.settings:
        assert f"`{setting}`" in guide, setting


@every_host
def test_a_host_has_fixtures_of_its_own(host: Host) -> None:
    assert len(fixtures(host.name)) >= 5


@pytest.mark.parametrize(("host", "name"), FIXTURES)
def test_every_fixture_is_read_the_same_way_each_time(host: str, name: str) -> None:
    delivery = fixture(host, name)
    news = read(HOSTS[host], delivery)
    assert news
    assert news == list(HOSTS[host].parse(delivery))


@pytest.mark.parametrize(("host", "name"), SAMPLES)
def test_every_sample_is_read_and_carries_no_signature(host: Host, name: str) -> None:
    headers, body = host.sample(name, {}, NOW)
    assert all(header == header.lower() for header in headers)
    assert not any("signature" in header for header in headers)
    assert read(host, Delivery(headers, body))


MADE = ("made", "made.of", "made.of.dots", "made.of.dots.#.a", "made.#", "made.x", "made.#.x")
"""Members that a format may have besides those of its samples."""


@every_host
def test_a_sample_takes_the_callers_values(host: Host) -> None:
    values = {"made.of.dots": [1, {"a": 2}], "made.of.dots.1.a": "three"}
    _, body = host.sample(host.samples[0], values, NOW, more=MADE)
    assert json.loads(body)["made"] == {"of": {"dots": [1, {"a": "three"}]}}


@every_host
def test_a_callers_values_do_not_stay_in_the_template(host: Host) -> None:
    before = [host.sample(name, {}, NOW) for name in host.samples]
    for name, (_, body) in zip(host.samples, before, strict=True):
        if body.startswith(b"{"):
            for path in paths(json.loads(body)):
                host.sample(name, {path.replace("#", "0"): "changed@example.com"}, NOW)
    assert [host.sample(name, {}, NOW) for name in host.samples] == before


@every_host
@pytest.mark.parametrize("path", ["made.2", "made.x", "made.0.x"])
def test_a_path_that_leads_nowhere_is_named(host: Host, path: str) -> None:
    with pytest.raises(ValueError, match=path):
        host.sample(host.samples[0], {"made": ["text"], path: 1}, NOW, more=MADE)


@every_host
def test_a_member_that_an_event_does_not_have_is_refused_with_those_beside_it(host: Host) -> None:
    _, body = host.sample(host.samples[0], {}, NOW)
    with pytest.raises(ValueError, match="'zzz' leads nowhere") as refused:
        host.sample(host.samples[0], {"zzz": 1}, NOW)
    listed = str(refused.value).partition("it has ")[2].split(", ")
    assert {*json.loads(body)} <= {*listed}
    assert not any("." in each for each in listed)


@every_host
def test_an_unknown_sample_is_answered_with_the_known_ones(host: Host) -> None:
    with pytest.raises(ValueError, match=host.samples[0]):
        host.sample("no.such.event", {}, NOW)


@every_host
def test_a_signed_sample_is_authentic_and_a_changed_one_is_not(host: Host) -> None:
    """Trap 10: one more space, or the same JSON written in another way, is not what was signed."""
    headers, body = host.sample(host.samples[0], {}, NOW)
    secret = SECRETS[host.whsec]
    headers |= sign(host.scheme, secret, body, NOW, "msg_1")
    assert verify(host.scheme, [secret], headers, body, NOW) == 0
    for other in (body + b" ", json.dumps(json.loads(body)).encode()):
        with pytest.raises(BadSignature):
            verify(host.scheme, [secret], headers, other, NOW)


@every_host
def test_two_bodies_never_share_a_delivery_unless_the_host_signs_an_id(host: Host) -> None:
    headers = headers_of(host.name, fixtures(host.name)[0].stem)
    keys = {host.delivery_key(Delivery(headers, body)) for body in (b'{"id":1}', b'{"id":2}')}
    assert len(keys) == (1 if host.whsec else 2)


@every_host
@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:12]))
def test_no_body_ends_in_anything_but_news_or_unreadable(host: Host, body: bytes) -> None:
    for headers in (
        {},
        headers_of(host.name, "order.updated"),
        {"content-type": "x", "webhook-id": "", "user-agent": "é"},
    ):
        read(host, Delivery(headers, body))


@every_host
@given(value=json_values)
def test_any_json_ends_in_news_or_unreadable(host: Host, value: Any) -> None:
    read(host, Delivery(headers_of(host.name, "order.updated"), json.dumps(value).encode()))


@every_host
@given(data=st.data())
def test_any_changed_fixture_ends_in_news_or_unreadable(host: Host, data: st.DataObject) -> None:
    read(host, data.draw(mutations(host.name)))


@every_host
@given(
    headers=st.dictionaries(st.sampled_from(["content-type", "user-agent", "webhook-id", "x-wc-webhook-topic"]), texts)
)
def test_any_headers_will_do(host: Host, headers: dict[str, str]) -> None:
    for path in fixtures(host.name)[:3]:
        read(host, Delivery({name: value[:128] for name, value in headers.items()}, path.read_bytes()))


@every_host
@given(settings=st.dictionaries(st.sampled_from(["grant_on", "key_meta", "x"]), json_values))
def test_any_settings_will_do(host: Host, settings: dict[str, Any]) -> None:
    for path in fixtures(host.name)[:20:4]:
        read(host, Delivery(headers_of(host.name, path.stem), path.read_bytes(), settings))
