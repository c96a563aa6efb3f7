"""The yardstick: a bare Flask view that returns a constant, under the server that `connector serve` uses."""

from __future__ import annotations

import sys

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    """Nothing but the framework."""
    return "hello"


def main() -> None:
    """`python -m bench.hello PORT WORKERS THREADS`"""
    from granian.constants import Interfaces
    from granian.server import Server

    port, workers, threads = map(int, sys.argv[1:])
    Server(
        "bench.hello:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
