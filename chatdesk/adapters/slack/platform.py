"""The desk in Slack, put together: its client, its messenger, its ears, and its socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.afterwards import Afterwards
from chatdesk.adapters.slack.answering import Answering
from chatdesk.adapters.slack.app import bolt_app
from chatdesk.adapters.slack.clicks import ACTION, COMMAND, Clicks
from chatdesk.adapters.slack.events import Events
from chatdesk.adapters.slack.files import FileDoor, KeepFile
from chatdesk.adapters.slack.front import HttpFront
from chatdesk.adapters.slack.home import Homes
from chatdesk.adapters.slack.keeping import Keeping, Shelf
from chatdesk.adapters.slack.members import Members
from chatdesk.adapters.slack.messenger import Memory, SlackMessenger
from chatdesk.adapters.slack.people import SlackPeople
from chatdesk.adapters.slack.submissions import VIEW, Submissions
from chatdesk.adapters.slack.telling import DeskSide, Telling
from chatdesk.adapters.slack.words import MESSAGE, Words

API_URL = "https://slack.com/api/"

CALL_WITHIN = 10
"""Seconds for a call to Slack."""

CONNECT_AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts to connect; the last one goes on."""

LIBRARIES = ("slack_sdk", "slack_bolt")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What opens Slack. With an app token deliveries come over a socket, else over HTTP.

    `signing_secrets` are the one in force and, while it is being changed, the one before it.
    """

    bot_token: str
    app_token: str = ""
    signing_secrets: tuple[str, ...] = ()
    api_url: str = API_URL


class SlackPlatform:
    """Slack as one of the desk's platforms. Nothing is connected before `run`."""

    def __init__(
        self,
        access: Access,
        desk: DeskSide,
        memory: Memory,
        shelf: Shelf,
        keep_file: KeepFile,
        largest_file: Callable[[], int],
    ) -> None:
        self._access = access
        _keep_libraries_discreet()
        client = AsyncWebClient(
            token=access.bot_token,
            base_url=access.api_url,
            timeout=CALL_WITHIN,
            # The SDK would send again what had arrived; the outbox knows better.
            retry_handlers=[],
        )
        self.client = client
        self.messenger = SlackMessenger(client, memory)
        people = SlackPeople(client)
        members = Members(client, people, desk.roster, desk.stand)
        self.telling = Telling(desk, people, members)
        self.homes = Homes(client, self.telling)
        answering = Answering(client, self.homes)
        files = FileDoor(
            token=access.bot_token, api_url=access.api_url, keep=keep_file, largest=largest_file
        )
        self.keeping = Keeping(shelf, self.telling.behind)
        later = Afterwards(self.messenger, self.telling)
        words = Words(client, self.telling, answering, files, self.keeping)
        self.forms = forms = Submissions(self.telling, answering, files, self.keeping, later)
        clicks = Clicks(client, self.telling, answering, words, forms, self.keeping, later)
        self._again = {
            MESSAGE: words.again,
            VIEW: forms.again,
            COMMAND: clicks.again,
            ACTION: clicks.again,
        }
        self.app = bolt_app(client, words, clicks, forms, Events(members, self.homes))
        secrets = access.signing_secrets
        self.front = HttpFront(self.app, secrets) if secrets and not access.app_token else None

    async def run(self) -> None:
        """Hear what happens in Slack until cancelled; over HTTP there is nothing to do here."""
        sweeping = asyncio.create_task(self.keeping.keep_sweeping(self._again), name="slack sweep")
        renewing = asyncio.create_task(self.homes.keep_renewing(), name="slack homes")
        try:
            if self._access.app_token:
                await self._hold_socket()
            await asyncio.Event().wait()
        finally:
            sweeping.cancel()
            renewing.cancel()
            await self.telling.end()

    async def _hold_socket(self) -> None:
        handler = AsyncSocketModeHandler(
            self.app,
            self._access.app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=self.client,
        )
        try:
            await self._connect(handler)
            await asyncio.Event().wait()
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

    @staticmethod
    async def _connect(handler: AsyncSocketModeHandler) -> None:
        """Connect, however long Slack is away; from then on the library reconnects by itself."""
        failures = 0
        while True:
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - whatever it is, the desk keeps trying
                wait = CONNECT_AGAIN[min(failures, len(CONNECT_AGAIN) - 1)]
                failures += 1
                logger.warning("no connection to Slack, again in %.0f s: %s", wait, error)
                await asyncio.sleep(wait)
            else:
                return


def _keep_libraries_discreet() -> None:
    """Below INFO these log whole payloads: what people wrote, and addresses that open sockets."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.INFO)
