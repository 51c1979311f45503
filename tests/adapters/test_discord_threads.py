"""Threads and posts in Discord over a ticket's life, and what people do to them by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord.standing import Standing, change_for
from chatdesk.adapters.discord.tags import forum_tags
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json, Refused

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def swept(desk: DiscordDesk) -> None:
    """Let the desk look at all of its threads."""
    await desk.settled()
    assert desk.parts.discord is not None
    await desk.parts.discord.threads.sweep()


def state(thread: Json) -> tuple[bool, bool]:
    found = thread["thread_metadata"]
    return found["archived"], found["locked"]


async def solved(desk: DiscordDesk) -> None:
    """Let Jo resolve it, and Mara agree."""
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    done = {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    await desk.discord.submits(desk.jo, done)
    await desk.settled()
    asked = desk.discord.messages(desk.thread()["id"])[-1]
    await desk.discord.clicks(desk.mara, asked, "Yes, solved")
    await desk.settled()


# --- the end of a conversation --------------------------------------------------------------------


async def test_a_closed_tickets_threads_are_locked_and_its_buttons_work(desk: DiscordDesk) -> None:
    await solved(desk)
    await swept(desk)
    assert [state(one) for one in (desk.post(), desk.thread())] == [(False, True)] * 2
    with pytest.raises(Refused, match="160005"):
        await desk.discord.says(desk.mara, desk.thread()["id"], "One more thing")
    await desk.discord.clicks(desk.mara, desk.receipt(), "It came back")
    await desk.settled()
    await desk.discord.submits(desk.mara, {"What is still wrong?": "It drops again"})
    await swept(desk)
    assert [state(one) for one in (desk.post(), desk.thread())] == [(False, False)] * 2
    await desk.discord.says(desk.mara, desk.thread()["id"], "It drops again")
    await desk.settled()
    assert any("It drops again" in one for one in desk.shown(desk.post()["id"]))


async def test_once_it_cannot_be_reopened_a_conversation_is_archived_in_one_change(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await solved(desk)
    later = desk.parts.gallery.now() + timedelta(days=8)
    monkeypatch.setattr(desk.parts.gallery, "now", lambda: later)
    await swept(desk)
    assert [state(one) for one in (desk.post(), desk.thread())] == [(True, True)] * 2
    changes = desk.discord.rest.made("PATCH", f"/channels/{desk.post()['id']}$")
    assert changes[-1].body == {"archived": True, "locked": True}
    await swept(desk)
    assert desk.discord.rest.made("PATCH", f"/channels/{desk.post()['id']}$") == changes


async def test_nothing_is_shut_while_something_is_still_to_be_said(desk: DiscordDesk) -> None:
    await desk.claimed()
    desk.discord.rest.next("POST", f"/{desk.thread()['id']}/messages$", Fault.rate_limited(600))
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    done = {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    await desk.discord.submits(desk.jo, done)
    await desk.settled()
    await desk.discord.clicks(desk.mara, desk.receipt(), "Yes, solved")
    await swept(desk)
    assert state(desk.thread()) == (False, False)


@pytest.mark.parametrize(
    ("standing", "archived", "locked", "change"),
    [
        (None, False, True, {}),
        (Standing.UNDER_WAY, True, False, {}),
        (Standing.UNDER_WAY, True, True, {"archived": False, "locked": False}),
        (Standing.CLOSED, False, False, {"archived": False, "locked": True}),
        (Standing.CLOSED, True, True, {}),
        (Standing.OVER, False, True, {"archived": True, "locked": True}),
        (Standing.OVER, True, True, {}),
    ],
)
def test_what_is_changed_at_a_thread(
    standing: Standing | None, archived: bool, locked: bool, change: Json
) -> None:
    assert change_for(standing, {"archived": archived, "locked": locked}) == change


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["post", "thread"])
async def test_a_conversation_shut_by_hand_is_opened_at_once(desk: DiscordDesk, where: str) -> None:
    await desk.claimed()
    thread = desk.post() if where == "post" else desk.thread()
    desk.discord.world.alter(thread["id"], archived=True, locked=True)
    await desk.settled()
    assert state(thread) == (False, False)


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_deleted_post_is_begun_anew_and_the_ticket_goes_on(
    desk: DiscordDesk, is_heard: bool
) -> None:
    await desk.claimed()
    old = desk.post()["id"]
    if not is_heard:
        desk.discord.gateway.sessions.clear()
    desk.discord.world.delete(old)
    if is_heard:
        await desk.settled()
    else:
        async with desk.restarted():
            await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
            await desk.until(lambda: bool(desk.discord.posts(desk.forum)))
    await desk.settled()
    assert len(desk.discord.posts(desk.forum)) == 1
    assert desk.post()["id"] != old
    await desk.discord.says(desk.mara, desk.thread()["id"], "And once more")
    await desk.discord.clicks(desk.jo, desk.card(), "Put on hold")
    await desk.discord.submits(desk.jo, {"Until when?": "3d", "Why?": "The vendor is at it"})
    await desk.settled()
    assert "The vendor is at it" in reads(desk.card()["components"])
    assert any("And once more" in one for one in desk.shown(desk.post()["id"]))
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_a_deleted_thread_is_begun_anew_with_its_requester_in_it(desk: DiscordDesk) -> None:
    await desk.claimed()
    old = desk.thread()["id"]
    desk.discord.world.delete(old)
    await desk.settled()
    assert desk.thread()["id"] != old
    assert desk.mara in desk.discord.world.members[desk.thread()["id"]]
    await desk.discord.says(desk.mara, desk.thread()["id"], "Still here")
    await desk.settled()
    assert any("Still here" in one for one in desk.shown(desk.post()["id"]))


async def test_a_deleted_forum_is_told_to_an_admin_once_and_the_ticket_lives_on(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    desk.discord.world.delete(desk.forum)
    await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
    await desk.settled()
    told = desk.shown(desk.direct_of(desk.dana))
    assert sum("The channel of IT help does not work" in one for one in told) == 1
    assert "give the queue another forum" in told[0]
    await desk.discord.calls_command(desk.mara, desk.general, "ticket", "show", number=1)
    assert "VPN drops" in reads(desk.whispered(desk.mara)["components"])


async def test_a_bot_that_is_thrown_out_is_told_of(desk: DiscordDesk) -> None:
    await desk.claimed()
    desk.discord.gateway.dispatch("GUILD_DELETE", {"id": desk.discord.world.guild})
    await desk.settled()
    broken = desk.parts.store.read(lambda tx: tx.troubles.all())
    assert {one.code for one in broken} == {"10004"}
    assert {one.place for one in broken} == {desk.forum, desk.support}


# --- names and tags -------------------------------------------------------------------------------


async def test_the_tags_follow_the_ticket_and_no_name_is_ever_changed(desk: DiscordDesk) -> None:
    tags = [{"id": desk.discord.world.new_id(), **one} for one in forum_tags()]
    desk.discord.world.channels[desk.forum]["available_tags"] = tags
    names = {one["id"]: one["name"] for one in tags}

    def shown() -> set[str]:
        return {names[one] for one in desk.post()["applied_tags"]}

    await desk.opened()
    assert "New" in shown()
    await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    await desk.settled()
    assert "Open" in shown()
    before = len(shown())
    await desk.discord.calls_command(
        desk.jo, desk.post()["id"], "desk", "priority", priority="high"
    )
    await desk.settled()
    await desk.discord.submits(desk.jo, {"Why?": "A whole team waits"})
    await desk.settled()
    assert {"Open", "High"} <= shown()
    assert len(shown()) == before
    await desk.discord.calls_command(
        desk.jo, desk.post()["id"], "desk", "escalate", reason="A whole team waits"
    )
    await desk.settled()
    assert "Escalated" in shown()
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    done = {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    await desk.discord.submits(desk.jo, done)
    await desk.settled()
    assert "Resolved" in shown()
    changed = desk.discord.rest.made("PATCH", "/channels/[^/]+$")
    assert not [call for call in changed if "name" in call.body]
