"""What each licensing system calls the things of a licence: one small table each. Facts: their exports, tables and replies.

Columns are `rows.plain` names, the first that is there and not blank counts; nested members by their path. A file may have
our own names (FIELDS) besides, whatever the peer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS: Mapping[str, tuple[str, ...]] = {
    "key": ("key", "licensekey", "licencekey"),
    "product": ("product", "productid", "productname", "productsku", "sku"),
    "product_slug": ("productslug",),
    "status": ("status", "licensestatus"),
    "refunded": ("refunded",),
    "revoked": ("revoked",),
    "disabled": ("disabled",),
    "email": ("email", "holder.email", "customer.email", "customeremail"),
    "name": ("name", "holder.name", "customer.name", "customername"),
    "first_name": ("firstname",),
    "last_name": ("lastname",),
    "customer_id": ("customerid", "holder.id", "customer.id"),
    "order_id": ("orderid",),
    "order_number": ("ordernumber",),
    "subscription_id": ("subscriptionid",),
    "plan": ("plan",),
    "purchase": ("purchase",),
    "site_limit": ("sitelimit",),
    "purchased_at": ("purchasedat",),
    "renewed_at": ("renewedat",),
    "changed_at": ("changedat", "updatedat"),
    "expires_at": ("expiresat",),
    "support_until": ("supportuntil",),
    "updates_until": ("updatesuntil",),
    "sites": ("sites", "site"),
    "site_dates": ("sitedates", "sitedate"),
    "installs": ("installs", "install"),
    "ip": ("ip",),
    "directory": ("directory",),
    "addons": ("addons",),
}
"""Our fields, each with the columns that mean it in any file. The standard form is these alone."""

PLACE: Mapping[str, tuple[str, ...]] = {
    "site": ("site", "url", "domain", "registereddomain", "sitename", "object", "label", "name", "activationplatform"),
    "at": ("activatedat", "createdat", "created", "activationtime", "date", "since"),
    "install": ("install", "instance", "token", "uid"),
    "ip": ("ip", "ipaddress"),
    "gone": ("deactivatedat",),
}
"""The members of one activation, where sites are a list of objects."""

_WORDS = {
    "active": "active",
    "inactive": "active",
    "suspended": "suspended",
    "disabled": "suspended",
    "blocked": "suspended",
    "revoked": "revoked",
    "cancelled": "revoked",
    "canceled": "revoked",
    "expired": "expired",
    "refunded": "refunded",
    "deleted": "deleted",
}


@dataclass(frozen=True)
class Profile:
    """One system. status: its words, in lower case, to ours. unlimited: what stands for "any number of sites" ("" is a blank
    cell). utc: its times without an offset are UTC, not the shop's. labels: its sites may be free words, such as the name
    of a computer. place: its own names for the members of one activation."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=lambda: _WORDS)
    unlimited: frozenset[str] = frozenset(["unlimited"])
    utc: bool = False
    labels: bool = False
    place: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_ZERO = frozenset(["", "0", "unlimited"])
_NULL = frozenset(["", "unlimited"])

PROFILES: Mapping[str, Profile] = {
    "standard": Profile(),
    "edd": Profile(
        columns={
            "key": ("license", "licensekey"),
            "product": ("itemid", "downloadid", "productid", "itemname", "productname", "download"),
            "email": ("customeremail",),
            "name": ("customername",),
            "customer_id": ("customerid",),
            "order_id": ("paymentid", "orderid"),
            "site_limit": ("activationlimit", "licenselimit", "limit"),
            "purchased_at": ("purchasedate", "datecreated", "date"),
            "expires_at": ("expirationdate", "expiration", "expires"),
            "sites": ("activatedurls", "urls", "sites"),
        },
        unlimited=_ZERO,
    ),
    "whmcs": Profile(
        columns={
            "product": ("productid", "productname"),
            "name": ("registeredname", "companyname"),
            "customer_id": ("userid", "clientid"),
            "order_id": ("orderid", "serviceid"),
            "purchase": ("billingcycle",),
            "purchased_at": ("regdate", "registrationdate"),
            "expires_at": ("nextduedate",),
            "sites": ("validdomain", "validdomains"),
            "ip": ("validip", "validips"),
            "directory": ("validdirectory", "validdirectories"),
        },
        status=_WORDS | {"reissued": "active", "terminated": "revoked", "fraud": "revoked", "pending": "suspended"},
    ),
    "wcam": Profile(
        columns={
            "key": ("productorderapikey", "apikey"),
            "product": ("variationid", "productid", "producttitle"),
            "email": ("billingemail", "useremail"),
            "customer_id": ("userid",),
            "subscription_id": ("subid",),
            "status": ("active",),
            "site_limit": ("activationspurchasedtotal", "activationspurchased", "totalactivationspurchased"),
            "purchased_at": ("accessgranted",),
            "expires_at": ("accessexpires",),
            "sites": ("activations", "object"),
            "installs": ("instance",),
            "site_dates": ("activationtime",),
        },
        status=_WORDS | {"1": "active", "0": "suspended", "true": "active", "false": "suspended"},
        unlimited=_ZERO,
    ),
    "software_addon": Profile(
        columns={
            "product": ("softwareproductid", "productid"),
            "email": ("activationemail",),
            "site_limit": ("activationslimit",),
            "purchased_at": ("created",),
            "sites": ("activations", "activationplatform"),
            "installs": ("instance",),
            "site_dates": ("activationtime",),
        },
        unlimited=_ZERO,
        labels=True,
    ),
    "slm": Profile(
        columns={
            "product": ("productref", "itemreference"),
            "status": ("licstatus",),
            "order_id": ("txnid",),
            "subscription_id": ("subscrid",),
            "site_limit": ("maxalloweddomains",),
            "purchased_at": ("datecreated",),
            "renewed_at": ("daterenewed",),
            "expires_at": ("dateexpiry",),
            "sites": ("registereddomains",),
        },
        status=_WORDS | {"pending": "active"},
    ),
    "lmfwc": Profile(
        columns={
            "customer_id": ("userid",),
            "site_limit": ("timesactivatedmax",),
            "purchased_at": ("createdat",),
            "sites": ("activationdata",),
        },
        status=_WORDS | {"1": "active", "2": "active", "3": "active", "4": "suspended"}
        | {"sold": "active", "delivered": "active", "inactive": "suspended"},
        unlimited=_ZERO,
        utc=True,
        labels=True,
    ),
    "dlm": Profile(
        columns={
            "customer_id": ("userid",),
            "site_limit": ("activationslimit",),
            "purchased_at": ("createdat",),
            "sites": ("activations",),
        },
        status=_WORDS | {"1": "active", "2": "active", "3": "active", "4": "suspended", "5": "suspended"}
        | {"sold": "active", "delivered": "active", "inactive": "suspended"},
        unlimited=_ZERO,
        utc=True,
        labels=True,
    ),
    "lemonsqueezy": Profile(
        columns={
            "key": ("attributes.key", "licensekey.key"),
            "product": ("attributes.variantid", "attributes.productid", "meta.variantid", "meta.productid", "meta.productname"),
            "status": ("attributes.status", "licensekey.status"),
            "disabled": ("attributes.disabled",),
            "email": ("attributes.useremail", "meta.customeremail", "useremail"),
            "name": ("attributes.username", "meta.customername", "username"),
            "customer_id": ("attributes.customerid", "meta.customerid"),
            "order_id": ("attributes.orderid", "meta.orderid"),
            "site_limit": ("attributes.activationlimit", "licensekey.activationlimit", "activationlimit"),
            "purchased_at": ("attributes.createdat", "licensekey.createdat", "createdat"),
            "changed_at": ("attributes.updatedat",),
            "expires_at": ("attributes.expiresat", "licensekey.expiresat"),
            "sites": ("instances", "attributes.instances"),
        },
        unlimited=_NULL,
        utc=True,
        labels=True,
        place={"install": ("id",)},
    ),
    "freemius": Profile(
        columns={
            "key": ("secretkey",),
            "product": ("pluginid", "productid"),
            "revoked": ("iscancelled",),
            "email": ("user.email", "useremail"),
            "customer_id": ("userid",),
            "subscription_id": ("subscriptionid",),
            "plan": ("planname", "planid"),
            "site_limit": ("quota",),
            "purchased_at": ("created",),
            "changed_at": ("updated",),
            "expires_at": ("expiration",),
            "sites": ("installs", "urls"),
        },
        unlimited=_NULL,
        utc=True,
    ),
    "envato": Profile(
        columns={
            "key": ("code", "purchasecode"),
            "product": ("item.id", "itemid", "item.name", "itemname"),
            "customer_id": ("buyer", "buyerusername"),
            "plan": ("license",),
            "purchased_at": ("soldat", "saledate"),
            "support_until": ("supporteduntil",),
        },
    ),
    "gumroad": Profile(
        columns={
            "key": ("purchase.licensekey",),
            "product": ("productid", "purchase.productid", "productname", "itemname"),
            "refunded": ("purchase.refunded", "fullyrefunded"),
            "revoked": ("chargebacked", "purchase.chargebacked"),
            "disabled": ("licensedisabled",),
            "email": ("purchase.email", "purchaseemail", "buyeremail"),
            "name": ("fullname", "buyername"),
            "customer_id": ("purchaserid", "purchase.purchaserid"),
            "order_id": ("saleid", "purchaseid", "purchase.id", "id"),
            "subscription_id": ("purchase.subscriptionid",),
            "plan": ("variants", "purchase.variants"),
            "purchased_at": ("createdat", "purchase.createdat", "purchasedate"),
            "expires_at": ("subscriptionendedat", "purchase.subscriptionendedat"),
        },
        utc=True,
    ),
}  # fmt: skip


def columns_of(profile: Profile, name: str) -> tuple[str, ...]:
    """The columns that may hold a field, the likeliest first."""
    return tuple(dict.fromkeys((*profile.columns.get(name, ()), *FIELDS[name])))
