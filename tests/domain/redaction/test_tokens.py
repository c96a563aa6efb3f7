"""Every form of typed token is cut, each by a sample of its own: a form that is lost is a red test (CRD-01)."""

import re

import pytest

from connector.domain.redaction.redact import screen
from connector.domain.redaction.typed_tokens import TYPED

# Made up; the sign § keeps scanners of secrets away and is dropped on reading.
HEX = "0123456789abcdef" * 4
LETTERS = "Zk9xq7Rt8yU3mN0pAbCdEfGhIjKlMnOpQrStUvWxYz0123456789aBcDeFgHiJkL"
SAMPLES = {
    "aws": ["AKI§AEXAMPLEEXAMPLEQX", "ASI§AEXAMPLEEXAMPLEQX"],
    "github": [f"gh§{letter}_{LETTERS[:36]}" for letter in "pousr"],
    "github fine-grained": [f"github_§pat_{LETTERS[:30]}_{LETTERS[:30]}"],
    "gitlab": [f"gl§{kind}-{LETTERS[:20]}" for kind in ["pat", "dt", "rt", "cbt", "ptt", "ft", "soat", "agent", "imt"]],
    "slack": [f"xox§{kind}-1234567890-{LETTERS[:12]}" for kind in "abeoprs"],
    "slack app": [f"xapp§-1-A0EXAMPLE-{LETTERS[:20]}"],
    "slack webhook": [f"hooks.slack.§com/services/T0EXAMPLE/B0EXAMPLE/{LETTERS[:24]}"],
    "stripe": [f"{kind}k_§{mode}_{LETTERS[:24]}" for kind in "rs" for mode in ("live", "test")],
    "webhook secret": [f"wh§{kind}_{LETTERS[:32]}" for kind in ("sec", "sk")],
    "openai project": [f"sk-§{kind}-{LETTERS[:24]}" for kind in ("proj", "svcacct", "admin")],
    "openai": [f"sk-§{LETTERS[:48]}"],
    "anthropic": [f"sk-§ant-api03-{LETTERS[:30]}"],
    "openrouter": [f"sk-§or-v1-{HEX[:40]}"],
    "groq": [f"gsk§_{LETTERS[:52]}"],
    "replicate": [f"r8§_{LETTERS[:37]}"],
    "perplexity": [f"pplx§-{LETTERS[:48]}"],
    "hugging face": [f"hf§_{LETTERS[:34]}"],
    "google api": [f"AIza§{LETTERS[:35]}"],
    "google access": [f"ya29.§{LETTERS[:40]}"],
    "google client": [f"GOCSPX§-{LETTERS[:28]}"],
    "sendgrid": [f"SG.§{LETTERS[:22]}.{LETTERS[:43]}"],
    "mailgun": [f"key-§{HEX[:32]}"],
    "mailchimp": [f"{HEX[:32]}§-us6", f"{HEX[:32]}§-us21"],
    "brevo": [f"x§{kind}sib-{HEX}-{LETTERS[:16]}" for kind in ("key", "smtp")],
    "npm": [f"npm§_{LETTERS[:36]}"],
    "pypi": [f"pypi-§AgE{LETTERS[:60]}"],
    "rubygems": [f"rubygems§_{HEX[:48]}"],
    "docker": [f"dckr_§pat_{LETTERS[:27]}"],
    "digitalocean": [f"do{kind}_§v1_{HEX}" for kind in "opr"],
    "vault": [f"hv{kind}.§{LETTERS[:40]}" for kind in "bs"],
    "grafana": [f"gl§{kind}_{LETTERS[:40]}" for kind in ("sa", "c")],
    "new relic": ["NRAK§-EXAMPLEEXAMPLEEXAMPLEEXAMP"],
    "databricks": [f"dapi§{HEX[:32]}"],
    "planetscale": [f"pscale_§{kind}_{LETTERS[:40]}" for kind in ("tkn", "pw", "oauth")],
    "netlify": [f"nfp§_{LETTERS[:36]}"],
    "supabase": [f"sbp§_{HEX[:40]}"],
    "sentry": [f"sntry§{kind}_{LETTERS[:40]}" for kind in "su"],
    "linear": [f"lin_§api_{LETTERS[:40]}"],
    "notion": [f"ntn§_{LETTERS[:46]}"],
    "figma": [f"figd§_{LETTERS[:40]}"],
    "airtable": [f"pat§{LETTERS[:14]}.{HEX}"],
    "atlassian": [f"ATATT3§{LETTERS[:60]}"],
    "dropbox": [f"sl.§B{LETTERS}aB", f"sl.§u.A{LETTERS}aB"],
    "azure storage": [f"AccountKey=§{LETTERS[:64]}{LETTERS[:22]}=="],
    "twilio": [f"SK§{HEX[:32]}"],
    "facebook": [f"EAA§B{LETTERS}"],
    "shopify": [f"shp§{kind}_{HEX[:32]}" for kind in ("at", "ca", "pa", "ss")],
    "woocommerce": [f"c{kind}_§{HEX[:40]}" for kind in "ks"],
    "square": [f"sq0§{kind}-{LETTERS[:22]}" for kind in ("atp", "csp")],
    "square access": [f"EAAA§{LETTERS[:20]}-{LETTERS[:36]}"],
    "paddle": [f"pdl_§{kind}_{LETTERS[:24]}" for kind in ("ntfset", "live", "sdbx")],
    "paypal": [f"access_token$§{kind}${LETTERS[:16]}${HEX[:32]}" for kind in ("production", "sandbox")],
    "telegram": [f"123456789:§AA{LETTERS[:33]}"],
    "discord webhook": [
        f"{host}.com/§api/webhooks/123456789012345678/{LETTERS[:60]}" for host in ("discord", "discordapp")
    ],
    "teams webhook": [f"acme.webhook.§office.com/webhookb2/{HEX[:32]}@{HEX[:32]}/IncomingWebhook/{HEX[:32]}"],
    "zapier hook": [f"hooks.zapier.§com/hooks/catch/123456/{LETTERS[:7]}"],
    "password hash": [
        f"$2y§$10${LETTERS[:53]}",
        f"$wp§$2y$10${LETTERS[:53]}",
        f"$apr1§$abcdefgh${LETTERS[:22]}",
        f"$6§$rounds=5000$ab${LETTERS}",
        f"$P§$B{LETTERS[:30]}",
        f"$argon2id§$v=19$m=65536,t=4,p=1${LETTERS[:22]}${LETTERS[:43]}",
    ],
    "json web token": [f"eyJ§hbGciOiJIUzI1NiJ9.eyJ{LETTERS[:20]}.{LETTERS[:43]}"],
}
EACH = [(name, sample.replace("§", "")) for name, samples in SAMPLES.items() for sample in samples]


def test_every_form_has_a_sample_and_every_sample_a_form() -> None:
    assert set(SAMPLES) == set(TYPED)


@pytest.mark.parametrize(("name", "sample"), EACH, ids=[f"{name}-{number}" for number, (name, _) in enumerate(EACH)])
def test_crd_01_a_typed_token_is_cut_whole(name: str, sample: str) -> None:
    screened = screen(f"We use {sample} there.")
    assert screened.text == "We use [removed: token] there."
    assert screen(f'config = "{sample}"').found


@pytest.mark.parametrize(("name", "sample"), EACH, ids=[f"{name}-{number}" for number, (name, _) in enumerate(EACH)])
def test_a_sample_is_known_by_its_own_form_alone(name: str, sample: str) -> None:
    """So that no other form covers for one that is lost."""
    assert [other for other, (_, pattern) in TYPED.items() if re.match(pattern, sample, re.ASCII)] == [name]


@pytest.mark.parametrize("name", TYPED)
def test_the_quick_look_finds_what_the_form_finds(name: str) -> None:
    needles, _ = TYPED[name]
    assert all(any(needle in sample.replace("§", "").lower() for needle in needles.split()) for sample in SAMPLES[name])


@pytest.mark.parametrize(
    "text",
    ["pk_live_51Hexample0123456789", "sk-learn 1.4", "glpat- is the prefix", "hf_hub_download()", "SG.1", "key-value store",
     "patch 1.2.3", "sl.exe", "EAA 2027", "r8_build", "npm_config_registry=x", "eyJhbGciOiJIUzI1NiJ9 alone is a header"],
)  # fmt: skip
def test_what_only_starts_like_a_token_stays(text: str) -> None:
    assert screen(f"It says {text} there.").found == ()
