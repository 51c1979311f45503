"""The page itself and the files it is made of; everything else it asks for is JSON."""

from __future__ import annotations

import hashlib
import importlib.resources
from typing import TYPE_CHECKING

import jinja2
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request

    from chatdesk.adapters.local.admission import Admission

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Pages:
    """Serves the page and its parts, which are read once and come with the package."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        folder = importlib.resources.files(__package__) / "static"
        self._parts = {
            part.name: part.read_bytes()
            for part in folder.iterdir()
            if part.name[part.name.rfind(".") :] in MEDIA_TYPES
        }
        templates = jinja2.Environment(
            loader=jinja2.PackageLoader(str(__package__)),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        self._page = templates.get_template("workspace.html").render()

    def add_routes(self, router: APIRouter) -> None:
        """Mount the page at /local/, the bare address leading there."""
        router.add_route("/", self._lead, methods=["GET"])
        router.add_route("/local", self._lead, methods=["GET"])
        router.add_route("/local/", self._show_page, methods=["GET"])
        router.add_route("/local/static/{name}", self._show_part, methods=["GET"])

    async def _lead(self, request: Request) -> Response:
        self._admission.admit_page(request)
        asked = request.url.query
        return RedirectResponse(f"/local/?{asked}" if asked else "/local/", status_code=307)

    async def _show_page(self, request: Request) -> Response:
        self._admission.admit_page(request)
        return HTMLResponse(self._page)

    async def _show_part(self, request: Request) -> Response:
        self._admission.admit_page(request)
        name = request.path_params["name"]
        part = self._parts.get(name)
        if part is None:
            raise HTTPException(404, "There is no such part of the page.")
        tag = f'"{hashlib.sha256(part).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(part, media_type=MEDIA_TYPES[name[name.rfind(".") :]], headers=headers)
