"""Builds everything; the only module that knows all parts: `wsgi:app` for servers, `create_app` for tests, `main` the shell.

What a door needs is imported behind it: a command waits neither for Flask and the pages nor for adapters it never asks.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask, Response

    from connector.runtime import Runtime
    from connector.settings import Settings

COMMAND_PATIENCE = 30.0
"""Seconds a command waits for another program that writes to the SQLite file: nobody waits for its answer."""


def make_runtime(given: Settings | None = None, patience: float = COMMAND_PATIENCE) -> Runtime:
    """The runtime for these settings (default: the environment's), without a waker."""
    from connector import runtime, settings

    return runtime.build(
        given or settings.load(),
        patience,
        started=runtime.utc_now(),
        hosts=runtime.LateMapping(lambda: import_module("adapters.hosts").HOSTS),
        helpdesks=runtime.LateMapping(lambda: import_module("adapters.helpdesks").HELPDESKS),
        protocols=runtime.LateSequence(lambda: import_module("adapters.protocols").PROTOCOLS),
        verify=lambda *given: import_module("webhooks.signatures").verify(*given),
        sign=lambda *given: import_module("webhooks.signatures").sign(*given),
        post=lambda *given: import_module("adapters.outgoing.posting").post(*given),
    )


def create_app(given: Settings | Runtime | None = None) -> Flask:
    """The Flask app over a runtime, or over settings (then nothing wakes the worker: a test does, or a sweep)."""
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from connector import errors
    from connector.api import BLUEPRINTS
    from connector.runtime import Runtime
    from webhooks import http

    made = given if isinstance(given, Runtime) else make_runtime(given)
    app = Flask("connector")
    app.extensions["connector"] = made
    app.config["MAX_CONTENT_LENGTH"] = (
        made.settings.max_body + 1
    )  # the views count for themselves; this is the last line
    app.url_map.merge_slashes = False  # its redirects go to whatever host the caller named
    app.register_blueprint(http.blueprint)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.install(app)
    app.after_request(_unsniffed)
    if hops := made.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _unsniffed(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def serving_app() -> Flask:
    """The app as a server runs it: with logs, with the waker the settings call for, and with a turnstile before it."""
    from connector import observe
    from connector.notifications import worker
    from connector.storage import journal
    from connector.storage.database import PATIENCE
    from connector.tickets import mail_worker, promises, wakers

    made = make_runtime(patience=PATIENCE)
    observe.install(made.settings)
    journal.start()
    for registry in (made.hosts, made.helpdesks, made.protocols):
        len(registry)  # imported now: what is wrong with an adapter shows at the start, and no request waits for it
    if made.settings.redis_url:
        return _guarded(replace(made, wake=wakers.Bell(made.settings.redis_url)))
    embedded = promises.embedded(made)
    embedded.start()
    if made.settings.smtp_host:
        mail_worker.embedded(made).start()
    worker.embedded(made).start()
    return _guarded(replace(made, wake=embedded))


def _guarded(made: Runtime) -> Flask:
    from connector.serving import supervisor
    from connector.serving.buffering import Turnstile

    app = create_app(made)
    supervisor.came_up()
    app.wsgi_app = Turnstile(app.wsgi_app, made.settings.threads, made.settings.max_body)  # type: ignore[method-assign, assignment]
    return app


def main() -> None:
    """The `connector` command."""
    from connector.cli import cli

    cli(obj=make_runtime)


def __getattr__(name: str) -> Any:
    if name == "app":  # built when a server asks for it, so that importing this module does nothing
        app = globals()["app"] = serving_app()
        return app
    raise AttributeError(name)


if __name__ == "__main__":
    main()
