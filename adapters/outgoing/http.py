"""One HTTP call to a helpdesk, bounded in time, size and reach: the answer, or an Undelivered that says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from adapters.outgoing.dialing import CONNECT_SECONDS, Watch, open_session
from connector.ports import Undelivered

MAX_ANSWER = 256 * 1024
DEFAULT_SECONDS = 20.0
MAX_SECONDS = 25.0  # a look-up and a creation together must end within the worker's lease on the ticket
MIN_WAIT, DEFAULT_WAIT, MAX_WAIT = 1.0, 60.0, 86_400.0

SETTINGS: Mapping[str, str] = {
    "url": "where the helpdesk is, as in a browser's address bar, with https://",
    "timeout": f"seconds for one whole call (default {DEFAULT_SECONDS:.0f}, at most {MAX_SECONDS:.0f})",
    "allow_private": "true if the helpdesk is on your own network (private or loopback address); also allows http://",
    "ca_file": "PEM file with your own certificate authority, for a helpdesk whose certificate is not a public one",
}


@dataclass(frozen=True)
class Reply:
    """An answer in the 200s: lower-case header names, the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    source: str

    def json(self) -> Any:
        """The body as JSON. Raises Undelivered `unknown`: the call may well have done its work."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        raise self.unreadable()

    def unreadable(self) -> Undelivered:
        """What to raise where the answer is not what this helpdesk answers."""
        return Undelivered(
            "unknown", f"{self.source} gave an answer we cannot read. Is the url that of the helpdesk itself?"
        )


@dataclass(frozen=True)
class Api:
    """A helpdesk's HTTP interface. Every call makes a connection of its own, so none is ever found dead or shared."""

    base: str
    headers: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)
    seconds: float = DEFAULT_SECONDS
    allow_private: bool = False
    ca_file: str | None = None

    def call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None = None,
        data: Any = None,
        configuration: tuple[int, ...] = (),
        hint: str = "",
    ) -> Reply:
        """Sends `data` as JSON to `base` + `path` and returns the answer if it is in the 200s.

        Raises Undelivered: 401, 403, redirects and the statuses in `configuration` as `configuration`, with `hint`
        appended; 429, and 503 with Retry-After, as `busy`; other 4xx as `rejected`; all else as `unknown`.
        """
        source = f"{urlsplit(self.base).hostname} ({method} {path})"
        trouble = ""
        with Watch(self.seconds, self.allow_private) as watch, open_session(watch) as session:
            try:
                with session.request(
                    method,
                    self.base + path,
                    params=params,
                    json=data,
                    headers={**self.headers, "Accept": "application/json", "Accept-Encoding": "identity"},
                    timeout=(CONNECT_SECONDS, self.seconds),
                    verify=self.ca_file or True,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = _read(response, source)
            except (requests.RequestException, OSError) as fault:
                # Our own words only: the library's may quote a header, and so the secret.
                trouble = _trouble(fault, watch, source)
            else:
                # A body that ends with the connection looks whole when we cut it.
                trouble = _trouble(None, watch, source) if watch.expired else ""
        if trouble:
            raise Undelivered("unknown", trouble)
        headers = {name.lower(): value for name, value in response.headers.items()}
        reply = Reply(response.status_code, headers, body, source)
        if 200 <= reply.status < 300:
            return reply
        raise _refusal(reply, self._said(reply), configuration, hint)

    def _said(self, reply: Reply) -> str:
        """The helpdesk's own word on a refusal, for the message: one line, short, without our secret."""
        try:
            said = json.loads(reply.body)["message"]
        except (ValueError, RecursionError, LookupError, TypeError):
            return ""
        line = "".join(c if c.isprintable() else " " for c in str(said).replace(self.secret, "***"))
        return f": {line[:200].strip()}"


def api(settings: Mapping[str, Any], path: str, headers: Mapping[str, str], secret: str) -> Api:
    """The interface under the `url` of a sink's settings. `secret` is kept out of every message.

    Raises Undelivered `configuration`, naming the setting and the cure.
    """
    allow_private = _switch(settings, "allow_private")
    if not re.fullmatch(r"[\x21-\x7e]+", secret):
        raise wrong_setting("the token", "is empty or holds characters no token has; make a new one and paste it whole")
    ca_file = str(settings.get("ca_file") or "") or None
    if ca_file and not Path(ca_file).is_file():
        raise wrong_setting("ca_file", "names no file; give the path of a PEM file")
    base = _base(str(settings.get("url") or ""), allow_private)
    return Api(base + path, headers, secret, _seconds(settings), allow_private, ca_file)


def _base(url: str, allow_private: bool) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        usable = False
    if not (usable and re.fullmatch(r"https?://[\w\[][^\s?#\\]*", url) and url.isprintable()):
        raise wrong_setting("url", "must look like https://helpdesk.example.com")
    if parts.username is not None or parts.password is not None:
        raise wrong_setting("url", "must not hold a user name or password")
    if parts.scheme == "http" and not allow_private:
        raise wrong_setting(
            "url", "must begin with https:// (http:// only with allow_private = true, on your own network)"
        )
    return url.rstrip("/")


def _seconds(settings: Mapping[str, Any]) -> float:
    try:
        seconds = float(settings.get("timeout") or DEFAULT_SECONDS)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= MAX_SECONDS:
        raise wrong_setting("timeout", f"must be a number of seconds up to {MAX_SECONDS:.0f}")
    return seconds


def _switch(settings: Mapping[str, Any], name: str) -> bool:
    value = str(settings.get(name) or "false").lower()
    if value not in ("true", "false"):
        raise wrong_setting(name, "must be true or false")
    return value == "true"


def wrong_setting(setting: str, cure: str) -> Undelivered:
    """What to raise for a sink's setting that cannot work."""
    return Undelivered("configuration", f"Nothing was sent: in the sink's settings, {setting} {cure}.")


def _read(response: requests.Response, source: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > MAX_ANSWER:
            raise Undelivered(
                "unknown", f"{source} answered with more than {MAX_ANSWER // 1024} kB; the rest was not read."
            )
    return bytes(body)


def _trouble(fault: Exception | None, watch: Watch, source: str) -> str:
    if not watch.ready and watch.expired:
        return f"Nothing was sent: no connection to {source} within {watch.seconds:g} seconds."
    if not watch.ready:
        return (
            f"Nothing was sent: {source} made no secure connection with us. Does it speak https, with a certificate "
            "that is valid for this name and comes from a public authority or the one in ca_file?"
        )
    if watch.expired or isinstance(fault, requests.Timeout):
        return (
            f"{source} gave no whole answer within {watch.seconds:g} seconds. It may have done the work all the same."
        )
    return f"{source} broke off before the whole answer was here. It may have done the work all the same."


def _refusal(reply: Reply, said: str, configuration: tuple[int, ...], hint: str) -> Undelivered:
    status, words = reply.status, f"{reply.source} answered {reply.status}{said}"
    if 300 <= status < 400:
        return Undelivered(
            "configuration", f"{words}, a redirect, which is not followed. Set url to the final address."
        )
    if status == 429 or (status == 503 and "retry-after" in reply.headers):
        wait = retry_after(reply.headers.get("retry-after", ""), reply.headers.get("date", ""))
        return Undelivered("busy", f"{words}. We wait {wait:.0f} seconds.", wait)
    if status == 401:
        return Undelivered("configuration", f"{words}. The token is not taken (any more): make a new one and store it.")
    if status == 403 or status in configuration:
        return Undelivered("configuration", f"{words}. {hint or 'Check the rights of the user the token belongs to.'}")
    if 400 <= status < 500 and status != 408:
        return Undelivered("rejected", f"{words}. Sending it again will not help; a person must look.")
    return Undelivered("unknown", f"{words}. It may have done the work all the same.")


def retry_after(value: str, date: str) -> float:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3): 1 second to a day, 60 seconds where it says nothing.

    A point in time is measured against the answer's own Date header, so nobody's clock can be wrong.
    """
    value = value.strip()
    if re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]*)?", value):
        return _within(float(value))
    try:
        return _within((parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds())
    except (TypeError, ValueError, OverflowError, IndexError):
        return DEFAULT_WAIT


def _within(seconds: float) -> float:
    return min(max(seconds, MIN_WAIT), MAX_WAIT)
