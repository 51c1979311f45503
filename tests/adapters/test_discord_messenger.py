"""Discord keeps the messenger's promises, and what an outcome means to the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chatdesk.adapters.discord.channels import Channels, thread_name
from chatdesk.adapters.discord.errors import DIRECT, REMEDIES
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.rest import INVALID, Rest
from chatdesk.adapters.discord.tags import forum_tags
from chatdesk.ports import (
    AccessLost,
    OutcomeUnknown,
    Place,
    PlaceGone,
    Placement,
    PlatformRefused,
    RateLimited,
    Transient,
)
from chatdesk.ui.cards import Card, Quote
from chatdesk.ui.trouble_cards import NEARLY_FULL
from tests.adapters.messenger_contract import AGENTS, REQUESTER, MessengerContract, card
from tests.discord.apps import Memory, rest_for
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord, Served
from tests.discord.reference import reads

OF_A_THREAD = frozenset({"50083", "160005", "160006", "160007"})
"""What only a thread is refused with; stories tell what becomes of it."""

LONG = " ".join(f"word{number}" for number in range(2400))[:12_000]
TITLED = Card(fallback="#7 VPN", title="🔵 #7 VPN drops", labels=("Open", "High"))


@pytest.fixture
async def discord(shared_specs: Path) -> AsyncIterator[LoopbackDiscord]:
    loopback = LoopbackDiscord(shared_specs)
    async with loopback.serving() as served:
        loopback.served = served  # type: ignore[attr-defined]  # for the story below
        yield loopback
    assert loopback.rest.complaints == []


def long_card(text: str = LONG) -> Card:
    return Card(fallback="long", elements=(Quote(text=text),))


class TestDiscordMessenger(MessengerContract):
    @pytest.fixture
    async def messenger(self, discord: LoopbackDiscord) -> AsyncIterator[DiscordMessenger]:
        self.discord = discord
        self.mara, self.jo = discord.user("Mara"), discord.user("Jo")
        self.support = discord.text_channel("help")
        self.forum = discord.forum("it-desk", forum_tags())
        self.memory = Memory()
        self.served: Served = discord.served  # type: ignore[attr-defined]  # kept by the fixture above
        async with rest_for(self.served) as rest:
            yield self.made(rest)

    def made(self, rest: Rest) -> DiscordMessenger:
        self.rest = rest
        channels = Channels(rest, self.memory, self.support, direct_apart=0)
        return DiscordMessenger(rest, channels, self.memory)

    def agents(self) -> Placement:
        return Placement(lane=AGENTS, number=7, queue_home=self.forum)

    def person(self, lane: str, *, is_other: bool = False) -> Placement:
        user = self.jo if is_other else self.mara
        return Placement(lane=lane, handles=("local:x", f"discord:{user}"))

    def stranger(self) -> Placement:
        return Placement(lane="person:p9", handles=("local:x", "discord:123456789012345678"))

    async def shown(self, place: Place, message: str) -> str:
        channel = await self._channel(place, message)
        found = {one["id"]: one for one in self.discord.messages(channel)}
        rest = (self.memory.get(f"discord:rest:{message}") or "").split()[1:]
        return "".join(reads(found[one]) for one in (message, *rest))

    async def _channel(self, place: Place, message: str) -> str:
        if place.thread:
            return place.thread
        return message if place.place == self.forum else place.place

    async def messages(self, place: Place) -> list[str]:
        if place.place == self.forum and not place.thread:
            return [one["id"] for one in self.discord.posts(self.forum)]
        found = self.discord.messages(place.thread or place.place)
        return [one["id"] for one in found if one["id"] != place.thread]

    def calls(self, method: str, path: str) -> list[Any]:
        return self.discord.rest.made(method, path)

    # --- long cards ---

    @pytest.mark.parametrize("lane", [AGENTS, REQUESTER, "person:p1"])
    async def test_a_long_card_is_followed_by_its_rest_and_shrinks_again(
        self, messenger: DiscordMessenger, lane: str
    ) -> None:
        placement = self.agents() if lane == AGENTS else self.person(lane)
        place = await messenger.open(placement)
        message = await messenger.post(place, long_card(), key="k1")
        assert await self.shown(place, message) == LONG
        assert await messenger.find(place, "k1") == message
        await messenger.edit(place, message, long_card(LONG[:5000]))
        assert await self.shown(place, message) == LONG[:5000]
        await messenger.edit(place, message, card("short"))
        channel = await self._channel(place, message)
        assert [one["id"] for one in self.discord.messages(channel)] == [message]
        await messenger.edit(place, message, long_card())
        assert await self.shown(place, message) == LONG

    @pytest.mark.parametrize("lost", [1, 2, 3])
    async def test_a_long_card_that_broke_off_is_completed_and_nothing_stands_twice(
        self, messenger: DiscordMessenger, lost: int
    ) -> None:
        place = await messenger.open(self.person(REQUESTER))
        good = [Fault.none()] * (lost - 1)
        self.discord.rest.next("POST", "/messages$", *good, Fault.drop())
        with pytest.raises(OutcomeUnknown):
            await messenger.post(place, long_card(), key="k1")
        assert await messenger.find(place, "k1") is None
        message = await messenger.post(place, long_card(), key="k1")
        assert await messenger.find(place, "k1") == message
        assert await self.shown(place, message) == LONG
        assert len(await self.messages(place)) == len(set(await self.messages(place)))

    # --- what may have arrived ---

    @pytest.mark.parametrize("fault", [Fault.drop(), Fault.status(502, is_accepted=True)])
    @pytest.mark.parametrize("lane", [AGENTS, REQUESTER, "person:p1"])
    async def test_what_arrived_is_found_and_stands_once(
        self, messenger: DiscordMessenger, lane: str, fault: Fault
    ) -> None:
        placement = self.agents() if lane == AGENTS else self.person(lane)
        place = await messenger.open(placement)
        self.discord.rest.next("POST", "/messages$", fault)
        self.discord.rest.next("POST", f"/{self.forum}/threads$", fault)
        with pytest.raises(OutcomeUnknown):
            await messenger.post(place, TITLED, key="k1")
        (arrived,) = await self.messages(place)
        assert await messenger.find(place, "k1") == arrived

    @pytest.mark.parametrize("minutes", [0, 10])
    async def test_within_the_window_discord_itself_keeps_one(
        self, messenger: DiscordMessenger, minutes: int
    ) -> None:
        place = await messenger.open(self.person("person:p1"))
        first = await messenger.post(place, card("once"), key="k1")
        self.discord.world.now += minutes * 60
        again = await messenger.post(place, card("once"), key="k1")
        assert (again == first) is (minutes == 0)
        nonces = [call.body["nonce"] for call in self.calls("POST", "/messages$")]
        assert nonces[0] == nonces[1]
        assert all(call.body["enforce_nonce"] for call in self.calls("POST", "/messages$"))

    async def test_the_library_sends_nothing_twice_by_itself(
        self, messenger: DiscordMessenger
    ) -> None:
        place = await messenger.open(self.agents())
        self.discord.rest.next("POST", "/threads$", Fault.status(500, is_accepted=True))
        with pytest.raises(OutcomeUnknown):
            await messenger.post(place, TITLED, key="k1")
        assert len(self.discord.posts(self.forum)) == 1
        assert len(self.calls("POST", "/threads$")) == 1

    async def test_a_private_thread_that_was_made_is_found_by_its_number(
        self, messenger: DiscordMessenger
    ) -> None:
        self.discord.rest.next("POST", "/threads$", Fault.drop())
        with pytest.raises(OutcomeUnknown):
            await messenger.open(self.person(REQUESTER))
        place = await messenger.open(self.person(REQUESTER))
        (thread,) = self.discord.posts(self.support)
        assert place == Place(platform="discord", place=self.support, thread=thread["id"])
        assert self.discord.world.members[thread["id"]] >= {self.mara}
        assert thread["thread_metadata"]["invitable"] is False

    async def test_a_post_archived_by_hand_is_found_too(self, messenger: DiscordMessenger) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, TITLED, key="k1")
        self.discord.posts(self.forum)[0]["thread_metadata"]["archived"] = True
        assert await messenger.find(place, "k1") == message
        assert await messenger.find(place, "k2") is None

    async def test_an_edit_after_a_restart_keeps_the_number(
        self, messenger: DiscordMessenger
    ) -> None:
        place = await messenger.open(self.person(REQUESTER))
        message = await messenger.post(place, card("before"), key="k1")
        again = self.made(self.rest)
        await again.edit(place, message, card("after"))
        assert await again.find(place, "k1") == message
        assert await again.open(self.person(REQUESTER)) == place

    # --- outcomes ---

    @pytest.mark.parametrize("code", sorted(set(REMEDIES) - OF_A_THREAD - {NEARLY_FULL}))
    async def test_a_broken_place_is_told_with_what_an_admin_can_do(
        self, messenger: DiscordMessenger, code: str
    ) -> None:
        place = await messenger.open(self.person("person:p1"))
        self.discord.rest.next("POST", "/messages$", Fault.refused(int(code)))
        with pytest.raises(PlaceGone, match=code) as gone:
            await messenger.post(place, card("lost"), key="k1")
        assert gone.value.code == code

    async def test_somebody_who_takes_no_direct_messages_is_told_of(
        self, messenger: DiscordMessenger
    ) -> None:
        place = await messenger.open(self.person("person:p1"))
        self.discord.world.closed_to_bot.add(self.mara)
        with pytest.raises(PlaceGone, match="50007"):
            await messenger.post(place, card("lost"), key="k1")

    async def test_a_bot_in_quarantine_begins_no_direct_message(
        self, messenger: DiscordMessenger
    ) -> None:
        self.discord.rest.next("POST", "/users/@me/channels", Fault.refused(20026))
        with pytest.raises(PlaceGone) as gone:
            await messenger.open(self.person("person:p1"))
        assert gone.value.place == DIRECT

    async def test_writing_to_people_too_fast_waits(self, messenger: DiscordMessenger) -> None:
        self.discord.rest.next("POST", "/users/@me/channels", Fault.refused(40003))
        with pytest.raises(RateLimited) as limited:
            await messenger.open(self.person("person:p1"))
        assert limited.value.after >= timedelta(minutes=1)

    @pytest.mark.parametrize("fault", [Fault.rate_limited(120), Fault.banned()])
    async def test_a_limit_is_told_with_its_pause(
        self, messenger: DiscordMessenger, fault: Fault
    ) -> None:
        place = await messenger.open(self.person("person:p1"))
        self.discord.rest.next("POST", "/messages$", fault)
        with pytest.raises(RateLimited) as limited:
            await messenger.post(place, card("later"), key="k1")
        assert limited.value.after == timedelta(seconds=fault.retry_after)
        assert await self.messages(place) == []

    async def test_a_short_limit_is_kept_by_the_library(self, messenger: DiscordMessenger) -> None:
        place = await messenger.open(self.person("person:p1"))
        self.discord.rest.next("POST", "/messages$", Fault.rate_limited(0.01))
        await messenger.post(place, card("soon"), key="k1")
        assert len(await self.messages(place)) == 1

    async def test_what_discord_never_takes_is_refused(self, messenger: DiscordMessenger) -> None:
        place = await messenger.open(self.person("person:p1"))
        self.discord.rest.next("POST", "/messages$", Fault.refused(50035, 400))
        with pytest.raises(PlatformRefused, match="50035"):
            await messenger.post(place, card("never"), key="k1")

    async def test_a_token_that_is_wrong_lets_everything_wait(
        self, messenger: DiscordMessenger
    ) -> None:
        async with rest_for(self.served, "another.token") as rest:
            for _ in range(2):
                with pytest.raises(AccessLost):
                    await self.made(rest).open(self.person("person:p1"))

    async def test_a_discord_that_cannot_be_reached_took_nothing(
        self, messenger: DiscordMessenger
    ) -> None:
        nowhere = Served("http://127.0.0.1:1/api/v10/", "ws://127.0.0.1:1/")
        async with rest_for(nowhere) as rest:
            with pytest.raises(Transient):
                await self.made(rest).open(self.person(REQUESTER))

    async def test_too_many_refused_calls_stop_all_others(
        self, messenger: DiscordMessenger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chatdesk.adapters.discord.rest.INVALID", 3)
        async with rest_for(self.served) as rest:
            for _ in range(3):
                self.discord.rest.next("GET", "/channels/", Fault.refused(50001))
                with pytest.raises(PlaceGone):
                    await rest.get("/channels/{channel_id}", channel_id=self.forum)
            before = len(self.discord.rest.calls)
            with pytest.raises(Transient):
                await rest.get("/channels/{channel_id}", channel_id=self.forum)
            assert len(self.discord.rest.calls) == before
        assert INVALID < 10_000

    async def test_calls_that_are_limited_count_each_time_and_answers_still_go_out(
        self, messenger: DiscordMessenger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chatdesk.adapters.discord.rest.INVALID", 3)
        callback = "/interactions/{webhook_id}/{webhook_token}/callback"
        async with rest_for(self.served) as rest:
            limits = [Fault.rate_limited(0.01), Fault.rate_limited(0.01), Fault.rate_limited(40)]
            self.discord.rest.next("GET", "/channels/", *limits)
            with pytest.raises(RateLimited):
                await rest.get("/channels/{channel_id}", channel_id=self.forum)
            with pytest.raises(Transient):
                await rest.get("/channels/{channel_id}", channel_id=self.forum)
            with pytest.raises(PlatformRefused, match="10062"):
                await rest.call(
                    "POST", callback, {"type": 6}, webhook_id="1", webhook_token="unknown"
                )

    # --- places ---

    @pytest.mark.parametrize("home", ["it-desk", "#it-desk", "support"])
    async def test_a_queues_home_is_the_id_of_a_forum(
        self, messenger: DiscordMessenger, home: str
    ) -> None:
        named = self.support if home == "support" else home
        with pytest.raises(PlaceGone, match="id"):
            await messenger.open(Placement(lane=AGENTS, queue_home=named))

    async def test_without_a_support_channel_it_is_said_what_to_set(
        self, messenger: DiscordMessenger
    ) -> None:
        self.support = ""
        with pytest.raises(PlaceGone, match="CHATDESK_DISCORD_SUPPORT_CHANNEL"):
            await self.made(self.rest).open(self.person(REQUESTER))

    async def test_an_archived_thread_is_opened_before_anything_is_changed(
        self, messenger: DiscordMessenger
    ) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, TITLED, key="k1")
        self.discord.posts(self.forum)[0]["thread_metadata"]["archived"] = True
        await messenger.edit(place, message, card("after"))
        assert "after" in await self.shown(place, message)
        assert not self.discord.posts(self.forum)[0]["thread_metadata"]["archived"]

    async def test_the_tags_of_a_post_follow_its_card_and_its_name_stays(
        self, messenger: DiscordMessenger
    ) -> None:
        tags = {
            tag["id"]: tag["name"]
            for tag in self.discord.world.channels[self.forum]["available_tags"]
        }
        place = await messenger.open(self.agents())
        message = await messenger.post(place, TITLED, key="k1")
        (post,) = self.discord.posts(self.forum)
        assert post["name"] == "#7 VPN drops"
        assert [tags[one] for one in post["applied_tags"]] == ["Open", "High"]
        changed = Card(fallback="f", title="✅ #7 Another", labels=("Resolved", "High", "No such"))
        for _ in range(2):
            await messenger.edit(place, message, changed)
        assert [tags[one] for one in post["applied_tags"]] == ["Resolved", "High"]
        assert post["name"] == "#7 VPN drops"
        assert len(self.calls("PATCH", "/channels/[^/]+$")) == 1

    async def test_nobody_is_pinged(self, messenger: DiscordMessenger) -> None:
        text = f"@everyone <@{self.jo}> <@&1> [click](https://example.invalid) https://a.invalid"
        place = await messenger.open(self.agents())
        hostile = Card(fallback=text, title=text, elements=(Quote(text=text, author=text),))
        message = await messenger.post(place, hostile, key="k1")
        await messenger.edit(place, message, hostile)
        bodies = [call.body for call in self.discord.rest.calls if call.body]
        asked = [body.get("message", body) for body in bodies if "components" in str(body)]
        assert asked
        assert all(body["allowed_mentions"] == {"parse": []} for body in asked)


@pytest.mark.parametrize(
    ("text", "number", "name"),
    [
        ("🔵 #1042 VPN\n drops", None, "#1042 VPN drops"),
        ("", 7, "#7"),
        ("VPN drops", 7, "#7 VPN drops"),
        ("Hello", None, "Hello"),
        ("", None, "…"),
    ],
)
def test_a_threads_name_begins_with_the_number(text: str, number: int | None, name: str) -> None:
    assert thread_name(text, number) == name
    assert len(thread_name(text + "x" * 200, number)) <= 100
