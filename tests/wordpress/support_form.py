"""The support form on a page of the site, filled and sent as a browser without JavaScript does, or as the form's script does."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from tests.servers.wordpress import WordPress

TEST_MAIL = Path(__file__).with_name("test-mail")
TEST_STORE = Path(__file__).with_name("test-store")
PASSWORD = "a password for tests"
REQUEST = {
    "sc_kind": "how_to_feature",
    "sc_subject": "How do I export a form?",
    "sc_message": "I cannot find the button.",
}


class _Inputs(HTMLParser):
    """The fields of the form with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._area = self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "support-connector-form" in given.get("class", "")
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") != "checkbox":
            self.fields[name] = given.get("value", "")
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""
        elif tag == "select":
            self._choice, self.fields[name] = name, ""
        elif tag == "option" and self._choice and "selected" in given:
            self.fields[self._choice] = given["value"]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._choice = "" if tag == "select" else self._choice
        self._inside = self._inside and tag != "form"


class Visitor:
    """Somebody at the form: a guest, or the user of a signed-in session."""

    def __init__(self, wordpress: WordPress, session: requests.Session | None = None, page: str = "") -> None:
        self.wordpress = wordpress
        self.session = session or requests.Session()
        self.url = page or form_page(wordpress)
        self.page = ""

    def open(self, url: str = "") -> str:
        """Opens the page with the form, or where a link leads."""
        reply = self.session.get(urljoin(self.url, html.unescape(url)) if url else self.url, timeout=60)
        assert reply.status_code == 200, reply.text[-2000:]
        self.url, self.page = reply.url, reply.text
        return self.page

    @property
    def fields(self) -> dict[str, str]:
        parser = _Inputs()
        parser.feed(self.page)
        return parser.fields

    @property
    def result(self) -> str:
        """The words of the result, without tags."""
        found = re.search(r'id="support-connector-result"[^>]*>(.*?)</div>', self.page, re.DOTALL)
        return text_of(found[1]) if found else ""

    def send(self, **typed: str) -> str:
        """Sends the form as it stands, with this typed in, as browsers without JavaScript do; the words of the result."""
        self.page = self.page or self.open()
        filled = self.fields | {"sc_token": self.token()} | typed
        reply = self.session.post(self.url.split("#")[0], data=filled, timeout=60)
        assert reply.status_code == 200, reply.text[-2000:]
        self.url, self.page = reply.url, reply.text
        return self.result

    def send_by_script(self, **typed: str) -> dict[str, Any]:
        """Sends the form as its script does; the answer's JSON."""
        self.page = self.page or self.open()
        reply = self.session.post(
            self.url, data=self.fields | {"sc_token": self.token(), "sc_answer": "json"} | typed, timeout=60
        )
        told: dict[str, Any] = reply.json()
        return told | {"words": text_of(told["html"])}

    def token(self) -> str:
        """What shows that the form is ours, as the script fetches it."""
        told = self.session.get(f"{self.wordpress.url}/?support-connector-token=1", timeout=60).json()
        return str(told["token"])


def form_page(wordpress: WordPress, content: str = "[support_connector_form]", title: str = "Support") -> str:
    """The address of a new page that holds this."""
    return str(
        wordpress.run(
            "return get_permalink(wp_insert_post(['post_title' => $arguments[1], 'post_type' => 'page',"
            " 'post_status' => 'publish', 'post_content' => $arguments[0]]));",
            [content, title],
        )
    )


def customer(wordpress: WordPress, name: str = "ada", email: str = "ada@example.com") -> requests.Session:
    """A signed-in session of a new customer of the shop."""
    new_customer(wordpress, name, email)
    return wordpress.signed_in(name, PASSWORD)


def new_customer(wordpress: WordPress, name: str = "ada", email: str = "ada@example.com") -> None:
    """A new customer of the shop, who signs in by PASSWORD."""
    wordpress.run(
        "wp_insert_user(['user_login' => $arguments[0], 'user_pass' => $arguments[2], 'role' => 'subscriber',"
        " 'user_email' => $arguments[1], 'display_name' => ucfirst($arguments[0])]);",
        [name, email, PASSWORD],
    )


def text_of(markup: str) -> str:
    """The words of HTML."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()
