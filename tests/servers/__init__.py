"""Real servers for the tests: PostgreSQL, Valkey and Request Tracker, started when first asked for.

Everything they write lies in one folder for the whole test run, which all xdist workers share and which is removed
at the end. A server that cannot be had skips the tests that need it; CONNECTOR_TEST_REQUIRE=all makes that a failure.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

import pytest

_FOLDER = "CONNECTOR_TEST_FOLDER"


def make_run_folder() -> None:
    """Makes the folder of this test run and names it in the environment, for this process and its children.

    The path is short, because a Unix socket's name may have some 100 bytes only, and others may look into it,
    because PostgreSQL refuses to run as root and takes another user then.
    """
    folder = tempfile.mkdtemp(prefix="connector-tests-")
    Path(folder).chmod(0o755)
    os.environ[_FOLDER] = folder


def run_folder() -> Path:
    """The folder of this test run."""
    return Path(os.environ[_FOLDER])


def remove_run_folder() -> None:
    """Removes the folder of this test run with all that is in it."""
    shutil.rmtree(os.environ.pop(_FOLDER), ignore_errors=True)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keeps the other workers of this test run out while one starts or stops what they share."""
    with (run_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def everything_required() -> bool:
    """Whether a test that cannot run is a failure (CONNECTOR_TEST_REQUIRE=all)."""
    return os.environ.get("CONNECTOR_TEST_REQUIRE") == "all"


def missing(what: str, remedy: str) -> NoReturn:
    """Skips the test that needs `what`, saying so (tests/conftest.py makes it a failure where all is required)."""
    pytest.skip(f"{what} is not here. {remedy}")


def free_port() -> int:
    """A loopback TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def spawn(command: Sequence[str], log: BinaryIO, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Starts a server that ends with us: not by the terminal's Ctrl-C, but after the tests, or when we are killed."""
    setpriv = shutil.which("setpriv")
    tied = [setpriv, "--pdeathsig", "TERM", *command] if setpriv else command
    return subprocess.Popen(
        tied, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
