"""MariaDB from the distribution's package, on a Unix socket in a folder of its own, under the user who runs the tests."""

import getpass
import os
import subprocess
import time
from pathlib import Path

from tests.servers import spawn

SERVER = Path("/usr/sbin/mariadbd")
INSTALL = Path("/usr/bin/mariadb-install-db")
CLIENT = Path("/usr/bin/mariadb")
_START_SECONDS = 60.0


class MariaDB:
    """One running MariaDB; `root` needs no password on its socket, and it listens on nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Makes the data folder and starts the server (about three seconds). Raises RuntimeError with its log."""
        self.folder.mkdir(parents=True)
        temporary = (
            self.folder / "tmp"
        )  # a server that starts removes every server's temporary tables from a shared one
        temporary.mkdir()
        environment = os.environ | {"TMPDIR": str(temporary)}
        own = [
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--user={getpass.getuser()}",
            f"--tmpdir={temporary}",
        ]
        normal = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        done = subprocess.run(
            [INSTALL, *own, *normal], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"{INSTALL} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
        small = ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF"]
        small += [
            "--innodb-doublewrite=0",
            "--innodb-file-per-table=0",
            "--innodb-flush-method=nosync",
            "--skip-sync-frm",
        ]
        alone = [f"--socket={self.socket}", f"--pid-file={self.folder / 'pid'}", "--skip-networking"]
        with self._log.open("ab") as log:
            self._process = spawn(
                [str(SERVER), *own, *small, *alone, "--character-set-server=utf8mb4"], log, environment
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"MariaDB did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends the server in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def sql(self, statements: str, database: str = "") -> list[list[str]]:
        """Runs statements; the rows of their answers as texts. Raises RuntimeError with the server's words."""
        done = self._client(["--batch", "--skip-column-names", database], statements)
        if done.returncode:
            raise RuntimeError(f"{statements[:200]}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def copy(self, source: str, target: str) -> None:
        """Makes the database `target` anew as a copy of `source`."""
        lines = [f"DROP DATABASE IF EXISTS {target}; CREATE DATABASE {target};"]
        for (table,) in self.sql("SHOW TABLES", source):
            lines.append(f"CREATE TABLE {target}.{table} LIKE {source}.{table};")
            lines.append(f"INSERT INTO {target}.{table} SELECT * FROM {source}.{table};")
        self.sql("\n".join(lines))

    def _answers(self) -> bool:
        return self.socket.exists() and self._client([], "SELECT 1").returncode == 0

    def _client(self, options: list[str], statements: str) -> subprocess.CompletedProcess[str]:
        command = [str(CLIENT), "--no-defaults", f"--socket={self.socket}", "--user=root", *options]
        return subprocess.run(command, input=statements, capture_output=True, text=True, check=False, timeout=60)
