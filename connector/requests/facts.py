"""The facts of a request and the policy version that judges it: the customer's file read, the rest worked out in the domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.records import Found
from connector.domain.policy.customer_file import CustomerFile
from connector.domain.policy.decide import product_of
from connector.domain.policy.facts import Facts
from connector.domain.policy.request_facts import facts_of
from connector.domain.policy.requests import Request
from connector.requests import file_reader
from connector.storage.keyring import Keyring
from connector.vendors.vendor import Vendor, term_for


def gather_judged(
    tx: Connection, vendor: Vendor, keyring: Keyring, request: Request, now: datetime
) -> tuple[Vendor, Facts]:
    """The vendor with the policy version that judges this request at `now` (UTC), and the facts. Reads only."""
    return file_reader.follow(tx, vendor, keyring, lambda file: judged(file, vendor, request, now))


def judged(
    file: CustomerFile, vendor: Vendor, request: Request, now: datetime, found: Found | None = None
) -> tuple[Vendor, Facts]:
    """The vendor with the policy version that judges this request (NOT-06), as it stands for the product, and the facts which
    that version asks for. found: the licence it is about, where the caller knows that."""
    vendor = vendor.at(now)
    facts = _facts(file, vendor, request, now, found)
    judging = vendor.at(now, facts.standing.purchased_at if facts.standing else None)
    judging = replace(judging, policy=judging.policy.about(product_of(facts)))
    if judging.policy is not vendor.policy:
        facts = _facts(file, judging, request, now, found)
    return judging, facts


def _facts(file: CustomerFile, vendor: Vendor, request: Request, now: datetime, found: Found | None) -> Facts:
    def term_of(product: Product | None, purchase: str | None, bought: datetime | None) -> tuple[str | None, str]:
        return term_for(vendor, product, purchase, bought)

    return facts_of(file, request, vendor.policy, vendor.catalogue, term_of, now, found)
