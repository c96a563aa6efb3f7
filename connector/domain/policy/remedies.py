"""Remedies: what a customer can do about a reason, which fit what weight, and what is said where none would fit."""

from __future__ import annotations

from collections.abc import Mapping

REMEDIES: Mapping[str, tuple[str, str]] = {
    "renew": ("Renew support", "renew"),
    "buy": ("See what can be bought", "buy"),
    "subscribe": ("Start or renew the subscription", "renew"),
    "free_site": ("Free a site or add more", "account"),
    "pay": ("Pay the open invoice", "billing"),
    "check_key": ("Check the key and send again", "account"),
    "add_facts": ("Add what is missing and send again", "helpdesk"),
    "use_helpdesk": ("Open a ticket", "helpdesk"),
    "share_access": ("Share access by the secure, time-limited way", "share"),
    "go_elsewhere": ("Ask there", "contact"),
    "approve": ("Wait for the estimate, then approve it", "helpdesk"),
    "ask_holder": ("Let the licence holder ask", "account"),
    "sign_in_as_buyer": ("Sign in as the buyer, or be added by them", "account"),
    "contact": ("Contact us", "contact"),
    "appeal": ("Tell us why this should be looked at again", "appeal"),
    "sign_in": ("Sign in and send again", "account"),
    "update": ("Update, see whether it still happens, and send again", "downloads"),
    "use_ticket": ("Write in the ticket that is open", "helpdesk"),
    "wait": ("Nothing to do: we look into it", "contact"),
}
"""Kind of way out to its label, and the key of `policy.links` whose address goes with it."""

WAYS: Mapping[str, tuple[str, ...]] = {
    "licence_inactive": ("contact", "buy", "check_key"),
    "support_expired": ("contact", "buy"),
    "subscription_required": ("contact", "buy"),
    "quota_used": ("approve",),
}
"""Ways out that a code has besides its usual one: nobody renews what was revoked or refunded."""

FITS: Mapping[str, frozenset[str]] = {
    "notice": frozenset(("contact", "share_access")),
    "ask": frozenset(("add_facts", "share_access", "sign_in", "sign_in_as_buyer", "update", "ask_holder", "free_site")),
    "hold": frozenset(("wait", "approve", "pay", "appeal", "contact")),
    "redirect": frozenset(("use_helpdesk", "go_elsewhere", "use_ticket", "contact")),
    "deny": frozenset(
        (
            "renew",
            "buy",
            "subscribe",
            "free_site",
            "check_key",
            "ask_holder",
            "sign_in_as_buyer",
            "contact",
            "appeal",
            "use_helpdesk",
        )
    ),
}
"""The ways out that fit each weight: what is asked is sent again, what is held waits, what is refused is cured otherwise."""

BESIDE: Mapping[str, tuple[str, str]] = {
    "chargeable_offer": ("redirect", "Free support for {product} ended on {support_until}."),
    "awaiting_estimate": ("redirect", "This is paid work."),
    "unknown_licence": ("redirect", "We see your payment but not the licence yet."),
    "unknown_holder": ("redirect", "We cannot compare you with the holder of this licence just now."),
    "unknown_support_period": ("redirect", "We cannot see just now until when you have support."),
    "unknown_purchase_kind": ("redirect", "We cannot see how {product} was bought, once or by subscription."),
    "unknown_upstream": ("redirect", "We cannot check your purchase just now."),
    "restricted_review": ("redirect", "A person looks at your requests before they are taken, until {ends_at}."),
    "presumed_vendor": ("hold", ""),
    **dict.fromkeys(
        ("several_requests", "modified_code_limited", "best_effort", "longer_than_usual", "backlog", "closed_today",
         "severity_not_applied"),
        ("redirect", ""),
    ),
}  # fmt: skip
"""What a code says beside an outcome of at least this weight (`beside.py`); empty = nothing."""
