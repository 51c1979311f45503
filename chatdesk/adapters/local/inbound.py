"""What people do on the page, told to the desk: requests become interactions, answers go back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from chatdesk.adapters.http.app import error
from chatdesk.adapters.local import acts
from chatdesk.adapters.local.admission import read_body
from chatdesk.adapters.local.database import PlatformUnavailable
from chatdesk.adapters.local.people import DESK, PLATFORM
from chatdesk.adapters.local.platform import NoSuchMessage, NoSuchPlace
from chatdesk.adapters.local.records import Draft, PlaceKind
from chatdesk.adapters.local.render import render_answer
from chatdesk.mishaps import log_bug
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Edited,
    Interaction,
    Removed,
    Said,
    Submitted,
    Typed,
)

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from chatdesk.adapters.local.admission import Act, Admission
    from chatdesk.adapters.local.people import LocalPerson
    from chatdesk.adapters.local.platform import LocalPlatform
    from chatdesk.adapters.local.records import Json
    from chatdesk.ui.exchange import Done

Receive = Callable[[Interaction], Answer]
"""The desk's reception: blocks, and raises StoreUnavailable when nothing can be saved."""

MESSAGE_LIMIT = 20_000
"""Greatest length of a message in characters; longer words belong in a form or a file."""


class Inbound:
    """Turns acts into interactions; each carries the page's key, so that a retry has no effect."""

    def __init__(self, platform: LocalPlatform, admission: Admission, receive: Receive) -> None:
        self._platform = platform
        self._admission = admission
        self._receive = receive

    def add_routes(self, router: APIRouter) -> None:
        """Mount every act."""
        router.add_route("/local/say", self._say, methods=["POST"])
        router.add_route("/local/edit", self._edit, methods=["POST"])
        router.add_route("/local/remove", self._remove, methods=["POST"])
        router.add_route("/local/click", self._click, methods=["POST"])
        router.add_route("/local/submit", self._submit, methods=["POST"])

    async def _say(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.Say)
        _check_words(act.text, act.files)
        if act.text.startswith("/"):
            return await _in_thread(lambda: self._typed(person, act))
        return await _in_thread(lambda: self._said(person, act))

    def _typed(self, person: LocalPerson, act: acts.Say) -> Json:
        self._platform.place_for(person.handle, act.place, act.thread)
        return self._answered(person, act, Typed(text=act.text))

    def _said(self, person: LocalPerson, act: acts.Say) -> Json:
        """Keep the words, tell the desk, and only then let others see them.

        When the desk cannot take them they are nobody's but the author's, and a retry goes on.
        """
        place = self._platform.place_for(person.handle, act.place, act.thread)
        if not self._platform.sent_all(person.handle, act.files):
            raise HTTPException(422, "One of these files is not here any more; add it again.")
        draft = Draft(
            place=act.place,
            thread=act.thread,
            author=person.handle,
            key=f"said:{person.handle}:{act.key}",
            text=act.text,
            files=tuple(act.files),
        )
        message = self._platform.post(draft, is_shown=False)
        said = Said(
            text=act.text,
            message=message,
            files=tuple(act.files),
            is_direct=place.kind is PlaceKind.DIRECT,
        )
        told = self._answered(person, act, said)
        self._platform.show(message)
        return told | {"message": self._platform.message_for(person.handle, message).as_json()}

    async def _edit(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.Edit)
        _check_words(act.text)
        return await _in_thread(lambda: self._edited(person, act))

    def _edited(self, person: LocalPerson, act: acts.Edit) -> Json:
        act = self._own(person, act)
        told = self._answered(person, act, Edited(message=act.message, text=act.text))
        self._platform.edit_text(act.message, act.text)
        return told

    async def _remove(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.OfMessage)
        return await _in_thread(lambda: self._removed(person, act))

    def _removed(self, person: LocalPerson, act: acts.OfMessage) -> Json:
        act = self._own(person, act)
        told = self._answered(person, act, Removed(message=act.message))
        self._platform.remove(act.message)
        return told

    def _own(self, person: LocalPerson, act: acts.MessageAct) -> acts.MessageAct:
        """Return the act with the place of its message; refused for the words of others."""
        message = self._platform.message_for(person.handle, act.message)
        if message.author != person.handle:
            raise HTTPException(403, "Only the author of a message can change it.")
        return act.model_copy(update={"place": message.place, "thread": message.thread})

    async def _click(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.Click)
        return await _in_thread(lambda: self._clicked(person, act))

    def _clicked(self, person: LocalPerson, act: acts.Click) -> Json:
        self._platform.place_for(person.handle, act.place, act.thread)
        told = self._answered(person, act, Clicked(id=act.id))
        if told["message"] and act.message:
            self._replace_answer(person, act.message)
        return told

    def _replace_answer(self, person: LocalPerson, message: str) -> None:
        """Take away an answer only this person saw when a newer one stands in its place."""
        try:
            shown = self._platform.message_for(person.handle, message)
        except NoSuchPlace:
            return
        if shown.is_only_for_reader:
            self._platform.remove(message)

    async def _submit(self, request: Request) -> Response:
        person = self._admission.admit_actor(request)
        act = await read_body(request, acts.Submit)
        return await _in_thread(lambda: self._submitted(person, act))

    def _submitted(self, person: LocalPerson, act: acts.Submit) -> Json:
        self._platform.place_for(person.handle, act.place, act.thread)
        values = {
            name: value if isinstance(value, str) else tuple(value)
            for name, value in act.values.items()
        }
        done = Submitted(id=act.id, values=values, is_refresh=act.is_refresh)
        return self._answered(person, act, done)

    def _answered(self, person: LocalPerson, act: Act, done: Done) -> Json:
        """Tell the desk; a card it answers with is shown to this person alone, where they are."""
        place = self._platform.place_for(person.handle, act.place, act.thread)
        interaction = Interaction(
            key=f"{person.handle}:{act.key}",
            platform=PLATFORM,
            by=person.visitor(),
            place=act.place,
            thread=act.thread,
            is_direct=place.kind is PlaceKind.DIRECT,
            done=done,
        )
        answer, shown = self._received(interaction)
        told: Json = {"answer": shown, "message": None}
        if answer.card is not None and not _stays_in_form(done, answer):
            told["message"] = self._shown_alone(person, act, shown["card"])
        return told

    def _received(self, interaction: Interaction) -> tuple[Answer, Json]:
        try:
            answer = self._receive(interaction)
            return answer, render_answer(answer)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the person is told, and the log where
            reference = log_bug("answering in the workspace", error)
            raise HTTPException(
                500, f"Something went wrong on our side (reference {reference}); try again."
            ) from None

    def _shown_alone(self, person: LocalPerson, act: Act, card: Json) -> Json:
        draft = Draft(
            place=act.place,
            thread=act.thread,
            author=DESK,
            key=f"answer:{person.handle}:{act.key}",
            card=card,
            only_for=person.handle,
        )
        message = self._platform.post(draft)
        return self._platform.message_for(person.handle, message).as_json()


def _stays_in_form(done: Done, answer: Answer) -> bool:
    """A refused form stays open with everything typed, and shows there why."""
    return isinstance(done, Submitted) and answer.is_refusal


def _check_words(text: str, files: list[str] | None = None) -> None:
    if not text.strip() and not files:
        raise HTTPException(422, "There is nothing to send yet.")
    if len(text) > MESSAGE_LIMIT:
        raise HTTPException(
            422,
            f"A message holds at most {MESSAGE_LIMIT:,} characters and this one has {len(text):,}."
            " Shorten it, or add it as a file.",
        )


async def _in_thread(work: Callable[[], Json]) -> Response:
    """Do blocking work beside the event loop and say its failures in words."""
    try:
        return JSONResponse(await run_in_threadpool(work))
    except NoSuchMessage:
        return error(404, "This message does not exist any more.")
    except NoSuchPlace:
        return error(404, "This conversation does not exist, or you are not in it.")
    except PlatformUnavailable as problem:
        raise StoreUnavailable from problem
