"""Private keys: PEM, OpenSSH, SSH2, PGP, PuTTY and age, also where a mail program, a form or code changed the line breaks.

A block reaches from its BEGIN to its END line; where one is missing, as far as base64 goes on. Linear time: the marks are
found once, and each body is read from where the last ended.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from connector.domain.redaction.tokens import Reading, Span

DASHES = r"[-‐-―−]{2,5}"
SPACE = r"(?:[ +]|%20)"
NAME = rf"(?:[A-Z0-9]{{2,12}}{SPACE}){{0,3}}PRIVATE{SPACE}KEY(?:{SPACE}BLOCK)?"
BEGIN = re.compile(rf"{DASHES}[ +]?BEGIN{SPACE}{NAME}[ +]?{DASHES}")
END = re.compile(rf"{DASHES}[ +]?END{SPACE}{NAME}[ +]?{DASHES}")
# What stands between the pieces of a key: line breaks of any make, quoting of mails, tags, strings put together in code.
BREAKS = (
    r"[\s\u200b\ufeff\u00ad>|\"'+.,;\\]|\\[nrt]|&(?:gt|nbsp|\#10|\#13|\#xA|\#xD);|%0[AaDd]|</?[a-zA-Z][^<>]{0,60}>|"
    r"&lt;/?[a-z]{1,10}[ /]{0,2}&gt;"
)
BREAK = rf"(?:{BREAKS}){{0,48}}"
HEADERS = rf"(?:[A-Z][A-Za-z-]{{3,15}}: ?[^\n<&\\%]{{0,80}}(?=[\n<&\\%]){BREAK}){{0,6}}"
CHUNK = r"[A-Za-z0-9+/]{16,4096}={0,3}"
BODY = re.compile(rf"{BREAK}{HEADERS}{CHUNK}")
MORE = re.compile(rf"{BREAK}(?:{CHUNK}|[A-Za-z0-9+/]{{2,64}}={{1,2}}|=[A-Za-z0-9+/]{{4}})(?![A-Za-z0-9+/])")
# The last line of a key has no length of its own; a word of a sentence is none.
LAST = re.compile(rf"{BREAK}(?![A-Z]?[a-z]*(?![\w+/])|[A-Z]+(?![\w+/]))[A-Za-z0-9+/]{{2,64}}(?![\w+/:'-])")
PIECES = re.compile(rf"(?P<base>[A-Za-z0-9+/]+={{0,3}})|(?P<gap>{BREAKS})|(?P<other>.)", re.DOTALL)
FULL_LINE = 16
REACH = 16_000
LOOK_BACK = 6_000

PUTTY = re.compile(r"PuTTY-User-Key-File-[0-9]: ?")
PUTTY_END = re.compile(r"Private-(?:MAC|Hash): ?[0-9a-fA-F]{1,128}")
PUTTY_LINES = re.compile(r"Private-Lines: ?[0-9]{1,4}")
# Keys that lost their BEGIN line: the first bytes of PKCS#1, PKCS#8, SEC 1 and OpenSSH keys, and BEGIN itself in base64.
BARE = re.compile(
    r"(?<![A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{3,4}IBAAKC|MII[A-Za-z0-9+/]{3,4}IBADANBgkqhkiG9w0|MHcCAQEEI|MIGkAgEBBD|MIHcAgEBBE|"
    r"MI(?:GH|G2|Hu)AgEAM|MC4CAQAwBQYDK2V|b3BlbnNzaC1rZXktdjE|LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURS|BQUklWQVRFI|BPUEVOU1NI|BFQyBQUklW|"
    r"BFTkNSWVBURUQg|BEU0EgUFJJVk))[A-Za-z0-9+/]{8,}={0,2}"
)
AGE = re.compile(r"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{20,}", re.IGNORECASE)
WORDS = frozenset(["private", "putty"])
NEEDLES = tuple(
    "ibaakc ibadanbgkqhkig9w0 mhccaqeei migkagebbd mihcagebbe mighageam mig2ageam mihuageam mc4caqawbqydk2v "  # noqa: SIM905
    "b3blbnnzac1rzxktdje ls0tls1crudjti age-secret-key-".split()
)


def key_spans(reading: Reading) -> Iterator[Span]:
    """(start, end, "private_key") of what is, or was, a private key; possibly overlapping."""
    text = reading.text
    if not reading.words.isdisjoint(WORDS):
        yield from _blocks(text)
        yield from _putty(text)
    if any(needle in reading.dense for needle in NEEDLES):
        for match in BARE.finditer(text):
            yield match.start(), _base64_end(text, match.end()), "private_key"
        for match in AGE.finditer(text):
            yield *match.span(), "private_key"


def _blocks(text: str) -> Iterator[Span]:
    begins = [match.span() for match in BEGIN.finditer(text)]
    ends = [match.span() for match in END.finditer(text)]
    paired: set[int] = set()
    for number, (start, after) in enumerate(begins):
        following = begins[number + 1][0] if number + 1 < len(begins) else len(text)
        at = bisect_left(ends, (after, 0))
        if at < len(ends) and ends[at][0] < min(following, after + REACH):
            paired.add(at)
            if _holds_base64(text[after : ends[at][0]]):
                yield start, ends[at][1], "private_key"
        elif body := BODY.match(text, after, after + REACH):
            yield start, min(_base64_end(text, body.end()), following), "private_key"
    marks = sorted([0, *(after for _, after in begins), *(after for _, after in ends)])
    for at, (start, after) in enumerate(ends):
        if at not in paired:
            last_mark = marks[bisect_left(marks, after) - 1]
            first = _base64_start(text, max(last_mark, start - LOOK_BACK), start)
            if first < start:
                yield first, after, "private_key"


def _holds_base64(between: str) -> bool:
    """Not the words between two marks that are only spoken of, and not a path."""
    return any(
        (not chunk.islower() and not chunk.isupper()) or any(sign.isdigit() for sign in chunk)
        for chunk in re.findall(r"[A-Za-z0-9+/]{16,}", between)
    )


def _base64_start(text: str, first: int, start: int) -> int:
    """Where the lines of base64 before an END line begin; `start` itself where there are none."""
    found, full = start, False
    for piece in reversed(list(PIECES.finditer(text, first, start))):
        if piece["gap"]:
            continue
        if piece["other"] or (full and len(piece[0]) < FULL_LINE):
            break
        full = full or len(piece[0]) >= FULL_LINE
        found = piece.start()
    return found if full else start


def _base64_end(text: str, end: int) -> int:
    while match := MORE.match(text, end):
        end = match.end()
    last = LAST.match(text, end)
    return last.end() if last else end


def _putty(text: str) -> Iterator[Span]:
    begins = [match.span() for match in PUTTY.finditer(text)]
    for number, (start, after) in enumerate(begins):
        following = begins[number + 1][0] if number + 1 < len(begins) else len(text)
        stop = min(following, after + REACH)
        if ended := PUTTY_END.search(text, after, stop):
            yield start, ended.end(), "private_key"
        elif lines := PUTTY_LINES.search(text, after, stop):
            yield start, min(_base64_end(text, lines.end()), following), "private_key"
