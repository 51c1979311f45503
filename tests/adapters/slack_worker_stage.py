"""A stage for the worker whose platform is Slack: the real client, and time that stands still."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.http.copies import FileSide
from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.adapters.slack.uploads import Uploads
from chatdesk.ports import Outgoing, Placement, Showing, Transaction
from chatdesk.ui.cards import Files, FileShown, Line
from chatdesk.worker import Outcome
from tests.adapters.slack_room import reads
from tests.slack.loopback import LoopbackSlack
from tests.worker_stage import Pictures, Stage

SECOND = timedelta(seconds=1)

PATIENCE, LITTLE_PATIENCE = 60, 1
"""Seconds the client waits for an answer: never too few on a busy machine, and where none comes."""


class SlackPictures(Pictures):
    """Draws for Slack; a queue's home is named by the lane, `ticket:7:agents:it` is in CIT."""

    def present(self, tx: Transaction, row: Outgoing) -> Showing | None:
        """Draw a row."""
        found = super().present(tx, row)
        if found is None:
            return None
        kind, name, *rest = row.lane.split(":")
        home = f"C{rest[-1].upper()}" if kind == "ticket" else ""
        handles = () if home else (f"slack:U{name.upper()}",)
        placement = Placement(lane=row.lane, number=row.number, queue_home=home, handles=handles)
        card = found.card
        if row.notice == "file":
            file = FileShown(attachment=row.key, name="vpn.log", media_type="text/plain", size=11)
            card = replace(card, elements=(Line(text=card.fallback), Files(files=(file,))))
        return replace(found, platform="slack", placement=placement, card=card)


class SlackStage(Stage):
    """One store, and workers upon it, in front of a Slack."""

    def __init__(self, folder: Path, slack: LoopbackSlack, *, url: str = "") -> None:
        super().__init__(folder, url=url)
        self.slack = slack
        self.pictures = SlackPictures()
        self.client = client = AsyncWebClient(
            token=slack.app.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=PATIENCE
        )
        files = FileSide(content=lambda _: b"10:02 reset", stays=lambda: "it stays in the desk")
        self.messengers = (SlackMessenger(client, self, Uploads(client, self, files)),)

    def get(self, name: str) -> str | None:
        """Return a mark."""
        return self.store.read(lambda tx: tx.marks.get(name))

    def set(self, name: str, value: str) -> None:
        """Set a mark."""
        self.store.write(lambda tx: tx.marks.set(name, value))

    async def pass_(self, span: timedelta) -> None:
        """Let time pass, here and in Slack."""
        self.slack.clock.advance(span.total_seconds())
        await super().pass_(span)

    async def drained(self, within: timedelta, step: timedelta = SECOND) -> timedelta:
        """Let time pass until nothing is left to be sent; return how much it took."""
        took = timedelta()
        await self.settled()
        while (waits := self.waits_for()) is not None:
            assert took < within, "it does not get done"
            passes = max(waits, step)
            await self.pass_(passes)
            took += passes
        return took

    def said_in(self, channel: str, thread: str | None = None) -> list[str]:
        """Return what stands in a place, or as answers in a thread, oldest first."""
        return [reads(one) for one in self.slack.messages(channel, thread)]

    async def sends(self) -> Counter[Outcome]:
        """Return how attempts have ended so far."""
        return Counter((await self.workers[0].health()).sends)


@asynccontextmanager
async def slack_stage(folder: Path, specs: Path, *, url: str = "") -> AsyncIterator[SlackStage]:
    """Build the stage: Mara, Jo, and the channels #it and #hr."""
    slack = LoopbackSlack(specs)
    people = [slack.user(one) for one in ("UMARA", "UJO")]
    for channel in ("CIT", "CHR"):
        slack.channel(channel, channel[1:].lower(), *people)
    async with slack.serving():
        stage = SlackStage(folder, slack, url=url)
        try:
            yield stage
        finally:
            stage.close()
    assert slack.complaints == []
