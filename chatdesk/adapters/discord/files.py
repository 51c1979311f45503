"""Files that people put into Discord, copied into the desk's own store: its links expire."""

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

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
"""Where Discord keeps files; nothing is fetched from anywhere else."""

CHUNK = 65_536
NAME_LIMIT = 200
WITHIN_SECONDS = 20.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of files: names in the desk's store, and words on those that could not be had."""

    attachments: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class _NotFetched(Exception):
    """A file stays where it is; says why."""


class FileDoor:
    """Copies files. `api_url` tells where this Discord is."""

    def __init__(self, api_url: str, keep: KeepFile, largest: Callable[[], int]) -> None:
        self._host = urlsplit(api_url).netloc
        self._keep = keep
        self._largest = largest

    async def fetch(self, files: Iterable[Mapping[str, Any]], handle: str) -> Fetched:
        """Copy files for the person behind a handle; one that fails is named instead."""
        attachments, left = [], []
        for file in files:
            name = str(file.get("filename") or "file")[-NAME_LIMIT:]
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    content = await self._content(file)
            except (_NotFetched, aiohttp.ClientError, TimeoutError, OSError) as problem:
                logger.warning("a file was left in Discord: %s", type(problem).__name__)
                left.append(f"📎 {name}")
                continue
            media_type = str(file.get("content_type") or "application/octet-stream")[:100]
            kept = await asyncio.to_thread(self._keep, name, media_type, content, handle)
            attachments.append(kept)
        return Fetched(attachments=tuple(attachments), left=tuple(left))

    async def _content(self, file: Mapping[str, Any]) -> bytes:
        address = str(file.get("url") or "")
        parts = urlsplit(address)
        is_theirs = parts.scheme == "https" and parts.netloc in HOSTS
        if not is_theirs and parts.netloc != self._host:
            raise _NotFetched("it is kept somewhere else")
        if int(file.get("size") or 0) > self._largest():
            raise _NotFetched("too large")
        async with (
            aiohttp.ClientSession() as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            if answer.status != 200:  # noqa: PLR2004 - as it says
                raise _NotFetched("no access")
            content = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK):
                content += chunk
                if len(content) > self._largest():
                    raise _NotFetched("too large")
            return bytes(content)
