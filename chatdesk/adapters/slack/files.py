"""Where Slack keeps the files that people share, and how it describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chatdesk.adapters.http.copies import Offered, size_said

HOSTS = (".slack.com", ".slack-gov.com", ".slack-files.com")
"""Where Slack keeps files; the token is sent nowhere else."""


class SlackFiles:
    """Slack's files. `token` tells what opens them; `api_url` where this Slack is."""

    platform = "Slack"

    def __init__(self, token: Callable[[], str], api_url: str) -> None:
        self._token = token
        self._host = urlsplit(api_url).hostname or ""

    def offered(self, file: Mapping[str, Any]) -> Offered:
        """Read what an event or `files.info` tells of a file."""
        return Offered(
            name=str(file.get("name") or file.get("title") or "file"),
            media_type=str(file.get("mimetype") or "application/octet-stream"),
            size=size_said(file.get("size")),
            address=str(file.get("url_private_download") or file.get("url_private") or ""),
            link=str(file.get("permalink") or file.get("id") or ""),
        )

    def has(self, address: SplitResult) -> bool:
        """Whether the token may be sent there."""
        host = address.hostname or ""
        return host == self._host or (host.endswith(HOSTS) and address.scheme == "https")

    def headers(self) -> Mapping[str, str]:
        """Return the bot's own token: Slack opens a file to who may see it."""
        return {"Authorization": f"Bearer {self._token()}"}
