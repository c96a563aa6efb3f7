"""A mail to a customer as subject and plain text: nothing of it is the customer's own words, so nobody is mailed what
somebody else wrote into a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.domain.licensing.standing import Standing
from connector.domain.policy.mail_texts import TEXTS
from connector.domain.policy.policy import Policy
from connector.domain.policy.wording import in_words, last_day, moment

LONGEST = 4000
KEY_PLACE = "<licence key>"
"""Where the key of a licence goes into its mail, as late as when it is sent."""


@dataclass(frozen=True)
class Letter:
    """A subject of one line, and a text."""

    subject: str
    text: str


@dataclass(frozen=True)
class Subject:
    """What a mail is about: the ticket's number, the address of its page, the vendor, and what was promised (UTC)."""

    number: str
    url: str
    vendor: str
    respond_by: datetime | None = None
    resolve_by: datetime | None = None


def letter(policy: Policy, change: str, about: Subject, words: str = "") -> Letter:
    """The mail on a change (a key of `mail_texts.CHANGES`), in the language the policy speaks; `words`: what an agent says.

    An acceptance names its due times, a solution asks for the rating (NOT-01, NOT-02, MET-03).
    """
    paragraphs = [_say(policy, f"mail_{change}", number=about.number), _plain(words)]
    if change == "accepted":
        due = {"respond_by": about.respond_by, "resolve_by": about.resolve_by}
        told = [_say(policy, f"mail_{name}", **{name: moment(at, policy)}) for name, at in due.items() if at]
        paragraphs.append("\n".join(told))
    page = "mail_rate" if change == "resolved" else "mail_page"
    paragraphs.append(_say(policy, page, url=about.url))
    text = "\n\n".join(part for part in paragraphs if part)
    subject = _say(policy, f"mail_{change}_subject")
    return Letter(f"[{about.number}] {_line(subject)}", f"{text}\n\n-- \n{_line(about.vendor)}\n")


def key_letter(policy: Policy, standing: Standing, product: str, vendor: str) -> Letter:
    """The mail that brings a buyer his key (at `KEY_PLACE`): what it is for, how many sites, how long support runs, whom to ask.

    product: its name, or its slug where it has none.
    """
    name = in_words("product", product, policy)
    terms = [_say(policy, "mail_any_sites")]
    if standing.site_limit is not None:
        terms = [_say(policy, "mail_sites", sites=str(standing.site_limit))]
    if standing.support_until is not None:
        terms.append(_say(policy, "mail_supported_until", support_until=last_day(standing.support_until, policy)))
    elif standing.support_open_ended:
        terms.append(_say(policy, "mail_supported_while_paid"))
    link = policy.links.get("helpdesk") or policy.links.get("contact")
    ask = _say(policy, "mail_ask_at", url=link.url) if link and link.url else _say(policy, "mail_ask_us")
    said = [_say(policy, "mail_issued", product=_line(name)), f"    {KEY_PLACE}", "\n".join(terms), ask]
    subject = _line(_say(policy, "mail_issued_subject", product=_line(name)))
    return Letter(subject, "\n\n".join(said) + f"\n\n-- \n{_line(vendor)}\n")


def cause_of_delay(policy: Policy, cause: str, workaround: str = "") -> str:
    """Why it takes longer (`mail_texts.CAUSES`) and what helps until then, in the language the policy speaks (NOT-02)."""
    said = _say(policy, f"mail_{cause}")
    return f"{said}\n\n{_say(policy, 'mail_meanwhile', workaround=workaround)}" if workaround else said


def _say(policy: Policy, name: str, **facts: str) -> str:
    return policy.texts.get(policy.language, {}).get(name, TEXTS[name]).format_map(facts)


def _plain(words: str) -> str:
    """Lines without control or direction-changing characters, cut where it is long."""
    lines = words[:LONGEST].replace("\r\n", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines).strip()


def _line(text: str) -> str:
    return " ".join(_plain(text).split())[:150]
