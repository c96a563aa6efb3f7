"""One spelling for a site (R10, ELG-08, C5, C6) and what does not count as one (R11, R12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.sites import BadSite, canonical, is_exempt
from connector.formats.hostnames import canonical_site, encode_host

# Every spelling of a line is the same site; no two lines are.
SPELLINGS = {
    "shop.example.com": [
        "shop.example.com", "SHOP.Example.COM", "http://shop.example.com", "https://shop.example.com",
        "HTTPS://SHOP.EXAMPLE.COM/", "//shop.example.com", "//shop.example.com/", "shop.example.com/",
        "shop.example.com.", "https://shop.example.com./", "www.shop.example.com", "https://www.shop.example.com",
        "WWW.shop.example.com", "www.www.shop.example.com", "shop.example.com:80", "https://shop.example.com:443/",
        "http://shop.example.com:8080", "shop.example.com:", "https://user@shop.example.com",
        "https://user:pw@shop.example.com/", "https://a@b@shop.example.com", "https://u%40x:p%2Fw@shop.example.com",
        "shop.example.com?utm=1", "shop.example.com#top", "https://shop.example.com/?p=1#x",
        "shop.example.com/index.php", "shop.example.com/index.php?p=7", "shop.example.com/index.php/2026/11/hello",
        "https://shop.example.com/index.html", "https://shop.example.com/wp-admin/",
        "https://shop.example.com/wp-admin/admin.php?page=x", "https://shop.example.com/wp-login.php",
        "https://shop.example.com//", "https://shop.example.com/./", "https://shop.example.com/a/..",
        "https://shop.example.com/../..", "  https://shop.example.com  ", "\thttps://shop.example.com\r\n",
        "ｓｈｏｐ．ｅｘａｍｐｌｅ．ｃｏｍ", "https://shop。example。com/", "shop｡example.com", "shop\u200b.example.com",
        "sho\u00adp.example.com", "https://Shop.example.com:00443", "https://@shop.example.com",
        "shop.example.com?next=https://other.example.com/", "https://other.example.com@shop.example.com/",
        "\ufeffhttps://shop.example.com", "“https://shop.example.com/”", "<https://shop.example.com>", "(shop.example.com)",
        "'shop.example.com',", "[shop.example.com]", "shop.example.com\u2028", "\u00a0shop\u00a0.example.com\u2003",
        "shop\x00.example.com", "shop\x7f.example.com", "shop\x85.example.com", "sh\u200cop.example.com", "shop.example.com!",
        "https://shop.example.com/.", "Website: https://shop.example.com", "URL:\u00a0shop.example.com", "shop.exa\u202emple.com",
        "\x1b[4mhttps://shop.example.com\x1b[0m", "https://shop.example.com)", "`shop.example.com`",
        "shop.example.com#@other.example.com", "shop.example.com/%69ndex.php", "shop.example.com/Index.PHP",
    ],
    "example.com": ["example.com", "www.example.com", "https://www.example.com./", "http://www.example.com:8080/?x"],
    # Cyrillic о
    "xn--shp-ted.example.com": ["shоp.example.com", "xn--shp-ted.example.com", "https://www.shоp.example.com/"],
    "xn--shp-bzc.example.com": ["shοp.example.com", "XN--SHP-BZC.example.com"],  # Greek omicron
    "xn--bcher-kva.example": [
        "bücher.example", "BÜCHER.example", "bu\u0308cher.example", "xn--bcher-kva.example", "Xn--Bcher-Kva.example",
    ],
    "xn--fa-hia.example": ["faß.example", "FAẞ.example", "xn--fa-hia.example"],
    "fass.example": ["fass.example", "FASS.example"],
    "xn--ls8h.example": ["xn--ls8h.example"],  # an emoji name is refused as letters, but its A-label resolves
    "xn--fsqu00a.xn--0zwm56d": ["例子.测试", "例子。测试", "https://例子.测试/"],
    "xn--mxa9ab.example": ["σασ.example", "ΣΑΣ.example"],
    "xn---1-b9b6e.example": ["ασ-1.example", "ΑΣ-1.example"],  # a capital sigma is σ, also at the end of a word
    "my_site.example.com": ["my_site.example.com", "MY_SITE.example.com", "https://my_site.example.com/"],
    "my_site.xn--bcher-kva.example": ["my_site.bücher.example", "my_site.xn--bcher-kva.example"],
    "_wp.example.com": ["_wp.example.com"],
    "r3---sn-x.example.com": ["r3---sn-x.example.com"],
    "www.com": ["www.com", "https://www.com/", "www.www.com"],
    "www2.example.com": ["www2.example.com", "www.www2.example.com"],
    "wwwexample.com": ["wwwexample.com"],
    "shop.example.com.au": ["shop.example.com.au"],
    "example.com/blog": [
        "example.com/blog", "https://www.example.com/blog/", "example.com//blog//", "example.com/blog/index.php",
        "example.com/blog/wp-admin/edit.php", "example.com/./blog", "example.com/x/../blog", "example.com/blog?x#y",
        "example.com/b%6cog", "example.com/blog/%2e", "example.com/blog/%2E%2e/blog", "http://example.com:81/blog",
    ],
    "example.com/Blog": ["example.com/Blog", "EXAMPLE.com/Blog/"],
    "example.com/blog/de": ["example.com/blog/de", "example.com/blog/de/"],
    "example.com/~bob": ["example.com/~bob", "example.com/%7Ebob", "example.com/%7ebob/"],
    "example.com/%C3%A9t%C3%A9": ["example.com/été", "example.com/%c3%a9t%c3%a9", "example.com/%C3%A9t%c3%a9/"],
    "example.com/a%2Fb": ["example.com/a%2Fb", "example.com/a%2fb"],
    "example.com/a%20b": ["example.com/a%20b"],
    "example.com/index.phps": ["example.com/index.phps"],
    "127.0.0.1": ["127.0.0.1", "http://127.0.0.1:8080/", "127.0.0.1.", "１２７.0.0.1", "http://[::ffff:127.0.0.1]/"],
    "192.0.2.7/wp": ["192.0.2.7/wp", "http://192.0.2.7:81/wp/", "[::ffff:192.0.2.7]/wp", "[::ffff:c000:207]/wp/"],
    "[::1]": ["[::1]", "http://[::1]:8080/", "http://[0:0:0:0:0:0:0:1]/", "::1", "[0000::0001]"],
    "[2001:db8::7]": ["[2001:db8::7]", "2001:DB8::7", "https://[2001:0DB8:0:0::0007]:443/", "[2001:db8:0:0:0:0:0:7]"],
    "localhost": ["localhost", "http://localhost:8080/", "LOCALHOST."],
    "localhost/shop": ["localhost/shop", "http://localhost:8888/shop/"],
    "intranet": ["http://intranet/"],
}  # fmt: skip

REFUSED = [
    "", " ", "\t", ".", "..", "/", "//", "https://", "https:///shop.example.com", "http:shop.example.com",
    "http:/shop.example.com", "https://https://shop.example.com", "http",
    "ftp://shop.example.com", "javascript:alert(1)", "file:///etc/passwd", "data://x",
    "shop.example\\@evil.example.com", "shop.example.com\\", "https:\\\\shop.example.com", "shop example.com",
    "shop.example.com /x", "shop.exam\tple.com", "shop.exam\nple.com",
    "shop%2eexample.com", "shop.example.com%00", "%73hop.example.com", "https://user@", "@", ":80",
    "shop..example.com", ".shop.example.com", "shop.example.com..", "-shop.example.com", "shop-.example.com",
    "*.example.com", "shop!.example.com", "shop,example.com", "shop.example.com:port", "shop.example.com:65536",
    "shop.example.com:-1", "shop.example.com:８０", "shop.example.com:80:80", f"{'a' * 64}.example.com",
    f"{'a.' * 127}com", f"{'ü' * 60}.example", "a" * 3000, "１２７.1", "127.1", "0x7f.0.0.1", "0x7f000001",
    "2130706433",
    "0177.0.0.1", "127.0.0.256", "127.0.0.1.5", "shop.example.123", "www.127.0.0.1", "[::1", "::1]",
    "[::1%eth0]", "[::1%25eth0]", "fe80::1%eth0", "[]", "[::1]x", "[::1]:x", "[::1]:65536", ":::", "1:2:3",
    "shop.example.com/%zz", "shop.example.com/%", "shop.example.com/%0a", "shop.example.com/%5Cx",
    "shop.example.com/a b", "shop.example.com/" + "a" * 2040,
    "💩.example", "shop／example.com", "shop＠evil.example.com", "shop：80.example.com",
    "a℀b.example.com", "\ud800.example.com", "xn--\u00fc.example", "\u200b", "\u0301a.example", "א1a.example",
]  # fmt: skip


def test_the_table_has_more_than_120_spellings() -> None:
    assert sum(map(len, SPELLINGS.values())) + len(REFUSED) > 200


@pytest.mark.parametrize(
    ("spelling", "site"), [(spelling, site) for site, spellings in SPELLINGS.items() for spelling in spellings]
)
def test_c5_every_spelling_gives_the_site_and_the_site_itself(spelling: str, site: str) -> None:
    assert canonical_site(spelling) == site
    assert canonical_site(site) == site


@pytest.mark.parametrize("text", REFUSED)
def test_c5_what_names_no_site_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(BadSite) as caught:
        canonical_site(text)
    assert len(caught.value.message) > 20


def test_elg_08_distinct_normalised_sites_are_counted() -> None:
    reported = [
        spelling for site in ("shop.example.com", "example.com", "example.com/blog") for spelling in SPELLINGS[site]
    ]
    assert len({canonical_site(each) for each in reported}) == 3


def test_c6_lookalikes_are_never_merged() -> None:
    assert len({canonical_site(each) for each in ("shop.example.com", "shоp.example.com", "shοp.example.com")}) == 3


@given(
    text=st.one_of(
        st.text(max_size=60),
        st.text("abwx.:/@[]%?#\\-_0127éß.。", max_size=40),
        st.from_regex(
            r"(https?://)?(www\.)?[a-z0-9_-]{1,8}(\.[a-z]{2,4}){0,3}(:[0-9]{1,5})?(/[\w%.~-]{0,6}){0,3}", fullmatch=True
        ),
    )
)
def test_any_text_gives_a_stable_site_or_bad_site(text: str) -> None:
    try:
        site = canonical_site(text)
    except BadSite:
        return
    assert site.isascii()
    assert canonical_site(site) == site
    assert canonical_site(f"HTTPS://user:pw@{site}/?q=1#f") == site
    assert is_exempt(site) in {None, *EXEMPT}


def test_the_encoder_is_asked_only_outside_ascii_and_its_answer_is_checked() -> None:
    def never(host: str) -> str:
        raise AssertionError(host)

    assert canonical("https://Shop.example.com", never) == "shop.example.com"
    for answer in ("evil.example.com/x", "a b", "", "UPPER.example.com", "a@b", "é"):
        with pytest.raises(BadSite):
            canonical("é.example.com", {"é.example.com": answer}.__getitem__)


def test_faß_is_not_fass() -> None:
    """UTS 46 non-transitional: the old mapping would give one customer's site to another."""
    assert encode_host("faß.example") == "xn--fa-hia.example"


# --- what does not count ---

EXEMPT = {
    "loopback": ["127.0.0.1", "127.8.8.8/shop", "[::1]", "0.0.0.0"],
    "private_address": [
        "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.10/wp", "169.254.1.1", "100.64.0.1", "[fd00::1]",
        "[fe80::1]",
    ],
    "local_name": [
        "localhost", "localhost/shop", "shop", "shop.localhost", "shop.local", "shop.test", "my.shop.test",
        "www.shop.test", "shop.example", "shop.invalid", "router.lan", "nas.home.arpa", "app.internal",
        "example.com.test/x",
    ],
    "staging_label": [
        "staging.example.com", "stage.example.com", "dev.example.com", "test.example.com", "uat.example.com",
        "qa.example.com", "local.example.com", "my.staging.example.com", "staging.shop.example.com",
        "staging2.example.com", "dev1.example.com", "test-2.example.com", "staging-shop.example.com",
        "shop-staging.example.com", "staging.example.co.uk", "beta.example.com", "dev.dev.to",
        "staging.example.com/shop", "staging.com.example.com", "testing.example.com", "stg.example.com",
        "dev.co.shop",
    ],
    "temporary_domain": [
        "acme.wpengine.com", "acme.wpenginepowered.com", "acme.kinsta.cloud", "wordpress-1-2.cloudwaysapps.com",
        "acme.ddev.site", "acme.lndo.site", "acme.instawp.xyz", "acme.wpcomstaging.com", "live-acme.pantheonsite.io",
        "1a2b.ngrok-free.app", "1a2b.ngrok.io", "acme.flywheelsites.com", "acme.sg-host.com", "acme.myftpupload.com",
        "deep.acme.kinsta.cloud/x",
    ],
    "staging_path": [
        "example.com/staging", "example.com/Staging/de", "example.com/staging2", "example.com/staging-3",
    ],
}  # fmt: skip

COUNTS = [
    "example.com", "shop.example.com", "www.com", "contest.com", "contest.example.com", "latest.example.com",
    "devices.com", "device.example.com", "devon.example.co.uk", "developer.example.com", "shop.testing.com",
    "staging.com", "stagecoach.com", "my.local-shop.com", "local-shop.com", "dev.to", "acme.dev", "shop.acme.dev",
    "test.com", "test.de", "dev.co.uk", "test.com.au", "staging.org", "test-drive.example.com", "web-dev.example.com",
    "a-b-test.example.com", "backstage.example.com", "main-stage.example.com", "unstaging.example.com",
    "stagings.example.com", "example.test.com", "greatest.example.com", "attestation.example.com", "demo.example.com",
    "notwpengine.com", "kinsta-cloud.com", "acme.wordpress.com", "acme.github.io", "acme.myshopify.com",
    "example.com/test", "example.com/dev", "example.com/stagingarea", "example.com/x/staging", "192.0.2.7",
    "203.0.113.9", "172.32.0.1", "100.128.0.1", "11.0.0.1", "[2001:db8::7]", "xn--bcher-kva.com", "localhost.com",
    "mylocal.org", "mytest.org", "invalid.org", "example.test", "shop.example.test",
]  # fmt: skip


@pytest.mark.parametrize(("site", "why"), [(site, why) for why, sites in EXEMPT.items() for site in sites])
def test_r11_staging_and_local_sites_take_no_seat(site: str, why: str) -> None:
    assert canonical_site(site) == site.removeprefix("www.")
    assert is_exempt(canonical_site(site)) == why


@pytest.mark.parametrize("site", COUNTS)
def test_r11_labels_are_compared_whole_and_registered_names_count(site: str) -> None:
    assert is_exempt(canonical_site(site)) is None


@pytest.mark.parametrize("suffix", ["clones.example.org", ".clones.example.org", "*.Clones.example.org"])
def test_r11_a_vendor_adds_suffixes_of_its_own(suffix: str) -> None:
    for site in ("clones.example.org", "a.clones.example.org", "b.a.clones.example.org/x"):
        assert is_exempt(site) is None
        assert is_exempt(site, (suffix,)) == "vendor_suffix"
    for site in ("myclones.example.org", "example.org", "clones.example.org.example.com"):
        assert is_exempt(site, (suffix,)) is None
    assert is_exempt("example.org", ("", "*")) is None
