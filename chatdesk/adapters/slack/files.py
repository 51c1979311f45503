"""Files that people put into Slack, copied into the desk's own store on receipt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

KeepFile = Callable[[str, str, bytes, str], str]
"""(name, media type, content, handle) -> the file's random name in the desk's store. Blocks."""

HOSTS = (".slack.com", ".slack-gov.com", ".slack-files.com")
"""Where Slack keeps files; the token is sent nowhere else."""

CHUNK = 65_536
NAME_LIMIT = 200
WITHIN_SECONDS = 20.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of files: names in the desk's store, and links to those that stayed in Slack."""

    attachments: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class _NotFetched(Exception):
    """A file stays where it is; says why."""


class FileDoor:
    """Copies files. `token` tells what opens them; `api_url` where this Slack is."""

    def __init__(
        self, *, token: Callable[[], str], api_url: str, keep: KeepFile, largest: Callable[[], int]
    ) -> None:
        self._token = token
        self._host = urlsplit(api_url).hostname or ""
        self._keep = keep
        self._largest = largest

    async def fetch(self, files: Iterable[Mapping[str, Any]], handle: str) -> Fetched:
        """Copy files for the person behind a handle; one that fails is linked instead."""
        attachments, left = [], []
        for file in files:
            name = str(file.get("name") or file.get("title") or "file")[-NAME_LIMIT:]
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    content = await self._content(file)
            except (_NotFetched, aiohttp.ClientError, OSError, ValueError) as problem:
                logger.warning("a file was left in Slack: %s", type(problem).__name__)
                left.append(f"📎 {name}: {file.get('permalink') or file.get('id') or ''}".strip())
                continue
            media_type = str(file.get("mimetype") or "application/octet-stream")[:100]
            kept = await asyncio.to_thread(self._keep, name, media_type, content, handle)
            attachments.append(kept)
        return Fetched(attachments=tuple(attachments), left=tuple(left))

    async def _content(self, file: Mapping[str, Any]) -> bytes:
        address = str(file.get("url_private_download") or file.get("url_private") or "")
        self._check(file, address)
        headers = {"Authorization": f"Bearer {self._token()}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(address, headers=headers, allow_redirects=False) as answer,
        ):
            # Without files:read, Slack answers 200 with a page to log in on.
            is_page = answer.content_type == "text/html" and file.get("mimetype") != "text/html"
            if answer.status != 200 or is_page:  # noqa: PLR2004 - as it says
                raise _NotFetched("no access")
            content = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK):
                content += chunk
                if len(content) > self._largest():
                    raise _NotFetched("too large")
            return bytes(content)

    def _check(self, file: Mapping[str, Any], address: str) -> None:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if host != self._host and not (host.endswith(HOSTS) and parts.scheme == "https"):
            raise _NotFetched("it is kept somewhere else")
        if int(file.get("size") or 0) > self._largest():
            raise _NotFetched("too large")
