"""A whole desk in Discord: the real library, a real database, and people who ask and answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.config import PolicySource, Settings
from chatdesk.ports import StoreUnavailable, Transaction
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord, Served
from tests.discord.reference import lint_message, reads
from tests.discord.rest_api import TOKEN
from tests.discord.world import Json
from tests.fakes import HandTicks

POLICY = """
name: Northwind IT
zone: Europe/Berlin
admins: [discord:DANA]
managers: [discord:DANA]
queues:
  it:
    title: IT help
    agents: [discord:JO, discord:KIM]
    leads: [discord:JO]
    home: {discord: "FORUM"}
    hours: always
topics:
  vpn:
    title: VPN
    queue: it
    questions:
      - {name: system, label: Which system?, kind: choice, options: [Linux, Windows]}
      - {name: version, label: Which version?, when: {system: [Windows]}}
  other:
    title: Something else
    queue: it
hours:
  always:
    zone: Europe/Berlin
    week: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"],
           thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"]}
"""


class DiscordDesk:
    """A desk and the Discord it is in."""

    def __init__(self, discord: LoopbackDiscord, folder: Path, url: str) -> None:
        self.discord = discord
        self._folder, self._url = folder, url
        self.mara, self.jo, self.kim, self.dana = map(discord.user, ("Mara", "Jo", "Kim", "Dana"))
        self.support, self.general = map(discord.text_channel, ("help", "general"))
        self.forum = discord.forum("it-desk")
        policy = POLICY.replace("FORUM", self.forum)
        for name in ("mara", "jo", "kim", "dana"):
            policy = policy.replace(f"discord:{name.upper()}", f"discord:{getattr(self, name)}")
        (folder / "desk.yaml").write_text(policy)
        self.parts: bootstrap.Parts

    def settings(self) -> Settings:
        """Return what the desk is told by its environment."""
        return Settings(
            data_dir=self._folder,
            database_url=SecretStr(self._url),
            discord_token=SecretStr(TOKEN),
            discord_guild=self.discord.world.guild,
            discord_support_channel=self.support,
            discord_api_url=self._served.api_url,
            discord_gateway_url=self._served.gateway_url,
        )

    @asynccontextmanager
    async def running(self, served: Served) -> AsyncIterator[DiscordDesk]:
        """Let the desk work until the story ends, however often it is restarted."""
        self._served = served
        await self._start()
        try:
            yield self
        finally:
            await self._stop()

    @asynccontextmanager
    async def restarted(self, before: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Stop the desk and start it again; `before` happens in between."""
        await self.settled()
        await self._stop()
        before()
        await self._start()
        yield

    async def _start(self) -> None:
        self.parts = bootstrap.assemble(self.settings(), PolicySource(self._folder / "desk.yaml"))
        platform = self.parts.discord
        assert platform is not None
        self.discord.gateway.identified.clear()
        self._tasks = [
            asyncio.create_task(self.parts.worker.run(HandTicks())),
            asyncio.create_task(platform.run()),
        ]
        self._forget = self.parts.store.listen(self.parts.worker.wake)
        await self.discord.connected()

    async def _stop(self) -> None:
        platform = self.parts.discord
        assert platform is not None
        self._forget()
        await self.parts.worker.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await platform.close()
        await asyncio.to_thread(self.parts.close)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(20):
            while not is_so():  # noqa: ASYNC110 - the other side has no event for it
                await asyncio.sleep(0.02)

    def direct_of(self, user: str) -> str:
        """Return somebody's direct messages with the desk."""
        return self.discord.direct(user)

    def say_quietly(self, text: str) -> None:
        """Let Mara say something that no session hears."""
        self.discord.gateway.sessions.clear()
        self.discord.world.say(self.thread()["id"], self.mara, {"content": text})

    async def settled(self) -> None:
        """Wait until nobody has anything left to say."""
        assert self.parts.discord is not None
        calm = 0
        async with asyncio.timeout(20):
            while calm < 2:
                await self.discord.gateway.settled()
                await self.parts.discord.telling.settle()
                self.parts.worker.wake()
                await asyncio.sleep(0.02)
                is_quiet = self.parts.worker.is_at_rest and self.parts.store.read(_is_quiet)
                calm = calm + 1 if is_quiet else 0

    # --- looking ---

    def post(self) -> Json:
        """Return the newest post of the forum."""
        return self.discord.posts(self.forum)[-1]

    def card(self) -> Json:
        """Return the card of the newest ticket."""
        return self.discord.messages(self.post()["id"])[0]

    def thread(self) -> Json:
        """Return the newest thread of the support channel."""
        return self.discord.posts(self.support)[-1]

    def receipt(self) -> Json:
        """Return the receipt of the newest ticket."""
        return self.discord.messages(self.thread()["id"])[0]

    def shown(self, channel: str) -> list[str]:
        """Return what can be read in a channel."""
        found = self.discord.messages(channel)
        return [reads(one["components"]) + one["content"] for one in found]

    def whispered(self, user: str) -> Json:
        """Return what somebody alone was shown last."""
        return self.discord.seen_by(user)[-1]

    # --- what most stories begin with ---

    async def opened(self, summary: str = "VPN drops") -> None:
        """Let Mara open a ticket."""
        ask = self.discord
        await ask.calls_command(
            self.mara, self.general, "ticket", "new", words=summary, topic="vpn"
        )
        first = {"What happened?": "Since noon, every ten minutes.", "Which system?": "Linux"}
        await ask.submits(self.mara, first)
        await self.settled()
        await ask.clicks(self.mara, self.whispered(self.mara), "Send as it is")
        await self.settled()

    async def claimed(self) -> None:
        """Let Jo have it."""
        await self.opened()
        await self.discord.clicks(self.jo, self.card(), "Claim")
        await self.settled()


def _is_quiet(tx: Transaction) -> bool:
    due_in = tx.outbox.next_due_in()
    return due_in is None or due_in > timedelta(seconds=5)


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    discord = LoopbackDiscord(shared_specs)
    async with discord.serving() as served:
        made = DiscordDesk(discord, tmp_path, store_url)
        async with made.running(served):
            yield made
            await made.settled()
    assert discord.rest.complaints == []
    ours = [one for one in discord.everything_shown() if one["author"] == discord.world.bot]
    assert not [problem for one in ours for problem in lint_message(one) if "live" in problem]


async def test_a_tickets_life(desk: DiscordDesk) -> None:
    await desk.opened()
    assert "VPN drops" in reads(desk.card()["components"])
    assert desk.post()["name"] == "#1 VPN drops"
    assert "VPN drops" in reads(desk.receipt()["components"])
    assert desk.mara in desk.discord.world.members[desk.thread()["id"]]
    await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    await desk.discord.says(desk.jo, desk.post()["id"], "Between us: old client")
    await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
    await desk.settled()
    assert any("It dropped again" in one for one in desk.shown(desk.post()["id"]))
    assert not any("Between us" in one for one in desk.shown(desk.thread()["id"]))
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    await desk.discord.submits(
        desk.jo, {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    )
    await desk.settled()
    asked = desk.discord.messages(desk.thread()["id"])[-1]
    assert "Client 5.2" in reads(asked["components"])
    await desk.discord.clicks(desk.mara, asked, "Yes, solved")
    await desk.settled()
    assert "Closed" in reads(desk.card()["components"])


# --- forms ----------------------------------------------------------------------------------------


async def test_what_is_wrong_is_said_and_corrected_with_nothing_lost(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Put on hold")
    typed = {"Until when?": "some day", "Why?": "The vendor is at it"}
    await desk.discord.submits(desk.jo, typed)
    told = desk.whispered(desk.jo)
    assert "3d" in reads(told["components"])
    assert "The vendor is at it" in reads(told["components"])
    await desk.discord.clicks(desk.jo, told, "Correct")
    (field,) = desk.discord.form_of(desk.jo)["components"]
    assert field["component"]["value"] == "some day"
    await desk.discord.submits(desk.jo, {"Until when?": "3d"})
    await desk.settled()
    assert "The vendor is at it" in reads(desk.card()["components"])


async def test_more_than_five_fields_go_on_behind_a_button(desk: DiscordDesk) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="vpn")
    assert len(ask.form_of(desk.mara)["components"]) == 5
    await ask.submits(desk.mara, {"Which system?": "Windows"})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Continue")
    log = ask.file("vpn.log", b"10:02 reset")
    await ask.submits(desk.mara, {"Which version?": "11"}, files=[log])
    await desk.settled()
    shown = reads(desk.card()["components"])
    assert not [one for one in ("VPN", "Windows", "11", "vpn.log") if one not in shown], shown


async def test_without_a_topic_the_form_asks_for_it_first(desk: DiscordDesk) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.direct_of(desk.mara), "ticket", "new", words="Dark")
    await ask.submits(desk.mara, {"What is it about?": "Something else"})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    assert "Something else" in reads(desk.card()["components"])


async def test_the_panel_offers_a_ticket_and_is_there_once(desk: DiscordDesk) -> None:
    await desk.until(lambda: bool(desk.discord.messages(desk.support)))
    (panel,) = desk.discord.messages(desk.support)
    await desk.discord.clicks(desk.mara, panel, "New ticket")
    assert desk.discord.has_form(desk.mara)
    async with desk.restarted():
        await desk.settled()
        assert len(desk.discord.messages(desk.support)) == 1


# --- restarts -------------------------------------------------------------------------------------


async def test_a_form_that_is_open_at_a_restart_arrives_with_all_its_words(
    desk: DiscordDesk,
) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="other")
    async with desk.restarted():
        await ask.submits(desk.mara, {"What happened?": "typed before the restart"})
        await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
        await desk.settled()
        assert "typed before the restart" in reads(desk.card()["components"])


async def test_a_card_of_long_ago_still_works(desk: DiscordDesk) -> None:
    await desk.opened()
    old = desk.card()
    for _ in range(2):
        async with desk.restarted():
            await desk.settled()
    async with desk.restarted():
        await desk.discord.clicks(desk.jo, old, "Claim")
        await desk.settled()
        assert "Assigned to Jo" in reads(desk.card()["components"])


async def test_the_commands_are_registered_once(desk: DiscordDesk) -> None:
    await desk.settled()
    assert len(desk.discord.rest.made("PUT", "/commands$")) == 1
    async with desk.restarted():
        assert desk.parts.discord is not None
        assert not await desk.parts.discord.register()
    assert len(desk.discord.rest.made("PUT", "/commands$")) == 1


async def test_what_was_said_while_the_desk_was_away_is_read_afterwards(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Heard at once")
    await desk.settled()
    async with desk.restarted(before=lambda: desk.say_quietly("Said in between")):
        await desk.settled()
        shown = desk.shown(desk.post()["id"])
        assert sum("Said in between" in one for one in shown) == 1
        assert sum("Heard at once" in one for one in shown) == 1


async def test_a_broken_connection_is_resumed_and_nothing_is_missed(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.gateway.drop()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Into the gap")
    await desk.until(lambda: desk.discord.gateway.resumed == 1)
    await desk.settled()
    assert sum("Into the gap" in one for one in desk.shown(desk.post()["id"])) == 1
    assert len(desk.discord.gateway.sessions) == 1


async def test_a_session_that_discord_forgot_begins_anew(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Before")
    await desk.settled()
    desk.discord.gateway.forgets_sessions = True
    await desk.discord.gateway.drop()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Into the void")
    await desk.until(lambda: len(desk.discord.gateway.sessions) == 2)
    await desk.settled()
    assert sum("Into the void" in one for one in desk.shown(desk.post()["id"])) == 1


# --- words ----------------------------------------------------------------------------------------


async def test_a_verb_said_in_a_post_acts_on_its_ticket(desk: DiscordDesk) -> None:
    await desk.opened()
    await desk.discord.says(desk.jo, desk.post()["id"], "!claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    bot = desk.discord.world.bot["id"]
    await desk.discord.says(desk.jo, desk.post()["id"], f"<@{bot}> assign <@{desk.kim}>")
    await desk.settled()
    assert "Assigned to Kim" in reads(desk.card()["components"])


async def test_a_verb_that_needs_a_form_offers_it_and_keeps_the_words(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.says(desk.jo, desk.post()["id"], "!resolve Client 5.2 helps")
    await desk.settled()
    offer = desk.discord.messages(desk.post()["id"])[-1]
    await desk.discord.clicks(desk.jo, offer, "Continue")
    assert "Client 5.2 helps" in str(desk.discord.form_of(desk.jo))


async def test_words_in_a_direct_message_begin_a_ticket(desk: DiscordDesk) -> None:
    direct = desk.direct_of(desk.mara)
    await desk.discord.says(desk.mara, direct, "My *screen* & I are dark")
    await desk.settled()
    await desk.discord.clicks(desk.mara, desk.discord.messages(direct)[-1], "Continue")
    typed = {"What is it about?": "Something else"}
    await desk.discord.submits(desk.mara, typed)
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    assert "My *screen* & I are dark" in reads(desk.card()["components"])


async def test_edits_and_deletions_follow(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.mara, desk.thread()["id"], "It drops agian")
    await desk.settled()
    await desk.discord.edits(said, "It drops again")
    await desk.settled()
    assert any("It drops again" in one for one in desk.shown(desk.post()["id"]))
    await desk.discord.deletes(said)
    await desk.settled()
    assert not any("It drops" in one for one in desk.shown(desk.post()["id"]))


async def test_files_are_kept_and_one_that_cannot_be_is_named(desk: DiscordDesk) -> None:
    await desk.claimed()
    log = desk.discord.file("vpn.log", b"10:02 reset")
    gone = {**log, "id": "1", "filename": "gone.log", "url": "https://example.invalid/gone.log"}
    await desk.discord.says(desk.mara, desk.thread()["id"], "The logs", files=[log, gone])
    await desk.settled()
    shown = desk.shown(desk.post()["id"])
    assert any("vpn.log" in one and "11 bytes" in one for one in shown)
    assert any("gone.log" in one for one in shown)


async def test_chatter_elsewhere_is_nobodys_business(desk: DiscordDesk) -> None:
    await desk.settled()
    before = len(desk.discord.rest.calls)
    await desk.discord.says(desk.mara, desk.general, "Lunch?")
    await desk.settled()
    assert len(desk.discord.rest.calls) == before


async def test_a_colleagues_message_becomes_a_ticket(desk: DiscordDesk) -> None:
    message = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    await desk.discord.uses_menu(desk.mara, "Create ticket from message", message)
    assert "The printer is on fire" in str(desk.discord.form_of(desk.mara))


async def test_an_agents_message_is_sent_to_the_requester(desk: DiscordDesk) -> None:
    await desk.claimed()
    message = await desk.discord.says(desk.jo, desk.post()["id"], "Please try client 5.2")
    await desk.discord.uses_menu(desk.jo, "Send to requester", message)
    await desk.settled()
    assert any("Jo → Mara" in one for one in desk.shown(desk.post()["id"]))


async def test_a_ticket_emoji_offers_a_ticket_directly(desk: DiscordDesk) -> None:
    message = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    await desk.discord.reacts(desk.mara, message, "👍")
    await desk.discord.reacts(desk.mara, message, "🎫")
    await desk.settled()
    (offer,) = desk.discord.messages(desk.direct_of(desk.mara))
    await desk.discord.clicks(desk.mara, offer, "Continue")
    assert "The printer is on fire" in str(desk.discord.form_of(desk.mara))


async def test_without_the_intent_buttons_mentions_and_direct_messages_do_it_all(
    store_url: str, shared_specs: Path, tmp_path: Path
) -> None:
    discord = LoopbackDiscord(shared_specs)
    discord.gateway.may_read_content = False
    async with discord.serving() as served:
        desk = DiscordDesk(discord, tmp_path, store_url)
        async with desk.running(served):
            await desk.claimed()
            await discord.says(desk.mara, desk.thread()["id"], "nobody can read this")
            bot = discord.world.bot["id"]
            await discord.says(desk.mara, desk.thread()["id"], f"<@{bot}> show")
            await desk.settled()
            assert not any("nobody can" in one for one in desk.shown(desk.post()["id"]))
            assert "VPN drops" in desk.shown(desk.thread()["id"])[-1]
            await discord.clicks(desk.mara, desk.receipt(), "Add info")
            await discord.submits(desk.mara, {"What would you like to add?": "It dropped again"})
            await desk.settled()
            assert any("It dropped again" in one for one in desk.shown(desk.post()["id"]))
    assert discord.rest.complaints == []


# --- answers --------------------------------------------------------------------------------------


async def test_my_tickets_are_shown_to_me_alone(desk: DiscordDesk) -> None:
    await desk.opened()
    await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    assert "VPN drops" in reads(desk.whispered(desk.mara)["components"])
    assert desk.discord.messages(desk.general) == []


async def test_options_are_completed_with_what_one_may_see(desk: DiscordDesk) -> None:
    await desk.opened()
    complete = desk.discord.completes
    for begun in ("", "1", "vpn"):
        found = await complete(desk.jo, desk.general, "desk", "claim", "number", begun)
        assert found == [{"name": "#1 VPN drops", "value": 1}]
    assert await complete(desk.kim, desk.general, "desk", "claim", "number", "9") == []
    assert await complete(desk.dana, desk.support, "ticket", "show", "number", "printer") == []
    topics = await complete(desk.mara, desk.general, "ticket", "new", "topic", "some")
    assert topics == [{"name": "Something else", "value": "other"}]
    queues = await complete(desk.jo, desk.general, "desk", "transfer", "queue", "")
    assert queues == [{"name": "IT help", "value": "it"}]


async def test_an_answer_that_takes_long_is_deferred_and_follows(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 0.0)
    answer = await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    assert answer["type"] == 5
    await desk.settled()
    assert "VPN drops" in reads(desk.whispered(desk.mara)["components"])
    answer = await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    assert answer["type"] == 6
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    await desk.settled()
    monkeypatch.undo()
    await desk.discord.clicks(desk.jo, desk.whispered(desk.jo), "Continue")
    assert desk.discord.has_form(desk.jo)


async def test_what_discord_forgot_was_asked_is_done_and_said_in_the_conversation(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    desk.discord.rest.next("POST", "/callback$", Fault.refused(10062, 404))
    with pytest.raises(TimeoutError):
        await desk.discord.calls_command(desk.jo, desk.post()["id"], "desk", "claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    assert any("VPN drops" in one for one in desk.shown(desk.post()["id"])[1:])


async def test_while_nothing_can_be_saved_people_are_told(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()

    def unavailable(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "write", unavailable)
        await desk.discord.clicks(desk.jo, desk.card(), "Release")
        assert "cannot save" in reads(desk.whispered(desk.jo)["components"])
    await desk.settled()


# --- what must not happen -------------------------------------------------------------------------


async def test_hostile_words_ping_nobody_and_stay_letters(desk: DiscordDesk) -> None:
    hostile = "@everyone <@&1> **bold** `x` [click](https://example.invalid) ||s|| <t:1:R>"
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    await desk.discord.submits(desk.jo, {"To Mara": hostile})
    await desk.discord.says(desk.mara, desk.thread()["id"], hostile)
    await desk.settled()
    assert sum(hostile in one for one in desk.shown(desk.post()["id"])) >= 2


async def test_no_name_is_ever_changed(desk: DiscordDesk) -> None:
    await test_a_tickets_life(desk)
    changed = desk.discord.rest.made("PATCH", "/channels/[^/]+$")
    assert not [call for call in changed if "name" in call.body]


async def test_no_word_and_no_token_is_logged_at_any_level(
    desk: DiscordDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await desk.opened("zebra-in-the-summary")
    await desk.discord.says(desk.jo, desk.post()["id"], "zebra-in-the-thread")
    await desk.settled()
    assert any("zebra" in one for one in desk.shown(desk.post()["id"]))
    assert "zebra" not in caplog.text
    assert TOKEN not in caplog.text


async def test_one_process_hears_and_the_other_waits(
    desk: DiscordDesk, store_url: str, tmp_path: Path
) -> None:
    settings = desk.settings()
    second = bootstrap.assemble(settings, PolicySource(tmp_path / "desk.yaml"))
    assert second.discord is not None
    waiting = asyncio.create_task(second.discord.run())
    await desk.opened()
    assert len(desk.discord.gateway.sessions) == 1
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await second.discord.close()
    await asyncio.to_thread(second.close)
