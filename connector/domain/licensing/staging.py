"""What marks a site as staging or local: data, matched by `connector/domain/licensing/sites.py` on whole labels only."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

VERSION = "2026-11"
"""Named wherever an exemption is shown; goes up with the lists below."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, text.split()))


# Sub-domain labels, also numbered: staging2.shop.example.com is what SiteGround makes.
LABELS = _words("beta dev develop development loc local preprod qa sandbox stage staging stg test testing tests uat")
# A hyphen is looked into for this word alone: test-drive.example.com and web-dev.example.com are real shops.
AFFIX = "staging"
# The first folder of the path, as staging plugins make it: example.com/staging.
FOLDERS = _words("staging")

# Names no public resolver answers: RFC 2606, 6761, 6762, 8375; `internal` is reserved by ICANN. `.dev` is a real TLD.
PRIVATE_SUFFIXES = _words("example home.arpa internal intranet invalid lan local localdomain localhost test")

# Like example.com (and unlike the rest of .test), this name stands for an ordinary site wherever it is written.
STAND_IN = "example.test"

# Temporary and development addresses of hosters and tools; addresses people keep (wordpress.com, github.io) are not.
TEMPORARY_SUFFIXES = _words("""
    10web.cloud 10web.me 10web.site a2hosted.com cloudwaysapps.com ddev.site dreamhosters.com flywheelsites.com
    flywheelstaging.com hostingersite.com instawp.co instawp.site instawp.xyz kinsta.cloud lndo.site loca.lt
    localsite.io mybluehost.me myftpupload.com mystagingwebsite.com ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev
    ngrok.io onrocket.site pantheonsite.io playground.wordpress.net rapydapps.cloud runcloud.link sg-host.com
    spinupwp.site tempdomain.host tempurl.host trycloudflare.com websitepro-staging.com wpcomstaging.com wpengine.com
    wpenginepowered.com wpsandbox.net wpsandbox.pro wpstage.net
""")

# Names below which strangers live as neighbours, each at an address to keep, and which the public suffix list does not have.
SHARED_SUFFIXES = _words("shopify.com squarespace.com weebly.com wordpress.com")

# Documentation networks (192.0.2.0/24 and others) are left out: like example.com they stand for ordinary sites.
LOOPBACK = _networks("127.0.0.0/8 0.0.0.0/8 ::1/128 ::/128")
PRIVATE = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 100.64.0.0/10 fc00::/7 fe80::/10 fec0::/10")
