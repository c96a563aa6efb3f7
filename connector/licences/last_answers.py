"""The last answer to each licence question: what software gets when it asks too often, or while the database is away."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from threading import Lock

from connector.domain.licensing.questions import Answer

ROOM = 10_000
"""Last answers kept in each process."""
SHOWN = 20
"""Places of a licence that a kept answer names, besides the one asked about."""


@dataclass
class Memory:
    """The last answer to each question, the least lately used forgotten."""

    room: int = ROOM
    _kept: OrderedDict[Hashable, Answer] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, question: Hashable, answer: Answer) -> None:
        small = _small(answer)
        with self._lock:
            self._kept[question] = small
            self._kept.move_to_end(question)
            if len(self._kept) > self.room:
                self._kept.popitem(last=False)

    def recall(self, question: Hashable) -> Answer | None:
        with self._lock:
            return self._kept.get(question)


def _small(answer: Answer) -> Answer:
    """The answer without most places of its licence: ten thousand sites of one licence ask for ten thousand answers."""
    shown = [each for each in (answer.activation, *answer.activations[:SHOWN]) if each is not None]
    sites = {each.site for each in shown}
    licence, stands = answer.licence, answer.verdict.standing
    if licence is not None:
        claims = tuple(claim for claim in licence.claims if claim.site in sites)
        licence = replace(licence, claims=claims, freed=licence.freed[:1], left=(), moves=licence.moves[-1:])
    if stands is not None:
        stands = replace(stands, seated=(), exempt=stands.exempt[:SHOWN], over_limit=())
    activations = tuple(each for each in answer.activations if each.site in sites)
    verdict = replace(answer.verdict, standing=stands)
    return replace(answer, verdict=verdict, licence=licence, activations=activations)
