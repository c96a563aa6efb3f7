"""What mails to customers say: each change in its words, in the request's language, and never more than one line of header."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.mail import Subject, cause_of_delay, letter
from connector.domain.policy.mail_texts import CAUSES, CHANGES, TEXTS
from tests.domain.policy.building import TIERED, policy

URL = "https://connector.example.com/t/abc"
ABOUT = Subject(
    "SC-7F3K-2M9Q", URL, "acme", datetime(2026, 6, 15, 14, 15, tzinfo=UTC), datetime(2026, 6, 15, 18, tzinfo=UTC)
)
GERMAN = {
    "texts__de__mail_delay": "Ihre Anfrage {number} dauert länger:",
    "texts__de__mail_third_party": "Es hängt an anderen.",
}


@pytest.mark.parametrize("change", CHANGES)
def test_not_01_each_change_names_the_ticket_its_page_and_the_vendor(change: str) -> None:
    """NOT-01, MET-03: a solution asks for the rating, on the same page."""
    made = letter(policy(TIERED), change, ABOUT)
    assert made.subject.startswith("[SC-7F3K-2M9Q] ")
    assert "SC-7F3K-2M9Q" in made.text
    assert made.text.count(URL) == 1
    assert made.text.endswith("-- \nacme\n")
    assert ("how we did" in made.text) == (change == "resolved")


def test_an_acceptance_names_its_due_times_in_the_vendors_zone() -> None:
    text = letter(policy(TIERED), "accepted", ABOUT).text
    assert "answer by Monday 15 June 2026 at 10:15 (New York time)" in text
    assert "solve it by Monday 15 June 2026 at 14:00 (New York time)" in text
    assert "June" not in letter(policy(TIERED), "accepted", Subject("SC-7F3K-2M9Q", URL, "acme")).text


def test_hrs_05_due_times_are_aims_not_guarantees() -> None:
    """HRS-05: what the customer is promised in writing is what the vendor aims at."""
    text = letter(policy(TIERED), "accepted", ABOUT).text
    assert text.count("We aim to") == 2
    assert "guarantee" not in "".join(TEXTS.values())


@pytest.mark.parametrize("cause", CAUSES)
def test_not_02_a_delay_says_why_and_what_helps_until_then(cause: str) -> None:
    words = cause_of_delay(policy(TIERED), cause, "Use the other form.")
    assert words == f"{TEXTS[f'mail_{cause}']}\n\nMeanwhile: Use the other form."
    assert words in letter(policy(TIERED), "delay", ABOUT, words).text
    assert cause_of_delay(policy(TIERED), cause) == TEXTS[f"mail_{cause}"]


def test_a_mail_speaks_the_requests_language_where_the_pack_does() -> None:
    german = policy(TIERED, **GERMAN).speaking("de")
    text = letter(german, "delay", ABOUT, cause_of_delay(german, "third_party")).text
    assert "Ihre Anfrage SC-7F3K-2M9Q dauert länger:\n\nEs hängt an anderen." in text
    assert "How it stands" in text, "what the pack does not say is told in ours"
    assert "2026-06-15 10:15 (America/New_York)" in letter(german, "accepted", ABOUT).text


@given(vendor=st.text(max_size=60), words=st.text(max_size=200), subject=st.text(min_size=1, max_size=60))
def test_no_text_makes_a_header(vendor: str, words: str, subject: str) -> None:
    """Whatever a vendor's name, an agent's words or a pack's subject hold: one line of subject, and no control characters."""
    pack = policy(TIERED)
    own = {"mail_delay_subject": subject.replace("{", "").replace("}", "")}
    spoken = pack.__class__(**{**vars(pack), "texts": {"en": own}})
    made = letter(spoken, "delay", Subject("SC-7F3K-2M9Q", URL, vendor), words)
    assert made.subject.isprintable()
    assert all(line.isprintable() for line in made.text.split("\n"))
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = made.subject
    mail.set_content(made.text, cte="quoted-printable")
    head = mail.as_bytes().partition(b"\r\n\r\n")[0]
    assert [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))] == [
        *(b"Subject", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"),
    ]
