"""WooCommerce's own webhooks. A body is a snapshot of an order, made when it is sent, never an event (class-wc-webhook.php).

The topic header is not signed: a captured body can come again under another topic. So what a body is, is read from its
shape alone; the topic only helps to find words for people.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from adapters.host_parts.reading import Fields, parse_json
from adapters.hosts.woocommerce.orders import order
from adapters.hosts.woocommerce.people import customer
from adapters.hosts.woocommerce.samples import NAMES, sample
from adapters.hosts.woocommerce.subscriptions import subscription
from connector.domain.news import Alert, Ignored, News
from connector.formats.signature_schemes import BodyHmac
from connector.ports import Delivery, Host, Unreadable

PING = re.compile(rb"webhook_id=[0-9]{1,20}")
TOPIC = re.compile(r"[A-Za-z0-9_.-]{1,100}")
ERROR_CODE = re.compile(r"[A-Za-z0-9_]{1,80}")
API_V3 = 'in WooCommerce > Settings > Advanced > Webhooks, set "API Version" to "WP REST API Integration v3"'
OURS = ("order", "subscription", "customer")


def parse(delivery: Delivery) -> Sequence[News]:
    """What the body shows; raises Unreadable where it is an order, subscription or customer that cannot be used."""
    if is_ping(delivery):
        return [Ignored("a ping: WooCommerce tries whether this URL answers")]
    value = parse_json(delivery.body, mend=True)  # names, notes and addresses in it were typed by customers
    if value == []:
        return [
            Ignored("an empty body, as old WooCommerce Subscriptions send under API version v3: nothing to learn from")
        ]
    if not isinstance(value, dict):
        raise Unreadable("", "the body is no object, as WooCommerce sends: does a plugin change webhook payloads?")
    return _news(Fields(value), delivery)


def _news(body: Fields, delivery: Delivery) -> Sequence[News]:
    names = body.members.keys()
    if "id" not in names and {"code", "message"} <= names:
        return [_signed_error(body)]
    if "action" in names and names <= {"action", "arg"}:
        return [Ignored("an action with nothing but its argument: order.updated tells what became of the order")]
    if names == {"id"}:
        return [Ignored("gone at the store, perhaps only to the trash: nothing is taken away for that")]
    if "billing_period" in names:
        return subscription(_current(body), delivery.settings)
    if {"status", "line_items"} <= names:
        return order(_current(body), delivery.settings)
    if {"email", "username"} <= names or {"email", "role"} <= names:
        return [customer(_current(body))]
    return [_unknown(body, delivery)]


def _signed_error(body: Fields) -> News:
    """WooCommerce signs and sends the error it met while building the body (WC_Webhook::get_wp_api_payload)."""
    code = body.members["code"]
    named = code if isinstance(code, str) and ERROR_CODE.fullmatch(code) else "an unnamed error"
    return Alert(
        f"WooCommerce sent an error instead of data ({named}): the user who made the webhook may not see the resource, "
        "or it is gone. If this goes on, make the webhook again as an administrator"
    )


def _current(body: Fields) -> Fields:
    if "date_modified_gmt" not in body.members:
        raise body.refuse("date_modified_gmt", f"`date_modified_gmt` is missing, as in old API versions: {API_V3}")
    return body


def _unknown(body: Fields, delivery: Delivery) -> News:
    names = body.members.keys()
    if len(names) == 1 and names <= set(OURS):
        raise Unreadable(f"/{next(iter(names))}", f"this is the legacy API's way of sending: {API_V3}")
    if {"discount_type", "catalog_visibility", "stock_status"} & names:
        return Ignored("products and coupons are not used: take this topic off the webhook")
    topic = _topic(delivery)
    if topic.partition(".")[0] in OURS:
        raise Unreadable("", f"the topic says {topic}, but the body has not the shape of one: {API_V3}")
    return Ignored(f"bodies of this shape are not used (topic {topic or 'not named'})")


def is_ping(delivery: Delivery) -> bool:
    """The unsigned form that WooCommerce sends when a webhook is saved; it insists on exactly 200."""
    return (
        delivery.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        and "Hookshot" in delivery.headers.get("user-agent", "")
        and PING.fullmatch(delivery.body) is not None
    )


def delivery_key(delivery: Delivery) -> str:
    """Hash over webhook, topic and body. Delivery-ID will not do: orders of the same second share it."""
    named = "|".join(delivery.headers.get(f"x-wc-webhook-{name}", "") for name in ("id", "topic"))
    return hashlib.sha256(named.encode("utf-8", "surrogatepass") + b"|" + delivery.body).hexdigest()


def event_name(delivery: Delivery) -> str:
    """The topic as the header claims it: for lists and logs only."""
    return "ping" if is_ping(delivery) else _topic(delivery) or "unnamed"


def _topic(delivery: Delivery) -> str:
    topic = delivery.headers.get("x-wc-webhook-topic", "")
    return topic if TOPIC.fullmatch(topic) else ""


HOST = Host(
    name="woocommerce",
    scheme=BodyHmac("x-wc-webhook-signature", "base64", entity_decode=True),
    delivery_key=delivery_key,
    event_name=event_name,
    parse=parse,
    sample=sample,
    samples=NAMES,
    content_types=("application/json", "application/x-www-form-urlencoded"),
    unsigned_ok=is_ping,
    settings={
        "grant_on": 'order statuses that grant licences: ["completed"], or with "processing" when payment is enough',
        "key_meta": "names of the order or line item meta in which a licence plugin keeps the key",
    },
)
