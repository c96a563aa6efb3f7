"""Facts as a customer reads them: names for slugs, words for codes, days and hours as the vendor's zone writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from connector.domain.calendar.periods import parse_period
from connector.domain.policy.policy import Policy

# Spelled out: the standard library's names follow the server's locale.
# fmt: off
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# fmt: on
UNTOLD: Mapping[str, str] = {
    "product": "this product",
    "site": "this site",
    "support_until": "an earlier day",
    "component": "this part",
    "ends_at": "further notice",
}
"""What stands for a fact that is not known."""

_STATUS = {"deleted": "withdrawn"}
_CHANNELS = {"email": "e-mail", "chat": "live chat", "social": "social media", "direct": "direct messages"}
KIND_NAMES: Mapping[str, str] = {
    "account": "trouble with an account",
    "account_configuration": "setting up an account",
    "bug": "an error",
    "change_request": "a change",
    "client_specific": "work for one client",
    "compatibility": "compatibility with a new release",
    "custom_dev": "custom development",
    "customisation": "customising",
    "customisation_howto": "how to customise it oneself",
    "data_corruption": "damaged data",
    "data_loss": "lost data",
    "data_migration": "moving data",
    "duplicate_payment": "a double payment",
    "feature_failure": "a feature that fails",
    "feature_request": "a wish for a feature",
    "general": "a general question",
    "how_to_feature": "a question on a feature",
    "installation": "installing",
    "integration": "a connection to another service",
    "job_delay": "late jobs",
    "licence_trouble": "trouble with a licence key",
    "major_bug": "a major error",
    "outage": "an outage",
    "payment_failed": "a failed payment",
    "payment_pending": "a pending payment",
    "performance": "slowness",
    "platform_general": "a question on the platform",
    "pre_sales": "a question before buying",
    "purchase_problem": "trouble while buying",
    "sales": "a question on prices",
    "security": "a security report",
    "server_admin": "server administration",
    "service_interruption": "an interruption of the service",
    "technology_general": "a question on a technology",
    "third_party": "a conflict with other software",
    "version_change": "trouble after a new version",
}
"""What a kind of request is called in a sentence."""

_COMPONENTS = {"core": "the core", "extension": "extensions"}
_PARTS = {
    "apache": "Apache",
    "cpanel": "cPanel",
    "ioncube": "ionCube",
    "mariadb": "MariaDB",
    "memory": "memory limit",
    "mysql": "MySQL",
    "nginx": "nginx",
    "os": "operating system",
    "php": "PHP",
    "theme": "theme",
    "whm": "WHM",
    "whmcs": "WHMCS",
    "woocommerce": "WooCommerce",
    "wordpress": "WordPress",
    "wp": "WordPress",
}
_FACTS = {
    "component": "the part of the product",
    "environment": "the versions you use",
    "modified_code": "whether the code was changed",
    "order": "the order number",
    "product": "the product",
    "reproduction": "the steps to the error",
    "site": "the site",
    "version": "the version of the product",
}
ATTESTATIONS: Mapping[str, str] = {
    "policy_read": "I have read the support policy",
    "knowledge_base_checked": "I have looked into the knowledge base",
    "in_scope": "my request is within the scope of support",
    "manual_read": "I have read the manual",
    "faq_read": "I have read the questions asked often",
}
_LANGUAGES = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_CODE = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+", re.ASCII)
_BOUND = re.compile(r"(>=|<=|>|<|=)\s*(\d[\d.]*)", re.ASCII)
_SIGNS = {">=": "{} or newer", "<=": "{} or older", ">": "newer than {}", "<": "older than {}", "=": "{}"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def in_words(name: str, value: object, policy: Policy) -> str:
    """A fact in a sentence for the customer, on one line and not long."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return last_day(value, policy) if name.endswith("_until") else moment(value, policy)
    if isinstance(value, date):
        return day(value, policy)
    if isinstance(value, (tuple, list)):
        return (" or " if name == "plans" else ", ").join(_word(name, item, policy) for item in value)
    return _word(name, value, policy)


def last_day(end: datetime, policy: Policy) -> str:
    """The last day of a period with this exclusive end (UTC), in the vendor's zone and language."""
    return day(_local(end, policy, timedelta(microseconds=1)), policy)


def moment(at: datetime, policy: Policy) -> str:
    """An instant (UTC) in the vendor's zone and language."""
    local = _local(at, policy)
    if policy.language != "en":
        return f"{local:%Y-%m-%d %H:%M} ({policy.zone})"
    return f"{_DAYS[local.weekday()]} {day(local, policy)} at {local:%H:%M} ({zone_name(policy.zone)})"


def day(on: date, policy: Policy) -> str:
    """`1 March 2026`; in other languages than English ISO 8601."""
    if policy.language != "en":
        return f"{on:%Y-%m-%d}"
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def zone_name(zone: str) -> str:
    """`New York time` for America/New_York, `UTC-5` for Etc/GMT+5."""
    area, _, place = zone.rpartition("/")
    if area == "Etc" and place.startswith("GMT") and place[3:4] in ("+", "-"):
        return f"UTC{'-' if place[3] == '+' else '+'}{place[4:]}"
    return f"{place.replace('_', ' ')} time" if area and area != "Etc" else place


def name_of(slug: str, names: Mapping[str, str]) -> str:
    """What a product or plan is called: its name where the vendor gave it one, else its slug spelled as words."""
    known = names.get(slug.casefold())
    if known or not _SLUG.fullmatch(slug):
        return short(known or slug, 80)
    return " ".join(word.capitalize() for word in re.split("[-_]", short(slug, 80)))


def short(value: object, limit: int) -> str:
    """One line without control or direction-changing characters, cut where it is long."""
    text = str(value)[: 4 * limit]
    if not text.isprintable():  # asked of the whole first: it is the usual case, and a refusal names many values
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def version_rule(rule: str) -> str:
    """`ubuntu >=20.04 <24` as `Ubuntu 20.04 or newer and older than 24`."""
    bounds = _BOUND.findall(rule)
    name = _BOUND.sub("", rule).strip()
    told = " and ".join(_SIGNS[sign].format(number) for sign, number in bounds)
    return " ".join(part for part in (name and (_PARTS.get(name) or name[:1].upper() + name[1:]), told) if part)


def _word(name: str, value: object, policy: Policy) -> str:
    text = str(value)
    if name in _BY_FACT:
        return short(_BY_FACT[name](text, policy), 200)
    return _spelled(text)


def _spelled(text: str) -> str:
    """A code of several words without its underscores; anything else as it is."""
    plain = short(text, 80)
    return plain.replace("_", " ") if _CODE.fullmatch(plain) else plain


def _from(table: Mapping[str, str]) -> Callable[[str, Policy], str]:
    return lambda text, policy: table.get(text) or _spelled(text)


def _missing(text: str, policy: Policy) -> str:
    if sentence := policy.attestations.sentences.get(text) or ATTESTATIONS.get(text):
        return f"“{sentence}”"
    return _FACTS.get(text) or _part(text, policy)


def _part(text: str, policy: Policy) -> str:
    return " ".join(_PARTS.get(word, word) for word in _spelled(text).split())


def _period(text: str, policy: Policy) -> str:
    try:
        period = parse_period(text)
    except ValueError:
        return _spelled(text)
    years, months = divmod(period.months, 12)
    counted = [(period.months, "month") if months else (years, "year"), (period.days, "day")]
    return " and ".join(f"{many} {unit}{'' if many == 1 else 's'}" for many, unit in counted if many)


_BY_FACT: Mapping[str, Callable[[str, Policy], str]] = {
    "product": lambda text, policy: name_of(text, policy.names),
    "licensed": lambda text, policy: name_of(text, policy.names),
    "plans": lambda text, policy: name_of(text, policy.names),
    "status": _from(_STATUS),
    "channel": _from(_CHANNELS),
    "kind": _from(KIND_NAMES),
    "kinds": _from(KIND_NAMES),
    "part": _part,
    "component": _from(_COMPONENTS),
    "parts": _from(_COMPONENTS),
    "missing": _missing,
    "spoken": _from(_LANGUAGES),
    "period": _period,
    "supported": lambda text, policy: version_rule(text),
}


def _local(at: datetime, policy: Policy, back: timedelta = timedelta()) -> datetime:
    try:
        return (at - back).astimezone(policy.calendar.tz)
    except OverflowError:  # hosts write year 1 and year 9999 where they mean never
        return at
