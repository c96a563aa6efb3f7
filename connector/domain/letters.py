"""A mail to a customer as subject and plain text: nothing of it is the customer's own words, so nobody is mailed what
somebody else wrote into a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.domain.mail_texts import TEXTS
from connector.domain.policy import Policy
from connector.domain.words import moment

LONGEST = 4000


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
