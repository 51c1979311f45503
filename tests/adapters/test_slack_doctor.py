"""`chatdesk doctor slack`: every defect is found and named with its remedy, and nothing else is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap, cli
from chatdesk.adapters.db import open_store
from chatdesk.adapters.slack.doctor import Doctor, Wanted
from chatdesk.adapters.slack.errors import REMEDIES
from chatdesk.adapters.slack.manifest import manifest
from chatdesk.adapters.slack.platform import Access
from chatdesk.bootstrap.slack import wanted
from chatdesk.config import PolicySource, Settings
from chatdesk.lifecycle import record
from chatdesk.ports import Trouble
from chatdesk.ports.findings import Finding, State
from tests.adapters.conftest import migrated_url
from tests.slack.apps import app_from_manifest
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack

POLICY = """
admins: [slack:UDANA]
queues:
  it: {title: IT help, agents: [slack:UJO], home: {slack: CHELP}}
topics:
  vpn: {title: VPN, queue: it}
"""


@pytest.fixture
async def slack(shared_specs: Path) -> AsyncIterator[LoopbackSlack]:
    """A Slack in which everything is as the desk needs it."""
    loopback = LoopbackSlack(shared_specs, app=app_from_manifest(manifest("socket")))
    dana, jo = loopback.user("UDANA"), loopback.user("UJO")
    loopback.channel("CHELP", "it-help", dana, jo, kind="private")
    async with loopback.serving():
        yield loopback


def access(slack: LoopbackSlack, **more: object) -> Access:
    tokens = {"bot_token": slack.app.bot_token, "app_token": slack.app.app_token}
    return Access(api_url=slack.api_url, **(tokens | more))  # type: ignore[arg-type]  # fields of `Access`


def now(slack: LoopbackSlack, ahead: float = 0) -> Callable[[], datetime]:
    return lambda: datetime.fromtimestamp(slack.workspace.clock.now() + ahead, UTC)


WANTED = Wanted(channels={"queue IT help": "CHELP"}, people=("UDANA", "UJO"))


async def found(slack: LoopbackSlack, want: Wanted = WANTED, **more: object) -> list[Finding]:
    return await Doctor(access(slack, **more), want, now(slack)).examine()


def wrong(findings: list[Finding]) -> dict[str, str]:
    """What is wrong, by what it is about; each has its remedy."""
    told = [one for one in findings if one.state is State.WRONG]
    assert all(one.remedy for one in told)
    return {one.about: f"{one.said} -> {one.remedy}" for one in told}


async def test_an_app_as_the_manifest_makes_it_has_nothing_wrong(slack: LoopbackSlack) -> None:
    findings = await found(slack)
    assert wrong(findings) == {}
    states = {one.about: one.state for one in findings}
    right = ("bot token", "permissions", "clock", "queue IT help", "app token", "socket")
    assert all(states[one] is State.OK for one in right)
    assert states["App Home"] is State.BY_HAND
    assert slack.complaints == []
    assert not [call for call in slack.calls if call.method.startswith("chat.")], "nothing is said"


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_a_bot_token_that_opens_nothing(slack: LoopbackSlack, code: str) -> None:
    slack.next("auth.test", Fault.refused(code))
    told = wrong(await found(slack))
    assert told == {"bot token": f"Slack says {code} -> {REMEDIES[code]}"}


async def test_tokens_in_each_others_place(slack: LoopbackSlack) -> None:
    swapped = {"bot_token": slack.app.app_token, "app_token": slack.app.bot_token}
    told = wrong(await found(slack, WANTED, **swapped))
    assert "xoxb-" in told["bot token"]
    assert "xapp-" in told["app token"]


async def test_permissions_missing_and_in_excess(slack: LoopbackSlack) -> None:
    slack.app.scopes -= {"files:read"}
    told = wrong(await found(slack))
    assert "missing: files:read" in told["permissions"]
    assert "Reinstall" in told["permissions"]
    slack.app.scopes |= {"files:read", "admin"}
    assert "not needed: admin" in wrong(await found(slack))["permissions"]
    slack.app.scopes -= {"admin"}
    groups = Wanted(with_groups=True)
    assert "missing: usergroups:read" in wrong(await found(slack, groups))["permissions"]


async def test_channels_that_are_not_there_archived_or_without_the_app(
    slack: LoopbackSlack,
) -> None:
    slack.channel("COLD", "old").is_archived = True
    slack.channel("COPEN", "open", has_app=False)
    slack.channel("CHIDDEN", "hidden", kind="private", has_app=False)
    channels = {one: one for one in ("COLD", "COPEN", "CHIDDEN", "CNOWHERE", "it-help")}
    told = wrong(await found(slack, Wanted(channels=channels, unplaced=("HR",))))
    assert set(told) == {*channels, "queue HR"}
    assert REMEDIES["is_archived"] in told["COLD"]
    assert REMEDIES["not_in_channel"] in told["COPEN"]
    assert REMEDIES["channel_not_found"] in told["CHIDDEN"]
    assert REMEDIES["channel_not_found"] in told["CNOWHERE"]
    assert "copy the id" in told["it-help"]


async def test_people_who_have_left_and_ids_that_are_nobodys(slack: LoopbackSlack) -> None:
    slack.user("UGONE", is_deactivated=True)
    slack.user("UROBOT", is_bot=True)
    told = wrong(await found(slack, Wanted(people=("UGONE", "UROBOT", "UNOBODY", "UJO"))))
    assert set(told) == {"slack:UGONE", "slack:UROBOT", "slack:UNOBODY"}


@pytest.mark.parametrize(("ahead", "how"), [(90, "s ahead of Slack"), (-400, "s behind Slack")])
async def test_a_clock_that_goes_wrong(slack: LoopbackSlack, ahead: float, how: str) -> None:
    findings = await Doctor(access(slack), WANTED, now(slack, ahead)).examine()
    assert how in wrong(findings)["clock"]
    assert "NTP" in wrong(findings)["clock"]


async def test_an_app_token_without_its_permission(slack: LoopbackSlack) -> None:
    slack.app.app_token_scopes = set()
    assert "connections:write" in wrong(await found(slack))["app token"]


async def test_a_socket_that_cannot_be_reached(slack: LoopbackSlack) -> None:
    real = slack.sockets.open
    slack.api._open_socket = lambda: real() | {"url": "ws://127.0.0.1:9/link"}
    told = wrong(await found(slack))
    assert set(told) == {"socket"}
    assert "443" in told["socket"]


async def test_a_slack_that_cannot_be_reached() -> None:
    nowhere = Access(bot_token="xoxb-1", app_token="xapp-1", api_url="http://127.0.0.1:9/api/")
    told = wrong(await Doctor(nowhere, WANTED).examine())
    assert set(told) == {"bot token", "app token"}
    assert all("cannot be reached" in one for one in told.values())


async def test_over_http_the_address_is_looked_at_by_hand(slack: LoopbackSlack) -> None:
    findings = await found(slack, app_token="", signing_secrets=("s",))
    assert wrong(findings) == {}
    by_hand = {one.about for one in findings if one.state is State.BY_HAND}
    assert by_hand == {"App Home", "request URL"}


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, slack: LoopbackSlack
) -> Iterator[Settings]:
    (tmp_path / "desk.yaml").write_text(POLICY)
    with migrated_url(request, "sqlite") as url:
        yield Settings(
            policy=tmp_path / "desk.yaml",
            data_dir=tmp_path,
            database_url=SecretStr(url),
            slack_bot_token=SecretStr(slack.app.bot_token),
            slack_app_token=SecretStr(slack.app.app_token),
            slack_api_url=slack.api_url,
        )


async def test_the_policy_says_what_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        POLICY.replace("topics:", "  hr: {title: HR, groups: [slack:S0HR]}\ntopics:")
    )
    assert wanted(PolicySource(tmp_path / "desk.yaml").current) == Wanted(
        channels={"queue IT help": "CHELP"},
        people=("UDANA", "UJO"),
        with_groups=True,
        unplaced=("HR",),
    )


async def test_what_is_broken_and_what_waits_is_told_too(settings: Settings) -> None:
    store = open_store(settings.database.get_secret_value(), record)
    broken = Trouble(platform="slack", place="CHELP", code="is_archived", why="unarchive it")
    store.write(lambda tx: tx.troubles.note(broken))
    store.close()
    told = wrong(await asyncio.to_thread(bootstrap.examine_slack, settings))
    assert "unarchive it" in told["CHELP"]


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({"slack_bot_token": None}, "CHATDESK_SLACK_BOT_TOKEN"),
        ({"slack_app_token": None}, "hearing"),
        ({"slack_app_token": SecretStr("xoxb-1")}, "CHATDESK_SLACK_APP_TOKEN"),
        ({"policy": Path("nowhere.yaml")}, "policy"),
        ({"database_url": SecretStr("postgresql://127.0.0.1:9/desk")}, "database"),
    ],
)
async def test_settings_that_lead_nowhere(
    settings: Settings, changed: dict[str, object], about: str
) -> None:
    broken = settings.model_copy(update=changed)
    assert about in wrong(await asyncio.to_thread(bootstrap.examine_slack, broken))


async def test_before_the_first_start_there_is_no_database_to_complain_of(
    settings: Settings, tmp_path: Path
) -> None:
    fresh = settings.model_copy(update={"database_url": None, "data_dir": tmp_path / "new"})
    assert wrong(await asyncio.to_thread(bootstrap.examine_slack, fresh)) == {}
    assert not (tmp_path / "new").exists()


async def test_greeting_shows_whether_somebody_can_be_written_to(
    settings: Settings, slack: LoopbackSlack
) -> None:
    slack.app.has_messages_tab = False
    findings = await asyncio.to_thread(bootstrap.examine_slack, settings, greet="slack:UDANA")
    assert REMEDIES["messages_tab_disabled"] in wrong(findings)["writing to slack:UDANA"]
    slack.app.has_messages_tab = True
    findings = await asyncio.to_thread(bootstrap.examine_slack, settings, greet="UDANA")
    assert wrong(findings) == {}
    assert len(slack.messages(slack.dm("UDANA"))) == 1


async def test_the_command_tells_people_and_programs_and_exits_with_1(
    settings: Settings,
    slack: LoopbackSlack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli.telling, "settings", lambda: settings)

    async def call(*arguments: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(cli.main, ["doctor", "slack", *arguments])
        return ended.value.code, capsys.readouterr().out

    code, out = await call()
    assert not code
    assert "ok       bot token: the app is chatdesk" in out
    slack.app.scopes -= {"files:read"}
    code, out = await call()
    assert code == 1
    assert "wrong    permissions: missing: files:read\n         -> paste what" in out
    code, out = await call("--json")
    assert code == 1
    assert {"about": "permissions", "state": "wrong"}.items() <= json.loads(out)[1].items()
    assert slack.app.bot_token not in out


async def test_the_clock_is_this_machines(slack: LoopbackSlack) -> None:
    slack.clock.advance(timedelta(days=9).total_seconds())
    findings = await Doctor(access(slack), WANTED).examine()
    assert "clock" in {one.about for one in findings}
