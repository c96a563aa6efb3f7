"""What pages say beyond the five: one product's rules, fewer sites than seats, slower hours, free users, own confirmations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Decision, Facts
from connector.domain.policy.kinds import LANES
from connector.domain.policy.policy import Policy
from connector.domain.policy.sla import promise
from connector.storage import codec
from connector.vendors.policies import packs
from tests.domain.policy.building import NOW, STRANGER, asked, facts, nobody, order, said, standing
from tests.vendors.policies.test_packs import faults, pack

FRIDAY = datetime(2026, 3, 6, 10, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 10, tzinfo=UTC)
SITES = ("one.example.com", "two.example.com", "three.example.com")
BEFORE = "[scope]"

Made = Callable[..., Policy]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """The small pack with more tables in it, and settings."""
    count = iter(range(9))

    def make(more: str = "", **settings: Any) -> Policy:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        path = pack(folder, ("[[example]]", f"{more}\n[[example]]")) if more else pack(folder)
        assert faults(path) == {}
        return packs.load(path, {key.replace("__", "."): value for key, value in settings.items()})

    return make


def judged(policy: Policy, what: Facts, now: datetime = FRIDAY) -> Decision:
    return decide(what, policy, now)


# --- rules of one product ---

PRO = """
[product.acme-forms]
default_severity = "fast"
[product.acme-forms.support_term]
one_time = "24 months"
[product.acme-forms.entitlement]
requester = "original_holder"
[product.acme-forms.scope]
custom_dev = { cover = "covered" }
[product.acme-forms.severity.fast]
rank = 50
respond = "2h"
"""


def test_elg_05_one_product_may_have_rules_of_its_own(made: Made) -> None:
    """ELG-05"""
    policy = made(PRO)
    mine = judged(policy, facts(asked(kind="custom_dev"), standing(support_until=FRIDAY + timedelta(days=9))))
    assert (mine.outcome, mine.priority) == ("accept", "fast")
    assert mine.due.respond_by == datetime(2026, 3, 9, 11, tzinfo=UTC), "two hours of Monday, the only open day"
    other = standing(product="acme-shop", support_until=FRIDAY + timedelta(days=9))
    theirs = judged(policy, facts(asked(kind="custom_dev", product="acme-shop"), other))
    assert said(theirs) == ("ask", ["kind_unknown"])


def test_what_a_product_does_not_say_is_as_for_all(made: Made) -> None:
    policy, plain = made(PRO), made()
    about = policy.about("ACME-Forms")
    assert about.zone == plain.zone
    assert about.scope["bug"] == plain.scope["bug"]
    assert about.severities["normal"] == plain.severities["normal"]
    assert (about.term("one_time"), policy.term("one_time")) == ("24 months", None)
    assert (about.ref, about.digest) == (policy.ref, policy.digest), "one policy, one reference"
    assert policy.about("acme-shop") is policy
    assert policy.about(None) is policy
    assert about.about("acme-forms") is about


def test_not_06_a_decision_by_a_products_rules_is_made_again_to_the_byte(made: Made) -> None:
    """NOT-06: also from what is kept of the pack."""
    policy = made(PRO)
    what = facts(asked(kind="custom_dev"), standing(support_until=FRIDAY + timedelta(days=9)))
    first = codec.dumps(judged(policy, what))
    assert codec.dumps(judged(policy.about("acme-forms"), codec.loads(codec.dumps(what), Facts))) == first


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ('[product.acme.calendar]\ntimezone = "UTC"', "product.acme.calendar", "no table of one product"),
        ('[product.acme.scope]\nbug = { cover = "coverd" }', "product.acme.scope.bug.cover", "did you mean covered?"),
        ('[product.acme.entitlement]\nlicense = "none"', "product.acme.entitlement.license", "did you mean licence?"),
        ('[product.acme]\ndefault_severity = "fast"', "product.acme.default_severity", "no severity of this pack"),
        (
            '[product.acme.severity.normal]\nresolve_warn = "1h"',
            "product.acme.severity.normal.resolve_warn",
            "add resolve",
        ),
        ('[product."Acme Pro".scope]\nbug = { cover = "covered" }', "product.Acme Pro", "slug in lower case"),
    ],
)
def test_a_fault_in_a_products_rules_names_the_product(tmp_path: Path, more: str, place: str, words: str) -> None:
    found = faults(pack(tmp_path, ("[[example]]", f"{more}\n[[example]]")))
    assert words in found.get(place, ""), found


def test_a_vendor_sets_a_products_rule_like_any_other(made: Made) -> None:
    policy = made(**{"product.acme-forms.support_term.one_time": "36 months"})
    assert policy.about("acme-forms").term("one_time") == "36 months"


# --- fewer sites than seats ---


@pytest.mark.parametrize(
    ("limit", "seated", "asks", "outcome"),
    [
        (None, SITES, {"site": "one.example.com"}, "accept"),
        (None, SITES, {"site": "ONE.example.com"}, "accept"),
        (None, SITES, {"site": "two.example.com"}, "deny"),
        (None, SITES, {"site": "four.example.com"}, "deny"),
        (10, SITES, {"site": "two.example.com"}, "deny"),
        (1, SITES[:1], {"site": "one.example.com"}, "accept"),
        (None, (), {"site": "one.example.com"}, "accept"),
        (None, SITES, {"site": None}, "ask"),
        (None, SITES[:1], {"site": None}, "accept"),
        (None, SITES, {"site": "staging.two.example.com", "site_exempt": True}, "accept"),
        (None, SITES, {"site": "shop.one.example.com", "site_exempt": True, "seat": 1}, "accept"),
        (None, SITES, {"site": "shop.two.example.com", "site_exempt": True, "seat": 2}, "deny"),
    ],
)
def test_elg_08_support_for_one_site_use_on_many(
    made: Made, limit: int | None, seated: tuple[str, ...], asks: dict[str, Any], outcome: str
) -> None:
    """ELG-08: seats say where it may run, `sites_supported` what is supported."""
    stands = standing(site_limit=limit, seated=seated, support_until=FRIDAY + timedelta(days=9))
    decision = judged(made(entitlement__sites_supported=1), facts(asked(**asks), stands))
    assert decision.outcome == outcome, said(decision)
    if outcome == "deny":
        assert said(decision)[1] == ["site_not_supported"]
        assert "for 1 of the sites of your licence" in decision.findings[0].message


@pytest.mark.parametrize("kind", sorted(LANES))
def test_lanes_mind_no_site(made: Made, kind: str) -> None:
    stands = standing(site_limit=None, seated=SITES)
    decision = judged(made(entitlement__sites_supported=1), facts(asked(kind=kind, site="two.example.com"), stands))
    assert "site_not_supported" not in said(decision)[1]


# --- slower at named hours ---

SLOW = """
[hours.saturday]
sat = ["00:00-24:00"]
[hours.night]
fri = ["22:00-24:00"]
sat = ["00:00-06:00"]
[severity.slow]
clock = "always"
respond = "24h"
respond_during.saturday = "48h"
respond_during.night = "72h"
"""


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        (FRIDAY, 24),
        (SATURDAY, 48),
        (SATURDAY.replace(hour=0), 72),
        (SATURDAY.replace(hour=5, minute=59), 72),
        (SATURDAY.replace(hour=6), 48),
        (FRIDAY.replace(hour=22), 72),
        (SATURDAY + timedelta(hours=14), 24),
    ],
)
def test_r24_at_named_hours_answers_are_slower(made: Made, at: datetime, hours: int) -> None:
    """R24: by the instant of asking, in the vendor's zone; of several the slowest."""
    assert promise(made(SLOW), "slow", "ticket", at).respond_by == at + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("respond_during.saturday", "respond_during.sunday", "severity.slow.respond_during.sunday", "hours.sunday.sat"),
        ("respond_during.saturday", "respond_during.saturdy", "severity.slow.respond_during.saturdy", "mean saturday?"),
        ('respond_during.night = "72h"', "", "hours.night", "no severity is slower"),
        ('respond_during.night = "72h"', 'respond_during.night = "0h"', "severity.slow.respond_during.night", "nobody"),
        ('respond_during.night = "72h"', 'respond_during.night = "1bd"', "severity.slow.respond_during.night", "open"),
        ('["00:00-06:00"]', '["06:00-00:30"]', "hours.night.sat.0", "goes over midnight"),
        ('["00:00-06:00"]', '["00:00-06:00", "05:00-07:00"]', "hours.night", "overlap"),
        ("fri = [", "friday = [", "hours.night.friday", "did you mean fri?"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert old in SLOW
    found = faults(pack(tmp_path, ("[[example]]", f"{SLOW.replace(old, new, 1)}\n[[example]]")))
    assert words in found.get(place, ""), found


# --- free users ---

FREE = """
[severity.free]
rank = 1
best_effort = true
"""
SERVED = {"entitlement__free_severity": "free", "severity__normal__rank": 10}


def test_r27_free_users_are_served_without_a_promise_behind_those_who_paid(made: Made) -> None:
    """R27, R25"""
    policy = made(FREE, **SERVED)
    free = judged(policy, nobody(requester=STRANGER))
    paying = judged(policy, facts(stands=standing(support_until=FRIDAY + timedelta(days=9))))
    assert said(free) == ("accept", ["best_effort"])
    assert (free.priority, free.due.respond_by, free.due.resolve_by) == ("free", None, None)
    assert (paying.outcome, paying.priority) == ("accept", "normal")
    assert free.rank < paying.rank
    assert said(judged(made(FREE), nobody())) == ("ask", ["licence_required"]), "only where the vendor says so"


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        (nobody(key_given=True), "deny"),
        (facts(stands=standing(support_until=FRIDAY - timedelta(days=1))), "deny"),
        (facts(stands=standing(status="suspended", support_until=FRIDAY + timedelta(days=9))), "deny"),
        (facts(asked(key_given=False), None, ambiguous=True), "ask"),
        (nobody(order_given=True, orders=(order("pending"),)), "deny"),
        (nobody(orders=(order("pending"),)), "accept"),
        (nobody(severity="normal"), "accept"),
    ],
    ids=[
        "unknown key",
        "lapsed",
        "suspended",
        "which licence?",
        "pending order named",
        "pending order",
        "asks for more",
    ],
)
def test_r27_who_shows_something_is_judged_by_it(made: Made, what: Facts, outcome: str) -> None:
    """R27"""
    decision = judged(made(FREE, **SERVED), what)
    assert decision.outcome == outcome, said(decision)
    assert decision.priority == ("free" if outcome == "accept" else None)


@pytest.mark.parametrize("kind", sorted(LANES))
def test_r27_lanes_serve_anybody_as_before(made: Made, kind: str) -> None:
    """R27, R34"""
    assert judged(made(FREE, **SERVED), nobody(kind=kind)).priority == "normal"


@pytest.mark.parametrize(
    ("severity", "place", "words"),
    [
        ("rank = 1", "severity.free.best_effort", "write best_effort = true"),
        ('best_effort = true\nrespond = "1h"', "entitlement.free_severity", "promised nothing"),
        ("rank = 10\nbest_effort = true", "severity.free.rank", "come after normal"),
    ],
)
def test_r27_a_promise_to_free_users_is_refused(tmp_path: Path, severity: str, place: str, words: str) -> None:
    """R27"""
    changes = (
        ("[entitlement]", '[entitlement]\nfree_severity = "free"'),
        ("[severity.normal]", "[severity.normal]\nrank = 10"),
    )
    found = faults(pack(tmp_path, *changes, ("[[example]]", f"[severity.free]\n{severity}\n[[example]]")))
    assert words in found.get(place, ""), found
    unknown = faults(pack(tmp_path, ("[entitlement]", '[entitlement]\nfree_severity = "nromal"')))
    assert "did you mean normal?" in unknown["entitlement.free_severity"]


# --- confirmations of the vendor's own ---

OWN = {
    "attestations__required": ["policy_read", "backup_made"],
    "attestations__sentences": {"backup_made": "I have made a backup of my site"},
}


@pytest.mark.parametrize("word", ["backup_made", "Backup-Made", "I have made a backup of my site"])
def test_chn_06_a_vendor_asks_for_confirmations_of_its_own(made: Made, word: str) -> None:
    """CHN-06: by its word, or by the sentence that the form shows."""
    policy, stands = made(**OWN), standing(support_until=FRIDAY + timedelta(days=9))
    missing = judged(policy, facts(asked(attestations=("policy_read",)), stands))
    assert said(missing) == ("ask", ["attestation_required"])
    assert missing.findings[0].message == "Please confirm first: “I have made a backup of my site”."
    assert missing.findings[0].facts == {"missing": ["backup_made"]}
    assert judged(policy, facts(asked(attestations=("policy_read", word)), stands)).outcome == "accept"


def test_chn_06_a_confirmation_of_ones_own_is_no_other_one(made: Made) -> None:
    """CHN-06: `privacy_policy_accepted` does not say that the support policy was read."""
    policy = made(
        attestations__required=["policy_read", "privacy_policy_accepted"],
        attestations__sentences={"privacy_policy_accepted": "I accept the privacy policy"},
    )
    asks = asked(attestations=("privacy_policy_accepted",))
    found = judged(policy, facts(asks, standing(support_until=NOW + timedelta(days=9))))
    assert found.findings[0].facts == {"missing": ["policy_read"]}


def test_chn_06_a_sentence_of_ours_may_be_said_in_other_words(made: Made) -> None:
    """CHN-06"""
    policy = made(
        attestations__required=["policy_read"], attestations__sentences={"policy_read": "I know what is covered"}
    )
    found = judged(policy, facts(asked(attestations=()), standing(support_until=NOW + timedelta(days=9))))
    assert "“I know what is covered”" in found.findings[0].message


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        ('required = ["backup_made"]', "attestations.required", "attestations.sentences.backup_made"),
        ('required = ["policy_raed"]', "attestations.required", "did you mean policy_read?"),
        ('sentences.backup_made = "I have"', "attestations.sentences.backup_made", "nobody is asked"),
        ('required = ["Backup made"]', "attestations.required.0", "lower-case word"),
    ],
)
def test_a_confirmation_that_says_nothing_is_refused(tmp_path: Path, table: str, place: str, words: str) -> None:
    found = faults(pack(tmp_path, ("[scope]", f"[attestations]\n{table}\n[scope]")))
    assert words in found.get(place, ""), found


# --- all together: examples in a pack pin them ---


def test_an_example_may_be_about_a_licence_of_another_product(tmp_path: Path) -> None:
    example = (
        '[[example]]\nname = "pro"\nat = 2026-03-09T09:00:00Z\nlicensed = "acme-forms"\nkind = "bug"\nexpect = "accept"\n'
        'priority = "fast"\nrespond_by = 2026-03-09T11:00:00Z\n'
    )
    path = pack(tmp_path, ("[[example]]", f"{PRO}\n{example}\n[[example]]"))
    path.write_text(path.read_text().replace('requester = "original_holder"', 'requester = "anyone"'))
    assert faults(path) == {}


def test_replaced_products_do_not_nest(made: Made) -> None:
    policy = made(PRO)
    assert all(not each.products for each in policy.products.values())
    assert replace(policy, products={}).about("acme-forms").default_severity == "normal"
