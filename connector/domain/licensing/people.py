"""Who is who: people compared by the host's ids and by e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterable

from connector.domain.licensing.events import Person
from connector.domain.licensing.mailbox import same_mailbox

Names = tuple[frozenset[str], frozenset[str]]
"""Ids and e-mail addresses (as mailboxes) by which some people are known."""


def names(people: Iterable[Person | None], ids: Iterable[str] = (), emails: Iterable[str] = ()) -> Names:
    """Everything these people are known by."""
    known = [person for person in people if person is not None]
    return (
        frozenset([*ids, *(person.id for person in known if person.id)]),
        frozenset(same_mailbox(email) for email in [*emails, *(person.email for person in known if person.email)]),
    )


def is_one_of(person: Person, known: Names) -> bool:
    """Is this person one of those, by id or by address?"""
    ids, emails = known
    return (person.id is not None and person.id in ids) or (
        person.email is not None and same_mailbox(person.email) in emails
    )


def comparable(person: Person, known: Names) -> bool:
    """Can it be told at all? An id here and an address there say nothing."""
    ids, emails = known
    return bool((person.id and ids) or (person.email and emails))
