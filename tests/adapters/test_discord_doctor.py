"""A Discord that is looked at from outside: what is wrong, each with its remedy."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chatdesk.adapters.discord.commands import commands, hash_of
from chatdesk.adapters.discord.doctor import Doctor, Wanted
from chatdesk.adapters.discord.permissions import PERMISSIONS, asked_for, bits
from chatdesk.adapters.discord.platform import Access
from chatdesk.adapters.discord.tags import forum_tags
from chatdesk.bootstrap import discord as wiring
from chatdesk.bootstrap import slack
from chatdesk.config import PolicySource
from chatdesk.config.source import example_file
from chatdesk.ports.findings import Finding, State

GUILD, ME, APPLICATION, ROLE = "1", "2", "3", "4"
SUPPORT, FORUM, JO, AGENTS = "10", "11", "20", "30"
TOKEN = "loopback"  # opens nothing
MESSAGE_CONTENT, SERVER_MEMBERS = 1 << 18, 1 << 14
VIEW = bits(["view_channel"])


def hidden() -> list[dict[str, Any]]:
    """Who sees a forum of agents: everybody else does not."""
    return [
        {"id": GUILD, "type": 0, "allow": "0", "deny": str(VIEW)},
        {"id": ROLE, "type": 0, "allow": str(VIEW), "deny": "0"},
    ]


class Server:
    """A Discord in which everything is right, until a test makes something wrong."""

    def __init__(self) -> None:
        """Let everything be right."""
        self.time = datetime.now(UTC)
        self.tags: list[dict[str, Any]] = [{"id": str(n), **t} for n, t in enumerate(forum_tags())]
        self.answers: dict[str, Any] = {
            "users/@me": {"id": ME, "username": "chatdesk"},
            "oauth2/applications/@me": {"id": APPLICATION, "flags": MESSAGE_CONTENT},
            "gateway/bot": {"session_start_limit": {"remaining": 998, "reset_after": 0}},
            f"guilds/{GUILD}": {
                "id": GUILD,
                "name": "Northwind",
                "owner_id": "99",
                "roles": [
                    {"id": GUILD, "permissions": str(VIEW)},
                    {"id": ROLE, "permissions": str(asked_for())},
                    {"id": AGENTS, "permissions": "0"},
                ],
            },
            f"guilds/{GUILD}/members/{ME}": {"roles": [ROLE]},
            f"guilds/{GUILD}/members/{JO}": {"roles": [AGENTS]},
            f"channels/{SUPPORT}": {"type": 0, "name": "help", "permission_overwrites": []},
            f"channels/{FORUM}": {
                "type": 15,
                "name": "it-desk",
                "permission_overwrites": hidden(),
                "available_tags": self.tags,
            },
            f"guilds/{GUILD}/threads/active": {"threads": [{}] * 12},
            f"applications/{APPLICATION}/commands": commands(),
        }
        self.wanted = Wanted(
            forums={"queue IT help": FORUM},
            people=(JO,),
            roles=(AGENTS,),
            registered=lambda _: hash_of(commands()),
        )
        self.access = Access(token=TOKEN, guild=GUILD, support_channel=SUPPORT)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as Discord does."""
        headers = {"Date": format_datetime(self.time, usegmt=True)}
        assert request.headers["User-Agent"].startswith("DiscordBot (https://")
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            return web.json_response({"code": 0}, status=401, headers=headers)
        told = self.answers.get(request.path.removeprefix("/api/"), 10003)
        if isinstance(told, int):
            return web.json_response({"code": told}, status=404, headers=headers)
        return web.Response(text=json.dumps(told), headers=headers, content_type="application/json")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Answer on a port of this machine."""
        app = web.Application()
        app.router.add_get("/api/{tail:.*}", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        finally:
            await runner.cleanup()

    async def found(self) -> list[Finding]:
        """Look at it."""
        async with self.serving() as url:
            access = replace(self.access, api_url=url)
            return await Doctor(access, self.wanted).examine()

    async def wrong(self) -> dict[str, str]:
        """Return what is wrong, each with its remedy."""
        found = [one for one in await self.found() if one.state is State.WRONG]
        assert all(one.remedy for one in found), "everything wrong has a remedy"
        return {f"{one.about}: {one.said}": one.remedy for one in found}

    async def only(self, words: str) -> str:
        """Return the remedy of the one thing that is wrong."""
        wrong = await self.wrong()
        (said,) = wrong
        assert words in said
        return wrong[said]


@pytest.fixture
def server() -> Server:
    """A Discord in which everything is right."""
    return Server()


async def test_where_all_is_right_nothing_is_wrong(server: Server) -> None:
    assert await server.wrong() == {}
    about = [one.about for one in await server.found()]
    assert {"token", "clock", "server", "threads", "commands", "queue IT help"} <= {*about}


async def test_a_token_that_opens_nothing(server: Server) -> None:
    server.access = replace(server.access, token="other")  # opens nothing
    assert "Reset Token" in await server.only("does not know the token")


async def test_a_discord_that_does_not_answer(server: Server) -> None:
    access = replace(server.access, api_url="http://127.0.0.1:9/")
    (found,) = await Doctor(access, server.wanted).examine()
    assert "cannot be reached" in found.said
    assert "port 443" in found.remedy


async def test_switches_for_intents(server: Server) -> None:
    server.answers["oauth2/applications/@me"] = {"id": APPLICATION, "flags": SERVER_MEMBERS}
    assert "Server Members Intent" in await server.only("not needed")
    (content,) = [one for one in await server.found() if one.about == "message content"]
    assert content.state is State.OK, "the desk works without it"
    assert "Message Content Intent" in content.remedy


async def test_a_bot_that_anybody_may_invite(server: Server) -> None:
    told = {"id": APPLICATION, "flags": MESSAGE_CONTENT, "bot_public": True}
    server.answers["oauth2/applications/@me"] = told
    assert "switch Public Bot off" in await server.only("anybody may invite")


async def test_a_clock_that_goes_wrong(server: Server) -> None:
    server.time += timedelta(minutes=5)
    assert "NTP" in await server.only("s behind Discord")


async def test_a_server_the_bot_is_not_in(server: Server) -> None:
    server.answers[f"guilds/{GUILD}"] = 10004
    assert "let the bot in" in await server.only("Discord says 10004")


@pytest.mark.parametrize("need", PERMISSIONS, ids=lambda need: need.name)
async def test_a_permission_that_is_missing(server: Server, need: Any) -> None:
    rest = asked_for() & ~bits([need.name])
    roles = server.answers[f"guilds/{GUILD}"]["roles"]
    roles[0]["permissions"], roles[1]["permissions"] = "0", str(rest)
    overwrites = [one for one in hidden() if one["id"] == GUILD]
    server.answers[f"channels/{FORUM}"]["permission_overwrites"] = overwrites
    if need.name != "view_channel":
        server.answers[f"channels/{FORUM}"]["permission_overwrites"] = hidden()
    wrong = await server.wrong()
    title = need.name.replace("_", " ").title()
    where = {said.split(":")[0] for said in wrong if title in said}
    everywhere = {"support channel", "queue IT help"}
    own = {
        "create_public_threads": {"queue IT help"},
        "create_private_threads": {"support channel"},
    }
    assert where == own.get(need.name, everywhere)


async def test_what_is_denied_in_one_channel(server: Server) -> None:
    denied = {"id": ME, "type": 1, "allow": "0", "deny": str(bits(["attach_files"]))}
    server.answers[f"channels/{SUPPORT}"]["permission_overwrites"] = [denied]
    assert "allow Attach Files" in await server.only("in #help the bot lacks Attach Files")


async def test_an_administrator_may_everything(server: Server) -> None:
    server.answers[f"guilds/{GUILD}"]["roles"][1]["permissions"] = str(1 << 3)
    assert await server.wrong() == {}


async def test_a_forum_that_everybody_reads(server: Server) -> None:
    server.answers[f"channels/{FORUM}"]["permission_overwrites"] = []
    assert "@everyone" in await server.only("everybody on the server reads #it-desk")


async def test_a_forum_that_is_none(server: Server) -> None:
    server.answers[f"channels/{FORUM}"]["type"] = 0
    assert "make a forum" in await server.only("is no forum")


async def test_a_forum_that_is_gone(server: Server) -> None:
    del server.answers[f"channels/{FORUM}"]
    assert "give the queue another" in await server.only("Discord says 10003")


async def test_a_forum_named_by_its_name(server: Server) -> None:
    server.wanted = replace(server.wanted, forums={"queue IT help": "it-desk"})
    assert "Developer Mode" in await server.only("is no channel's id")


async def test_tags_that_are_missing(server: Server) -> None:
    gone = server.tags.pop()["name"]
    assert "Tags" in await server.only(f"tags are missing: {gone}")


async def test_a_support_channel_that_is_gone_or_not_set(server: Server) -> None:
    del server.answers[f"channels/{SUPPORT}"]
    assert "support channel" in await server.only("Discord says 10003")
    server.access = replace(server.access, support_channel="")
    assert "text channel" in await server.only("it is not set")


async def test_a_queue_without_a_forum(server: Server) -> None:
    server.wanted = replace(server.wanted, unplaced=("Facilities",))
    assert "desk.yaml" in await server.only("nobody sees it")


async def test_people_and_roles_that_are_gone(server: Server) -> None:
    del server.answers[f"guilds/{GUILD}/members/{JO}"]
    server.wanted = replace(server.wanted, roles=("31",))
    wrong = await server.wrong()
    assert len(wrong) == 2
    assert any("is not on the server" in one for one in wrong)
    assert any("no such role" in one for one in wrong)


async def test_commands_that_are_not_registered(server: Server) -> None:
    server.answers[f"applications/{APPLICATION}/commands"] = commands()[1:]
    assert "chatdesk run" in await server.only("not registered: ticket")


async def test_commands_of_another_version(server: Server) -> None:
    server.wanted = replace(server.wanted, registered=lambda _: "older")
    assert "chatdesk run" in await server.only("of another version")


async def test_hardly_any_room_for_new_threads(server: Server) -> None:
    server.answers[f"guilds/{GUILD}/threads/active"] = {"threads": [{}] * 960}
    assert "archive" in await server.only("960 of 1000")


async def test_no_sessions_left(server: Server) -> None:
    limit = {"session_start_limit": {"remaining": 0, "reset_after": 3_600_000}}
    server.answers["gateway/bot"] = limit
    assert "wait 1.0 hours" in await server.only("no more sessions")


def test_a_queue_in_slack_needs_no_forum(tmp_path: Path) -> None:
    text = example_file().read_text("utf-8").replace("local: facilities", "slack: CFAC")
    (tmp_path / "desk.yaml").write_text(text.replace("local: it-help", f'discord: "{FORUM}"'))
    policy = PolicySource(tmp_path / "desk.yaml").current
    wanted = wiring.wanted(policy, lambda _: None)
    assert [*wanted.forums.values()] == [FORUM]
    others = [one.title for one in policy.queues.values() if {*one.home} == {"local"}]
    assert [*wanted.unplaced] == others
    assert set(slack.wanted(policy).unplaced) == set(wanted.unplaced)
