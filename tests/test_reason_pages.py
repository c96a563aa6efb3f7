"""Every reason code has its page, in the documentation and at the server, and both are what the table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from connector.domain.policy.reasons import REASONS, WEIGHTS
from connector.domain.policy.remedies import REMEDIES
from tests import reason_page
from tests.support.stores import settings_for
from wsgi import create_app, make_runtime


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    home: Path = tmp_path_factory.mktemp("home")
    made = make_runtime(settings_for(f"sqlite:///{home}/x.db"))
    yield create_app(made).test_client()
    made.engine.dispose()


def words(page: str) -> str:
    """What a reader sees of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_documentation_is_what_the_table_says() -> None:
    assert reason_page.PAGE.read_text(encoding="utf-8") == reason_page.page(), (
        "docs/reasons.md is not up to date: run make pages"
    )


@pytest.mark.parametrize("code", REASONS)
def test_every_code_has_a_chapter_and_a_page(client: FlaskClient, code: str) -> None:
    """NOT-05: the customer's text, the remedy and the vendor's hint, wherever a code is looked up."""
    reason = REASONS[code]
    answer = client.get(f"/docs/reasons/{code}")
    assert answer.status_code == 200
    chapter = reason_page.page().partition(f"\n## {code}\n")[2].partition("\n## ")[0]
    for shown in (words(answer.get_data(as_text=True)), chapter.replace("`", "")):
        assert reason.text in shown
        assert reason.hint.replace("`", "") in shown.replace("`", "")
        assert reason.severity in shown
        assert reason.remedy is None or REMEDIES[reason.remedy][0] in shown


def test_the_list_names_every_code_and_every_weight(client: FlaskClient) -> None:
    page = client.get("/docs/reasons").get_data(as_text=True)
    assert re.findall(r'href="/docs/reasons/([a-z_]+)"', page) == sorted(
        REASONS, key=lambda code: -list(WEIGHTS).index(REASONS[code].severity)
    )
    assert all(f"<code>{severity}</code>" in page for severity in WEIGHTS)


@pytest.mark.parametrize("path", ["/docs/reasons", "/docs/reasons/support_expired", "/docs/reasons/none"])
def test_the_pages_are_locked_down(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    assert answer.mimetype == "text/html"
    assert not re.search(r"<(script|style|link|img|form|iframe)\b", answer.get_data(as_text=True))


@pytest.mark.parametrize("code", ["nothing", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "SUPPORT_EXPIRED", "x" * 2000])
def test_a_code_nobody_knows_is_not_found_and_not_repeated(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/docs/reasons/{code}")
    assert answer.status_code == 404
    assert "alert" not in answer.get_data(as_text=True)
