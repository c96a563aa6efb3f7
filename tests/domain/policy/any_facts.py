"""Any facts whatever, as strategies: what hosts send, what the ledger holds, and what neither should."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, timedelta

from hypothesis import strategies as st

from connector.domain.licensing.events import Person
from connector.domain.licensing.standing import Purchase, Standing
from connector.domain.policy.facts import Asked, Earlier, Facts, Restriction
from connector.domain.policy.kinds import CHANNELS, KINDS
from tests.domain.policy.building import ATTESTED, HOLDER, NOW, OWNER, STRANGER, asked, facts, standing

words = st.one_of(
    st.none(), st.text(max_size=300), st.sampled_from(["acme-forms", "one.example.com", "critical", "core"])
)
ends = st.one_of(
    st.none(),
    st.sampled_from([NOW, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
    st.datetimes(timezones=st.just(UTC)),
)
people = st.one_of(
    st.sampled_from([None, HOLDER, OWNER, STRANGER, Person(id="7"), Person(email="EVE@example.com")]),
    st.builds(Person, id=words, email=words, name=words),
)
some_words = st.lists(st.text(max_size=40), max_size=3).map(tuple)
requests = st.builds(
    Asked,
    kind=st.one_of(st.sampled_from([None, "", *KINDS]), st.text(max_size=300)),
    product=words,
    site=words,
    site_exempt=st.booleans(),
    channel=st.one_of(st.sampled_from(CHANNELS), st.text(max_size=300)),
    severity=st.one_of(words, st.sampled_from(["urgent", "priority", "high", "low"])),
    requester=people,
    component=st.one_of(words, st.sampled_from(["core", "extension"])),
    environment=st.dictionaries(
        st.sampled_from(["php", "os", "whmcs", "PHP_version", "x"]), st.text(max_size=60), max_size=3
    ),
    has_reproduction=st.booleans(),
    attestations=st.one_of(st.just(ATTESTED), some_words),
    modified_code=st.sampled_from([None, True, False]),
    key_given=st.booleans(),
    order_given=st.booleans(),
    redactions=st.sampled_from([(), ("password",)]),
    first_contact=st.booleans(),
    requester_verified=st.sampled_from([None, True, False]),
    cause=st.one_of(words, st.sampled_from(["third_party", "card_declined"])),
    automatic=st.booleans(),
)
standings = st.builds(
    Standing,
    license_id=st.just("lic_1"),
    product=words,
    status=st.sampled_from(["active", "suspended", "revoked", "expired", "refunded", "deleted"]),
    plan=st.sampled_from([None, "priority", "server-management"]),
    purchase=st.sampled_from([None, "one_time", "recurring"]),
    support_until=ends,
    support_open_ended=st.booleans(),
    site_limit=st.one_of(st.none(), st.integers(0, 3)),
    seated=st.lists(st.sampled_from(["one.example.com", "two.example.com"]), unique=True).map(tuple),
    holder=people,
    owner=people,
    holder_ids=some_words,
    holder_emails=some_words,
    subscription=st.sampled_from([None, "active", "cancelled", "ended"]),
    payment=st.sampled_from([None, "pending", "paid", "failed"]),
)
earlier = st.builds(
    Earlier,
    number=st.sampled_from(["SC-1", "SC-2"]),
    at=st.sampled_from([NOW, NOW - timedelta(hours=1), NOW - timedelta(days=100), NOW + timedelta(days=1)]),
    kind=st.sampled_from([None, "bug", "how_to_feature"]),
    product=st.sampled_from([None, "acme-forms"]),
    open=st.booleans(),
)
orders = st.builds(
    Purchase,
    order_id=st.sampled_from(["o1", "o2"]),
    state=st.sampled_from(["pending", "paid", "failed", "cancelled", "refunded", "disputed"]),
    product=words,
    total=words,
    currency=st.sampled_from([None, "EUR"]),
    paid_at=ends,
)
parts = st.sampled_from(
    ["holder", "licence", "orders", "sites", "subscription", "support_period", "purchase_kind", "upstream", "moon"]
)
_wild = st.builds(
    Facts,
    asked=requests,
    standing=st.one_of(st.none(), standings),
    ambiguous=st.booleans(),
    siblings=st.lists(standings, max_size=2).map(tuple),
    plans=st.sampled_from([(), ("priority",), ("server-management",)]),
    lifting=st.sampled_from([None, (), ("priority",)]),
    restriction=st.sampled_from([None, Restriction("deny"), Restriction("hold")]),
    features=st.sampled_from([(), ("migration",)]),
    orders=st.lists(orders, max_size=2).map(tuple),
    invoices_overdue=st.sampled_from([(), ("i1",)]),
    earlier=st.lists(earlier, max_size=3).map(tuple),
    stale_parts=st.lists(parts, max_size=2).map(tuple),
)


@st.composite
def _nearly_usual(draw: st.DrawFn) -> Facts:
    """The usual request for any known kind, but for two things at most."""
    strange = draw(_wild)
    asks = asked(
        kind=draw(st.sampled_from(sorted(KINDS))), channel=draw(st.sampled_from(["ticket", "email", "contact_form"]))
    )
    stands = standing(support_until=None, support_open_ended=True)
    for name in draw(st.lists(st.sampled_from([each.name for each in fields(Asked)]), max_size=1)):
        asks = replace(asks, **{name: getattr(strange.asked, name)})
    for name in draw(st.lists(st.sampled_from([each.name for each in fields(Standing)]), max_size=1)):
        stands = replace(stands, **{name: getattr(strange.standing or stands, name)})
    return facts(asks, stands, plans=strange.plans, features=strange.features)


all_facts = st.one_of(_wild, _nearly_usual())
