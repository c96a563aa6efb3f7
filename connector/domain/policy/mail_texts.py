"""What mails to customers say, in English; a pack says it in other words and languages as `texts.<language>.mail_...`."""

from __future__ import annotations

from collections.abc import Mapping

CHANGES: Mapping[str, tuple[str, str]] = {
    "accepted": ("We have your request", "We have taken your request. Its number is {number}."),
    "kept": (
        "Your request is on hold",
        "We keep your request as {number}, on hold for now. Its page says what it waits for.",
    ),
    "answered": ("We have answered your request", "We have answered your request {number}."),
    "progress": ("News of your request", "There is news of your request {number}:"),
    "delay": ("Your request takes longer", "Your request {number} takes longer than planned:"),
    "workaround": ("A way around it for now", "Until your request {number} is solved, this may help:"),
    "held": ("Your request is on hold", "Your request {number} is on hold: no work is done on it meanwhile."),
    "waiting": ("We need your answer", "Your request {number} waits for an answer of yours."),
    "access_declined": (
        "Your request waits for access",
        "Your request {number} waits: the access that is needed was declined.",
    ),
    "released": ("Your request was taken up again", "Work on your request {number} goes on."),
    "resumed": ("Your request was taken up again", "Work on your request {number} goes on."),
    "resolved": ("Your request is solved", "Your request {number} is solved."),
    "reopened": ("Your request was opened again", "Your request {number} was opened again."),
}
"""Each change a customer is mailed about: the subject, and the first sentence."""

PARTS: Mapping[str, str] = {
    "mail_respond_by": "We aim to answer by {respond_by}.",
    "mail_resolve_by": "We aim to solve it by {resolve_by}.",
    "mail_page": "How it stands: {url}",
    "mail_rate": "Tell us how we did, on its page: {url}",
    "mail_third_party": "Somebody else has to act first.",
    "mail_complexity": "It turned out to be harder than it looked.",
    "mail_meanwhile": "Meanwhile: {workaround}",
}

KEY: Mapping[str, str] = {
    "mail_issued_subject": "Your licence key for {product}",
    "mail_issued": "Thank you for buying {product}. This is your licence key:",
    "mail_sites": "Sites it may be used on: {sites}",
    "mail_any_sites": "It may be used on any number of sites.",
    "mail_supported_until": "Support for it runs until {support_until}.",
    "mail_supported_while_paid": "Support for it runs as long as its subscription is paid.",
    "mail_ask_at": "Questions? Ask us here: {url}",
    "mail_ask_us": "Questions? Answer this mail.",
}
"""What the mail says that brings a buyer the key we made for him."""

CAUSES = ("third_party", "complexity")
"""Why something takes longer (HRS-23)."""

TEXTS: Mapping[str, str] = {
    **{f"mail_{change}_subject": subject for change, (subject, _) in CHANGES.items()},
    **{f"mail_{change}": sentence for change, (_, sentence) in CHANGES.items()},
    **PARTS,
    **KEY,
}
