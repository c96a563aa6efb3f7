"""From a paid order over HTTP to the buyer's mail and the shop's own program: `connector serve` as it is shipped."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from tests.conftest import FreshDatabaseUrl
from tests.http.serving import Server
from tests.servers.databases import Kind
from tests.servers.mail import HOST, MailServer, serving
from tests.servers.receiver import receiving

ORDER: dict[str, Any] = {
    "type": "order.paid",
    "data": {
        "order_id": "12",
        "customer": {"id": "7", "email": "ada@example.com", "name": "Ada"},
        "total": "99.00",
        "currency": "EUR",
        "items": [{"product": "acme-forms", "amount": "99.00"}],
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_key_reaches_its_buyer_by_mail_and_the_shop_by_notification_and_no_log(
    kind: Kind, fresh_database_url: FreshDatabaseUrl, tmp_path: Path
) -> None:
    with serving(MailServer()) as mail_server, receiving() as receiver:
        smtp = {"SMTP_HOST": HOST, "SMTP_PORT": str(mail_server.port), "SMTP_TLS": "none"}
        server = Server(tmp_path, fresh_database_url(kind), smtp | {"SMTP_SENDER": "support@acme.example.com"})

        def connector(*words: str) -> Any:
            ended = server.command(*words, "--format", "json")
            assert ended.returncode == 0, ended.stderr
            return json.loads(ended.stdout)

        try:
            assert server.command("migrate").returncode == 0
            connector("vendor", "add", "acme", "--policy", "whmcs-modules")
            connector("product", "add", "acme-forms", "--vendor", "acme", "--name", "Acme Forms", "--issue-keys")
            end = connector("endpoint", "add", "--vendor", "acme", "--host", "standard")
            told = connector(
                "notify",
                "add",
                "--vendor",
                "acme",
                "--url",
                receiver.url,
                "--allow-private",
                "--event",
                "license.issued",
            )
            server.start()
            replies = [post(end, f"msg_{number}") for number in (1, 1, 2)]
            [issued] = replies[0]["issued"]
            assert mail_server.wait_for(1)
            assert receiver.wait_for(1)
            [news] = receiver.verified(told["secret"])
            key = news["data"]["license_key"]
            assert key in mail_server.text()
            assert (issued["license"], issued["last4"]) == (news["data"]["license"], key[-4:])
            kept = [
                json.dumps(replies),
                json.dumps(connector("deliveries", "list")),
                json.dumps(connector("mails", "list")),
            ]
            kept += [
                json.dumps(connector("notify", "log", told["id"])),
                requests.get(f"{server.url}/metrics", timeout=30).text,
            ]
            server.stop()
            kept += [path.read_text() for path in tmp_path.glob("*.log")]
            assert not [text for text in kept if key in text]
            assert (len(mail_server.taken), len(receiver.came)) == (1, 1)
        finally:
            server.close()


def post(end: dict[str, str], message_id: str) -> dict[str, Any]:
    body, now = json.dumps(ORDER), datetime.now(UTC)  # noqa: TID251 - signatures are proved against the hour it is
    signature = Webhook(end["secret"]).sign(message_id, now, body)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}

    answer = requests.post(end["url"], data=body, headers=headers | {"Content-Type": "application/json"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
