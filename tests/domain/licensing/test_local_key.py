"""Local keys of the WHMCS add-on: made and read as its published client does (licence protocols, 2.3)."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.local_key import BadLocalKey, mint, read, tags
from tests.servers import missing

DAY = date(2026, 11, 21)
SECRET = "a secret of the product"
RESULTS = {
    "status": "Active",
    "validdomain": "shop.example.com,www.shop.example.com",
    "validip": "203.0.113.7",
    "validdirectory": "/srv/größe",
}
PLACE = {"domain": "www.shop.example.com", "ip": "203.0.113.7", "directory": "/srv/größe"}


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def by_hand(held: str, day: str = "20261121") -> str:
    """A local key made step by step, as the published client describes it."""
    turned = (md5(day + SECRET) + base64.b64encode(held.encode()).decode())[::-1]
    return turned + md5(turned + SECRET)


@pytest.mark.parametrize("encoding", ["json", "php"])
def test_what_was_minted_is_read_again(encoding: str) -> None:
    found = read(mint(RESULTS, SECRET, DAY, encoding), SECRET)
    assert (found.results, found.checked, found.encoding) == (RESULTS, DAY, encoding)
    assert found.faults(DAY, **PLACE) == []


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40)), st.sampled_from(["json", "php"]))
def test_any_tags_survive(results: dict[str, str], encoding: str) -> None:
    results.pop("checkdate", None)
    assert read(mint(results, SECRET, DAY, encoding), SECRET).results == results


def test_a_key_made_by_hand_is_minted_alike() -> None:
    held = json.dumps({"status": "Active", "checkdate": "20261121"}, separators=(",", ":"))
    assert mint({"status": "Active"}, SECRET, DAY).replace("\n", "") == by_hand(held)
    php = 'a:2:{s:6:"status";s:6:"Active";s:9:"checkdate";s:8:"20261121";}'
    assert mint({"status": "Active"}, SECRET, DAY, "php").replace("\n", "") == by_hand(php)


def test_lines_have_80_characters() -> None:
    lines = mint(RESULTS, SECRET, DAY).split("\n")
    assert {len(line) for line in lines[:-1]} == {80}
    assert 0 < len(lines[-1]) <= 80


def test_what_php_writes_beside_texts_is_read() -> None:
    held = 'a:4:{s:9:"checkdate";s:8:"20261121";s:11:"remotecheck";b:1;s:1:"n";i:-5;s:1:"a";a:1:{i:0;N;}}'
    found = read(by_hand(held), SECRET).results
    assert (found["remotecheck"], found["n"]) == ("1", "-5")
    clients = json.dumps({"checkdate": "20261121", "remotecheck": True})
    assert read(by_hand(clients), SECRET).results == {"remotecheck": "1"}


def test_a_time_of_day_may_follow_the_day() -> None:
    held = json.dumps({"status": "Active", "checkdate": "20261121101500"})
    assert read(by_hand(held, "20261121101500"), SECRET).checked == DAY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 20,
        "é" * 100,
        "A" * 70_000,
        mint(RESULTS, "another secret", DAY),
        by_hand("no JSON"),
        by_hand("[1]"),
        by_hand('{"checkdate": "20261399"}', "20261399"),
        by_hand('{"checkdate": "20261122"}'),
        by_hand('O:8:"stdClass":0:{}'),
        by_hand("a:1:{s:1:"),
        by_hand('a:1:{s:99:"x";N;}'),
        by_hand("a:1:{" * 2000),
        by_hand('{"a":' * 5000),
    ],
)
def test_what_is_no_local_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadLocalKey):
        read(text, SECRET)


@given(st.integers(0, 400), st.characters(codec="ascii"))
def test_one_changed_character_is_noticed(place: int, sign: str) -> None:
    whole = mint(RESULTS, SECRET, DAY).replace("\n", "")
    changed = whole[:place] + sign + whole[place + 1 :]
    if changed != whole and not sign.isspace():
        with pytest.raises(BadLocalKey):
            read(changed, SECRET)


def test_a_local_key_is_good_for_fifteen_days_on_its_place() -> None:
    found = read(mint(RESULTS, SECRET, DAY), SECRET)
    assert found.faults(DAY + timedelta(days=14)) == []
    assert "15 days" in found.faults(DAY + timedelta(days=15))[0]
    assert "after today" in found.faults(DAY - timedelta(days=1))[0]
    assert "validdomain" in found.faults(DAY, domain="other.example.com")[0]
    assert "not Active" in read(mint({"status": "Expired"}, SECRET, DAY), SECRET).faults(DAY)[0]


def test_tags_are_read_as_the_published_client_reads_them() -> None:
    body = "<status>Active</status>\n<empty></empty><name>A &amp; B</name>\n<broken>x<y>"
    assert tags(body) == {"status": "Active", "name": "A &amp; B"}


PHP = """
$in = json_decode(stream_get_contents(STDIN), true);
[$key, $secret, $day, $results] = [str_replace("\\n", '', $in['key']), $in['secret'], $in['day'], $in['results']];
$turned = substr($key, 0, -32);
if (substr($key, -32) !== md5($turned . $secret)) exit('the seal is broken');
$inner = base64_decode(substr(strrev($turned), 32));
$read = $in['encoding'] === 'php' ? unserialize($inner) : json_decode($inner, true);
if (substr(strrev($turned), 0, 32) !== md5($read['checkdate'] . $secret)) exit('the day was changed');
$results['checkdate'] = $day;
$results['remotecheck'] = true;
$text = $in['encoding'] === 'php' ? serialize($results) : json_encode($results);
$made = strrev(md5($day . $secret) . base64_encode($text));
echo json_encode(['read' => $read, 'made' => wordwrap($made . md5($made . $secret), 80, "\\n", true)]);
"""


@pytest.mark.parametrize("encoding", ["json", "php"])
def test_php_reads_what_we_mint_and_we_read_what_php_makes(encoding: str) -> None:
    php = shutil.which("php")
    if php is None:
        missing("PHP", "Install php-cli (Debian: `apt-get install php-cli`).")
    results = RESULTS | {"productname": 'Größe "A" / B\\C; 漢字'}
    given = {"key": mint(results, SECRET, DAY, encoding), "secret": SECRET, "day": "20261120", "results": results}
    done = subprocess.run(
        [php, "-n", "-r", PHP],
        input=json.dumps(given | {"encoding": encoding}),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["read"] == results | {"checkdate": "20261121"}
    found = read(told["made"], SECRET)
    assert found.results == results | {"remotecheck": "1"}
    assert (found.checked, found.encoding) == (DAY - timedelta(days=1), encoding)
