"""Which messages machines wrote: told by the host, or by the marks that mail programs leave (RFC 3834, RFC 3464).

Marks are members of a message, or mail headers within `headers`; how they are spelled (letter case, `_`, `-`) is no matter.
What the customer typed is never enough by itself: a subject like "Automatic reply" only supports a mark that is weak alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_UNTOLD = frozenset(
    {
        *(
            "",
            "-",
            "0",
            "f",
            "false",
            "n",
            "nein",
            "never",
            "nie",
            "nil",
            "no",
            "non",
            "none",
            "not",
            "null",
            "não",
            "nao",
            "off",
        ),
        "undefined",
    }
)
"""Values by which a mark says that it is none: RFC 3834 has `Auto-Submitted: no`, Exchange a suppression of nothing."""

_BY_NAME = re.compile(
    r"(?:is|x|xmail|mail|xms|ms|xfc)?"
    r"(?:automatic|auto(?:matic|mated)?(?:message|submitted|repl(?:y|ied)|respon[ds]|generated)[a-z]*|machinegenerated"
    r"|vacation|outofoffice|automated|xfailedrecipients|ximapsieve|xpostmessageclass|xmsexchangeinboxrulesloop)"
)
"""Names that say it: `auto_submitted`, `X-Autoreply`, `X-Auto-Response-Suppress`, `X-Autorespond`, `X-Mail-Autoreply`."""

_PRECEDENCE = frozenset({"bulk", "junk", "list", "autoreply"})
_SENDERS = ("returnpath", "xreturnpath", "envelopefrom", "xenvelopefrom", "envelopesender", "xenvelopesender")
_REPORT = re.compile(r"multipart/report|report-type=|message/(?:delivery|disposition)", re.IGNORECASE)
_WEAK = frozenset({"listid", "listunsubscribe", "xloop", "feedbackid", "feedbacktype"})
_MACHINES = re.compile(
    r"(?:mailer-?daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+.=-][^@]*)?@", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"\W*(?:auto(?:matic|mated)?[\s-]*(?:re(?:ply|sponse)|:)|out of (?:the )?office|ooo\b|on (?:vacation|holiday|leave)"
    r"|abwesenheit|automatische (?:antwort|beantwoording)|nicht im b[uü]ro"
    r"|r[eé]ponse automatique|absence du bureau|absent\b"
    r"|respuesta autom[aá]tica|fuera de (?:la )?oficina"
    r"|resposta autom[aá]tica|fora do escrit[oó]rio"
    r"|risposta automatica|fuori (?:sede|ufficio)"
    r"|afwezig|autosvar|fr[aå]nvarande|ikke p[aå] kontoret|automaattinen vastaus|poissa"
    r"|odpowied[zź] automatyczna|nieobecno|automatick[aá] odpov[eě]|automatikus v[aá]lasz"
    r"|автоответ|автоматический ответ|отсутств|автовідповідь|otomatik yan[ıi]t|αυτόματη απάντηση"
    r"|自動返信|自動応答|不在|自动回复|自動回覆|부재중|자동 ?(?:회신|응답)|رد تلقائي|תשובה אוטומטית)",
    re.IGNORECASE,
)
_BOUNCE = re.compile(
    r"\W*(?:undeliver(?:ed|able)|delivery (?:status notification|failure|has failed)|mail delivery (?:failed|system)"
    r"|returned mail|failure notice|read: |unzustellbar|nicht zustellbar)",
    re.IGNORECASE,
)
_MOST = 200


def mark_of(members: Mapping[str, object]) -> str | None:
    """The name of the mark by which a machine wrote this, as it was sent, or None where a person may have.

    members: those of the message, its mail headers among them or under `headers` (an object, a list of pairs, or raw text).
    """
    headers = [(name, text, True) for name, text in _headers(members)]
    own = [(name, text, False) for name, value in members.items() for text in _texts(value)]
    marks = [*headers, *own]
    strong = next((name for name, text, mailed in marks if _is_strong(_plain(name), text, mailed)), None)
    if strong is not None:
        return strong
    weak = next((name for name, text, _ in marks if _is_weak(_plain(name), text)), None)
    subjects = [text for name, text, _ in marks if _plain(name) == "subject"]
    return weak if weak and any(_SUBJECT.match(text) or _BOUNCE.match(text) for text in subjects) else None


def _is_strong(name: str, text: str, mailed: bool) -> bool:
    word = text.strip().casefold()
    if name in ("precedence", "xprecedence"):
        return _plain(word) in _PRECEDENCE
    if name in _SENDERS:
        return re.sub(r"\s", "", word) == "<>" or (mailed and not word)
    if name == "contenttype":
        return bool(_REPORT.search(word))
    # RFC 3834 lets comments and parameters follow the word.
    return bool(_BY_NAME.fullmatch(name)) and re.split(r"[\s;(,]", word, maxsplit=1)[0] not in _UNTOLD


def _is_weak(name: str, text: str) -> bool:
    if name in _WEAK:
        return bool(text.strip())
    sender = name in ("from", "sender", "replyto", *_SENDERS)
    return sender and (not text.strip() or bool(_MACHINES.search(text)))


_HEADERS = re.compile(r"(?:raw|full|all|internet)?(?:mail|email|message)?(?:message)?headers")
"""`headers`, `mail_headers`, Mailgun's `message-headers`, Microsoft Graph's `internetMessageHeaders`."""


def _headers(members: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        if _HEADERS.fullmatch(_plain(name)):
            yield from _pairs(value)
        elif _plain(name) in ("mail", "email") and isinstance(value, Mapping):
            yield from _headers(value)


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    """`{"Name": "text"}`, `[["Name", "text"]]`, `[{"name": "Name", "value": "text"}]`, or lines `Name: text`."""
    if isinstance(value, str):
        lines = re.sub(r"\r?\n[ \t]+", " ", value).splitlines()
        yield from ((name, text.strip()) for name, colon, text in (line.partition(":") for line in lines) if colon)
    elif isinstance(value, Mapping):
        yield from ((name, text) for name, each in value.items() for text in _texts(each))
    elif isinstance(value, Iterable):
        for item in value:
            pair = _named(item) if isinstance(item, Mapping) else item
            if isinstance(pair, str):
                yield from _pairs(pair)
            elif isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str):
                yield from ((pair[0], text) for text in _texts(pair[1]))


def _named(item: Mapping[str, object]) -> list[object]:
    """`{"name": ..., "value": ...}` as hosts spell it, or a header alone: `{"Precedence": "bulk"}`."""
    told = {_plain(name): value for name, value in item.items()}
    if "value" not in told and len(item) == 1:
        return list(*item.items())
    return [told.get("name") or told.get("key") or told.get("header"), told.get("value")]


def _texts(value: object) -> list[str]:
    """The texts of one mark: a header may be there more than once; what is no text is none, but true and numbers are."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool | int):
        return [str(value)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name[:_MOST].casefold())
