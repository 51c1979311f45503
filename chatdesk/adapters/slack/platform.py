"""The desk in Slack, put together: its client, its messenger, its ears, and its socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.http.copies import FileDoor, KeepFile
from chatdesk.adapters.slack.afterwards import Afterwards
from chatdesk.adapters.slack.answering import Answering
from chatdesk.adapters.slack.app import bolt_app, from_workspace
from chatdesk.adapters.slack.clicks import ACTION, COMMAND, Clicks
from chatdesk.adapters.slack.clients import WorkspacesClient
from chatdesk.adapters.slack.events import Events
from chatdesk.adapters.slack.files import SlackFiles
from chatdesk.adapters.slack.front import HttpFront
from chatdesk.adapters.slack.home import Homes
from chatdesk.adapters.slack.installations import Installations
from chatdesk.adapters.slack.keeping import Keeping, Shelf
from chatdesk.adapters.slack.members import Members
from chatdesk.adapters.slack.memory import Memory
from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.adapters.slack.missed import AGAIN_AFTER, Ground, Missed, keep_noting
from chatdesk.adapters.slack.oauth import InstallPage, OAuth
from chatdesk.adapters.slack.people import SlackPeople
from chatdesk.adapters.slack.places import Places
from chatdesk.adapters.slack.pointing import Pointing
from chatdesk.adapters.slack.reactions import Reactions, Signs
from chatdesk.adapters.slack.socket import WatchedSocket
from chatdesk.adapters.slack.submissions import VIEW, Submissions
from chatdesk.adapters.slack.telling import DeskSide, Telling
from chatdesk.adapters.slack.uploads import Uploads
from chatdesk.adapters.slack.words import MESSAGE, Words
from chatdesk.adapters.slack.workspaces import spoken_in
from chatdesk.ports import StoreUnavailable

API_URL = "https://slack.com/api/"

CALL_WITHIN = 10
"""Seconds for a call to Slack."""

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
    workspaces: tuple[str, ...] = ()
    """Of several workspaces, those that are the organisation's; the first one's ids stay bare."""
    oauth: OAuth | None = None
    """The app as it can be installed in them."""
    encryption_keys: str = ""


class SlackPlatform:
    """Slack as one of the desk's platforms. Nothing is connected before `run`."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that it works with is wired here
        self,
        access: Access,
        desk: DeskSide,
        memory: Memory,
        shelf: Shelf,
        ground: Ground,
        keep_file: KeepFile,
        largest_file: Callable[[], int],
        installations: Installations | None = None,
    ) -> None:
        self._access = access
        _keep_libraries_discreet()
        first = access.workspaces[0] if access.workspaces else ""
        client = _client(access, installations, first)
        self.client = client
        uploads = Uploads(client, memory, desk.files)
        self.messenger = SlackMessenger(client, memory, uploads)
        people = SlackPeople(client, also=access.workspaces)
        members = Members(client, people, desk.roster, desk.stand)
        self.telling = Telling(desk, people, members)
        self.homes = Homes(client, self.telling)
        answering = Answering(client, self.homes, uploads)
        theirs = SlackFiles(lambda: _token(client), access.api_url)
        files = FileDoor(theirs, keep_file, largest_file)
        self.keeping = Keeping(shelf, self.telling.behind)
        later = Afterwards(self.messenger, self.telling)
        words = Words(client, self.telling, answering, files, self.keeping)
        pointing = Pointing(client, self.telling, files)
        signs = Signs(client, memory, desk.signs)

        async def edited(place: str, thread: str) -> None:
            # Behind the edit: no card waits for a sign.
            self.telling.behind(signs.follow(place, thread))

        self.messenger.on_edited = edited
        self.forms = forms = Submissions(
            self.telling, answering, files, self.keeping, later, pointing, signs
        )
        clicks = Clicks(self.telling, answering, words, forms, self.keeping, later, pointing)
        self._again = {
            MESSAGE: words.again,
            VIEW: forms.again,
            COMMAND: clicks.again,
            ACTION: clicks.again,
        }
        meaning = desk.signs.meaning
        reactions = Reactions(self.telling, answering, pointing, signs, meaning)
        self.events = Events(members, self.homes, reactions, Places(desk.places))
        self.app = bolt_app(client, words, clicks, forms, self.events, installations=installations)
        if installations is not None:
            self.app.middleware(from_workspace(first))
            self.events.is_removed = installations.remove
        secrets = access.signing_secrets
        self.front = HttpFront(self.app, secrets) if secrets and not access.app_token else None
        self.install: InstallPage | None = None
        """The page that installs the app in further workspaces, once somebody has made it."""
        self.missed = Missed(client, words, ground)
        self._was_connected = False
        self._socket = (
            WatchedSocket(self.app, access.app_token, client, self._connected)
            if access.app_token
            else None
        )

    async def run(self) -> None:
        """Hear what happens in Slack until cancelled, and find what happened before."""
        works = [self.keeping.keep_sweeping(self._again), self.missed.run()]
        works.append(self.homes.keep_renewing())
        if self._socket is not None:
            hearing = self._socket.hearing
            works += [keep_noting(self.missed, lambda: hearing.silent_for), self._socket.hold()]
        else:
            works += [keep_noting(self.missed, float), self._look_back()]
        tasks = [asyncio.create_task(work, name="slack") for work in works]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.telling.end()

    def _connected(self, silent_for: float) -> None:
        """Look for what was missed: since the desk's last life, or while nothing was heard."""
        if self._was_connected:
            self.missed.want(silent_for)
        else:
            self._was_connected = True
            self.telling.behind(self._look_back())

    async def _look_back(self) -> None:
        """Have looked for what was missed since the desk's last life."""
        while True:
            try:
                await self.missed.want_since_last_time()
            except StoreUnavailable:
                await asyncio.sleep(AGAIN_AFTER)
            else:
                return


def _client(access: Access, installations: Installations | None, first: str) -> AsyncWebClient:
    # The SDK would send again what had arrived; the outbox knows better.
    more: dict[str, Any] = {
        "base_url": access.api_url,
        "timeout": CALL_WITHIN,
        "retry_handlers": [],
    }
    if installations is None:
        return AsyncWebClient(token=access.bot_token, **more)
    return WorkspacesClient(installations, first, token=access.bot_token or None, **more)


def _token(client: AsyncWebClient) -> str:
    """Return what opens files in the workspace that is being spoken in."""
    if isinstance(client, WorkspacesClient):
        return client.token_in(spoken_in())
    return client.token or ""


def _keep_libraries_discreet() -> None:
    """Below INFO these log whole payloads: what people wrote, and addresses that open sockets."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.INFO)
