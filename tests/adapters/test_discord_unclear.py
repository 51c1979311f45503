"""However Discord's answer to a change is lost, the change is there once and is the newest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord import threads
from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.posting import Posting
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.tags import forum_tags
from chatdesk.ports import OutcomeUnknown, Place, PlaceGone, Placement
from chatdesk.ui.cards import Card, Quote
from tests.adapters.test_discord_exactly_once import ENDINGS, drained
from tests.adapters.test_discord_threads import solved, state, swept
from tests.discord.apps import Memory, rest_for
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

NO_ANSWER = 2.0
"""Seconds that stories wait for an answer that does not come."""

TRIES = 4

UNTOLD = Fault.status(503, is_accepted=True)
"""What neither of the libraries below tries again by itself."""

LONG = " ".join(f"word{number}" for number in range(1200))


@pytest.fixture
async def desk(
    store_url: str, shared_specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DiscordDesk]:
    monkeypatch.setattr(threads, "CHANGED_WITHIN", NO_ANSWER)
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        means = made.parts.worker._delivery._means
        object.__setattr__(means, "call_within", timedelta(seconds=NO_ANSWER))
        yield made


class Speaking:
    """A messenger in a forum of a Discord that fails."""

    def __init__(self, discord: LoopbackDiscord, rest: Rest) -> None:
        self.discord = discord
        self.forum = discord.forum("it-desk", forum_tags())
        channels = Channels(rest, Memory(), "", direct_apart=0)
        self.posting = Posting(rest, channels)
        self.messenger = DiscordMessenger(rest, channels, Memory())

    async def posted(self, card: Card) -> tuple[Place, str]:
        """Show a card in a post of its own."""
        placement = Placement(lane="ticket:7:agents:it", number=7, queue_home=self.forum)
        place = await self.messenger.open(placement)
        return place, await self.messenger.post(place, card, key="k1")

    def shown(self, post: str) -> str:
        """Return all that a post says."""
        return "".join(reads(one["components"]) for one in self.discord.messages(post))

    def tags(self, post: str) -> set[str]:
        """Return a post's tags, as people read them."""
        world = self.discord.world
        names = {one["id"]: one["name"] for one in world.channels[self.forum]["available_tags"]}
        return {names[one] for one in world.channels[post]["applied_tags"]}


@pytest.fixture
async def speaking(shared_specs: Path) -> AsyncIterator[Speaking]:
    discord = LoopbackDiscord(shared_specs)
    async with discord.serving() as served, rest_for(served) as rest:
        yield Speaking(discord, rest)
    assert discord.rest.complaints == []


async def tried_until_told(call: Callable[[], Awaitable[None]]) -> None:
    """Call as the worker does: once more after every ending that is not known."""
    for _ in range(TRIES):
        try:
            async with asyncio.timeout(NO_ANSWER):
                return await call()
        except (OutcomeUnknown, TimeoutError):
            continue
    raise AssertionError("it is never told how it ended")


def card(text: str, *labels: str) -> Card:
    return Card(fallback="#7", title="#7 VPN drops", elements=(Quote(text=text),), labels=labels)


# --- edits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_card_shows_its_newest_state_and_stands_once(
    desk: DiscordDesk, ending: str
) -> None:
    await desk.opened()
    post = desk.post()["id"]
    path = f"/channels/{post}/messages/{post}$"
    before = len(desk.discord.rest.made("PATCH", path))
    desk.discord.rest.next("PATCH", path, ENDINGS[ending]())
    await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    await drained(desk)
    assert len(desk.discord.rest.made("PATCH", path)) > before + 1, "it was tried again"
    assert "Assigned to Jo" in reads(desk.card()["components"])
    assert sum("VPN drops" in one for one in desk.shown(post)) == 1
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


# --- deletions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("then", ["short", LONG])
async def test_the_rest_of_a_card_that_shrank_is_gone_and_comes_once_when_it_grows(
    speaking: Speaking, ending: str, then: str
) -> None:
    place, post = await speaking.posted(card(LONG))
    assert len(speaking.discord.messages(post)) > 1
    speaking.discord.rest.next("DELETE", f"/channels/{post}/messages/", ENDINGS[ending]())
    await tried_until_told(lambda: speaking.messenger.edit(place, post, card("short")))
    assert speaking.shown(post).count("short") == len(speaking.discord.messages(post)) == 1
    assert len(speaking.discord.rest.made("DELETE", f"/{post}/messages/")) > 1
    await speaking.messenger.edit(place, post, card(then))
    assert all(speaking.shown(post).count(f"{one}") == 1 for one in then.split()[-2:])


async def test_a_card_that_grows_again_before_it_is_told_that_its_rest_is_gone_stands_once(
    speaking: Speaking,
) -> None:
    place, post = await speaking.posted(card(LONG))
    whole = speaking.shown(post)
    speaking.discord.rest.next("DELETE", f"/channels/{post}/messages/", UNTOLD)
    with pytest.raises(OutcomeUnknown):
        await speaking.messenger.edit(place, post, card("short"))
    await tried_until_told(lambda: speaking.messenger.edit(place, post, card(LONG)))
    assert speaking.shown(post) == whole


@pytest.mark.parametrize("is_thread_gone", [False, True])
async def test_what_is_gone_already_counts_as_taken_back(
    speaking: Speaking, is_thread_gone: bool
) -> None:
    _, post = await speaking.posted(card(LONG))
    rest = speaking.discord.messages(post)[-1]["id"]
    speaking.discord.rest.next("DELETE", f"/channels/{post}/messages/", UNTOLD)
    with pytest.raises(OutcomeUnknown):
        await speaking.posting.remove(post, rest)
    if is_thread_gone:
        speaking.discord.world.delete(post)
    await speaking.posting.remove(post, rest)
    assert len(speaking.discord.rest.made("DELETE", f"/{post}/messages/")) == 2


async def test_what_may_not_be_taken_back_does_not_count_as_gone(speaking: Speaking) -> None:
    _, post = await speaking.posted(card(LONG))
    speaking.discord.rest.next("DELETE", f"/{post}/messages/", Fault.refused(50001))
    with pytest.raises(PlaceGone):
        await speaking.posting.remove(post, speaking.discord.messages(post)[-1]["id"])


# --- threads --------------------------------------------------------------------------------------


def changes(desk: DiscordDesk) -> list[int]:
    """Return how often each of the newest ticket's two threads was to be changed."""
    asked = desk.discord.rest.made
    return [len(asked("PATCH", f"/channels/{one['id']}$")) for one in (desk.post(), desk.thread())]


@asynccontextmanager
async def unclear(
    desk: DiscordDesk, ending: str, *, is_then: tuple[bool, bool]
) -> AsyncIterator[None]:
    """Let the next change of each thread end so, and yet be made before long."""
    before = changes(desk)
    for one in (desk.post(), desk.thread()):
        desk.discord.rest.next("PATCH", f"/channels/{one['id']}$", ENDINGS[ending]())
    yield
    for _ in before * 2:
        await swept(desk)
    assert [state(one) for one in (desk.post(), desk.thread())] == [is_then] * 2
    both = zip(before, changes(desk), strict=True)
    assert all(after > asked for asked, after in both), "it has ended so"


@pytest.mark.parametrize("ending", ENDINGS)
async def test_threads_are_locked_archived_and_opened_in_the_end(
    desk: DiscordDesk, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await solved(desk)
    async with unclear(desk, ending, is_then=(False, True)):
        pass
    async with unclear(desk, ending, is_then=(False, False)):
        await came_back(desk)
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    done = {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.3"}
    await desk.discord.submits(desk.jo, done)
    await drained(desk)
    over = desk.parts.gallery.now() + timedelta(days=30)
    monkeypatch.setattr(desk.parts.gallery, "now", lambda: over)
    await desk.discord.clicks(desk.mara, desk.receipt(), "Yes, solved")
    async with unclear(desk, ending, is_then=(True, True)):
        pass


async def came_back(desk: DiscordDesk) -> None:
    await desk.discord.clicks(desk.mara, desk.receipt(), "It came back")
    await desk.settled()
    await desk.discord.submits(desk.mara, {"What is still wrong?": "It drops again"})
    await drained(desk)


async def test_a_thread_that_was_shut_untold_is_opened_as_soon_as_its_ticket_comes_back(
    desk: DiscordDesk,
) -> None:
    await solved(desk)
    desk.discord.rest.next("PATCH", f"/channels/{desk.post()['id']}$", UNTOLD)
    await swept(desk)
    assert state(desk.post()) == (False, True)
    await came_back(desk)
    assert state(desk.post()) == (False, False)


# --- tags -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("then", ["Resolved", "Open"])
async def test_a_posts_tags_are_the_newest(speaking: Speaking, ending: str, then: str) -> None:
    place, post = await speaking.posted(card("VPN", "Open"))
    assert speaking.tags(post) == {"Open"}
    speaking.discord.rest.next("PATCH", f"/channels/{post}$", ENDINGS[ending]())
    await tried_until_told(lambda: speaking.messenger.edit(place, post, card("VPN", "Resolved")))
    await tried_until_told(lambda: speaking.messenger.edit(place, post, card("VPN", then)))
    assert speaking.tags(post) == {then}


async def test_tags_that_are_as_before_by_the_time_of_the_next_try_are_set_again(
    speaking: Speaking,
) -> None:
    place, post = await speaking.posted(card("VPN", "Open"))
    speaking.discord.rest.next("PATCH", f"/channels/{post}$", Fault.drop())
    with pytest.raises(OutcomeUnknown):
        await speaking.messenger.edit(place, post, card("VPN", "Resolved"))
    await speaking.messenger.edit(place, post, card("VPN", "Open"))
    assert speaking.tags(post) == {"Open"}
