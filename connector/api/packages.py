"""`/packages/<signed>/<name>`: the update that a protocol offered, to whom it was offered, while updates are allowed."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, send_file

from connector.api.callers import runtime
from connector.licences.updates.downloads import Refused, download
from connector.observe import Log
from connector.storage.database import reading

blueprint = Blueprint("packages", __name__)
log = Log()

_HEADERS = {"Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@blueprint.get("/packages/<token>/<name>")
def package_view(token: str, name: str) -> Response:
    """The zip file of a release, or where the vendor keeps it; 403 with the reason where updates are not allowed."""
    app = runtime()
    with reading(app.engine) as tx:
        try:
            found = download(tx, app, token, app.clock())
        except Refused as why:
            return _told(403, str(why))
    if found.url:
        response: Response = redirect(found.url)  # type: ignore[assignment]
    elif found.file and found.file.is_file():
        response = send_file(
            found.file, "application/zip", as_attachment=True, download_name=found.name, etag=False, max_age=0
        )
    else:
        log.error("package.missing", file=str(found.file))
        return _told(404, "The file of this version is missing here. Please tell the vendor.")
    response.headers.update(_HEADERS)
    return response


def _told(status: int, why: str) -> Response:
    return Response(why + "\n", status, mimetype="text/plain", headers=_HEADERS)
