"""What the page reads: the workspace, conversations, completions, time, and the live stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, StreamingResponse

from chatdesk.adapters.http.app import error
from chatdesk.adapters.local import acts
from chatdesk.adapters.local.admission import read_body
from chatdesk.adapters.local.database import PlatformUnavailable
from chatdesk.adapters.local.history import LATEST, MESSAGE_ID_DIGITS, read_page
from chatdesk.adapters.local.inbound import MESSAGE_LIMIT
from chatdesk.adapters.local.live import LiveChanges
from chatdesk.adapters.local.people import DESK
from chatdesk.adapters.local.platform import NoSuchPlace
from chatdesk.adapters.local.records import PlaceKind
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.exchange import Visitor
from chatdesk.ui.wording import catalog, languages

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from chatdesk.adapters.local.admission import Admission
    from chatdesk.adapters.local.files import FileLimits
    from chatdesk.adapters.local.people import LocalPerson
    from chatdesk.adapters.local.platform import LocalPlatform
    from chatdesk.adapters.local.records import Json

Completions = Callable[[str], Sequence[tuple[str, str]]]
"""A handle -> (what to type, what it does) of every command this person may give."""

Meet = Callable[[Visitor], object]
"""Lets the desk take note of who somebody is. Blocks."""

MoveTime = Callable[[str], datetime]
"""Moves the desk's clock forward by a step of STEPS and returns the new time. Blocks."""

STEPS = {
    "15m": "+15 minutes",
    "4h": "+4 hours",
    "1wd": "+1 working day",
    "3wd": "+3 working days",
}
PAGE_SIZE = 50
MOVES_REMEMBERED = 100


class Views:
    """Answers what the page asks, as the person it shows."""

    def __init__(
        self,
        platform: LocalPlatform,
        admission: Admission,
        *,
        file_limits: Callable[[], FileLimits],
        completions: Completions,
        meet: Meet,
        move_time: MoveTime | None,
    ) -> None:
        self._platform = platform
        self._admission = admission
        self._file_limits = file_limits
        self._completions = completions
        self._meet = meet
        self._move_time = move_time
        self._live = LiveChanges(platform)
        self._moves: dict[str, str] = {}

    def add_routes(self, router: APIRouter) -> None:
        """Mount everything that is read, and the acts that concern nobody but their author."""
        router.add_route("/local/workspace", self._workspace, methods=["GET"])
        router.add_route("/local/waiting", self._waiting, methods=["GET"])
        router.add_route("/local/messages", self._messages, methods=["GET"])
        router.add_route("/local/completions", self._complete, methods=["GET"])
        router.add_route("/local/live", self._stream, methods=["GET"])
        router.add_route("/local/seen", self._see, methods=["POST"])
        router.add_route("/local/dismiss", self._dismiss, methods=["POST"])
        router.add_route("/local/language", self._choose_language, methods=["POST"])
        router.add_route("/local/time", self._move, methods=["POST"])

    async def _workspace(self, request: Request) -> Response:
        person = self._admission.admit_reader(request)
        return await _read(lambda: self._shown_to(person))

    def _shown_to(self, person: LocalPerson) -> Json:
        # The position comes first: what changes meanwhile is told again, never missed.
        position = self._live.position()
        return {
            "me": person.handle,
            "position": position,
            "token": self._admission.token,
            "people": [
                {
                    "handle": each.handle,
                    "name": each.name,
                    "role": each.role,
                    "zone": each.zone,
                    "language": each.locale,
                }
                for each in self._platform.people.values()
            ],
            "languages": [
                {"language": language, "name": catalog(language)["words.language"]}
                for language in sorted(languages())
            ],
            "desk": DESK,
            "places": self._places(person),
            "time": self._time(),
            "limits": self._limits(),
        }

    def _limits(self) -> Json:
        limits = self._file_limits()
        return {
            "message": MESSAGE_LIMIT,
            "file_size": limits.size,
            "files": min(limits.count, acts.FILES_LIMIT),
        }

    def _places(self, person: LocalPerson) -> list[Json]:
        return [
            {
                "place": place.place,
                "kind": place.kind.value,
                "name": place.name,
                "unread": place.unread,
                "members": sorted(self._platform.members(place.name))
                if place.kind is PlaceKind.CHANNEL
                else [person.handle],
            }
            for place in self._platform.places_of(person.handle)
        ]

    def _time(self) -> Json:
        steps = [{"step": step, "label": label} for step, label in STEPS.items()]
        return {
            "now": self._platform.now().isoformat(timespec="seconds"),
            "steps": steps if self._move_time else [],
        }

    async def _waiting(self, request: Request) -> Response:
        self._admission.admit_reader(request)
        return await _read(lambda: {"waiting": self._platform.waiting()})

    async def _messages(self, request: Request) -> Response:
        person = self._admission.admit_reader(request)
        asked = request.query_params
        before = asked.get("before", "")
        is_number = before.isascii() and before.isdigit() and len(before) <= MESSAGE_ID_DIGITS
        earliest = int(before) if is_number else LATEST
        return await _read(
            lambda: self._page(person, asked.get("place", ""), asked.get("thread", ""), earliest)
        )

    def _page(self, person: LocalPerson, place: str, thread: str, before: int) -> Json:
        self._platform.place_for(person.handle, place, thread)
        with self._platform.database.reading() as connection:
            page = read_page(connection, person.handle, place, thread, before, PAGE_SIZE + 1)
        root = self._platform.message_for(person.handle, thread).as_json() if thread else None
        return {
            "root": root,
            "messages": [each.as_json() for each in page[-PAGE_SIZE:]],
            "has_earlier": len(page) > PAGE_SIZE,
        }

    async def _complete(self, request: Request) -> Response:
        person = self._admission.admit_reader(request)
        found = await run_in_threadpool(self._completions, person.handle)
        return JSONResponse([{"text": text, "help": words} for text, words in found])

    async def _stream(self, request: Request) -> Response:
        person = self._admission.admit_reader(request)
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        stream = self._live.stream(person.handle, after, request.app.state.stopping)
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _see(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.Seen)
        return await _read(lambda: self._seen(person, act))

    def _seen(self, person: LocalPerson, act: acts.Seen) -> Json:
        self._platform.place_for(person.handle, act.place, act.thread)
        if act.message:
            self._platform.mark_seen(person.handle, act.place, act.thread, act.message)
        else:
            self._platform.mark_all_seen(person.handle, act.place)
        return {"places": self._places(person)}

    async def _dismiss(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.OfMessage)
        return await _read(lambda: self._dismissed(person, act.message))

    def _dismissed(self, person: LocalPerson, message: str) -> Json:
        if not self._platform.message_for(person.handle, message).is_only_for_reader:
            raise HTTPException(403, "Only what nobody else sees can be dismissed.")
        self._platform.remove(message)
        return {}

    async def _choose_language(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.ChooseLanguage)
        if act.language not in languages():
            raise HTTPException(422, "The desk does not speak that language.")
        return await _read(lambda: self._spoken_to(person, act.language))

    def _spoken_to(self, person: LocalPerson, language: str) -> Json:
        self._meet(self._platform.choose_language(person.handle, language).visitor())
        return {"language": language}

    async def _move(self, request: Request) -> Response:
        self._admission.admit_actor(request)
        act = await read_body(request, acts.MoveTime)
        if self._move_time is None:
            raise HTTPException(409, "The time machine is off: this desk keeps real time.")
        if act.step not in STEPS:
            raise HTTPException(422, "The time machine does not know that step.")
        return await _read(lambda: self._moved(act))

    def _moved(self, act: acts.MoveTime) -> Json:
        """Move once for each key, however often its request arrives."""
        if act.key not in self._moves and self._move_time is not None:
            self._moves[act.key] = self._move_time(act.step).isoformat(timespec="seconds")
            while len(self._moves) > MOVES_REMEMBERED:
                self._moves.pop(next(iter(self._moves)))
            self._platform.tell_time()
        return self._time()


async def _read(work: Callable[[], Json]) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(work))
    except NoSuchPlace:
        return error(404, "This conversation does not exist, or you are not in it.")
    except PlatformUnavailable as problem:
        raise StoreUnavailable from problem
