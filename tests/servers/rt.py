"""Request Tracker 5 from the distribution's packages, in a folder of its own and without touching /etc or /var."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import requests

from tests.servers import free_port, missing, spawn

SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP = Path("/usr/sbin/rt-setup-database-5")
QUEUE = "Support"
REFERENCE_FIELD = "Connector Reference"
USER = "connector"
ADMIN = ("root", "admin-of-the-tests")
_START_SECONDS = 60.0

_CONFIG = """\
Set($rtname, 'rt.example.test');
Set($Organization, 'rt.example.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite');
Set($Timezone, 'UTC');
Set($MailCommand, 'mbox');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($WebSessionClass, 'Apache::Session::File');
$RT::VarPath = '{folder}/var';
$RT::MasonDataDir = '{folder}/mason';
$RT::MasonSessionDir = '{folder}/sessions';
1;
"""


class RequestTracker:
    """One running Request Tracker. `admin` is (name, password) for Basic authentication, `token` the service user's.

    `reset` puts the database back as it was at first: no tickets, and the same token. It takes about two seconds,
    so tests that can do with references of their own should not call it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.queue = QUEUE
        self.reference_field = REFERENCE_FIELD
        self.user = USER
        self.admin = ADMIN
        self.token = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._database = folder / "rt.sqlite"
        self._golden = folder / "rt.golden.sqlite"
        self._log = folder / "log"
        self._environment = {
            **os.environ,
            "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(folder / "conf.d"),
            "RT_TEST_QUEUE": QUEUE,
            "RT_TEST_REFERENCE_FIELD": REFERENCE_FIELD,
            "RT_TEST_USER": USER,
            "RT_TOKEN_FILE": str(folder / "token"),
        }

    def create(self) -> None:
        """Makes the configuration and the database (about five seconds). Raises RuntimeError with RT's own words."""
        for name in ("conf.d", "var", "mason", "sessions"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "RT_SiteConfig.pm").write_text(_CONFIG.format(port=self.port, folder=self.folder))
        (self.folder / "rootpass").write_text(ADMIN[1])
        self._set_up("--action", "init", "--skip-create", "--root-password-file", str(self.folder / "rootpass"))
        self._set_up("--action", "insert", "--datafile", str(Path(__file__).with_name("rt_initialdata.pl")))
        self.token = (self.folder / "token").read_text()
        shutil.copyfile(self._database, self._golden)

    def start(self) -> None:
        """Starts the server and waits for its first answer (about two seconds)."""
        with self._log.open("ab") as log:
            command = [str(SERVER), "--host", "127.0.0.1", "--port", str(self.port), "--max-workers", "2"]
            self._process = spawn(command, log, self._environment)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"Request Tracker did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops the server and its workers (by SIGTERM: on SIGINT it would change owners under /var)."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def reset(self) -> None:
        """Stops the server, puts the first database back and starts it again."""
        self.stop()
        shutil.copyfile(self._golden, self._database)
        self.start()

    def mail(self, message: str) -> None:
        """Hand RT a mail as its gateway for mail servers does."""
        form = {"queue": QUEUE, "action": "correspond", "message": message}
        reply = requests.post(f"{self.url}/REST/1.0/NoAuth/mail-gateway", data=form, timeout=60)
        assert reply.text.startswith("ok"), reply.text

    def _answers(self) -> bool:
        try:
            reply = requests.get(
                f"{self.url}/REST/2.0/queue/{QUEUE}", headers={"Authorization": f"token {self.token}"}, timeout=10
            )
        except requests.ConnectionError:
            return False
        return reply.status_code == 200

    def _set_up(self, *arguments: str) -> None:
        done = subprocess.run(
            [SETUP, *arguments], env=self._environment, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"{SETUP} {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


def start_request_tracker(folder: Path) -> RequestTracker:
    """A running Request Tracker in `folder`, or a skip where it is not installed."""
    if not (SERVER.exists() and SETUP.exists()):
        missing(
            "Request Tracker 5",
            "On Debian: apt-get install --no-install-recommends request-tracker5 rt5-db-sqlite rt5-standalone",
        )
    tracker = RequestTracker(folder)
    tracker.create()
    tracker.start()
    return tracker
