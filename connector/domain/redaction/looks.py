"""How a value looks: like a password, like a word, like code, or like a stand-in for one. Judged without its surroundings."""

from __future__ import annotations

import re
from enum import IntEnum

from connector.domain.redaction import words

PLACEHOLDER = re.compile(
    r"[*•●·#_.?–—-]+|x{3,}|<(?:[\w .|/-]*>)?|\{\{?(?:[\w .|$()'\"-]*\}\}?)?|%[\w.-]*%|\$\{?[a-z_]*\}?|\w*_here|"
    r"(?:your|my|the|insert|enter|put)(?:[ _-][a-z]+)+|your[a-z]*|"
    r"\[?(?:redacted|removed|hidden|masked|censored|entfernt|example|placeholder|undefined|null|none|nil|true|false)\b"
    r"[a-z \]).,;:!_-]*"
)


def is_placeholder(value: str) -> bool:
    """Whether a value only stands where a secret would: masks, `<password>`, `${TOKEN}`, `your_key_here`."""
    return PLACEHOLDER.fullmatch(value.lower()) is not None


CODE = re.compile(
    r"(?:new |await |\(string\) ?)?[a-z_\\$][\w\\]{2,}(?:(?:->|::|\.)\w+)*\((?:\s*['\"$].*|[\w, .:-]*\)[;,)]*)|"
    r"\$[a-z_]+(?:->\w+|\[[^\]]*\])*[;,)]*|(?:process|import\.meta)\.env\b.*|os\.environ\b.*|<\?(?:php|=).*",
    re.IGNORECASE | re.DOTALL,
)


def is_code(value: str) -> bool:
    """Whether a value is worked out where it stands: a call, a variable, the environment."""
    return CODE.fullmatch(value) is not None


PATH = re.compile(
    r"(?:~|\.{1,2})?/(?:(?:etc|var|home|usr|run|opt|srv|root|www|mnt|tmp|data|app|users|htdocs|keys|certs?|ssl|secrets?)/[^\s'\"]*|"
    r"(?:[a-z_.-]{2,}[0-9]{0,2}/)*[a-z_.-]{2,}[0-9]{0,2})/?|[a-z]:\\[\w .\\-]+",
    re.IGNORECASE,
)


def is_path(value: str) -> bool:
    """Whether a value names a file or a folder: `/etc/ssl/private/shop.key`."""
    return PATH.fullmatch(value.strip("\"';,")) is not None


WORDLIKE = re.compile(r"[^\W\d_][^\W\d_A-Z]{2,}")
ODD_SIGN = re.compile(r"[!@#$%^&*+=?~|<>{}\[\]();`€£§]")
SHARE_OF_WORDS = 0.5
MANY_SIGNS = 3


def scrambled(value: str) -> bool:
    """Letters, digits and signs that make no words, with or without spaces: `k9 W[);xq2`, never a sentence."""
    signs = len(ODD_SIGN.findall(value))
    if not signs or not any(sign.isalpha() for sign in value):
        return False
    if signs < MANY_SIGNS and not any(sign.isdigit() for sign in value):
        return False
    return sum(len(word) for word in WORDLIKE.findall(value)) < SHARE_OF_WORDS * len(value)


class Look(IntEnum):
    """How much a value looks like a password, least first."""

    NO = 0
    WORD = 1  # letters only, none of the ordinary ones
    DIGITS = 2
    WEAK = 3  # of the list of bad passwords
    MIXED = 4  # hunter2, LieBe77x
    STRONG = 5  # with signs, or long and mixed
    NEVER = 6


WEAK = re.compile(words.WEAK_FORMS)
NAMED = re.compile(rf"(?:{words.NAMES_WITH_NUMBERS})[-_.]?v?[0-9][0-9.]*[a-z]{{0,2}}")
MEASURE = re.compile(
    r"[0-9]{1,4}[- ]?(?:st|nd|rd|th|er|ème|º|k|x|h|d|s|ms|am|pm|px|[kmg]b|bits?|bytes?|chars?|characters?|digits?|letters?|"
    r"zeichen|stellen|stellig|days?|tage|hours?|hrs?|stunden|min|mins|minutes?|minuten|sec|secs|seconds?|times|mal|factor|steps?)"
)
NOT_A_SECRET = re.compile(
    r"""://|^www\.|^[./~]|^[a-z]:\\|\\\\|\(\)|->|::|=>|^\$_|^\$[a-z_]+(?:$|[\[;)])|^[<{(]|^%[sd]|^[a-z_][\w.]*\(
    |^[\w.+-]+@[\w-]+\.[\w.]+$|^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/.*)?$|^\d{4}-\d\d-\d\d|^\d\d?[:.]\d\d
    |^\#[0-9a-f]{3,8}$|^[a-z_]+\[|^[a-z_-]+=["']|^[a-z]+/\d[\d.]*$
    |\[(?:\^|[a-z0-9]-[a-z0-9])|^[a-z_]+(?:\|[a-z_]+(?::[\w,.]+)?)+$""",
    re.VERBOSE | re.IGNORECASE,
)
SIGN = re.compile(r"[!@#$%^&*+=?~|€£§]")
CAMEL = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)+")
OUTSIDE = "\"'`“”„«»‘’*_().,;:"


def look_of(value: str) -> Look:
    """Judge one word without its surroundings."""
    core = value.strip(OUTSIDE)
    bare = core.rstrip("!?").lower()
    if not bare or is_placeholder(core) or NOT_A_SECRET.search(core) or _is_ordinary(bare):
        return Look.NO
    if WEAK.fullmatch(core.lower()):
        return Look.MIXED if any(sign.isdecimal() for sign in core) else Look.WEAK
    if bare.isdecimal():
        return Look.DIGITS
    return _look_of_mixture(core, bare)


def _look_of_mixture(core: str, bare: str) -> Look:
    letters = any(sign.isalpha() for sign in core)
    digits = any(sign.isdecimal() for sign in core)
    signs = SIGN.search(core.rstrip("!?")) is not None or (digits and core[-1] in "!?")
    if NAMED.fullmatch(bare) or MEASURE.fullmatch(bare) or len(core) < 5:
        return Look.NO
    if (signs and (letters or digits)) or (letters and digits and len(core) >= 10):
        return Look.STRONG
    if letters and digits:
        return Look.MIXED
    if core.isalpha():
        return Look.WORD if core[1:].islower() or not _is_jumbled(core) else Look.MIXED
    return Look.NO


def _is_jumbled(core: str) -> bool:
    """Capitals where no word has them: not KeePass, not WOOCOMMERCE, but xKqWzr."""
    return len(core) >= 6 and not core.isupper() and not CAMEL.fullmatch(core)


def _is_ordinary(bare: str) -> bool:
    first = re.split(r"[|/,'’]", bare, maxsplit=1)[0]
    return bare in words.ORDINARY or first in words.ORDINARY or _is_participle(bare)


def _is_participle(bare: str) -> bool:
    return len(bare) >= 6 and bare.isalpha() and bare.endswith(words.ORDINARY_ENDINGS)
