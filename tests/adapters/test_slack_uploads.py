"""Files cross to the other side: each once, in its thread, or told in words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.http.copies import FileSide
from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.adapters.slack.uploads import Uploads
from chatdesk.ports import Place, PlatformError, RateLimited, Transient
from chatdesk.ui.cards import Card, Files, FileShown, Line
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import SlackDesk, claimed, reads, slack_desk
from tests.adapters.test_slack_messenger import Memory
from tests.slack.bolt_app import client_for
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Message

PICTURE = b"\x89PNG and so on"


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def desk(url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, url, tmp_path) as one:
        yield one


def files_in(desk: SlackDesk, place: str, thread: Message | None = None) -> list[str]:
    """The names of the files that the desk put into a place or thread."""
    found = desk.slack.messages(place, thread)
    return [file.name for one in found if one.bot_id for file in one.files]


async def test_a_requesters_file_comes_to_the_agents_with_its_bytes(desk: SlackDesk) -> None:
    card = await claimed(desk)
    direct = desk.slack.dm("UMARA")
    receipt = desk.slack.messages(direct)[0]
    picture = desk.slack.file("screen.png", PICTURE, "UMARA")
    await desk.slack.says("UMARA", direct, "Look", thread_ts=receipt, files=[picture])
    await desk.settled()
    (message,) = [m for m in desk.slack.messages("CHELP", card) if m.bot_id and m.files]
    (file,) = message.files
    assert (file.name, file.content, file.alt_text) == ("screen.png", PICTURE, "screen.png")
    assert files_in(desk, direct.id, receipt) == []  # Mara has it


async def test_a_replys_file_comes_to_the_requester(desk: SlackDesk) -> None:
    card = await claimed(desk)
    await desk.slack.clicks("UJO", card, "Reply")
    await desk.settled()
    guide = desk.slack.file("guide.pdf", b"%PDF", "UJO")
    await desk.slack.submits("UJO", values={"To Mara": "Here is how", "Files": [guide]})
    await desk.settled()
    desk.parts.store.write(lambda tx: tx.outbox.hasten(["ticket:1:requester"]))
    assert files_in(desk, "CHELP", card) == ["guide.pdf"]


async def test_a_forms_file_that_is_too_large_is_told_with_how_much(desk: SlackDesk) -> None:
    card = await claimed(desk)
    await desk.slack.clicks("UJO", card, "Reply")
    await desk.settled()
    film = desk.slack.file("film.mp4", b"x" * 25_000_000, "UJO")
    told = await desk.slack.submits("UJO", values={"To Mara": "Here it is", "Files": [film]})
    (why,) = (told.errors or {}).values()
    assert "film.mp4 (25 MB > 20 MB) could not be taken along" in why
    assert "Nothing was sent" in why


async def test_a_forms_file_stands_once_however_often_the_card_changes(desk: SlackDesk) -> None:
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new VPN drops")
    await desk.settled()
    await desk.slack.fills("UMARA", {"What is it about?": "Something else"})
    await desk.settled()
    log = desk.slack.file("vpn.log", b"10:02 reset", "UMARA")
    await desk.slack.submits("UMARA", values={"Files": [log]})
    await desk.settled()
    card = desk.slack.messages("CHELP")[-1]
    assert files_in(desk, "CHELP", card) == ["vpn.log"]
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    await desk.slack.clicks("UKIM", card, "Watch")
    await desk.settled()
    assert files_in(desk, "CHELP", card) == ["vpn.log"]
    assert files_in(desk, desk.slack.dm("UMARA").id) == []


async def test_a_transcript_is_handed_over_in_a_direct_message(desk: SlackDesk) -> None:
    await claimed(desk)
    await desk.slack.types("UMARA", "CGENERAL", "/ticket export 1")
    await desk.settled()
    assert files_in(desk, desk.slack.dm("UMARA").id) == ["ticket-1.md"]


# --- what goes wrong ------------------------------------------------------------------------------


class Stage:
    """A messenger that brings files, in a Slack where its calls go wrong."""

    def __init__(self, slack: LoopbackSlack) -> None:
        self.slack = slack
        self.kept: dict[str, bytes] = {"a1": b"one", "a2": b"two"}
        client, memory = client_for(slack), Memory()
        files = FileSide(content=self.kept.get, stays=lambda: "It stays with the desk.")
        self.messenger = SlackMessenger(client, memory, Uploads(client, memory, files))
        self.place = Place(platform="slack", place="CHELP")

    def card(self) -> Card:
        files = tuple(
            FileShown(attachment=name, name=f"{name}.txt", media_type="text/plain", size=3)
            for name in ("a1", "a2")
        )
        return Card(fallback="Two", elements=(Line(text="Two files"), Files(files=files)))

    async def post(self) -> None:
        """Post until it ends well, as the worker does."""
        for _ in range(5):
            self.slack.clock.advance(1.1)
            try:
                await self.messenger.post(self.place, self.card(), key="k1")
            except PlatformError:
                if await self.messenger.find(self.place, "k1"):
                    return
                continue
            return

    def seen(self) -> list[str]:
        (root,) = self.slack.messages("CHELP")
        return [f.name for m in self.slack.messages("CHELP", root) for f in m.files]


@pytest.fixture
async def stage(shared_specs: Path) -> AsyncIterator[Stage]:
    slack = LoopbackSlack(shared_specs)
    slack.channel("CHELP", "it-help", slack.user("UJO"))
    async with slack.serving():
        yield Stage(slack)
    assert slack.complaints == []


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.completeUploadExternal", Fault.drop()),
        ("files.completeUploadExternal", Fault.status(503, is_accepted=True)),
        ("files.completeUploadExternal", Fault.status(503)),
        ("files.completeUploadExternal", Fault.rate_limited(2)),
        ("files.getUploadURLExternal", Fault.drop()),
        ("upload", Fault.drop()),
        ("upload", Fault.status(500)),
        ("chat.postMessage", Fault.drop()),
    ],
    ids=["shared", "shared 503", "not shared", "limited", "address", "bytes", "bytes 500", "card"],
)
async def test_whatever_breaks_off_every_file_stands_there_once(
    stage: Stage, method: str, fault: Fault
) -> None:
    stage.slack.next(method, fault)
    await stage.post()
    assert stage.seen() == ["a1.txt", "a2.txt"]
    assert await stage.messenger.find(stage.place, "k1") is not None
    await stage.messenger.post(stage.place, stage.card(), key="k1")
    assert stage.seen() == ["a1.txt", "a2.txt"]


async def test_a_card_whose_files_are_missing_is_not_there_yet(stage: Stage) -> None:
    stage.slack.next("files.getUploadURLExternal", Fault.status(503))
    with pytest.raises(Transient):
        await stage.messenger.post(stage.place, stage.card(), key="k1")
    assert await stage.messenger.find(stage.place, "k1") is None
    await stage.messenger.post(stage.place, stage.card(), key="k1")
    assert stage.seen() == ["a1.txt", "a2.txt"]


async def test_a_pause_that_slack_asks_for_is_kept(stage: Stage) -> None:
    stage.slack.next("files.getUploadURLExternal", Fault.rate_limited(7))
    with pytest.raises(RateLimited) as limited:
        await stage.messenger.post(stage.place, stage.card(), key="k1")
    assert limited.value.after == timedelta(seconds=7)


@pytest.mark.parametrize("error", ["file_upload_size_restricted", "file_uploads_disabled"])
async def test_what_slack_does_not_take_is_told_in_words(stage: Stage, error: str) -> None:
    stage.slack.next("files.getUploadURLExternal", Fault.refused(error))
    await stage.post()
    (root,) = stage.slack.messages("CHELP")
    said = [reads(one) for one in stage.slack.messages("CHELP", root)]
    assert stage.seen() == ["a2.txt"]
    assert any("a1.txt (3 bytes)" in one and "It stays with the desk." in one for one in said)
    await stage.messenger.post(stage.place, stage.card(), key="k1")
    assert len(stage.slack.messages("CHELP", root)) == 2


async def test_a_file_that_is_gone_is_told_in_words(stage: Stage) -> None:
    del stage.kept["a1"]
    await stage.post()
    assert stage.seen() == ["a2.txt"]
