"""Where Discord keeps the files that people send, and how it describes them; its links expire."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chatdesk.adapters.http.copies import Offered, size_said

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
"""Where Discord keeps files; nothing is fetched from anywhere else."""


class DiscordFiles:
    """Discord's files. `api_url` tells where this Discord is."""

    platform = "Discord"

    def __init__(self, api_url: str) -> None:
        self._host = urlsplit(api_url).netloc

    def offered(self, file: Mapping[str, Any]) -> Offered:
        """Read an attachment as messages and forms carry it."""
        return Offered(
            name=_name_of(file),
            media_type=str(file.get("content_type") or "application/octet-stream"),
            size=size_said(file.get("size")),
            address=str(file.get("url") or ""),
        )

    def has(self, address: SplitResult) -> bool:
        """Whether Discord itself keeps what lies there."""
        is_theirs = address.scheme == "https" and address.netloc in HOSTS
        return is_theirs or address.netloc == self._host

    def headers(self) -> Mapping[str, str]:
        """Return nothing: the address itself is signed."""
        return {}


def _name_of(file: Mapping[str, Any]) -> str:
    """Return the name a file was sent by: Discord keeps what it strips of one apart, as a title."""
    plain = str(file.get("filename") or "file")
    title = str(file.get("title") or "")
    return f"{title}{PurePosixPath(plain).suffix}" if title else plain
