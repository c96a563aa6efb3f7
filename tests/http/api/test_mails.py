"""From a request over HTTP to the customer's mail, and from the mail to his rating: `connector serve` as it is shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import FreshDatabaseUrl
from tests.http.serving import Server
from tests.servers.databases import Kind
from tests.servers.mail import HOST, MailServer, serving

REQUEST: dict[str, Any] = {
    "request_id": "form-1",
    "kind": "outage",
    "subject": "Down",
    "message": "All of it.",
    "requester": {"email": "ada@example.com"},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_not_01_the_customer_is_mailed_and_can_rate_from_the_mail(
    kind: Kind, fresh_database_url: FreshDatabaseUrl, tmp_path: Path
) -> None:
    """NOT-01, MET-03: one mail for the acceptance, one for the solution, although the request was sent twice."""
    with serving(MailServer()) as mail_server:
        smtp = {"SMTP_HOST": HOST, "SMTP_PORT": str(mail_server.port), "SMTP_TLS": "none"}
        server = Server(tmp_path, fresh_database_url(kind), smtp | {"SMTP_SENDER": "support@acme.example.com"})

        def connector(*words: str) -> Any:
            ended = server.command(*words, "--format", "json")
            assert ended.returncode == 0, ended.stderr
            return json.loads(ended.stdout)

        try:
            assert server.command("migrate").returncode == 0
            connector("vendor", "add", "acme", "--policy", "tiered-sla", "--set", "calendar.timezone=Europe/London")
            token = connector("token", "create", "--vendor", "acme")["token"]
            server.start()
            for _ in range(2):
                asked = requests.post(
                    f"{server.url}/v1/support/requests",
                    json=REQUEST,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=30,
                )
                assert asked.status_code == 200, asked.text
            number = asked.json()["ticket"]["number"]
            assert mail_server.wait_for(1)
            connector("tickets", "resolve", number)
            assert mail_server.wait_for(2)
            assert mail_server.subjects == ["We have your request", "Your request is solved"]
            assert len(mail_server.inbox) == 2
            [link] = re.findall(r"http://\S+", mail_server.text())
            assert 'value="5"' in requests.get(link, timeout=30).text
        finally:
            server.close()
