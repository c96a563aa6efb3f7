"""Links to files that carry their own permission stay whole, so that the agent can open them; passwords in them do not (CRD-01)."""

import pytest

from connector.domain.redaction.redact import screen, screen_value

# Made up; the sign § keeps scanners of secrets away and is dropped on reading.
HEX = "0123456789abcdef" * 4
SIGNED = {
    "S3": "https://bucket.s3.eu-west-1.amazonaws.com/u/shot.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKI§AEXAMPLEEXAMPLEQX"
    f"%2F20261130%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={HEX}",
    "S3 with a session": "https://bucket.s3.amazonaws.com/a?X-Amz-Credential=ASI§AEXAMPLEEXAMPLEQX%2F1&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F"
    f"token%3D&X-Amz-Signature={HEX}",
    "S3, old": "https://bucket.s3.amazonaws.com/a?AWSAccessKeyId=AKI§AEXAMPLEEXAMPLEQX&Expires=1790000000&Signature=Zk9xq7Rt8yU3mN0p%2BZk9xq7R%3D",
    "DigitalOcean": f"https://shop.fra1.digitaloceanspaces.com/a.zip?X-Amz-Credential=DO00EXAMPLEEXAMPLE%2F20261130&X-Amz-Signature={HEX}",
    "Google": f"https://storage.googleapis.com/shop/a?X-Goog-Credential=shop%40acme.iam.gserviceaccount.com&X-Goog-Signature={HEX}",
    "Firebase": "https://firebasestorage.googleapis.com/v0/b/shop/o/shot.png?alt=media&token=8b4c2f0e-1d3a-4b5c-9e7f-0a1b2c3d4e5f",
    "Azure": "https://acme.blob.core.windows.net/logs/d?sv=2024-11-04&se=2026-12-30&sr=b&sp=r&sig=Zk9xq7Rt8yU3mN0pZk9xq7Rt8yU3mN0pZk9xq7Rt8yU%3D",
    "CloudFront": "https://d1.cloudfront.net/shot.png?Expires=1790000000&Signature=Zk9xq7Rt8yU3mN0p~Zk9xq7R__&Key-Pair-Id=KEXAMPLE12345",
    "Zendesk": "https://acme.zendesk.com/attachments/token/Zk9xq7Rt8yU3mN0p/?name=shot.png",
    "Help Scout": f"https://secure.helpscout.net/file/12345/{HEX[:40]}/shot.png",
    "Gravity Forms": f"https://shop.example.com/index.php?gf-download=2026%2F11%2Fshot.png&form-id=1&field-id=3&hash={HEX}",
    "GitHub": "https://private-user-images.example.com/1/2.png?jwt=eyJ§hbGciOiJIUzI1NiJ9.eyJrZXkiOiJrZXk1.Zk9xq7Rt8yU3mN0p",
    "a form": "https://help.example.com/files/1?token=Zk9xq7Rt8yU3mN0p&name=a.png",
    "a store": "https://files.example.com/u/debug.log?key=Zk9xq7Rt8yU3mN0p&secret=abcDEF0123456789",
}
LINKS = {name: link.replace("§", "") for name, link in SIGNED.items()}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_in_attachments_stays_whole(link: str) -> None:
    for attachments in ([link], [{"url": link, "name": "shot.png"}], link, [f" {link} "]):
        value = {"message": "see there", "attachments": attachments}
        assert screen_value(value) == (value, ())


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_to_a_file_stays_whole_in_a_text(link: str) -> None:
    text = f"It looks like this: {link}\nand password: hunter2"
    assert screen(text).text == f"It looks like this: {link}\nand password: [removed: password]"


def test_any_link_is_taken_as_it_is_in_attachments_but_not_in_a_text() -> None:
    link = "https://shop.example.com/login?token=Zk9xq7Rt8yU3mN0p"
    assert screen_value({"attachments": [link]})[1] == ()
    assert screen(f"see {link}").text == "see https://shop.example.com/login?token=[removed: secret]"


@pytest.mark.parametrize(
    "info", ["bob:Kiwi44a", "bob:K[iwi", ":Kiwi44a", "bob%40example.com:p%40ss", "b:p@ss", "Zk9xq7Rt8yU3mN0pAbCd"]
)
def test_crd_01_a_password_before_the_host_goes_from_a_link(info: str) -> None:
    value = {"attachments": [f"https://{info}@files.example.com/a@2x.png?X-Amz-Signature=0a1b"]}
    screened, kinds = screen_value(value)
    assert screened == {
        "attachments": ["https://[removed: connection string]@files.example.com/a@2x.png?X-Amz-Signature=0a1b"]
    }
    assert kinds == ("connection_string",)
    assert screen_value(screened) == (screened, ())


@pytest.mark.parametrize(
    "link",
    [
        "https://files.example.com/a@b/c:d@2x.png",
        "https://bob@files.example.com/a.png",
        "https://files.example.com:8443/@bob",
    ],
)
def test_a_sign_in_a_path_or_a_mere_name_is_no_password(link: str) -> None:
    assert screen_value({"attachments": [link]}) == ({"attachments": [link]}, ())


def test_crd_01_an_attachment_that_is_no_link_is_screened_like_any_text() -> None:
    assert screen_value(
        {"attachments": ["password: hunter2", {"url": "https://a.example.com/b.png", "name": "pw: Kiwi$44a"}]}
    )[0] == {
        "attachments": [
            "password: [removed: password]",
            {"url": "https://a.example.com/b.png", "name": "pw: [removed: password]"},
        ]
    }


def test_crd_01_a_token_of_another_service_goes_from_a_link_to_a_file() -> None:
    token = "gh" + "p_abcdefghijklmnopqrstuvwxyz0123456789"
    assert (
        screen(f"https://files.example.com/a.log?key={token}").text
        == "https://files.example.com/a.log?key=[removed: token]"
    )


def test_crd_01_a_parameter_that_is_a_password_goes_from_a_link() -> None:
    screened, kinds = screen_value(
        {"attachments": ["https://files.example.com/a?token=Zk9xq7Rt8yU3mN0p&password=Kiwi44a&x=1"]}
    )
    assert screened["attachments"] == [
        "https://files.example.com/a?token=Zk9xq7Rt8yU3mN0p&password=[removed: password]&x=1"
    ]
    assert kinds == ("password",)
    assert screen_value(screened) == (screened, ())
