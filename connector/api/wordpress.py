"""`/wordpress/plugin.json` and the zip beside it: new versions of the shop plugin, for the shops that are connected here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, send_file

from connector.api.callers import runtime
from connector.errors import Problem
from connector.licences.updates.plugin_zip import NAME, PluginZip, installed

blueprint = Blueprint("wordpress", __name__)


@blueprint.get("/wordpress/plugin.json")
def plugin_view() -> dict[str, Any]:
    """The version of the plugin that is served here, what it needs, and the sha256 of its zip."""
    found = _installed()
    return {
        "version": found.version,
        "requires": found.requires,
        "requires_php": found.requires_php,
        "tested": found.tested,
        "changelog": found.changelog,
        "package": f"{runtime().settings.public_url}/wordpress/{NAME}",
        "sha256": found.sha256,
    }


@blueprint.get(f"/wordpress/{NAME}")
def zip_view() -> Response:
    """The plugin's zip."""
    response = send_file(_installed().path, "application/zip", as_attachment=True, download_name=NAME, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _installed() -> PluginZip:
    found = installed(runtime())
    if found is None:
        raise Problem(
            404,
            "no_plugin",
            f"No plugin is served here: put the zip of `make dist` into the packages folder as {NAME}.",
        )
    return found
