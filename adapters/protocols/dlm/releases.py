"""What Digital License Manager tells of a release: `software/<id>`, as its WordPress updater reads it."""

from __future__ import annotations

import html
from typing import Any

from adapters.protocol_parts.wprest import day_time
from connector.domain.licensing.questions import Answer, Release

CHANNELS = {"stable": "stable", "rc": "beta", "beta": "beta", "alpha": "beta"}
"""The updater's channels to ours."""


def software(answer: Answer) -> dict[str, Any] | None:
    """The newest release; `details` is what WordPress shows, `download_url` only for who may have the package.

    The updater compares `details.stable_tag` with the version it has, and asks for nothing where `download_url` is missing.
    None where no release is known.
    """
    release = answer.release
    if release is None:
        return None
    found = {
        "name": release.name,
        "license": "",
        "url": release.homepage or "",
        "version": release.version,
        "details": _details(release),
    }
    return found | ({"download_url": release.package} if release.package else {})


def _details(release: Release) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": release.name,
        "slug": "",  # the updater puts the plugin's own folder there
        "version": release.version,
        "stable_tag": release.version,
        "author": release.author or "",
        "homepage": release.homepage or "",
        "requires": release.requires or "",
        "tested": release.tested or "",
        "requires_php": release.requires_php or "",
        "last_updated": day_time(release.released_at),
        "versions": [release.version],
        "sections": _sections(release),
        "upgrade_notice": release.notice or release.upgrade_notice or "",
    }
    images = {"icons": dict(release.icons), "banners": dict(release.banners)}
    return found | {name: each for name, each in images.items() if each}


def _sections(release: Release) -> dict[str, str]:
    """The texts behind "View details"; why there is no package stands before the change log."""
    why = f"<p><strong>{html.escape(release.notice)}</strong></p>" if release.notice else ""
    return {**release.sections, "changelog": why + release.sections.get("changelog", "")}
