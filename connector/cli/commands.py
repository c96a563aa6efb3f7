"""Which module brings which command: what `connector --help` shows, without a module being imported."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A command: where it is made (`module:name` in this folder), its short help, the modules that add to its group."""

    made: str
    help: str
    joined: tuple[str, ...] = ()
    hidden: bool = False


COMMANDS = {
    "backup": Row(
        "backups:backup_command",
        "Write everything in the database to a new FILE, as of one instant, while the connector serves on.",
    ),
    "check": Row("eligibility:check_command", "Look up a key, an e-mail, a domain or an order."),
    "config": Row("server:config", "The effective settings."),
    "customer": Row(
        "customers:customer_group", "Customers: what hosts call them.", ("owners", "personal_data", "restrictions")
    ),
    "deliveries": Row("deliveries:group", "Webhook deliveries."),
    "demo": Row("demo:demo", "The demonstration store."),
    "doctor": Row("doctor:doctor", "Look at every part and say what to do about what is wrong; exit 1 if anything is."),
    "endpoint": Row("endpoints:endpoint", "Webhook endpoints."),
    "face": Row("protocols:face_group", "The former name of `protocol`.", hidden=True),
    "helpdesk": Row("vendors:helpdesk", "Where a vendor's accepted tickets go; without one they live here."),
    "host": Row("endpoints:host_group", "Host platforms that webhooks may come from."),
    "keys": Row("keys:keys", "Signing keys of licence tokens."),
    "license": Row(
        "licences:license_group",
        "Licences: what was granted, to whom, on which sites, supported until when.",
        ("licence_list", "licence_binding", "licence_import", "owners"),
    ),
    "mails": Row(
        "mails:group", "Mails to customers: on their tickets, where no helpdesk mails them, and keys made here."
    ),
    "metrics": Row("metrics:group", "Reports for the regular review."),
    "migrate": Row("server:migrate", "Bring the database to today's schema; doing it again changes nothing."),
    "notify": Row(
        "notify:notify",
        "Where a vendor's own programs are told of what happens here, by signed webhooks (Standard Webhooks).",
    ),
    "policy": Row("policies:policy", "Support policies as packs.", ("policy_versions",)),
    "product": Row("products:product", "Products as records: slug, plan, limits, support term, SKUs and product ids."),
    "protocol": Row(
        "protocols:protocol_group",
        "Licence protocols (EDD, WHMCS ...): what they may tell, and the secrets software ships with.",
    ),
    "release": Row("releases:release_group", "Releases of products, offered to software whose licence has updates."),
    "restore": Row(
        "backups:restore_command",
        "Put a backup in the place of what is in the database, all of it or nothing; stop serve and worker first.",
    ),
    "retention": Row(
        "personal_data:retention_group", "What is not needed any more: how long it is kept, and taking it away."
    ),
    "serve": Row("server:serve", "Serve webhooks, API and pages until Ctrl-C."),
    "sign": Row(
        "sample_deliveries:sign",
        "The signature headers for a body (a file, or - for standard input), with the endpoint's newest secret.",
    ),
    "tickets": Row("tickets:group", "Tickets made from accepted requests.", ("ticket_acts",)),
    "token": Row("vendors:token", "API tokens of a vendor's back ends and admins."),
    "trigger": Row("sample_deliveries:trigger", "Sign a sample as that host would and post it to an endpoint of ours."),
    "vendor": Row("vendors:vendor", "Vendors: whose policy and whose customers."),
    "verify": Row(
        "sample_deliveries:verify", "Would this delivery be taken as authentic? Exit 1 with the reason if not."
    ),
    "worker": Row(
        "server:work", "Forward tickets: RQ workers through Redis, or the same loop by itself where no Redis is set."
    ),
}
