"""What each peer's export says: the fixtures of every profile, row by row, good and broken ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.events import Person
from connector.licences.importing import addons
from connector.licences.importing.entries import BadRow, Entry, Reader
from connector.licences.importing.profiles import FIELDS, PROFILES
from connector.licences.importing.rows import Fault, Row, Source
from tests.paths import FIXTURES
from tests.support.stores import NOW

EXPORTS = FIXTURES / "imports"
REFS = tuple(f"{peer}:501" for peer in ("product", "envato", "lemonsqueezy"))
GOODS = Catalogue((Product("acme-forms", name="Acme Forms", refs=REFS),))
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def read(peer: str, path: Path | None = None, zone: str = "UTC", **maps: Any) -> tuple[dict[str, Entry], list[Fault]]:
    """(licences by the end of their key, faults) of a file."""
    source = Source(path or next(EXPORTS.glob(f"{peer}.*")))
    reader = Reader.of(peer, zone, maps, source.columns, as_of=AS_OF, now=NOW)
    found, faults = {}, []
    for row in source:
        try:
            if isinstance(row, Row):
                entry = reader.read(row, GOODS)
                found[entry.key[-4:] + ("b" if entry.key[-4:] in found else "")] = entry
            else:
                faults.append(row)
        except BadRow as bad:
            faults += bad.faults
    return found, faults


def day(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def places(entry: Entry) -> list[tuple[Any, ...]]:
    return [(site.site, site.as_of) for site in entry.sites]


def where(faults: list[Fault]) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.key) for fault in faults]


# --- the peers ---


def test_edd() -> None:
    found, faults = read("edd")
    one, two, three = found.values()
    assert one.terms == {
        "expires_at": datetime.fromtimestamp(1798761599, UTC),
        "purchased_at": day(2026, 1, 2, 10),
        "site_limit": 3,
        "holder": Person("7", "ada@example.com", "Ada Person"),
    }
    assert places(one) == [("one.example.com", AS_OF), ("two.example.com/blog", AS_OF)]
    assert (one.product, one.status, one.dated) == ("acme-forms", "active", False)
    assert (two.status, two.terms["site_limit"], two.terms["expires_at"]) == (
        "suspended",
        None,
        None,
    )  # 0: no limit, no end
    assert (three.status, places(three)[0][0]) == ("expired", "xn--mnchen-3ya.example.com")
    assert where(faults) == [
        (5, "Purchase Date", "…a004"),
        (5, "Activation Limit", "…a004"),
        (5, "Customer Email", "…a004"),
        (5, "License Status", "…a004"),
        (6, "License Key", ""),
        (7, "Product Name", "…a006"),
        (8, "Activated URLs", "…a007"),
        (9, "", ""),
    ]


def test_whmcs_has_support_as_an_addon_and_binds_to_one_address() -> None:
    found, faults = read("whmcs")
    one, two, three = found.values()
    assert one.support_until == day(2026, 7, 2) == one.terms["updates_until"]  # through the day it is due
    assert (one.terms["purchase"], one.terms["expires_at"], one.terms["order_id"]) == (
        "recurring",
        day(2027, 1, 3),
        "12",
    )
    [site] = one.sites  # the domain and its www twin are one
    assert (site.site, site.ip, site.directory) == ("shop.example.com", "203.0.113.7", "/home/a/mod")
    assert (two.support_until, two.status, two.terms["purchase"], two.terms["expires_at"]) == (
        *(day(2027, 1, 1), "active", "one_time", None),
    )
    assert (three.status, three.sites[0].ip) == ("suspended", None)  # of two addresses neither is the one
    assert where(faults) == [(5, "nextduedate", "…a004"), (5, "billingcycle", "…a004")]


@pytest.mark.parametrize(
    ("addon", "until"),
    [
        ("name=Support;nextduedate=2026-07-01;status=Active", day(2026, 7, 2)),
        ("name=Support;nextduedate=2027-07-01;status=Suspended", AS_OF),  # paid for, and taken away
        ("name=Support;nextduedate=2026-07-01;status=Terminated", day(2026, 7, 2)),
        ("name=Support;nextduedate=0000-00-00;status=Active", None),
        ("name=Branding;nextduedate=2026-07-01;status=Active", None),
        ("nothing of the kind", None),
    ],
)
def test_an_addon_that_is_not_active_gives_no_more_support(addon: str, until: datetime | None) -> None:
    assert addons.read(addon, "UTC", AS_OF).support_until == until
    pairs = dict(part.partition("=")[::2] for part in addon.split(";"))
    assert addons.read([pairs], "UTC", AS_OF).support_until == until


def test_wcam_has_a_row_for_each_activation() -> None:
    found, faults = read("wcam")
    one, again, two = found.values()
    assert one.key == again.key
    assert [(site.site, site.install, site.as_of) for site in (*one.sites, *again.sites)] == [
        ("one.example.com/blog", "aaBBccDDee01", day(2026, 1, 3, 10)),
        ("two.example.com", "aaBBccDDee02", day(2026, 1, 4, 10)),
    ]
    assert (two.status, two.terms["site_limit"], two.terms["subscription_id"]) == ("suspended", None, "77")
    assert "subscription_id" not in one.terms
    assert where(faults) == [(5, "activations_purchased_total", "…A003"), (5, "active", "…A003")]


def test_software_addon_knows_sites_and_machines() -> None:
    goods = Catalogue((Product("acme-forms"),))
    source = Source(EXPORTS / "software_addon.csv")
    reader = Reader.of("software_addon", "UTC", {}, source.columns, as_of=AS_OF, now=NOW)
    one, two = [reader.read(row, goods) for row in list(source)[:2] if isinstance(row, Row)]
    assert [(site.site, site.install, site.label) for site in (*one.sites, *two.sites)] == [
        ("one.example.com", "1700000001", None),
        ("install:Studio PC", "1700000002", "Studio PC"),
    ]
    assert (one.terms["site_limit"], two.terms["site_limit"]) == (5, None)
    assert where(read("software_addon")[1])[-1] == (4, "license_key", "")


def test_slm_tells_of_renewals() -> None:
    found, faults = read("slm")
    one, two = found.values()
    assert places(one) == [("one.example.com", AS_OF), ("two.example.com", AS_OF)]
    assert (one.renewed_at, one.terms["expires_at"], one.terms["order_id"]) == (None, day(2027, 1, 3), "51")
    assert one.terms["holder"] == Person(None, "ada@example.com", "Ada Person")
    assert (two.status, two.renewed_at) == ("suspended", day(2026, 1, 2))
    assert where(faults) == [(4, "date_expiry", "…0003"), (4, "date_renewed", "…0003")]


def test_lmfwc_nests_its_activations() -> None:
    found, faults = read("lmfwc")
    one, two = found.values()
    assert [(site.site, site.install, site.ip, site.as_of) for site in one.sites] == [
        ("one.example.com", "t0k3n1", "203.0.113.7", day(2026, 1, 3, 10)),
        ("install:Studio PC", "t0k3n2", None, day(2026, 1, 4, 10)),
    ]
    assert (one.as_of, one.dated, one.terms["expires_at"]) == (day(2026, 3, 2, 10), True, day(2027, 1, 2, 10))
    assert (two.status, two.terms["site_limit"], two.terms["expires_at"], two.dated) == ("suspended", None, None, False)
    assert [fault[1:] for fault in where(faults)] == [("productid", "…A003"), ("status", "…A003"), ("", "")]


def test_dlm() -> None:
    found, faults = read("dlm")
    one, two = found.values()
    assert [(site.site, site.install) for site in one.sites] == [("one.example.com", "d0c5")]
    assert (two.status, two.terms["site_limit"]) == ("suspended", None)
    assert where(faults) == [(5, "licensekey", ""), (5, "createdat", "")]


def test_lemon_squeezy_counts_instances() -> None:
    found, faults = read("lemonsqueezy")
    one, two = found.values()
    assert [(site.site, site.install, site.label) for site in one.sites] == [
        ("one.example.com", "5f0c0000-0000-4000-8000-000000000001", None),
        ("install:Ada's laptop", "5f0c0000-0000-4000-8000-000000000002", "Ada's laptop"),
    ]
    assert one.terms["holder"] == Person("7", "ada@example.com", "Ada Person")
    assert (two.status, two.terms["site_limit"], two.as_of) == ("suspended", None, day(2026, 2, 2, 10))
    assert where(faults) == [(3, "", "")]


def test_freemius() -> None:
    found, faults = read("freemius")
    one, two = found.values()
    assert [(site.site, site.install) for site in one.sites] == [("one.example.com", "aaaabbbbccccdddd")]
    assert (one.status, one.terms["plan"], one.terms["site_limit"]) == (None, "91", 2)
    assert (two.status, two.terms["site_limit"], two.terms["expires_at"]) == ("revoked", None, None)
    assert [fault[1:] for fault in where(faults)] == [("expiration", "…A003"), ("iscancelled", "…A003")]


def test_envato_is_supported_until_apart_from_the_licence() -> None:
    found, faults = read("envato")
    one, two = found.values()
    assert (one.support_until, one.terms["purchased_at"]) == (day(2026, 5, 31, 23, 4, 8), day(2025, 11, 30, 22, 4, 8))
    assert one.terms["holder"] == Person("ada")
    assert "holder" not in two.terms  # a guest: the code alone proves nobody's identity
    assert [fault[1:] for fault in where(faults)] == [("item.id", "…a003")]


def test_gumroad_is_refunded_by_a_flag() -> None:
    found, faults = read("gumroad")
    assert [(entry.status, entry.terms["order_id"]) for entry in found.values()] == [(None, "s1"), ("refunded", "s2")]
    assert where(faults) == [(4, "Chargebacked", "…A003")]


def test_the_standard_form_names_products_by_slug() -> None:
    found, faults = read("standard")
    one, two, three = found.values()
    assert (one.product, two.product, three.product) == ("acme-forms", "acme-gallery", "acme-forms")
    assert (one.support_until, one.terms["updates_until"], one.dated) == (day(2027, 1, 1), day(2027, 1, 1), True)
    assert places(one) == [("one.example.com", day(2026, 1, 3)), ("two.example.com", day(2026, 1, 4))]
    assert (two.status, two.terms["site_limit"], two.terms["expires_at"]) == ("refunded", None, day(2027, 1, 2, 10))
    assert (str(three.key), three.status, "site_limit" in three.terms) == ("STD-0000-0000-A003", None, False)
    assert where(faults) == [(5, "product", "…A004"), (5, "sites", "…A004")]


@pytest.mark.parametrize("peer", PROFILES)
def test_every_peer_has_a_fixture_and_knows_only_our_fields_and_words(peer: str) -> None:
    found, faults = read(peer)
    assert found
    assert faults
    assert set(PROFILES[peer].columns) <= set(FIELDS)
    assert set(PROFILES[peer].status.values()) <= {"active", "suspended", "revoked", "expired", "refunded", "deleted"}


@pytest.mark.parametrize("peer", PROFILES)
def test_no_fault_repeats_a_cell(peer: str) -> None:
    """A column in the wrong place may hold keys: faults tell the place, never the content."""
    for fault in read(peer)[1]:
        assert len(fault.key) in (0, 1, 5)
        for word in (
            "borrowed",
            "no address",
            "perhaps",
            "maybe",
            "many",
            "tomorrow",
            "Else",
            "Sometimes",
            "javascript",
        ):
            assert word not in fault.what + fault.cure


def test_times_without_an_offset_are_the_shops() -> None:
    [one, *_] = read("edd", zone="America/New_York")[0].values()
    assert one.terms["purchased_at"] == day(2026, 1, 2, 15)
    [one, *_] = read("lmfwc", zone="America/New_York")[0].values()
    assert one.terms["expires_at"] == day(2027, 1, 2, 10)  # this peer keeps UTC


def test_a_column_may_be_mapped_to_several_fields() -> None:
    maps: dict[str, Any] = {"support_until": ["Expiration Date"], "product": ["Product Name"]}
    [one, *_] = read("edd", **maps)[0].values()
    assert one.support_until == one.terms["expires_at"]


@pytest.mark.parametrize("peer", ["lmfwc", "dlm", "standard"])
def test_a_plain_day_is_the_vendors_whatever_zone_the_peer_keeps_its_times_in(peer: str) -> None:
    reader = Reader.of(peer, "Asia/Kolkata", {}, None, as_of=AS_OF, now=NOW)
    row = {"key": "AAAA-0001", "product": "acme-forms", "expiresat": "2027-03-01", "createdat": "2026-03-01 00:00:00"}
    entry = reader.read(Row(1, row), GOODS)
    assert entry.terms["expires_at"] == datetime(2027, 3, 1, 18, 30, tzinfo=UTC), "the day is inside"
    if peer != "standard":
        assert entry.terms["purchased_at"] == datetime(2026, 3, 1, tzinfo=UTC), "a time is the peer's"
