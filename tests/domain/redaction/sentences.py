"""The corpus of sentences that credentials are looked for in (tests/fixtures/redaction), one a line.

`kind| text with the ⟦credential⟧` where something must be cut, plain text where nothing may be. `\\n`, `\\t` and `\\\\` stand for
what they say; the sign § is dropped on reading: it keeps made-up tokens from looking like real ones to scanners of secrets.
Sentences of `*-held-out` were written without trying them and the rules were not tuned on them: their figures are honest.
"""

import re
from dataclasses import dataclass
from functools import cache

from tests.paths import FIXTURES

FOLDER = FIXTURES / "redaction"
CORPORA = ("credentials", "credentials-held-out", "ordinary", "ordinary-held-out")
KIND = re.compile(r"(?P<kind>[a-z_]+)\| ")
CUT = re.compile("⟦(.*?)⟧", re.DOTALL)
ESCAPES = {"\\": "\\", "n": "\n", "t": "\t"}


@dataclass(frozen=True)
class Sentence:
    """A text, what must be gone from it, and as which kind; the kind is not told of held-out ones."""

    text: str
    cut: tuple[str, ...] = ()
    kind: str = ""


@cache
def sentences(name: str) -> tuple[Sentence, ...]:
    """The sentences of one file of the corpus."""
    return tuple(_sentence(line) for line in (FOLDER / f"{name}.txt").read_text().splitlines())


def _sentence(line: str) -> Sentence:
    text = re.sub(r"\\([\\nt])", lambda match: ESCAPES[match[1]], line.replace("§", ""))
    told = KIND.match(text) if "⟦" in text else None
    text = text[told.end() :] if told else text
    return Sentence(CUT.sub(r"\1", text), tuple(CUT.findall(text)), told["kind"] if told else "")
