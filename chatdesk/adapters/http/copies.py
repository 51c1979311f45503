"""Files between the desk and a platform: those received are copied into the desk's own store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

import aiohttp

from chatdesk.adapters.http.middleware import in_words

KeepFile = Callable[[str, str, bytes, str], str]
"""(name, media type, content, handle) -> the file's random name in the desk's store. Blocks."""

GLYPH = "📎 "
"""Begins what stands in the place of a file that could not be had."""

CHUNK = 65_536
NAME_LIMIT = 200
TYPE_LIMIT = 100
WITHIN_SECONDS = 20.0
OK = 200
PAGE = "text/html"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A file as a platform describes it: nothing in it is checked yet.

    `link` is what a person is told in its place if it cannot be had; `size` is in bytes.
    """

    name: str
    media_type: str
    size: int
    address: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of files: names in the desk's store, and words on those that could not be had.

    `left` are lines that stand in the place of those, with where they are; `names` is what they
    are called, with what makes them too large.
    """

    attachments: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def left_in_form(self) -> tuple[str, ...]:
        """What stands in a form's field in the place of those: the desk refuses it by name."""
        return tuple(f"{GLYPH}{name}" for name in self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSide:
    """The desk's side of files that go out: what is in one, and what is said of one that stays.

    All block. `content` is None for a file that is gone; `stayed` is told of one that stays.
    """

    content: Callable[[str], bytes | None]
    stays: Callable[[], str]
    stayed: Callable[[str], None] = lambda _attachment: None


class FileServers(Protocol):
    """Where a platform keeps files."""

    platform: str

    def offered(self, file: Mapping[str, Any]) -> Offered:
        """Read the platform's description of a file."""

    def has(self, address: SplitResult) -> bool:
        """Whether an address is one of the platform's own; nothing is fetched from any other."""

    def headers(self) -> Mapping[str, str]:
        """Return what opens its files; asked for, and sent, at its own addresses only."""


class _NotFetched(Exception):
    """A file stays where it is; says why."""


class _TooLarge(_NotFetched):
    """It has more bytes than the desk keeps: `size` of them, as far as anybody counted."""

    def __init__(self, size: int) -> None:
        super().__init__("too large")
        self.size = size


class FileDoor:
    """Copies files, each no larger than `largest` says at that moment, in bytes."""

    def __init__(self, servers: FileServers, keep: KeepFile, largest: Callable[[], int]) -> None:
        self._servers = servers
        self._keep = keep
        self._largest = largest

    async def fetch(self, files: Iterable[Mapping[str, Any]], handle: str) -> Fetched:
        """Copy files for the person behind a handle; one that fails is named or linked instead."""
        attachments, left, names = [], [], []
        for file in files:
            offered = self._servers.offered(file)
            name = offered.name[-NAME_LIMIT:]
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    content = await self._content(offered)
            except (_NotFetched, aiohttp.ClientError, OSError, ValueError) as problem:
                kind = type(problem).__name__
                logger.warning("a file was left in %s: %s", self._servers.platform, kind)
                named = f"{name}{self._excess(problem)}"
                names.append(named)
                where = f": {offered.link}" if offered.link else ""
                left.append(f"{GLYPH}{named}{where}")
                continue
            media_type = offered.media_type[:TYPE_LIMIT]
            kept = await asyncio.to_thread(self._keep, name, media_type, content, handle)
            attachments.append(kept)
        return Fetched(attachments=tuple(attachments), left=tuple(left), names=tuple(names))

    def _excess(self, problem: Exception) -> str:
        """Return how much larger a file is than it may be, in signs that need no language."""
        if not isinstance(problem, _TooLarge):
            return ""
        return f" ({in_words(problem.size)} > {in_words(self._largest())})"

    async def _content(self, file: Offered) -> bytes:
        if not self._servers.has(urlsplit(file.address)):
            raise _NotFetched("it is kept somewhere else")
        if file.size > self._largest():
            raise _TooLarge(file.size)
        headers = self._servers.headers()
        async with (
            aiohttp.ClientSession() as session,
            session.get(file.address, headers=headers, allow_redirects=False) as answer,
        ):
            # A page in place of a file asks to log in first.
            is_page = answer.content_type == PAGE != file.media_type
            if answer.status != OK or is_page:
                raise _NotFetched("no access")
            content = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK):
                content += chunk
                if len(content) > self._largest():
                    raise _TooLarge(len(content))
            return bytes(content)


def stands_for_left(value: str) -> bool:
    """Tell whether a value in a form's field stands for a file that could not be had."""
    return value.startswith(GLYPH)


def size_said(size: object) -> int:
    """Return a size as a platform says it, in bytes; 0 where it says none that is a number."""
    return size if isinstance(size, int) else 0
