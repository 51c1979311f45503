"""The loopback Slack as a server: who is in it, how the app is reached, what goes wrong next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.slack.apps import desk_app
from tests.slack.clock import SlackClock, SteppedClock
from tests.slack.delivery import Answer, Courier, Delivery
from tests.slack.faults import Call, Fault
from tests.slack.http_mode import Addresses, HttpMode
from tests.slack.pacing import Pace, Pacing
from tests.slack.reference import Reference
from tests.slack.shapes import guessed_mimetype
from tests.slack.side_doors import SideDoors
from tests.slack.socket_mode import Reason, SocketMode
from tests.slack.things import App, Channel, ChannelKind, Person, StoredFile
from tests.slack.web_api import WebApi
from tests.slack.workspace import TEAM, Workspace

BODY_BYTES = 64 * 1024 * 1024
UNPACED = Pace(channel_every=None)

reference_in = cache(Reference)
"""The reference in a folder of specifications, read once: it is the same for every Slack."""


class Server:
    """One workspace with one installed app, served on a port of the loopback interface.

    `specs` is the folder of the platforms' specifications. The clock stands still unless a story
    moves it (`slack.clock.advance`), so triggers, response addresses, hidden messages and paces run
    out when a story says so. `ack_within` is in real seconds and only bounds the wait for an app
    that never answers: Slack's own three seconds would be a question of how busy the machine is.
    """

    def __init__(
        self,
        specs: Path,
        *,
        app: App | None = None,
        clock: SlackClock | None = None,
        pace: Pace = UNPACED,
        ack_within: float = 10.0,
        team: str = TEAM,
    ) -> None:
        self._stepped = SteppedClock() if clock is None else None
        self.app = app or desk_app()
        self.workspace = Workspace(self.app, clock or self.clock, team)
        self.reference = reference_in(specs)
        self.pacing = Pacing(pace)
        self.sockets = SocketMode(self.workspace, ack_within)
        self.courier = Courier(self.workspace, self.sockets)
        self.api = WebApi(self.workspace, self.reference, self.pacing, self.sockets.open)
        self.doors = SideDoors(self.workspace, self.reference, self.api)
        self.http: HttpMode | None = None
        self._ack_within = ack_within

    @property
    def clock(self) -> SteppedClock:
        """Slack's clock, to be moved by the story; not there where another clock was given."""
        if self._stepped is None:
            raise LookupError("this Slack runs on the clock that it was given")
        return self._stepped

    # --- serving ----------------------------------------------------------------------------------

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Serve; the address is the `base_url` for `AsyncWebClient`: `http://127.0.0.1:.../api/`."""
        runner = web.AppRunner(self._routes(), shutdown_timeout=0.05)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.workspace.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self.api_url
        finally:
            await self.courier.stop()
            await self.sockets.close()
            if self.http is not None:
                await self.http.close()
            await runner.cleanup()

    def _routes(self) -> web.Application:
        routes = web.Application(client_max_size=BODY_BYTES)
        routes.router.add_route("*", "/api/{method}", self.api.answer)
        routes.router.add_get("/link/", self.sockets.serve)
        routes.router.add_post("/upload/v1/{key}", self.doors.upload)
        routes.router.add_get("/files-pri/{place}/{name:.+}", self.doors.download)
        routes.router.add_post("/response/{team}/{key}", self.doors.respond)
        return routes

    @property
    def api_url(self) -> str:
        """The `base_url` for `AsyncWebClient`, and the setting `slack.api_url`."""
        return f"{self.workspace.url}/api/"

    def also_answers_for(self, other: Server) -> None:
        """Answer the calls of another workspace's token here, and offer the app to be installed.

        What happens there comes over the same sockets, if sockets it is.
        """
        self.api.others[other.app.bot_token] = other.api
        if other.http is None:
            other.courier.transport = self.sockets

    def allows(self, code: str, other: Server | None = None) -> None:
        """Let somebody allow the app in a workspace: Slack comes back with this code."""
        self.api.codes[code] = (other or self).workspace

    def post_to(self, url: str | Addresses) -> HttpMode:
        """From now on send everything to the app's request URL instead of over sockets."""
        addresses = Addresses.all_at(url) if isinstance(url, str) else url
        self.http = HttpMode(self.workspace, addresses, self._ack_within)
        self.courier.transport = self.http
        return self.http

    # --- who and what there is --------------------------------------------------------------------

    def user(self, user: str, name: str = "", **more: Any) -> Person:
        """Let a person in; `more` are fields of `Person` (tz, locale, is_guest, ...)."""
        name = name or user[1:].lower()
        given = {"real_name": name.title(), "email": f"{name}@example.org", **more}
        given.setdefault("team", self.workspace.team)
        return self.workspace.add_person(Person(id=user, name=name, **given))

    def channel(
        self,
        channel: str,
        name: str = "",
        *members: Person | str,
        kind: ChannelKind = "public",
        has_app: bool = True,
    ) -> Channel:
        """Make a channel with these members and, unless told otherwise, the app."""
        inside = {self._id(member) for member in members}
        if has_app:
            inside.add(self.app.bot_user)
        made_at = self.workspace.clock.now()
        made = Channel(channel, name or channel[1:].lower(), kind, inside, created_at=made_at)
        return self.workspace.add_channel(made)

    def dm(self, user: Person | str) -> Channel:
        """The direct message between a person and the app."""
        return self.workspace.direct(self._id(user))

    def group(self, group: str, *users: Person | str) -> None:
        """Make a user group (`S...`)."""
        self.workspace.groups[group] = [self._id(user) for user in users]

    def file(
        self, name: str, content: bytes, owner: Person | str, mimetype: str = ""
    ) -> StoredFile:
        """A file that a person chose, to be said or put into a form."""
        file = StoredFile(
            id=self.workspace.new_id("F"),
            name=name,
            owner=self._id(owner),
            length=len(content),
            mimetype=mimetype or guessed_mimetype(name),
            content=content,
            is_complete=True,
        )
        self.workspace.files[file.id] = file
        return file

    def _id(self, whose: Person | str) -> str:
        found = whose.id if isinstance(whose, Person) else whose
        return self.workspace.people[found].id

    def _channel(self, channel: Channel | str) -> Channel:
        return channel if isinstance(channel, Channel) else self.workspace.channels[channel]

    # --- what goes wrong --------------------------------------------------------------------------

    def next(self, method: str, *faults: Fault) -> None:
        """Let the next calls end like that; also `upload`, `download` and `response_url`."""
        self.api.faults.plan(method, *faults)

    def goes_down(self, how: Fault | None = None) -> None:
        """An outage: every call ends like that (503), every socket is cut, nothing connects."""
        self.api.faults.outage = how or Fault.status(503)
        for connection in [*self.sockets.connections]:
            self.sockets.drop(connection)

    def comes_back(self) -> None:
        """The outage is over; what was missed comes with `retry_undelivered`."""
        self.api.faults.outage = None

    def double_next_event(self, times: int, *, has_own_ids: bool = True) -> None:
        """The next event comes so many times at once, each time under an event id of its own."""
        self.courier.copies.append((times, has_own_ids))

    def lose_acks(self, number: int = 1) -> None:
        """So many acknowledgements get lost: Slack repeats what the app has taken already."""
        self.courier.lost_acks += number

    async def redeliver(
        self,
        delivery: Delivery,
        times: int = 1,
        *,
        has_own_ids: bool = False,
        is_at_once: bool = False,
    ) -> list[Answer]:
        """Deliver an event again, however late; as a retry, or under event ids of their own."""
        return await self.courier.repeat(
            delivery, times, has_own_ids=has_own_ids, is_at_once=is_at_once
        )

    async def retry_undelivered(self) -> list[Answer]:
        """Try the events again that no attempt brought to the app."""
        return await self.courier.retry_undelivered()

    def half_open(self, *, answers_pings: bool = False) -> None:
        """All present sockets stay open and swallow everything."""
        for connection in self.sockets.connections:
            connection.is_half_open = True
            connection.answers_pings = answers_pings

    async def asks_to_reconnect(self, reason: Reason = "refresh_requested") -> None:
        """Ask every present connection to leave."""
        for connection in self.sockets.live:
            await self.sockets.ask_to_leave(reason, connection)

    def drop_sockets(self) -> None:
        """Cut every present socket without a word."""
        for connection in [*self.sockets.connections]:
            self.sockets.drop(connection)

    async def connected(self, number: int = 1) -> None:
        """Wait until exactly so many sockets are live."""
        await self.sockets.wait_for(number)

    async def settled(self) -> None:
        """Wait until the app has heard of everything that happened, its own doings included."""
        await self.courier.settled()

    # --- what happened ----------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Every call to the Web API so far."""
        return self.api.calls

    def calls_of(self, method: str) -> list[Call]:
        """Every call of one method so far."""
        return [call for call in self.api.calls if call.method == method]

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that was sent to the app so far, repetitions included."""
        return self.courier.deliveries

    @property
    def complaints(self) -> list[str]:
        """What the app got wrong where Slack says nothing: a story should end with none."""
        return self.workspace.complaints
