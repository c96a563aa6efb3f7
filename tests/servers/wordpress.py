"""WordPress from the distribution's package, copied into a folder of its own, on MariaDB and PHP's own web server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import requests

from tests.servers import free_port, missing, spawn
from tests.servers.mariadb import CLIENT, INSTALL, SERVER, MariaDB

SOURCE = Path(os.environ.get("CONNECTOR_TEST_WORDPRESS", "/usr/share/wordpress"))
"""The files of the WordPress to test with: the distribution's, or those of another version."""
PLUGIN = Path(__file__).resolve().parents[2] / "adapters" / "hosts" / "wordpress" / "plugin"
STARTING = Path(__file__).with_name("wordpress_files")
ADMIN = ("owner", "password of the owner of the shop")
SLUG = "support-connector"
_START_SECONDS = 60.0
_WORKERS = "4"


class WordPress:
    """One running WordPress with a site of its own, an administrator (ADMIN), a bare theme and no plugin.

    `install` puts a plugin's folder there, `activate` activates it as wp-admin does (`switch_on` is quicker), `run` runs
    PHP inside, `reset` makes everything as new (about a second). WP-Cron runs where a test calls `cron()`, and only there.
    """

    def __init__(self, folder: Path, source: Path = SOURCE) -> None:
        self.folder = folder
        self.site = folder / "site"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = MariaDB(folder / "db")
        self._source = source
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "php.log"

    @property
    def plugins(self) -> Path:
        return self.site / "wp-content" / "plugins"

    @property
    def debug_log(self) -> Path:
        return self.folder / "debug.log"

    def create(self) -> None:
        """Copies the files, starts MariaDB and installs the site (about ten seconds)."""
        self.folder.mkdir(parents=True)
        self.configure("")
        shutil.copytree(self._source, self.site, ignore=_dangling)
        theme = self.site / "wp-content" / "themes" / "bare"
        shutil.copytree(STARTING / "bare", theme)
        shutil.copyfile(STARTING / "wp-config.php", self.site / "wp-config.php")
        self.database.start()
        self.database.sql("CREATE DATABASE wordpress")
        self.run(
            "wp_install('Acme Shop', 'owner', 'owner@example.com', true, '', $arguments);", ADMIN[1], installing=True
        )
        self.run("update_option('permalink_structure', '/%postname%/'); switch_theme('bare'); flush_rewrite_rules();")
        self.database.copy("wordpress", "golden")

    def start(self) -> None:
        """Starts the web server and waits for its first answer."""
        environment = {**os.environ, **self._environment(), "PHP_CLI_SERVER_WORKERS": _WORKERS}
        with self._log.open("ab") as log:
            command = ["php", *self._ini(), "-S", f"127.0.0.1:{self.port}", "-t", str(self.site)]
            self._process = spawn(command, log, environment)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"WordPress did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends the web server with its workers, and MariaDB."""
        if self._process is not None:
            for child in _children(self._process.pid):
                os.kill(child, 15)
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None
        self.database.stop()

    def reset(self, config: str = "") -> None:
        """Everything as new: database, plugins, files, log. `config`: PHP for this site's wp-config.php."""
        self.database.copy("golden", "wordpress")
        for each in self.plugins.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
        for folder in ("uploads", "mu-plugins", "upgrade"):
            shutil.rmtree(self.site / "wp-content" / folder, ignore_errors=True)
        self.debug_log.unlink(missing_ok=True)
        self.configure(config)

    def configure(self, config: str) -> None:
        """PHP that wp-config.php includes, such as `define('WP_ENVIRONMENT_TYPE', 'staging');`."""
        (self.folder / "extra.php").write_text(f"<?php\n{config}\n")

    def install(self, plugin: Path = PLUGIN, slug: str = SLUG) -> None:
        """Puts a plugin's folder among the plugins."""
        shutil.copytree(plugin, self.plugins / slug)

    def switch_on(self, *slugs: str) -> None:
        """Plugins as active as if they had been activated long ago: no activation hook runs."""
        each = "".join(f'i:{at};s:{len(slug) * 2 + 5}:"{slug}/{slug}.php";' for at, slug in enumerate(slugs))
        value = f"a:{len(slugs)}:{{{each}}}"
        self.database.sql(
            f"UPDATE wp_options SET option_value = '{value}' WHERE option_name = 'active_plugins'", "wordpress"
        )

    def activate(self, slug: str = SLUG, network: bool = False) -> None:
        """Activates a plugin as wp-admin does. Raises RuntimeError with WordPress' words."""
        self.run(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "$fault = activate_plugin($arguments[0], '', $arguments[1]);"
            "if (is_wp_error($fault)) { throw new RuntimeException($fault->get_error_message()); }",
            [f"{slug}/{slug}.php", network],
        )

    def run(self, php: str, arguments: Any = None, installing: bool = False) -> Any:
        """What this PHP returns (JSON), run in a process of its own inside WordPress; `$arguments` are the arguments.

        Raises RuntimeError with what PHP printed.
        """
        call = {"php": php, "arguments": arguments, "installing": installing, "site": str(self.site)}
        done = subprocess.run(
            ["php", *self._ini(), str(STARTING / "run.php")],
            input=json.dumps(call),
            env={**os.environ, **self._environment()},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        marked = re.search(r"^ANSWER:(.*)$", done.stdout, re.M)
        if done.returncode or marked is None:
            raise RuntimeError(f"{php[:300]}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return json.loads(marked[1])

    def cron(self) -> None:
        """Runs WP-Cron's due events, as a visitor's request or a crontab line would."""
        assert requests.get(f"{self.url}/wp-cron.php?doing_wp_cron", timeout=120).status_code == 200

    def signed_in(self, name: str = ADMIN[0], password: str = ADMIN[1]) -> requests.Session:
        """A browser's session of a user of the site."""
        session = requests.Session()
        session.get(f"{self.url}/wp-login.php", timeout=60)
        form = {"log": name, "pwd": password, "testcookie": "1"}
        reply = session.post(f"{self.url}/wp-login.php", data=form, timeout=60, allow_redirects=False)
        assert reply.status_code == 302, reply.text[-500:]
        return session

    def complaints(self) -> list[str]:
        """What PHP and WordPress noted about our plugin's code: there should be nothing."""
        lines = self.debug_log.read_text(errors="replace").splitlines() if self.debug_log.exists() else []
        return [line for line in lines if f"plugins/{SLUG}" in line or "support_connector" in line]

    def _ini(self) -> list[str]:
        """PHP's settings. What it compiled is kept in a folder, so that a process of its own starts in half the time."""
        cache = self.folder / "opcache"
        cache.mkdir(exist_ok=True)
        kept = ["opcache.enable_cli=1", "opcache.revalidate_freq=0", f"opcache.file_cache={cache}"]
        return [*_INI, *(word for each in kept for word in ("-d", each))]

    def _environment(self) -> dict[str, str]:
        return {
            "WORDPRESS_SOCKET": str(self.database.socket),
            "WORDPRESS_URL": self.url,
            "WORDPRESS_FOLDER": str(self.folder),
        }

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/wp-login.php", timeout=30).status_code == 200
        except requests.ConnectionError:
            return False


_INI = ["-d", "error_reporting=-1", "-d", "display_errors=0", "-d", "memory_limit=256M"]


def _dangling(folder: str, names: list[str]) -> list[str]:
    """Links that lead nowhere; `ignore_dangling_symlinks` would leave out relative ones that lead somewhere as well."""
    return [name for name in names if not Path(folder, name).exists()]


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in children.read_text().split()] if children.exists() else []


def _has_mysqli() -> bool:
    asked = ["php", "-r", "exit((int) ! extension_loaded('mysqli'));"]
    return bool(shutil.which("php")) and subprocess.run(asked, check=False).returncode == 0


def start_wordpress(folder: Path) -> WordPress:
    """A running WordPress in `folder`, or a skip where it is not installed."""
    if not (_has_mysqli() and all(each.exists() for each in (SOURCE / "wp-load.php", SERVER, INSTALL, CLIENT))):
        missing(
            "WordPress",
            "On Debian: apt-get install --no-install-recommends wordpress mariadb-server mariadb-client php-cli php-mysql",
        )
    wordpress = WordPress(folder)
    wordpress.create()
    wordpress.start()
    return wordpress
