"""The words a request may use for kind, channel, attestations and payment trouble: one canonical word a meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connector.domain.typed import without_marks

KINDS: Mapping[str, str] = {
    "account": "trouble with the customer's account",
    "account_configuration": "help with setting up an account",
    "bug": "an error in the product",
    "change_request": "a change to what was delivered",
    "client_specific": "work particular to one client's business",
    "compatibility": "keeping up with a new release of the platform",
    "custom_dev": "new features or altered workflows",
    "customisation": "changing the product's looks or functions",
    "customisation_howto": "how to customise or modify the product oneself",
    "data_corruption": "data that has become wrong",
    "data_loss": "data that is gone",
    "data_migration": "moving accounts or databases",
    "duplicate_payment": "paid twice for the same thing",
    "feature_failure": "a major feature fails for everybody",
    "feature_request": "a wish for a new feature",
    "general": "a general inquiry",
    "how_to_feature": "a question on the product and how its features work",
    "installation": "errors or help with installing and setting up",
    "integration": "trouble with the connection to an outside service",
    "job_delay": "jobs are processed much too late",
    "licence_trouble": "a licence key or an activation does not work",
    "major_bug": "a major error in a core feature",
    "outage": "the whole platform is down",
    "payment_failed": "a payment did not go through",
    "payment_pending": "a payment is still being processed",
    "performance": "the product is slow",
    "platform_general": "a general question on the platform, not on the product",
    "pre_sales": "a question before buying",
    "purchase_problem": "any other trouble while buying",
    "sales": "prices, quotes and other sales questions",
    "security": "a security weakness in the product",
    "server_admin": "installing or configuring servers",
    "service_interruption": "the service is interrupted for some users",
    "technology_general": "trouble with a technology itself, not with the product",
    "third_party": "a conflict with another module, plugin or theme",
    "version_change": "the product broke with a new version of the platform",
}

BUGS = ("major_bug", "data_corruption", "data_loss", "feature_failure", "performance")
"""Kinds that are bugs wherever bugs are covered: a policy that does not name one of them means it by `bug`."""

LANES: Mapping[str, str] = {
    "security": "security",
    "payment_failed": "purchase_problem",
    "payment_pending": "purchase_problem",
    "duplicate_payment": "purchase_problem",
    "purchase_problem": "purchase_problem",
    "pre_sales": "pre_sales",
    "sales": "pre_sales",
    "licence_trouble": "licence_trouble",
}
LANE_NAMES = ("security", "purchase_problem", "pre_sales", "licence_trouble", "bug")

CHANNELS = ("ticket", "email", "chat", "phone", "forum", "social", "direct", "contact_form", "referral")
ATTESTATIONS = ("policy_read", "knowledge_base_checked", "in_scope", "manual_read", "faq_read")

# PUR-02: the seven causes that 003 names, and the honest eighth.
PAYMENT_CAUSES = (
    "wrong_card_data",
    "card_outdated",
    "bank_outage",
    "page_left",
    "connection_lost",
    "card_blocked_online",
    "card_not_accepted",
    "unknown",
)

_CAUSE_ALIASES = {
    "wrong_card_details": "wrong_card_data",
    "incorrect_card_details": "wrong_card_data",
    "billing_pin_code": "wrong_card_data",
    "card_expired": "card_outdated",
    "expired_card": "card_outdated",
    "invalid_card": "card_outdated",
    "bank_down": "bank_outage",
    "page_closed": "page_left",
    "page_refreshed": "page_left",
    "timeout": "connection_lost",
    "card_blocked": "card_blocked_online",
    "card_type_not_accepted": "card_not_accepted",
}

_KIND_ALIASES = {
    "account_issue": "account",
    "activation_problem": "licence_trouble",
    "bug_report": "bug",
    "client_specific_request": "client_specific",
    "configuration": "account_configuration",
    "custom_code": "custom_dev",
    "custom_development": "custom_dev",
    "customization": "customisation",
    "customization_howto": "customisation_howto",
    "customisation_how_to": "customisation_howto",
    "customization_how_to": "customisation_howto",
    "defect": "bug",
    "error": "bug",
    "failed_payment": "payment_failed",
    "feature": "feature_request",
    "general_inquiry": "general",
    "general_enquiry": "general",
    "general_wordpress": "platform_general",
    "how_to": "how_to_feature",
    "howto": "how_to_feature",
    "inquiry": "general",
    "install": "installation",
    "issue": "bug",
    "license_issue": "licence_trouble",
    "license_trouble": "licence_trouble",
    "licence_issue": "licence_trouble",
    "license_problem": "licence_trouble",
    "licence_problem": "licence_trouble",
    "migration": "data_migration",
    "paid_twice": "duplicate_payment",
    "pending_payment": "payment_pending",
    "performance_issue": "performance",
    "plugin_conflict": "third_party",
    "pre_sale": "pre_sales",
    "presale": "pre_sales",
    "presales": "pre_sales",
    "product_question": "how_to_feature",
    "purchase_issue": "purchase_problem",
    "question": "how_to_feature",
    "security_report": "security",
    "security_bug": "security",
    "server_administration": "server_admin",
    "setup": "installation",
    "theme_conflict": "third_party",
    "third_party_conflict": "third_party",
    "third_party_plugin": "third_party",
    "usage": "how_to_feature",
    "vulnerability": "security",
}

AT_HOME: Mapping[str, str] = {"use_forum": "forum", "use_contact_page": "contact_form"}
"""Codes that send people to a channel: nobody is sent where he comes from."""

_CHANNEL_ALIASES = {
    "community": "forum",
    "contact": "contact_form",
    "developer_email": "direct",
    "direct_email": "direct",
    "e_mail": "email",
    "form": "ticket",
    "helpdesk": "ticket",
    "live_chat": "chat",
    "livechat": "chat",
    "mail": "email",
    "public_forum": "forum",
    "social_media": "social",
    "telephone": "phone",
    "website_form": "contact_form",
}

# A form may name its check boxes as it likes (`i-have-read-the-policy`): one telling word is enough.
_ATTESTATION_WORDS = {
    "policy": "policy_read",
    "knowledge": "knowledge_base_checked",
    "kb": "knowledge_base_checked",
    "scope": "in_scope",
    "manual": "manual_read",
    "documentation": "manual_read",
    "docs": "manual_read",
    "faq": "faq_read",
    "faqs": "faq_read",
}


def canonical_kind(word: str | None) -> str | None:
    """The kind this word stands for, or None: an unknown word is never guessed as covered (SCO-33)."""
    return _canonical(word, KINDS, _KIND_ALIASES)


def canonical_channel(word: str | None) -> str | None:
    """The channel this word stands for, or None."""
    return _canonical(word, CHANNELS, _CHANNEL_ALIASES)


def canonical_cause(word: str | None) -> str | None:
    """The cause of a failed payment that this word stands for, or None (PUR-02)."""
    return _canonical(word, PAYMENT_CAUSES, _CAUSE_ALIASES)


def canonical_attestation(word: str | None) -> str | None:
    """The attestation this word stands for, or None."""
    if not isinstance(word, str) or len(word) > 64:
        return None
    meant = {_ATTESTATION_WORDS[part] for part in _plain(word).split("_") if part in _ATTESTATION_WORDS}
    return meant.pop() if len(meant) == 1 else None


def _canonical(word: str | None, known: Mapping[str, str] | tuple[str, ...], aliases: Mapping[str, str]) -> str | None:
    if not isinstance(word, str) or len(word) > 64:
        return None
    if word in known:
        return word
    plain = _plain(word)
    plain = aliases.get(plain, plain)
    return plain if plain in known else None


_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_BETWEEN = re.compile(r"[\s_/-]+")


def _plain(word: str) -> str:
    return _BETWEEN.sub("_", _AROUND.sub("", without_marks(word)).casefold())
