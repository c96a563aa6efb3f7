"""What the WooCommerce API Manager tells of a release: the `package` of an update check, and WordPress's "View details"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.protocol_parts.php import Assoc
from connector.domain.licensing.questions import Answer, Release


def package(asked: Mapping[str, str], answer: Answer, active: bool) -> dict[str, Any]:
    """`data.package`, whose eight keys the library reads unchecked. Its link only for an active place of this key.

    Without a release the version is the one that the caller has: nothing newer.
    """
    release, name = answer.release, _folder(asked["plugin_name"])
    link = (release.package or "") if release and active else ""
    found = {
        "product_id": _number(asked["product_id"]),
        "id": f"{name}-{asked['product_id']}",
        "slug": asked.get("slug", name),
        "plugin": asked["plugin_name"],
        "new_version": release.version if release else asked.get("version", ""),
        "url": (release.homepage or "") if release else "",
        "tested": (release.tested or "") if release else "",
        "upgrade_notice": _notice(release, link) if release else "",
        "package": link,
    }
    return found | (_besides(release) if release else {})


def information(asked: Mapping[str, str], answer: Answer) -> dict[str, Any]:
    """`data.info`, or the object behind "View details"; `answer.release` is there."""
    release, stands = answer.release, answer.verdict.standing
    assert release is not None
    found = {
        "name": release.name,
        "slug": asked.get("slug", _folder(asked["plugin_name"])),
        "version": release.version,
        "author": release.author or "",
        "homepage": release.homepage or "",
        "requires": release.requires or "",
        "tested": release.tested or "",
        "downloaded": 0,
        "last_updated": f"{release.released_at:%Y-%m-%d}",
        "requires_php": release.requires_php or "",
        "compatibility": release.tested or "",
        "sections": _sections(release),
        "active_installs": stands.used if stands else 0,
    }
    return found | {name: Assoc(images) for name, images in _images(release).items()}


def no_release() -> dict[str, Any]:
    """The serialised complaint about a product that is not sold here."""
    blank = dict.fromkeys(("slug", "plugin", "new_version", "url", "tested", "package"), "")
    return {**blank, "errors": Assoc(download_revoked="download_revoked")}


def _notice(release: Release, link: str) -> str:
    """What WordPress shows beside an update: why there is no package, else what the vendor says of the version."""
    return (release.upgrade_notice or "") if link else (release.notice or release.upgrade_notice or "")


def _besides(release: Release) -> dict[str, Any]:
    """What WordPress shows and checks of an update, and the stock server never said."""
    needs = {"requires": release.requires, "requires_php": release.requires_php}
    said = {name: value for name, value in needs.items() if value}
    return said | {name: Assoc(images) for name, images in _images(release).items()}


def _sections(release: Release) -> Assoc:
    """The texts behind "View details"; a change log is always among them."""
    found = Assoc(release.sections)
    found.setdefault("changelog", "")
    return found


def _images(release: Release) -> dict[str, dict[str, str]]:
    found = {"icons": dict(release.icons), "banners": dict(release.banners)}
    return {name: images for name, images in found.items() if images}


def _folder(plugin: str) -> str:
    """`acme-forms` of `acme-forms/acme-forms.php`, by PHP's `dirname`."""
    if ".php" not in plugin:
        return plugin
    return plugin.rpartition("/")[0] or "."


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else text
