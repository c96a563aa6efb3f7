"""Signatures of every built scheme: real vectors, and nothing but BadSignature for anything else (attacks A1-A8)."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.formats.signature_schemes import BodyHmac, Scheme, StandardWebhooks, TimestampedHmac
from tests.paths import ROOT
from webhooks.signatures import BadSignature, sign, verify

SHARED = ROOT.parent / "shared" / "data" / "payloads"
OWN_VECTORS = json.loads((ROOT / "tests/vectors/signatures.json").read_text())["vectors"]

HOSTS: dict[str, Scheme] = {
    "woocommerce": BodyHmac("x-wc-webhook-signature", "base64", entity_decode=True),
    "wp-webhooks": BodyHmac("x-wp-webhook-signature", "base64"),
    "lemonsqueezy": BodyHmac("x-signature", "hex"),
    "freemius": BodyHmac("x-signature", "hex"),
    "fastspring": BodyHmac("x-fs-signature", "base64"),
    "paddle": TimestampedHmac("paddle-signature", "ts", "h1", ";", ":"),
    "stripe": TimestampedHmac("stripe-signature", "t", "v1", ",", "."),
    "surecart": TimestampedHmac("x-webhook-signature", "", "", "", ".", timestamp_header="x-webhook-timestamp"),
    "standard-webhooks": StandardWebhooks(),
    "svix": StandardWebhooks(prefix="svix"),
    "polar": StandardWebhooks(raw_secret=True),
}

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
BODY = b'{"type":"ping","data":{}}'
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ED_SEED = bytes(range(32))
WHSK = "whsk_" + base64.b64encode(ED_SEED).decode()
WHPK = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


def secret_for(scheme: Scheme) -> str:
    return WHSEC if isinstance(scheme, StandardWebhooks) else "s3cr3t-7f2a"


def signed(scheme: Scheme, at: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    return sign(scheme, secret_for(scheme), body, at, "msg_1")


def reason_of(
    scheme: Scheme,
    headers: dict[str, Any],
    secrets: list[str] | None = None,
    body: bytes = BODY,
    now: datetime = NOW,
) -> str:
    with pytest.raises(BadSignature) as caught:
        verify(scheme, [secret_for(scheme)] if secrets is None else secrets, headers, body, now)
    return caught.value.reason


every_host = pytest.mark.parametrize("scheme", [pytest.param(scheme, id=host) for host, scheme in HOSTS.items()])


# --- what must be accepted ---


def scheme_of(spec: dict[str, Any]) -> Scheme:
    fields = {key: value for key, value in spec.items() if key != "kind"}
    kinds: dict[str, Any] = {"body": BodyHmac, "timestamped": TimestampedHmac, "standard": StandardWebhooks}
    scheme: Scheme = kinds[spec["kind"]](**fields)
    return scheme


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in OWN_VECTORS])
def test_own_vectors_verify_and_are_made_anew(vector: dict[str, Any]) -> None:
    scheme, body = scheme_of(vector["scheme"]), vector["body"].encode()
    at = datetime.fromtimestamp(vector["timestamp"], UTC)
    assert verify(scheme, [vector["secret"]], vector["headers"], body, at) == 0
    if not vector.get("verify_only"):
        assert sign(scheme, vector["secret"], body, at, vector.get("message_id", "")) == vector["headers"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded deliveries beside the repository are absent")
def test_vectors_of_all_hosts_verify() -> None:
    vectors = json.loads((SHARED / "signature-vectors.json").read_text())
    assert {vector["host"] for vector in vectors} == set(HOSTS)
    for vector in vectors:
        headers = {vector["header"].lower(): vector["value"]}
        headers |= {name.lower(): value for name, value in vector["extra"].items()}
        at = datetime.fromtimestamp(1_700_000_000, UTC)
        assert verify(HOSTS[vector["host"]], [vector["secret"]], headers, vector["body"].encode(), at) == 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded deliveries beside the repository are absent")
@pytest.mark.parametrize(
    ("folder", "host", "header"),
    [
        ("woocommerce-generated", "woocommerce", "x-wc-webhook-signature"),
        ("wp-webhooks-edd-generated", "wp-webhooks", "x-wp-webhook-signature"),
    ],
)
def test_recorded_deliveries_verify_byte_for_byte(folder: str, host: str, header: str) -> None:
    recorded = 0
    for path in sorted((SHARED / folder).glob("*.headers.json")):
        delivery = json.loads(path.read_text())
        headers = {name.lower(): value for name, value in delivery["headers"]}
        if header in headers:
            body = Path(str(path).replace(".headers.json", ".json")).read_bytes()
            secret = "x" if path.name.startswith("signed_error") else delivery.get("secret", "wpwh-secret")
            assert verify(HOSTS[host], [secret], headers, body, NOW) == 0, path.name
            recorded += 1
    assert recorded >= 4


def test_ed25519_of_the_specification_verifies() -> None:
    """Standard Webhooks v1a: seed = bytes 0..31, checked elsewhere with another library."""
    body = (
        b'{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z",'
        b'"data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}'
    )
    signature = "9WMPN5fBW9vm1uGlvFzBO4lpdfFKN4AQCSr2vrWsFuOibXSOTWlcWrPRSWk+YpmD9fAwgYREKtLcYCyZrvXFBw=="
    headers = {
        "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        "webhook-timestamp": "1674087231",
        "webhook-signature": f"v1a,{signature}",
    }
    at = datetime.fromtimestamp(1674087231, UTC)
    assert verify(StandardWebhooks(), [WHPK], headers, body, at) == 0
    assert sign(StandardWebhooks(), WHSK, body, at, headers["webhook-id"]) == headers


@every_host
@given(body=st.binary(max_size=200))
def test_signing_and_verifying_agree(scheme: Scheme, body: bytes) -> None:
    assert verify(scheme, [secret_for(scheme)], signed(scheme, body=body), body, NOW) == 0


@every_host
def test_a7_any_live_secret_is_accepted_and_named(scheme: Scheme) -> None:
    other = "whsec_" + base64.b64encode(b"n" * 24).decode()
    assert verify(scheme, ["", other, secret_for(scheme)], signed(scheme), BODY, NOW) == 2


def test_a7_a_host_that_rotates_sends_several_signatures() -> None:
    standard, paddle, stripe = HOSTS["standard-webhooks"], HOSTS["paddle"], HOSTS["stripe"]
    old = "whsec_" + base64.b64encode(b"o" * 24).decode()
    headers = signed(standard)
    theirs = sign(standard, old, BODY, NOW, "msg_1")["webhook-signature"]
    headers["webhook-signature"] = f"{theirs} v2,c29tZXRoaW5n v1a,{'A' * 86}== {headers['webhook-signature']}"
    assert verify(standard, [WHSEC], headers, BODY, NOW) == 0
    value = signed(paddle)["paddle-signature"]
    assert verify(paddle, ["s3cr3t-7f2a"], {"paddle-signature": f"{value};h1={'0' * 64}"}, BODY, NOW) == 0
    value = signed(stripe)["stripe-signature"]
    headers = {"stripe-signature": f"t={STAMP},v1={'0' * 64},{value.split(',')[1]},v0=anything"}
    assert verify(stripe, ["s3cr3t-7f2a"], headers, BODY, NOW) == 0


# --- what must be refused ---


@every_host
def test_a1_absent_or_empty_headers_are_missing(scheme: Scheme) -> None:
    headers = signed(scheme)
    assert reason_of(scheme, {}) == "missing"
    for name in headers:
        assert reason_of(scheme, {key: value for key, value in headers.items() if key != name}) == "missing"
        assert reason_of(scheme, headers | {name: ""}) == "missing"


@every_host
@pytest.mark.parametrize("joiner", [",", ", "])
def test_a1_repeated_headers_joined_by_the_server_are_malformed(scheme: Scheme, joiner: str) -> None:
    headers = signed(scheme)
    for name, value in headers.items():
        assert reason_of(scheme, headers | {name: value + joiner + value}) == "malformed"


@every_host
def test_a2_forged_signatures_are_refused(scheme: Scheme) -> None:
    other = "whsec_" + base64.b64encode(b"f" * 24).decode()
    assert reason_of(scheme, sign(scheme, other, BODY, NOW, "msg_1")) == "mismatch"


@every_host
def test_a2_other_spellings_of_a_good_signature_are_refused(scheme: Scheme) -> None:
    headers = signed(scheme)
    name = next(key for key in headers if "signature" in key)
    value = headers[name]
    start = max(value.rfind("=", 0, -2), value.rfind(","), -1) + 1
    mac = value[start:]
    raw = bytes.fromhex(mac) if "=" not in mac else base64.b64decode(mac)
    spellings = [
        mac[:-1], mac[:-2], mac + "=", mac + "A", " " + mac, mac + " ", mac + "\n", mac + "\x00", "é" + mac[1:],
        mac.upper() if "=" not in mac else mac.rstrip("="), raw.hex().upper(), raw.hex()[:62], raw[:31].hex(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="), base64.b64encode(raw[:16]).decode(), mac[:-2] + "é=",
        f"sha256={mac}", "１" * len(mac), mac * 100,
    ]  # fmt: skip
    for spelling in spellings:
        if spelling != mac:
            assert reason_of(scheme, headers | {name: value[:start] + spelling}) in {"malformed", "mismatch"}, spelling


def test_a2_bits_beyond_the_mac_are_not_ignored() -> None:
    """32 bytes leave two spare bits in base64, 64 bytes leave four; setting them is another text, not our signature."""
    scheme, alphabet = StandardWebhooks(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for secret, last in ((WHSEC, -2), (WHSK, -3)):
        headers = sign(scheme, secret, BODY, NOW, "msg_1")
        value = headers["webhook-signature"]
        twin = value[:last] + alphabet[alphabet.index(value[last]) + 1] + value[last + 1 :]
        assert base64.b64decode(twin.split(",")[1]) == base64.b64decode(value.split(",")[1])
        assert reason_of(scheme, headers | {"webhook-signature": twin}, [secret]) in {"malformed", "mismatch"}


@pytest.mark.parametrize(
    "value",
    [
        "v1", "v1,", ",", "v1,,", "V1,{mac}", "v1.{mac}", "v1,{mac},{mac}", "v1,{mac}  v1,{mac}", "v1,{mac}\tv1,{mac}",
        "v2,{mac}", "v1a,{mac}", "v1,{mac} ", " v1,{mac}", "v1,{mac} v1,short", "v1,{mac} junk", "{mac}",
        "v1,{mac}" + " v1,{mac}" * 10, "v1,{mac}" + " v9,AAAA" * 1000,
    ],
)  # fmt: skip
def test_a2_misshapen_lists_of_standard_signatures_are_malformed(value: str) -> None:
    headers = signed(HOSTS["standard-webhooks"])
    mac = headers["webhook-signature"].removeprefix("v1,")
    assert reason_of(HOSTS["standard-webhooks"], headers | {"webhook-signature": value.format(mac=mac)}) == "malformed"


@pytest.mark.parametrize(
    "value",
    [
        "t={t}", "v1={mac}", "t={t},v1=", "t=,v1={mac}", "t={t},t={t},v1={mac}", "t={t};v1={mac}", "t={t}, v1={mac}",
        "t={t},v1={mac},", ",t={t},v1={mac}", "t={t},v0={mac}", "t={t},V1={mac}", "t={t},v1={mac},=",
        "t={t},v1={mac},é=1", "t={t}" + ",v1={mac}" * 11,
    ],
)  # fmt: skip
def test_a2_misshapen_timed_headers_are_malformed(value: str) -> None:
    mac = signed(HOSTS["stripe"])["stripe-signature"][-64:]
    assert reason_of(HOSTS["stripe"], {"stripe-signature": value.format(t=STAMP, mac=mac)}) == "malformed"


@every_host
def test_a3_every_flipped_bit_of_the_body_is_noticed(scheme: Scheme) -> None:
    headers = signed(scheme)
    for bit in range(len(BODY) * 8):
        changed = bytearray(BODY)
        changed[bit // 8] ^= 1 << bit % 8
        assert reason_of(scheme, headers, body=bytes(changed)) == "mismatch"
    assert reason_of(scheme, headers, body=json.dumps(json.loads(BODY)).encode()) == "mismatch"
    assert reason_of(scheme, headers, body=BODY + b" ") == "mismatch"
    assert reason_of(scheme, headers, body=BODY[:-1]) == "mismatch"


@pytest.mark.parametrize("host", ["standard-webhooks", "svix", "polar", "paddle", "stripe", "surecart"])
@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, "ok"), (299, "ok"), (300, "ok"), (301, "stale"), (-299, "ok"), (-300, "ok"), (-301, "future"),
     (86_400 * 3, "stale"), (-86_400, "future")],
)  # fmt: skip
def test_a6_signed_times_may_be_off_by_five_minutes_both_ways(host: str, seconds: int, verdict: str) -> None:
    headers, now = signed(HOSTS[host]), NOW + timedelta(seconds=seconds)
    if verdict == "ok":
        assert verify(HOSTS[host], [secret_for(HOSTS[host])], headers, BODY, now) == 0
    else:
        assert reason_of(HOSTS[host], headers, now=now) == verdict


def test_a6_a_forged_delivery_is_a_mismatch_whatever_its_time() -> None:
    headers = signed(HOSTS["standard-webhooks"], NOW - timedelta(days=1))
    assert reason_of(HOSTS["standard-webhooks"], headers, body=b"{}") == "mismatch"


@pytest.mark.parametrize("host", ["standard-webhooks", "paddle", "stripe", "surecart"])
@pytest.mark.parametrize(
    "stamp",
    [
        "nan", "inf", "1e9", "1e999", "-1", "+1700000000", "1700000000.0", "1700000000 ", " 1700000000", "1700000000\n",
        "170000000", "17000000000", "0x65f00000", "1_700_000_000", "١٧٠٠٠٠٠٠٠٠", "１７００００００００",
        "1700000000\x00", "9" * 4000, "1700000000,1700000000",
    ],
)  # fmt: skip
def test_a6_only_ten_ascii_digits_are_a_time(host: str, stamp: str) -> None:
    headers = {name: value.replace(STAMP, stamp) for name, value in signed(HOSTS[host]).items()}
    assert reason_of(HOSTS[host], headers) == "malformed"


@pytest.mark.parametrize("message_id", ["a.b", ".", "x" * 129, "é", "a b", "a,b", "a\n", "a\x00", "../1"])
def test_an_id_with_a_full_stop_or_other_signs_is_malformed(message_id: str) -> None:
    headers = signed(HOSTS["standard-webhooks"]) | {"webhook-id": message_id}
    assert reason_of(HOSTS["standard-webhooks"], headers) == "malformed"


@every_host
@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nothing_is_authentic(scheme: Scheme, secrets: list[str]) -> None:
    """An endpoint with an empty secret must not accept what anybody can sign with the empty key."""
    assert reason_of(scheme, signed(scheme), secrets) == "no_secret"
    assert reason_of(scheme, {}, secrets) == "no_secret"


@pytest.mark.parametrize(
    "secret",
    ["whsec_", "whsec_====", "whsec_A", "whsec_pass word", "whsec_é", "whpk_AAAA", "whsk_AAAA", "whsk_", "whpk_"],
)
def test_secrets_that_are_no_standard_key_are_passed_over(secret: str) -> None:
    assert reason_of(StandardWebhooks(), signed(StandardWebhooks()), [secret]) == "no_secret"
    assert verify(StandardWebhooks(), [secret, WHSEC], signed(StandardWebhooks()), BODY, NOW) == 1
    with pytest.raises(ValueError, match="cannot sign") as caught:
        sign(StandardWebhooks(), secret, BODY, NOW, "msg_1")
    assert len(secret) < 7 or secret not in str(caught.value)


@pytest.mark.parametrize("raw_secret", [True, False])
def test_a_public_key_is_never_an_hmac_key(raw_secret: bool) -> None:
    """Everybody may know a public key: what an HMAC with its text proves is nothing."""
    scheme = StandardWebhooks(raw_secret=raw_secret)
    for key in (WHPK.encode(), base64.b64decode(WHPK[5:])):
        forged = sign(StandardWebhooks(), "whsec_" + base64.b64encode(key).decode(), BODY, NOW, "msg_1")
        assert reason_of(scheme, forged, [WHPK]) == "mismatch"


@every_host
@pytest.mark.parametrize(
    "secret", ["\ud800", "\x00", "é", "whpk_" + "/" * 43, "whsk_" + "/" * 43, "whsec_" + "/" * 512]
)
def test_odd_secrets_prove_nothing_and_break_nothing(scheme: Scheme, secret: str) -> None:
    """A lone surrogate has no UTF-8; 32 bytes of ones are no point of the curve."""
    for headers in (signed(scheme), sign(StandardWebhooks(), WHSK, BODY, NOW, "msg_1")):
        assert reason_of(scheme, headers, [secret]) in {"mismatch", "missing", "no_secret"}


def test_an_ed25519_signature_needs_its_own_key() -> None:
    headers = sign(StandardWebhooks(), WHSK, BODY, NOW, "msg_1")
    assert verify(StandardWebhooks(), [WHSEC, WHPK], headers, BODY, NOW) == 1
    assert reason_of(StandardWebhooks(), headers, [WHSEC]) == "mismatch"
    assert reason_of(StandardWebhooks(), headers, [WHPK], body=b"{}") == "mismatch"
    with pytest.raises(ValueError, match="cannot sign"):
        sign(StandardWebhooks(), WHPK, BODY, NOW, "msg_1")


def test_signing_refuses_an_id_it_would_not_accept() -> None:
    with pytest.raises(ValueError, match="message id"):
        sign(StandardWebhooks(), WHSEC, BODY, NOW, "a.b")


# --- whatever comes: an index or BadSignature ---

ODD = st.one_of(
    st.text(max_size=80),
    st.text("0123456789abcdefv1ts=,;. \t\x00", max_size=120),
    st.binary(max_size=20),
    st.none(),
    st.sampled_from(["9" * 100_000, "v1," * 5_000, "\ud800", "t=" + "1" * 5_000, "v1,\x00", "=,=,=", "١" * 10]),
)


@every_host
@given(data=st.data())
def test_a2_mutated_headers_and_bodies_give_bad_signature_and_nothing_else(scheme: Scheme, data: st.DataObject) -> None:
    headers: dict[str, Any] = dict(signed(scheme))
    name = data.draw(st.sampled_from(sorted(headers)))
    value = headers[name]
    cut = data.draw(st.integers(0, len(value)))
    odd = data.draw(ODD)
    headers[name] = value[:cut] + odd + value[cut + data.draw(st.integers(0, 2)) :] if isinstance(odd, str) else odd
    body = data.draw(st.sampled_from([BODY, b"", b"\xff\xfe", BODY * 2]))
    secrets = data.draw(st.lists(st.one_of(st.text(max_size=40), st.just(secret_for(scheme))), max_size=3))
    try:
        index = verify(scheme, secrets, headers, body, NOW)
    except BadSignature:
        return
    assert secrets[index] == secret_for(scheme)
    assert body == BODY
    assert headers[name] == value or "signature" in name  # only what adds an ignored token may still be good
