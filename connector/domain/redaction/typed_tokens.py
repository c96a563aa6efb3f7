"""Typed tokens: what services give out with a prefix or a form of their own, one line a form.

`needles` are looked for first, in lower case; a form whose needles are not in the text is not tried. A form's test lies
in tests/domain/redaction/test_tokens.py: a form without a sample, or a sample without its form, is red.
"""

from __future__ import annotations

import re

# name: (needles, pattern)
TYPED: dict[str, tuple[str, str]] = {
    "aws": ("akia asia", r"(?:AKIA|ASIA)[A-Z0-9]{16,}"),
    "github": ("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    "github fine-grained": ("github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    "gitlab": (
        "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- glimt-",
        r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[\w-]{16,}",
    ),
    "slack": ("xox", r"xox[abeoprs]-[\w-]{10,}"),
    "slack app": ("xapp-", r"xapp-[\w-]{20,}"),
    "slack webhook": ("hooks.slack.com", r"hooks\.slack\.com/services/[\w/]{20,}"),
    "stripe": ("k_live_ k_test_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    "webhook secret": ("whsec_ whsk_", r"wh(?:sec|sk)_[A-Za-z0-9+/=_-]{16,}"),
    "openai project": ("sk-", r"sk-(?:proj|svcacct|admin)-[\w-]{16,}"),
    "openai": ("sk-", r"sk-[A-Za-z0-9]{32,}"),
    "anthropic": ("sk-ant-", r"sk-ant-[\w-]{16,}"),
    "openrouter": ("sk-or-", r"sk-or-[\w-]{16,}"),
    "groq": ("gsk_", r"gsk_[A-Za-z0-9]{30,}"),
    "replicate": ("r8_", r"r8_[A-Za-z0-9]{30,}"),
    "perplexity": ("pplx-", r"pplx-[A-Za-z0-9]{30,}"),
    "hugging face": ("hf_", r"hf_[A-Za-z0-9]{30,}"),
    "google api": ("aiza", r"AIza[\w-]{30,}"),
    "google access": ("ya29.", r"ya29\.[\w-]{20,}"),
    "google client": ("gocspx-", r"GOCSPX-[\w-]{20,}"),
    "sendgrid": ("sg.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    "mailgun": ("key-", r"key-(?=[a-z]{0,31}[0-9])[0-9a-z]{32,}"),
    "mailchimp": ("-us", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    "brevo": ("xkeysib- xsmtpsib-", r"x(?:key|smtp)sib-[0-9a-f]{32,}-[A-Za-z0-9]{10,}"),
    "npm": ("npm_", r"npm_[A-Za-z0-9]{30,}"),
    "pypi": ("pypi-", r"pypi-AgE[\w-]{30,}"),
    "rubygems": ("rubygems_", r"rubygems_[0-9a-f]{40,}"),
    "docker": ("dckr_pat_", r"dckr_pat_[\w-]{20,}"),
    "digitalocean": ("dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[0-9a-f]{32,}"),
    "vault": ("hvs. hvb.", r"hv[bs]\.[\w-]{20,}"),
    "grafana": ("glsa_ glc_", r"gl(?:sa|c)_[\w=+/-]{30,}"),
    "new relic": ("nrak-", r"NRAK-[A-Z0-9]{20,}"),
    "databricks": ("dapi", r"dapi[0-9a-f]{32}"),
    "planetscale": ("pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.-]{20,}"),
    "netlify": ("nfp_", r"nfp_[A-Za-z0-9]{30,}"),
    "supabase": ("sbp_", r"sbp_[0-9a-f]{40}"),
    "sentry": ("sntrys_ sntryu_", r"sntry[su]_[A-Za-z0-9+/=_]{20,}"),
    "linear": ("lin_api_", r"lin_api_[A-Za-z0-9]{30,}"),
    "notion": ("ntn_", r"ntn_[A-Za-z0-9]{30,}"),
    "figma": ("figd_", r"figd_[\w-]{30,}"),
    "airtable": ("pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    "atlassian": ("atatt3", r"ATATT3[\w=-]{30,}"),
    "dropbox": ("sl.", r"sl\.(?:u\.)?[A-Za-z][\w-]{60,}"),
    "azure storage": ("accountkey=", r"AccountKey=(?P<azure>[A-Za-z0-9+/]{60,}={0,2})"),
    "twilio": ("sk", r"SK[0-9a-f]{32}"),
    "facebook": ("eaa", r"EAA[A-Za-z0-9]{60,}"),
    "shopify": ("shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32,}"),
    "woocommerce": ("ck_ cs_", r"c[ks]_[0-9a-f]{40,}"),
    "square": ("sq0atp- sq0csp-", r"sq0(?:atp|csp)-[\w-]{20,}"),
    "square access": ("eaaa", r"EAAA[\w-]{50,}"),
    "paddle": ("pdl_", r"pdl_(?:ntfset|live|sdbx)_\w{10,}"),
    "paypal": ("access_token$", r"access_token\$(?:production|sandbox)\$[\w$]{20,}"),
    "telegram": (":aa", r"[0-9]{8,10}:AA[\w-]{32,}"),
    "discord webhook": ("api/webhooks", r"discord(?:app)?\.com/api/webhooks/[0-9]{10,}/[\w-]{20,}"),
    "teams webhook": (".webhook.office.com", r"[\w-]{1,60}\.webhook\.office\.com/webhookb2/[\w@/-]{40,}"),
    "zapier hook": ("hooks.zapier.com", r"hooks\.zapier\.com/hooks/catch/[0-9]{4,}/\w{5,}"),
    "password hash": (
        "$2a$ $2b$ $2y$ $apr1$ $1$ $5$ $6$ $y$ $p$ $h$ $argon2",
        r"\$(?:(?:wp\$)?2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{50,}|(?:apr1|[156y])\$[./A-Za-z0-9$=]{20,}|[PH]\$[./A-Za-z0-9]{31}|"
        r"argon2(?:id?|d)\$[\w$=,+/.-]{40,})",
    ),
    "json web token": ("eyj", r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
}
NEEDLES = tuple(sorted({needle for needles, _ in TYPED.values() for needle in needles.split()}))
TOKENS = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(f'(?:{pattern})' for _, pattern in TYPED.values())})", re.ASCII)
