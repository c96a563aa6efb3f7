"""A support request sent again: word for word, or in other words, none of which is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from connector.domain.policy.requests import Request
from connector.storage import codec
from connector.tickets.handover import facts_told, unread_told

_MOST = 50
"""Earlier wordings of one request that are kept beside the newest."""


class OtherBody(ValueError):
    """The same Idempotency-Key came with another body; nothing was changed."""


def added(before: Request, words_before: dict[str, Any], request: Request, words: dict[str, Any]) -> str:
    """What a request says now and did not say before, as one text for agents; empty where it says nothing new."""
    new = {name: text for name, text in words.items() if text and text != words_before.get(name)}
    parts = [new["message"]] if "message" in new else []
    if "subject" in new:
        parts.append(f"Subject: {new['subject']}")
    if "reproduction" in new:
        parts.append(f"How to see it:\n{new['reproduction']}")
    if "unread" in new:
        parts.append(unread_told(new["unread"]))
    if links := [link for link in request.attachments if link not in before.attachments]:
        parts.append("Attachments (links, not fetched):\n" + "\n".join(links))
    known = facts_told(before)
    facts = {name: value for name, value in facts_told(request).items() if value and value != known.get(name)}
    if facts:
        parts.append("\n".join(f"{name}: {value}" for name, value in facts.items()))
    return "\n\n".join(parts)


def together(words_before: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    """The newest words, and under `before` what was said earlier in others, oldest first."""
    earlier = [*words_before.get("before", []), {name: words_before.get(name) for name in words}]
    kept = [each for each in earlier if each != words and any(each.values())]
    return words | ({"before": kept[-_MOST:]} if kept else {})


def content(request: Request) -> str:
    """All that one body says, in one spelling, to tell it from another; not when it was sent. It holds keys: hash it."""
    return json.dumps([codec.dumps(replace(request, as_of=None)), request.key, request.purchase_code])
