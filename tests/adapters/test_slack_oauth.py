"""The app installed in several workspaces of one organisation, each with its own token."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from chatdesk import bootstrap, cli
from chatdesk.adapters.db import open_store
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.installations import Installations, Installed, new_key, ring_of
from chatdesk.adapters.slack.manifest import manifest
from chatdesk.bootstrap.slack_installing import INSTALLATIONS, Vault
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.lifecycle import record
from chatdesk.ports.findings import State
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import SlackDesk, reads
from tests.fakes import HandTicks
from tests.slack.apps import app_from_manifest
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import App

FACTORY, STRANGERS = "T0FAC", "T0ELSE"
POLICY = """
admins: [slack:UDANA]
queues:
  it:
    title: IT help
    agents: [slack:UJO, "slack:UFAY@T0FAC"]
    home: {slack: CHELP}
  works:
    title: Factory help
    agents: ["slack:UFAY@T0FAC"]
    home: {slack: "CWORKS@T0FAC"}
topics:
  vpn: {title: VPN, queue: it}
  lathe: {title: Lathe, queue: works}
"""


@dataclass
class Organisation:
    """Two workspaces, a stranger's, and the desk of the first two."""

    main: LoopbackSlack
    factory: LoopbackSlack
    strangers: LoopbackSlack
    desk: SlackDesk
    address: str

    async def settled(self) -> None:
        for _ in range(2):
            await self.desk.settled()
            await self.factory.settled()

    async def install(self, slack: LoopbackSlack, code: str) -> tuple[int, str]:
        """Let somebody install the app in a workspace, by their browser."""
        self.main.allows(code, slack)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            state = await begun(browser, self.address)
            return await came_back(browser, self.address, code, state)


async def begun(browser: aiohttp.ClientSession, address: str) -> str:
    """Begin an installation; return the state that Slack is told."""
    async with browser.post(f"{address}/slack/install") as answer:
        found = re.search(r"state=([\w-]+)", await answer.text())
    assert found is not None
    return found[1]


async def came_back(
    browser: aiohttp.ClientSession, address: str, code: str, state: str
) -> tuple[int, str]:
    asked = {"code": code, "state": state}
    async with browser.get(f"{address}/slack/oauth_redirect", params=asked) as answer:
        return answer.status, await answer.text()


def workspace(specs: Path, team: str, **app: str) -> LoopbackSlack:
    made: App = app_from_manifest(manifest("http"))
    for name, value in app.items():
        setattr(made, name, value)
    return LoopbackSlack(specs, app=made, team=team)


@pytest.fixture
async def organisation(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[Organisation]:
    main = workspace(shared_specs, "T0DESK")
    factory = workspace(
        shared_specs, FACTORY, bot_token="xoxb-factory", bot_user="U0FACBOT", bot_id="B0FAC"
    )
    strangers = workspace(shared_specs, STRANGERS, bot_token="xoxb-strangers")
    people = [main.user(one) for one in ("UMARA", "UJO", "UDANA")]
    main.channel("CHELP", "it-help", people[1], kind="private")
    main.channel("CGENERAL", "general", *people)
    # The same ids belong to other people there.
    fay, other = factory.user("UFAY"), factory.user("UMARA", "otto")
    factory.channel("CWORKS", "works", fay, kind="private")
    factory.channel("CGENERAL", "general", fay, other)
    (tmp_path / "desk.yaml").write_text(POLICY)
    with migrated_url(request, "sqlite") as store_url:
        async with main.serving() as url, factory.serving(), strangers.serving():
            parts = bootstrap.assemble(
                settings(tmp_path, store_url, main, url), PolicySource(tmp_path / "desk.yaml")
            )
            async with desk_at(parts, main, factory, strangers) as found:
                yield found
                await found.settled()
    assert main.complaints + factory.complaints == []


def settings(folder: Path, store_url: str, slack: LoopbackSlack, url: str) -> Settings:
    return Settings(
        policy=folder / "desk.yaml",
        data_dir=folder,
        database_url=SecretStr(store_url),
        slack_bot_token=SecretStr(slack.app.bot_token),
        slack_signing_secret=SecretStr(slack.app.signing_secret),
        slack_client_id=slack.app.client_id,
        slack_client_secret=SecretStr(slack.app.client_secret),
        slack_workspaces=f"T0DESK, {FACTORY}",
        slack_encryption_keys=SecretStr(new_key()),
        public_url="http://127.0.0.1:1/",
        slack_api_url=url,
    )


class desk_at:  # noqa: N801 - used as a function
    """Runs a desk over HTTP."""

    def __init__(self, parts: bootstrap.Parts, *slacks: LoopbackSlack) -> None:
        self._parts, self._slacks = parts, slacks

    async def __aenter__(self) -> Organisation:
        parts, slack = self._parts, self._parts.slack
        assert slack is not None
        assert slack.front is not None
        assert slack.install is not None
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = build_app(
            routers=[slack.front.router, slack.install.router],
            body_limits={**slack.front.body_limits, **slack.install.body_limits},
            posted=slack.front.posted,
        )
        self._tasks = [
            asyncio.create_task(parts.worker.run(HandTicks())),
            asyncio.create_task(slack.run()),
            asyncio.create_task(serve(app, "127.0.0.1", 0, started=started.set_result)),
        ]
        address = (await started).rstrip("/")
        main, factory, strangers = self._slacks
        for one in self._slacks:
            one.post_to(address + PATH)
        for one in (factory, strangers):
            main.also_answers_for(one)
        self._forget = parts.store.listen(parts.worker.wake)
        return Organisation(main, factory, strangers, SlackDesk(main, parts), address)

    async def __aexit__(self, *_: object) -> None:
        self._forget()
        await self._parts.worker.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._parts.close)


async def opens(
    one: Organisation, slack: LoopbackSlack, user: str, summary: str, topic: str
) -> None:
    await slack.types(user, "CGENERAL", f"/ticket new {summary}")
    await one.settled()
    await slack.fills(user, {"What is it about?": topic})
    await one.settled()
    await slack.submits(user, values={"What happened?": "Since noon."})
    await one.settled()


# --- installing -----------------------------------------------------------------------------------


async def test_the_app_is_installed_by_somebodys_browser_and_works_there(
    organisation: Organisation,
) -> None:
    one = organisation
    status, page = await one.install(one.factory, "code-1")
    assert (status, "Workspace T0FAC" in page) == (200, True)
    await opens(one, one.factory, "UMARA", "The lathe squeaks", "Lathe")
    (card,) = one.factory.messages("CWORKS")
    assert "The lathe squeaks" in reads(card)
    assert "Otto" in reads(card)
    receipt = one.factory.messages(one.factory.dm("UMARA"))[-1]
    assert "The lathe squeaks" in reads(receipt)
    await one.factory.clicks("UFAY", card, "Claim")
    await one.settled()
    assert "Assigned to Fay" in reads(card)
    await one.factory.says("UFAY", "CWORKS", "!note Oil it", thread_ts=card)
    await one.factory.says("UMARA", one.factory.dm("UMARA"), "Still!", thread_ts=receipt)
    await one.settled()
    assert any("Still!" in reads(each) for each in one.factory.messages("CWORKS", card))
    assert one.main.messages("CHELP") == []


async def test_a_ticket_goes_from_one_workspace_to_the_other_and_nobody_is_mixed_up(
    organisation: Organisation,
) -> None:
    one = organisation
    await one.install(one.factory, "code-1")
    await opens(one, one.main, "UMARA", "VPN drops", "VPN")
    await opens(one, one.factory, "UMARA", "VPN is slow", "VPN")
    first, second = one.main.messages("CHELP")
    assert "Mara" in reads(first)
    assert "Otto" in reads(second)
    await one.main.types("UMARA", "CGENERAL", "/ticket mine")
    await one.factory.types("UMARA", "CGENERAL", "/ticket mine")
    await one.settled()
    maras = reads(one.main.ephemerals("UMARA", "CGENERAL")[-1])
    ottos = reads(one.factory.ephemerals("UMARA", "CGENERAL")[-1])
    assert ("VPN drops" in maras, "VPN is slow" in maras) == (True, False)
    assert ("VPN drops" in ottos, "VPN is slow" in ottos) == (False, True)
    assert "VPN is slow" in reads(one.factory.messages(one.factory.dm("UMARA"))[-1])


async def test_a_strangers_workspace_is_refused_and_its_token_given_back(
    organisation: Organisation,
) -> None:
    one = organisation
    status, page = await one.install(one.strangers, "code-9")
    assert status == 400
    assert STRANGERS in page
    assert one.strangers.app.token_trouble == "token_revoked"
    assert kept(one) == {}


def kept(one: Organisation) -> dict[str, str]:
    told = one.desk.parts.store.read(lambda tx: tx.marks.get(INSTALLATIONS))
    found: dict[str, str] = json.loads(told or "{}")
    return found


async def test_a_state_is_good_once_and_in_one_browser(organisation: Organisation) -> None:
    one = organisation
    for code in ("code-1", "code-2", "code-3"):
        one.main.allows(code, one.factory)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        aiohttp.ClientSession(cookie_jar=jar) as browser,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as another,
    ):
        state = await begun(browser, one.address)
        await begun(another, one.address)
        assert (await came_back(another, one.address, "code-1", state))[0] == 400
        assert (await came_back(browser, one.address, "code-1", "made-up"))[0] == 400
        assert (await came_back(browser, one.address, "code-1", ""))[0] == 400
        assert kept(one) == {}
        assert (await came_back(browser, one.address, "code-2", state))[0] == 200
        assert (await came_back(browser, one.address, "code-3", state))[0] == 400


async def test_what_slack_does_not_accept_installs_nothing(organisation: Organisation) -> None:
    one = organisation
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        state = await begun(browser, one.address)
        assert (await came_back(browser, one.address, "never-allowed", state))[0] == 400
        state = await begun(browser, one.address)
        assert (await came_back(browser, one.address, "", state))[0] == 400
        async with browser.get(f"{one.address}/slack/install") as answer:
            assert "Install in a workspace" in await answer.text()
    assert kept(one) == {}


# --- being removed --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["tokens_revoked", "app_uninstalled"])
async def test_removed_its_token_is_forgotten_and_what_is_said_waits_for_the_next(
    organisation: Organisation, how: str
) -> None:
    one = organisation
    await one.install(one.factory, "code-1")
    await opens(one, one.main, "UMARA", "Lathe", "Lathe")
    (card,) = one.factory.messages("CWORKS")
    event = {"type": how, "tokens": {"bot": ["U0FACBOT"], "oauth": []}}
    await one.factory.courier.tell(event)
    assert kept(one) == {}
    receipt = one.main.messages(one.main.dm("UMARA"))[-1]
    await one.main.says("UMARA", one.main.dm("UMARA"), "Hello?", thread_ts=receipt)
    await one.settled()
    (trouble,) = one.desk.parts.store.read(lambda tx: tx.troubles.all())
    assert trouble.place == f"the workspace {FACTORY}"
    assert "install" in one.desk.shown(one.main.dm("UDANA").id)[0]
    await one.install(one.factory, "code-2")
    await one.settled()
    assert any("Hello?" in reads(each) for each in one.factory.messages("CWORKS", card))
    assert one.desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_a_revoked_token_in_one_workspace_holds_up_no_other(
    organisation: Organisation,
) -> None:
    one = organisation
    await one.install(one.factory, "code-1")
    one.factory.app.token_trouble = "token_revoked"
    await opens(one, one.main, "UMARA", "Lathe", "Lathe")
    await opens(one, one.main, "UJO", "VPN", "VPN")
    assert "VPN" in reads(one.main.messages("CHELP")[-1])
    (trouble,) = one.desk.parts.store.read(lambda tx: tx.troubles.all())
    assert trouble.place == f"the workspace {FACTORY}"


# --- tokens at rest -------------------------------------------------------------------------------


@pytest.fixture
def vault(request: pytest.FixtureRequest) -> Iterator[Vault]:
    with migrated_url(request, "sqlite") as url, closing(open_store(url, record)) as store:
        yield Vault(store)


INSTALLED = Installed(
    team=FACTORY,
    name="Factory",
    token="xoxb-very-secret",
    bot_user="UBOT",
    bot_id="B1",
    scopes="chat:write",
    installed_by="UFAY",
)


async def test_tokens_are_encrypted_and_the_key_can_be_changed(vault: Vault) -> None:
    old, new = new_key(), new_key()
    await Installations(vault, ring_of(old)).add(INSTALLED)
    assert "xoxb" not in str(vault.all())
    assert "Factory" not in str(vault.all())
    both = Installations(vault, ring_of(f"{new},{old}"))
    assert both.get(FACTORY) == INSTALLED
    assert Installations(vault, ring_of(new)).get(FACTORY) == INSTALLED
    with pytest.raises(Obstacle, match="put it back"):
        Installations(vault, ring_of(old))


def test_the_command_line_makes_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["key"])
    (key,) = capsys.readouterr().out.split()
    ring_of(f"{key},{new_key()}")  # or it is refused


@pytest.mark.parametrize("keys", ["", "short", "x" * 44])
def test_a_key_that_is_none_is_refused(keys: str) -> None:
    with pytest.raises(Obstacle, match="chatdesk key"):
        ring_of(keys)


async def test_what_another_process_installed_is_found(vault: Vault) -> None:
    key = new_key()
    here, there = (Installations(vault, ring_of(key)) for _ in range(2))
    await there.add(INSTALLED)
    found = await here.async_find_bot(enterprise_id=None, team_id=FACTORY)
    assert found is not None
    assert found.bot_token == INSTALLED.token
    assert await here.async_find_bot(enterprise_id=None, team_id="T0NONE") is None


@pytest.mark.parametrize(
    "missing", ["slack_client_secret", "slack_workspaces", "slack_encryption_keys", "public_url"]
)
async def test_what_is_missing_for_it_is_named(
    organisation: Organisation, tmp_path: Path, missing: str
) -> None:
    given = organisation.desk.parts.settings
    without = given.model_copy(update={missing: type(given).model_fields[missing].default})
    with pytest.raises(Obstacle, match=f"CHATDESK_{missing.upper()}"):
        bootstrap.assemble(without, PolicySource(tmp_path / "desk.yaml"))


async def test_the_doctor_looks_at_every_workspace(organisation: Organisation) -> None:
    one = organisation
    given = one.desk.parts.settings

    async def wrong() -> dict[str, str]:
        found = await asyncio.to_thread(bootstrap.examine_slack, given)
        return {each.about: each.said for each in found if each.state is State.WRONG}

    assert (await wrong())[FACTORY] == "the app is not installed there"
    await one.install(one.factory, "code-1")
    for slack in (one.main, one.factory):
        slack.app.scopes.add("usergroups:read")
        slack.clock.advance(time.time() - slack.clock.now())
    assert await wrong() == {}
    one.factory.workspace.channels["CWORKS"].members.discard("U0FACBOT")
    assert set(await wrong()) == {f"{FACTORY}, queue Factory help"}
    one.factory.app.token_trouble = "token_revoked"
    assert set(await wrong()) == {f"{FACTORY}, bot token"}


async def test_no_token_and_no_code_is_logged(
    organisation: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="chatdesk")
    await organisation.install(organisation.factory, "code-very-secret")
    await organisation.install(organisation.strangers, "code-9")
    assert "the app was installed in T0FAC" in caplog.text
    assert "xoxb" not in caplog.text
    assert "very-secret" not in caplog.text
