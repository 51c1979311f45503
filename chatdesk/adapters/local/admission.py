"""Who may come in at the workspace's HTTP door: this machine, our own page, known people."""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
import secrets
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

    from chatdesk.adapters.local.people import LocalPerson
    from chatdesk.adapters.local.platform import LocalPlatform

OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Names of this machine; any other in a Host header is a name somebody else points here."""

TOKEN_HEADER = "x-chatdesk-token"  # noqa: S105 - the name of a header
LONE_SURROGATES = re.compile("[\ud800-\udfff]")

Body = TypeVar("Body", bound="Act")


class Act(BaseModel):
    """What every act of a person says: `key` is made by the page and the same for each retry."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str = Field(pattern=r"^[0-9a-zA-Z-]{8,64}$")
    place: str = Field(default="", max_length=200)
    thread: str = Field(default="", max_length=20)


class Admission:
    """Lets requests of our own page in, as the person it names. `token` is new at every start."""

    def __init__(self, platform: LocalPlatform) -> None:
        self._platform = platform
        self.token = secrets.token_urlsafe(24)

    def admit_page(self, request: Request) -> None:
        """Let a browser of this machine open the page, from wherever it was linked."""
        client = request.client
        if client is None or not _is_loopback(client.host):
            raise HTTPException(403, "The local workspace can only be used on its own machine.")
        host = request.headers.get("host", "")
        if re.sub(r":\d{1,5}$", "", host).lower() not in OWN_HOSTS:
            raise HTTPException(403, "Open the local workspace by its own address, 127.0.0.1.")

    def admit_reader(self, request: Request) -> LocalPerson:
        """Let our own page read, and return the person whose eyes it uses."""
        self.admit_page(request)
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPException(403, "Another page may not read the local workspace.")
        person = self._platform.people.get(request.query_params.get("for", ""))
        if person is None:
            raise HTTPException(
                403, "Nobody of that name is in this workspace. Choose a person at the top."
            )
        return person

    def admit_actor(self, request: Request) -> LocalPerson:
        """Let our own page act, and return the person who does."""
        person = self.admit_reader(request)
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{request.headers['host']}":
            raise HTTPException(403, "Another page may not act in the local workspace.")
        given = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise HTTPException(401, "The workspace was started anew; this page is being renewed.")
        return person


async def read_body(request: Request, shape: type[Body]) -> Body:
    """Parse a request's JSON strictly; what is wrong is named without repeating its content."""
    try:
        parsed = json.loads(await request.body(), parse_constant=_refuse_constant)
        return shape.model_validate(_well_formed(parsed))
    except ValidationError as problem:
        parts = sorted({".".join(map(str, each["loc"])) for each in problem.errors()})
        wrong = ", ".join(parts)[:200]
        raise HTTPException(422, f"That was not understood; look at: {wrong}.") from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "That was not understood: it is not JSON.") from None


def _refuse_constant(constant: str) -> None:
    raise ValueError(constant)


def _well_formed(value: object) -> object:
    """Replace half characters, which no database can keep."""
    if isinstance(value, str):
        return LONE_SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_well_formed(each) for each in value]
    if isinstance(value, dict):
        return {_well_formed(name): _well_formed(each) for name, each in value.items()}
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
