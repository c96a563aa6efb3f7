"""Whatever a person types into a form, his request is decided; what a machine does wrong is told with all its faults."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.formats.standard.requests import SupportRequest
from tests.http.shops import ADA, Hook, question, session

KEY = "AAAA-BBBB-CCCC-0001"
FILLED = sorted({*SupportRequest().fields} - {"request_id"})
OUTCOMES = {"accept", "ask", "hold", "redirect", "deny"}
RUNS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
_numbers = count()
texts = st.text(st.characters(codec=None), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def known(hook: Hook) -> Hook:
    hook.grant(KEY)
    return hook


def by_api(hook: Hook, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {hook.shop.token()}", "Content-Type": "application/json"}
    url = f"{hook.shop.server.url}/v1/support/requests"
    return session().post(url, data=json.dumps(body).encode(), headers=headers, timeout=30)


@given(st.dictionaries(st.sampled_from(FILLED), values, max_size=4))
@RUNS
def test_any_value_a_person_fills_in_is_decided_at_both_doors(known: Hook, filled: dict[str, Any]) -> None:
    ref = next(_numbers)
    told = known.tell("support.requested", question(f"w{ref}", license_key=KEY) | filled)
    assert told["result"] == "decided", (filled, told)
    assert told["decision"]["outcome"] in OUTCOMES
    answer = by_api(known, question(f"a{ref}", license_key=KEY) | filled)
    assert answer.status_code == 200, (filled, answer.text)
    assert answer.json()["decision"]["outcome"] == told["decision"]["outcome"]


@pytest.mark.parametrize(
    "filled",
    [
        {"site": "my site"},
        {"requester": {"id": ADA["id"], "email": "ann@"}},
        {"component": "woo-connect"},
        {"modified_code": "yes"},
        {"subject": "x" * 1_001},
        {"subject": "\ud83d cut"},
        {"message": "a\x00b"},
        {"environment": "PHP 8"},
    ],
)
def test_the_agent_sees_what_was_typed(known: Hook, filled: dict[str, Any]) -> None:
    told = known.tell("support.requested", question("r1", license_key=KEY) | filled)
    assert told["result"] == "decided"
    shown = known.shop.shell.run("tickets", "show", told["ticket"]["number"], "--format", "json").stdout
    [(name, typed)] = filled.items()
    words = typed["email"] if isinstance(typed, dict) else str(typed)
    for part in words.replace("\ud83d", " ").replace("\x00", " ").split():
        assert part in shown or name == "modified_code"


def test_a_key_in_words_that_could_not_be_read_is_masked(known: Hook) -> None:
    told = known.tell("support.requested", question("r1", license_key=KEY, site=f"my site, key {KEY}"))
    shown = known.shop.shell.run("tickets", "show", told["ticket"]["number"], "--format", "json").stdout
    assert KEY not in shown
    assert "my site, key [licence key" in shown


def test_every_fault_of_a_machine_is_told_at_once_and_kept(known: Hook) -> None:
    told = known.tell("estimate.answered", {"request_id": [], "estimate": 1.5, "approved": True})
    assert told["result"] == "quarantined"
    assert [each["pointer"] for each in told["error"]["errors"]] == ["/data/estimate", "/data/request_id"]


def test_a_ticket_is_found_by_its_number_as_people_quote_it(known: Hook) -> None:
    number = known.ask("r1", license_key=KEY)["ticket"]["number"]
    quoted = f"Re: [#{number.lower().replace('-', '–')}] Hello"
    assert known.tell("ticket.message", {"ticket": quoted, "message": "More."})["result"] == "applied"
    shown = known.shop.shell.json("tickets", "show", f" <{number.lower()}>\u200b")
    assert shown["number"] == number
    bearer = {"Authorization": f"Bearer {known.shop.token()}"}
    url = f"{known.shop.server.url}/v1/support/requests/{number.lower()}"
    assert session().get(url, headers=bearer, timeout=30).json()["number"] == number


@pytest.mark.parametrize(
    "spelling", [f"“{KEY}”.", f"License key: {KEY}", f"{KEY[:5]}\u200b{KEY[5:]}\u00a0", KEY.replace("-", "–").lower()]
)
def test_a_key_as_people_paste_it_opens_every_door(known: Hook, spelling: str) -> None:
    shop = known.shop
    told = known.ask("r1", license_key=spelling)
    assert told["decision"]["outcome"] == "accept"
    call = {"license_key": spelling, "site": "\ufeff“https://shop.example.com/”."}
    verdict = session().post(f"{shop.server.url}/v1/licenses/activate", json=call, timeout=30).json()
    assert (verdict["valid"], verdict["sites"]["this_site"]) == (True, "active")
    bearer = {"Authorization": f"Bearer {shop.token()}"}
    found = session().get(
        f"{shop.server.url}/v1/eligibility", params={"license_key": spelling}, headers=bearer, timeout=30
    )
    assert found.json()["found"]
    protocol = {"edd_action": "check_license", "license": spelling, "item_name": "forms"}
    shop.product("forms")
    assert (
        session().get(f"{shop.server.url}/compat/{shop.slug}/", params=protocol, timeout=30).json()["license"]
        != "invalid"
    )
    checked = shop.shell.run("check", spelling, "--vendor", shop.slug, "--format", "json")
    assert json.loads(checked.stdout)["found"]
    assert shop.shell.json("license", "show", spelling, "--vendor", shop.slug)
