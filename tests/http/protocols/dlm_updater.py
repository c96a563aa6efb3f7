"""The vendor's own WordPress updater for Digital License Manager, played by what it sends and reads (version 1.4).

Its form keeps two options, the key and the activation token, and builds itself from `validate/<token>` each time it is shown.
What a person can press follows from that answer alone: without a key in it there is nothing to deactivate with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.http.protocols.stockclients import Sale

Fields = dict[str, Any]


@dataclass
class Told:
    """A reply as its HTTP client reads it: whatever the status, an error is what has a message and `data.status`."""

    data: Fields = field(default_factory=dict)
    error: str = ""

    @classmethod
    def of(cls, answer: Any) -> Told:
        try:
            found = answer.json()
        except ValueError:
            return cls(error="Unable to decode response. (1)")
        if not isinstance(found, dict):
            return cls(error="Unable to decode response. (1)")
        data = found.get("data")
        if found.get("message") is not None and isinstance(data, dict) and data.get("status") is not None:
            return cls(error=found["message"])
        return cls(error="Unable to decode response. (2)") if data is None else cls(data)


@dataclass
class Form:
    """What the settings page shows: the key in its field, what its button does, and whether there is a Remove button."""

    key: str
    action: str
    expired: bool
    removable: bool


@dataclass
class Updater:
    """A copy of a plugin with software id `id` on a site."""

    sale: Sale
    pair: tuple[str, str]
    id: str = "7"
    site: str = "https://one.example.com"
    version: str = "1.0.0"
    key: str | None = None
    token: str | None = None

    def show(self) -> Form:
        licence = self._get(f"licenses/validate/{self.token}").data if self.token else {}
        inner = licence.get("license") or {}
        expired = bool(inner.get("is_expired", True))
        gone = bool(licence.get("deactivated_at"))
        key = inner.get("license_key") or ""
        action = "activate" if expired else "reactivate" if gone else "deactivate"
        return Form(key, action, expired, removable=(expired and bool(key)) or gone)

    def press(self, typed: str | None = None) -> str:
        """The button, with what stands in the field or was typed; what the notice says, empty where all went well."""
        form = self.show()
        key = typed or form.key
        if not key:
            return "Please provide valid product key."
        if form.action == "deactivate":
            return self._get(f"licenses/deactivate/{self.token}", software=self.id).error
        token = {"token": self.token} if form.action == "reactivate" and self.token else {}
        told = self._get(f"licenses/activate/{key}", label=self.site, software=self.id, **self._meta, **token)
        if not told.error:
            self.key, self.token = key, told.data["token"]
        elif form.action == "activate":
            self.key = self.token = None
        return told.error

    def remove(self) -> None:
        """The Remove button, where there is one."""
        assert self.show().removable
        self._get(f"licenses/deactivate/{self.token}", software=self.id)
        self.key = self.token = None

    def update(self, channel: str = "stable") -> Fields | None:
        """What WordPress is told of an update, None where there is none; `package` is missing without a licence."""
        told = self._info(channel)
        details = told.get("details") or {}
        if not _newer(details.get("stable_tag", ""), self.version):
            return None
        found = {"new_version": details["stable_tag"], "notice": details.get("upgrade_notice")}
        if told.get("download_url"):
            found["package"] = f"{told['download_url']}?meta_wp_version=6.8&meta_php_version=8.3&meta_web_server=nginx"
        return found

    def details(self) -> Fields:
        """What the window "View details" is made of."""
        return dict(self._info("stable")["details"])

    def _info(self, channel: str) -> Fields:
        token = {"activation_token": self.token} if self.token else {}
        return self._get(f"software/{self.id}", type="wp", channel=channel, **token).data

    @property
    def _meta(self) -> dict[str, str]:
        return {"meta[wp_version]": "6.8", "meta[php_version]": "8.3.1", "meta[web_server]": "nginx"}

    def _get(self, path: str, **query: str) -> Told:
        agent = {"User-Agent": f"WordPress/6.8; {self.site}"}
        answer = self.sale.send("GET", f"/wp-json/dlm/v1/{path}", auth=self.pair, params=query, headers=agent)
        return Told.of(answer)


def _newer(theirs: str, ours: str) -> bool:
    return [int(part) for part in theirs.split(".") if part] > [int(part) for part in ours.split(".")]
