"""The workspace's part of the HTTP door, put together from its acts, views, files and page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from chatdesk.adapters.local.admission import Admission
from chatdesk.adapters.local.files import FileDoor, FileLimits
from chatdesk.adapters.local.inbound import Inbound
from chatdesk.adapters.local.pages import Pages
from chatdesk.adapters.local.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatdesk.adapters.http.copies import KeepFile
    from chatdesk.adapters.http.middleware import Limit
    from chatdesk.adapters.local.files import ReadFile
    from chatdesk.adapters.local.inbound import Receive
    from chatdesk.adapters.local.platform import LocalPlatform
    from chatdesk.adapters.local.views import Completions, Meet, MoveTime


class LocalDoor:
    """Everything the browser asks for. All callables given may block; each runs in a thread.

    `move_time` None means that the time machine is off; `file_limits` is asked at each use. Mount
    `router`, and give `body_limits` to the application, so that files are not refused for their
    size.
    """

    def __init__(  # noqa: PLR0913 - what the page needs of the desk, each by its name
        self,
        platform: LocalPlatform,
        *,
        receive: Receive,
        keep_file: KeepFile,
        read_file: ReadFile,
        completions: Completions,
        meet: Meet = lambda _visitor: None,
        move_time: MoveTime | None = None,
        file_limits: Callable[[], FileLimits] = FileLimits,
    ) -> None:
        admission = Admission(platform)
        self.router = APIRouter()
        self.body_limits: Mapping[str, Limit] = {"/local/files": lambda: file_limits().size}
        Pages(admission).add_routes(self.router)
        Inbound(platform, admission, receive).add_routes(self.router)
        FileDoor(platform, admission, file_limits, keep_file, read_file).add_routes(self.router)
        Views(
            platform,
            admission,
            file_limits=file_limits,
            completions=completions,
            meet=meet,
            move_time=move_time,
        ).add_routes(self.router)
