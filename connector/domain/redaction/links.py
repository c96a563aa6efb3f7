"""Links to files that carry their own permission: signed by a store (S3, Google, Azure, CloudFront) or with a token of a helpdesk.

Such a link opens one file that the customer wants seen, mostly for a while; cut into, it opens nothing. It stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LINK = re.compile(r"https?://[^\s<>\"'`\[\]]{4,4000}", re.IGNORECASE)
SIGNED = re.compile(
    r"[?&;](?:X-(?:Amz|Goog)-(?:Signature|Credential)=|(?:AWSAccessKeyId|GoogleAccessId|OSSAccessKeyId|Key-Pair-Id)=|sig=[\w%+/-]{20}|"
    r"hash=[0-9a-f]{32}|jwt=eyJ|q-signature=)|/attachments/token/|[?&]gf-download=",
    re.IGNORECASE,
)
FILE = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|heic|bmp|svg|mp4|mov|webm|mkv|avi|m4a|mp3|pdf|zip|gz|tgz|7z|rar|log|txt|csv|xlsx?|docx?|odt|har|"
    r"eml|sql)(?:[?#&]|\Z)",
    re.IGNORECASE,
)
USERINFO = re.compile(r"(?<=://)[^\s/?#@]{1,400}(?:@(?=[^\s/?#]*@)[^\s/?#@]{1,400}){0,3}(?=@)")


def file_links(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of links to files that must stay whole."""
    if "://" not in text:
        return
    for link in LINK.finditer(text):
        if SIGNED.search(link[0]) or FILE.search(link[0]):
            yield link.span()


ONE_LINK = re.compile(r"https?://\S{4,4000}", re.IGNORECASE)
LONG_NAME = 20  # a token in the place of a user's name


def is_link(text: str) -> bool:
    """Whether a text is one link and nothing else."""
    return ONE_LINK.fullmatch(text) is not None


def userinfo(link: str) -> tuple[int, int] | None:
    """Where a link carries a password or a token before its host (RFC 3986, 3.2.1); None for a mere name, or nothing."""
    found = USERINFO.search(link)
    if not found or (":" not in found[0] and len(found[0]) < LONG_NAME):
        return None
    return found.span()
