"""The quirks of EDD Software Licensing that shipped software relies on (licence protocols, 1.1-1.7), each as a rule."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.protocols.edd import BATCH, PROTOCOL
from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.verdict import CODES, untold, verdict
from connector.ports import ProtocolCall
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import FULL, NOW, PAST, RELEASE, SITE, SITUATIONS, STANDS

URL = "https://shop.example.com"
PLAIN = {"license": "K-77", "item_id": "501", "url": URL}


def call(action: str, agent: str = "", **args: str) -> ProtocolCall:
    headers = {"user-agent": agent} if agent else {}
    return ProtocolCall("POST", "/", {}, {"edd_action": action} | args, None, headers, BASE, NOW)


def question(action: str = "check_license", agent: str = "", **args: str) -> Question:
    [found] = PROTOCOL.parse(call(action, agent, **(PLAIN | args)))
    return found


def told(action: str, answer: Answer | str, **args: str) -> Any:
    asked = call(action, **(PLAIN | args))
    found = SITUATIONS[answer] if isinstance(answer, str) else answer
    reply = PROTOCOL.render(asked, PROTOCOL.parse(asked), [found])
    assert (reply.status, reply.content_type) == (200, "application/json")
    return json.loads(reply.body)


# -- reading the call


@pytest.mark.parametrize("nothing", ["", "0", " ", " 0 "])
def test_php_false_is_not_said(nothing: str) -> None:
    found = question("get_version", item_id=nothing, item_name="Acme Forms", beta=nothing, version=nothing)
    assert found.product == ("edd:Acme Forms", "name:acme-forms")
    assert (found.channel, found.version) == ("stable", None)


@pytest.mark.parametrize("name", ["Acme Forms & Fields", "Acme%20Forms%20%26%20Fields", "Acme Forms &amp; Fields"])
def test_a_name_comes_encoded_once_or_twice_or_as_html(name: str) -> None:
    assert question(item_id="0", item_name=name).product == ("edd:Acme Forms & Fields", "name:acme-forms-fields")


def test_a_name_in_any_script_is_a_name() -> None:
    assert question(item_id="0", item_name="フォーム").product == ("edd:フォーム", "name:フォーム")


def test_the_id_wins_over_the_name() -> None:
    assert not {"name:acme-charts", "edd:Acme Charts"} & set(question(item_name="Acme Charts").product)
    assert question().product[0] == "edd:501"


@pytest.mark.parametrize(
    ("text", "word"), [(" 501", "501"), ("-501", "501"), ("501abc", "501"), ("9" * 25, str(2**63 - 1))]
)
def test_an_id_is_read_as_phps_absint_reads_it(text: str, word: str) -> None:
    assert question(item_id=text).product[0] == f"edd:{word}"


def test_without_id_and_name_no_product_fits() -> None:
    assert question(item_id="0").product == ("edd:",), "leaving the item out would be good for every product otherwise"


def test_key_and_url_are_decoded_once_more_and_a_plus_stays_a_plus() -> None:
    found = question(license="K%2D77+A ", url="https%3A%2F%2Fshop.example.com")
    assert (found.key, found.site) == ("K-77+A", URL)


@pytest.mark.parametrize(
    ("agent", "site"),
    [
        ("WordPress/6.8; https://shop.example.com", URL),
        ("WordPress/6.8; https://shop.example.com; more", URL),
        ("Mozilla/5.0 (X11; Linux x86_64)", None),
        ("curl/8", None),
    ],
)
def test_an_empty_url_is_taken_from_the_user_agent(agent: str, site: str | None) -> None:
    assert question(url="", agent=agent).site == site
    assert question(url="other.example.com", agent=agent).site == "other.example.com"


def test_get_version_may_name_the_product_by_name_alone() -> None:
    found = question("get_version", item_id="", name="Acme%20Forms", license="")
    assert (found.key, found.product[1]) == (None, "name:acme-forms")
    assert question("check_license", item_id="", name="Acme Forms").product == ("edd:",), "only there"


# -- words, in the order of the stock server


ENDED = replace(STANDS, expires_at=PAST, status="expired")


def standing(stands: Any, place: str | None = "active", **more: Any) -> Answer:
    return replace(SITUATIONS["valid"], verdict=verdict(stands, NOW, place=place, site=SITE, **more))


@pytest.mark.parametrize(
    ("answer", "word", "success"),
    [
        ("not_found", "invalid", False),
        (standing(ENDED, fits=False), "invalid_item_id", True),
        (standing(replace(ENDED, status="refunded")), "expired", True),
        (standing(replace(STANDS, status="expired", expires_at=None)), "expired", True),
        (standing(replace(STANDS, status="revoked")), "disabled", True),
        ("suspended", "disabled", True),
        (standing(ENDED, "free_slot"), "expired", True),
        ("no_site_activated", "inactive", True),
        ("site_not_activated", "site_inactive", True),
        ("site_limit_reached", "site_inactive", True),
        ("valid_no_site_asked", "site_inactive", True),
        ("valid_exempt_site", "valid", True),
        ("valid_updates_ended", "valid", True),
    ],
)
def test_check_takes_the_first_word_that_fits(answer: Answer | str, word: str, success: bool) -> None:
    found = told("check_license", answer)
    assert (found["license"], found["success"]) == (word, success)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("not_found", "missing"),
        ("site_required", "missing_url"),
        (standing(replace(FULL, status="suspended"), "limit_reached", fits=False), "disabled"),
        (standing(replace(ENDED, site_limit=1), "limit_reached"), "no_activations_left"),
        (standing(ENDED, "free_slot", fits=False), "expired"),
        (standing(STANDS, "free_slot", fits=False), "invalid_item_id"),
        ("activations_exhausted", "no_activations_left"),
        ("valid_just_activated", None),
        ("valid", None),
    ],
)
def test_activation_takes_the_first_error_that_fits(answer: Answer | str, error: str | None) -> None:
    found = told("activate_license", answer)
    assert (found["success"], found["license"]) == ((True, "valid") if error is None else (False, "invalid"))
    assert found.get("error") == error


def test_a_refusal_for_want_of_seats_says_how_many_there_are() -> None:
    assert told("activate_license", standing(FULL, "limit_reached"))["max_sites"] == 1


def test_a_name_that_differs_is_told_apart_from_an_id() -> None:
    named = {"item_id": "0", "item_name": "Acme Charts"}
    assert told("check_license", "other_product", **named)["license"] == "item_name_mismatch"
    assert told("activate_license", "other_product", **named)["error"] == "item_name_mismatch"


def test_deactivation_gives_the_end_as_a_unix_time() -> None:
    found = told("deactivate_license", "just_deactivated")
    assert (found["license"], found["expires"]) == ("deactivated", int(datetime(2027, 3, 2, tzinfo=UTC).timestamp()))
    assert told("deactivate_license", "valid_lifetime_unlimited")["expires"] == "lifetime"
    assert "site_count" not in found


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        (datetime(2027, 3, 2, tzinfo=UTC), "2027-03-01 23:59:59"),
        (datetime(2027, 3, 1, 23, 59, 59, tzinfo=UTC), "2027-03-01 23:59:59"),
        (datetime(1, 1, 1, tzinfo=UTC), "1-01-01 00:00:00"),
    ],
)
def test_an_end_at_midnight_is_shown_as_the_day_before(end: datetime, shown: str) -> None:
    found = told("check_license", standing(replace(STANDS, expires_at=end)))
    assert found["expires"].lstrip("0") == shown


def test_a_licence_that_was_called_expired_has_an_end() -> None:
    answer = standing(replace(STANDS, status="expired", expires_at=None))
    assert told("check_license", answer)["expires"] == "2026-11-21 10:00:00"
    assert told("deactivate_license", answer)["expires"] == int(NOW.timestamp())


def test_unlimited_is_zero_and_a_word() -> None:
    found = told("check_license", "valid_lifetime_unlimited")
    assert (found["license_limit"], found["activations_left"], found["expires"]) == (0, "unlimited", "lifetime")


@pytest.mark.parametrize("code", ["RATE_LIMITED", "UNAVAILABLE"])
def test_when_nothing_can_be_said_no_word_of_the_licence_is(code: str) -> None:
    answer = Answer(untold(code, NOW))
    for action in ("check_license", "activate_license"):
        found = told(action, answer)
        assert (found["success"], "license" in found, found["msg"]) == (False, False, CODES[code])
    assert told("deactivate_license", answer)["license"] == "failed"
    version = told("get_version", answer)
    assert (version["new_version"], version["package"], version["sections"]) == ("", "", {})


# -- versions


def test_what_clients_read_of_a_version_is_always_there() -> None:
    for name, answer in SITUATIONS.items():
        found = told("get_version", answer)
        needed = ("new_version", "name", "slug", "url", "package", "download_link", "sections", "icons", "banners")
        assert [word for word in needed if word not in found] == [], name
        assert all(isinstance(found[word], dict) for word in ("sections", "icons", "banners")), "plain JSON"


def test_a_section_never_bears_the_name_of_a_field() -> None:
    """The stock updater copies every section over the field of its name."""
    poisoned = replace(RELEASE, sections={"package": "x", "changelog": "new"})
    found = told("get_version", replace(SITUATIONS["valid"], release=poisoned))
    assert set(found["sections"]) == {"description", "changelog"}


def test_a_notice_is_text_and_not_html() -> None:
    answer = replace(SITUATIONS["valid"], release=replace(RELEASE, package=None, notice="<b>Renew</b>"))
    found = told("get_version", answer)
    assert found["sections"]["changelog"].startswith("<p><strong>&lt;b&gt;Renew&lt;/b&gt;</strong></p><h4>")
    assert (found["msg"], found["upgrade_notice"], found["package"]) == ("<b>Renew</b>", "<b>Renew</b>", "")


@pytest.mark.parametrize(
    ("has", "new"),
    [
        ({"php_version": "8.0.30"}, "2.3.0"),
        ({"php_version": "8.1"}, "2.4.1"),
        ({"php_version": "8.10.0-1ubuntu2"}, "2.4.1"),
        ({"wp_version": "6.3.9"}, "2.3.0"),
        ({"wp_version": "6.10"}, "2.4.1"),
        ({"php_version": "0", "wp_version": ""}, "2.4.1"),
    ],
)
def test_a_site_that_is_too_old_is_told_its_own_version(has: dict[str, str], new: str) -> None:
    found = told("get_version", "release", version="2.3.0", **has)
    assert (found["new_version"], found["stable_version"]) == (new, "2.4.1")


def test_a_batch_answers_each_product_under_its_own_name_in_order() -> None:
    args = {f"products[{slug}][item_id]": item for slug, item in (("a", "1"), ("none", "0"), ("b.c", "2"))}
    asked = call("get_version", **args)
    questions = PROTOCOL.parse(asked)
    assert [each.product[0] for each in questions] == ["edd:1", "edd:2"]
    answers = [replace(SITUATIONS["valid"], release=replace(RELEASE, version=version)) for version in ("1.1", "2.2")]
    found = json.loads(PROTOCOL.render(asked, questions, answers).body)
    assert {slug: each["new_version"] for slug, each in found.items()} == {"a": "1.1", "none": "", "b.c": "2.2"}


def test_a_batch_of_many_is_cut_and_the_rest_told_so() -> None:
    asked = call("get_version", **{f"products[p{number}][item_id]": "1" for number in range(BATCH + 5)})
    questions = PROTOCOL.parse(asked)
    assert len(questions) == BATCH
    found = json.loads(PROTOCOL.render(asked, questions, [SITUATIONS["release"]] * BATCH).body)
    assert len(found) == BATCH + 5
    assert found[f"p{BATCH}"]["msg"] == CODES["RATE_LIMITED"]


def test_a_last_known_answer_reads_like_a_fresh_one() -> None:
    assert told("check_license", "valid_stale") == told("check_license", "valid")


def test_extra_keys_tell_support_apart_from_the_licence() -> None:
    found = told("check_license", "valid_support_ended")
    assert (found["license"], found["support_status"]) == ("valid", "expired")
    assert found["support_expires"] == (NOW - timedelta(days=30)).isoformat().replace("+00:00", "Z")
