"""Files people send and open in the workspace; the desk keeps them and decides who may read."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chatdesk.adapters.http.middleware import in_words
from chatdesk.adapters.local.database import PlatformUnavailable
from chatdesk.adapters.local.records import KeptFile
from chatdesk.ports import StoreUnavailable

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request

    from chatdesk.adapters.http.copies import KeepFile
    from chatdesk.adapters.local.admission import Admission
    from chatdesk.adapters.local.people import LocalPerson
    from chatdesk.adapters.local.platform import LocalPlatform

ReadFile = Callable[[str, str], tuple[str, str, bytes] | None]
"""(attachment, handle) -> (name, media type, content); None where the person has no right."""

NAME_LIMIT = 200
"""Greatest length of a file's name in characters; the end, with its ending, is kept."""

SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Sent with their own type, so that the page can show them; anything else is only bytes."""

FILE_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """Greatest size of a file in bytes, and how many one message or field takes."""

    size: int = 10_000_000
    count: int = 10


class FileDoor:
    """Takes files in, bounded, and hands them out so that no browser runs them."""

    def __init__(
        self,
        platform: LocalPlatform,
        admission: Admission,
        limits: Callable[[], FileLimits],
        keep_file: KeepFile,
        read_file: ReadFile,
    ) -> None:
        self._platform = platform
        self._admission = admission
        self._limits = limits
        self._keep_file = keep_file
        self._read_file = read_file

    def add_routes(self, router: APIRouter) -> None:
        """Mount sending and opening."""
        router.add_route("/local/files", self._take, methods=["POST"])
        router.add_route("/local/files/{attachment}", self._hand_out, methods=["GET"])

    async def _take(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        name = _plain_name(request.query_params.get("name", ""))
        media_type = request.headers.get("content-type", "")[:100] or "application/octet-stream"
        content = await self._read_all(request, name)
        kept = await run_in_threadpool(self._keep, name, media_type, content, person)
        return JSONResponse(kept.as_json(), status_code=201)

    async def _read_all(self, request: Request, name: str) -> bytes:
        content, most = bytearray(), self._limits().size
        async for chunk in request.stream():
            content += chunk
            if len(content) > most:
                limit = in_words(most)
                raise HTTPException(413, f"{name} is too large: a file may have up to {limit}.")
        if not content:
            raise HTTPException(422, f"{name} is empty.")
        return bytes(content)

    def _keep(self, name: str, media_type: str, content: bytes, person: LocalPerson) -> KeptFile:
        try:
            attachment = self._keep_file(name, media_type, content, person.handle)
            kept = KeptFile(
                attachment=attachment, name=name, media_type=media_type, size=len(content)
            )
            self._platform.remember_file(kept, person.handle)
        except OSError as problem:
            if problem.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise
            raise HTTPException(
                507, f"{name} was not kept: the desk's disk is full. Try again later."
            ) from problem
        except PlatformUnavailable as problem:
            raise StoreUnavailable from problem
        return kept

    async def _hand_out(self, request: Request) -> Response:
        person = self._admission.admit_reader(request)
        attachment = request.path_params["attachment"]
        found = await run_in_threadpool(self._read_file, attachment, person.handle)
        if found is None:
            raise HTTPException(404, "This file does not exist, or it is not for you.")
        name, media_type, content = found
        shown = media_type if media_type in SHOWN_TYPES else "application/octet-stream"
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": FILE_POLICY,
        }
        return Response(content, media_type=shown, headers=headers)


def _plain_name(name: str) -> str:
    """Return a name without folders and invisible characters, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(each for each in last if each.isprintable()).strip(" .")
    return visible[-NAME_LIMIT:] or "file"
