"""Broken places in Slack: an admin is told once, with the remedy; nothing is lost, and it heals."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.slack.errors import REMEDIES, SHUT_OUT
from chatdesk.adapters.slack.manifest import manifest
from chatdesk.config import PolicySource, Settings
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Clicked
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, opened, reads
from tests.fakes import HandTicks
from tests.slack.apps import app_from_manifest
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Message


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[SlackDesk]:
    slack = LoopbackSlack(shared_specs, app=app_from_manifest(manifest("socket")))
    people = [slack.user(one) for one in ("UMARA", "UJO", "UKIM", "UDANA")]
    slack.channel("CHELP", "it-help", *people[1:3], kind="private")
    slack.channel("CGENERAL", "general", *people)
    (tmp_path / "desk.yaml").write_text(POLICY)
    with migrated_url(request, "sqlite") as store_url:
        async with slack.serving() as url:
            settings = Settings(
                data_dir=tmp_path,
                database_url=SecretStr(store_url),
                slack_bot_token=SecretStr(slack.app.bot_token),
                slack_app_token=SecretStr(slack.app.app_token),
                slack_api_url=url,
            )
            parts = bootstrap.assemble(settings, PolicySource(tmp_path / "desk.yaml"))
            assert parts.slack is not None
            working = asyncio.create_task(parts.worker.run(HandTicks()))
            listening = asyncio.create_task(parts.slack.run())
            await slack.connected()
            forget = parts.store.listen(parts.worker.wake)
            yield SlackDesk(slack, parts)
            forget()
            await parts.worker.stop()
            listening.cancel()
            await asyncio.gather(working, listening, return_exceptions=True)
            await asyncio.to_thread(parts.close)


def told_dana(desk: SlackDesk) -> list[str]:
    """What the admin was told, oldest first."""
    return desk.shown(desk.slack.dm("UDANA").id)


def last_told(desk: SlackDesk) -> Message:
    return desk.slack.messages(desk.slack.dm("UDANA"))[-1]


async def opened_by_mara(desk: SlackDesk) -> None:
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new VPN drops")
    await desk.settled()
    await desk.slack.fills("UMARA", {"What is it about?": "VPN"})
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What happened?": "Since noon."})
    await desk.settled()


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
async def test_a_broken_channel_is_told_once_and_everything_follows_when_it_is_mended(
    desk: SlackDesk, code: str
) -> None:
    channel = desk.slack.workspace.channels["CHELP"]
    bot = desk.slack.app.bot_user
    if code == "is_archived":
        channel.is_archived = True
    else:
        channel.members.discard(bot)
        channel.kind = "public" if code == "not_in_channel" else "private"
    receipts = desk.slack.dm("UMARA")
    await opened_by_mara(desk)
    assert "VPN drops" in reads(desk.slack.messages(receipts)[-1])
    (told,) = told_dana(desk)
    assert "The channel of IT help does not work" in told
    assert code in told
    assert REMEDIES[code] in told
    await desk.slack.says("UMARA", receipts, "Again!", thread_ts=desk.slack.messages(receipts)[-1])
    await desk.settled()
    assert len(told_dana(desk)) == 1
    channel.is_archived, channel.kind = False, "private"
    channel.members.add(bot)
    await desk.slack.clicks("UDANA", last_told(desk), "Try again")
    await desk.settled()
    await desk.slack.clicks("UDANA", desk.slack.messages(desk.slack.dm("UDANA"))[0], "Try again")
    await desk.settled()
    answer = desk.slack.ephemerals("UDANA", desk.slack.dm("UDANA"))[-1]
    assert "works again already" in reads(answer)
    (card,) = desk.slack.messages("CHELP")
    assert "VPN drops" in reads(card)
    assert any("Again!" in one for one in desk.shown("CHELP", card))
    assert "works again" in told_dana(desk)[-1]
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_a_channel_that_comes_back_is_written_to_without_anybodys_click(
    desk: SlackDesk,
) -> None:
    await desk.slack.archives("CHELP")
    await opened_by_mara(desk)
    assert "is_archived" in told_dana(desk)[0]
    await desk.slack.unarchives("CHELP")
    await desk.settled()
    assert "VPN drops" in reads(desk.slack.messages("CHELP")[-1])
    desk.slack.workspace.channels["CHELP"].members.discard(desk.slack.app.bot_user)
    await desk.slack.clicks("UMARA", desk.slack.messages(desk.slack.dm("UMARA"))[-1], "Withdraw")
    await desk.settled()
    assert "channel_not_found" in told_dana(desk)[-1]
    await desk.slack.joins(desk.slack.app.bot_user, "CHELP")
    await desk.settled()
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []
    assert "works again" in told_dana(desk)[-1]


@pytest.mark.parametrize("code", ["user_disabled", "cannot_dm_bot", "user_not_found"])
async def test_a_person_who_cannot_be_written_to_is_told_about_and_the_ticket_lives_on(
    desk: SlackDesk, code: str
) -> None:
    desk.slack.next("conversations.open", Fault.refused(code))
    card = await opened(desk)
    (told,) = told_dana(desk)
    assert "The direct message to Mara does not work" in told
    assert REMEDIES[code] in told
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    assert len(told_dana(desk)) == 1
    await desk.slack.clicks("UDANA", last_told(desk), "Try again")
    await desk.settled()
    assert "VPN drops" in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])


async def test_a_permission_that_is_missing_is_named(desk: SlackDesk) -> None:
    permission = "the permission channels:manage,groups:write,im:write,mpim:write"
    desk.slack.app.scopes.discard("im:write")
    await opened(desk)
    (trouble,) = desk.parts.store.read(lambda tx: tx.troubles.all())
    assert (trouble.place, trouble.code) == (permission, "missing_scope")
    desk.slack.app.scopes.add("im:write")
    await desk.slack.types("UDANA", "CGENERAL", "/ticket desk status")
    await desk.settled()
    status = desk.slack.ephemerals("UDANA", "CGENERAL")[-1]
    assert f"{permission} does not work" in reads(status)
    await desk.slack.clicks("UDANA", status, "Try again")
    await desk.settled()
    assert "VPN drops" in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])


async def test_while_direct_messages_are_off_one_word_is_said_and_all_go_out_afterwards(
    desk: SlackDesk,
) -> None:
    desk.slack.app.has_messages_tab = False
    await opened(desk)
    await desk.slack.types("UKIM", "CGENERAL", "/ticket new Printer")
    await desk.settled()
    await desk.slack.fills("UKIM", {"What is it about?": "VPN"})
    await desk.settled()
    await desk.slack.submits("UKIM", values={"What happened?": "It burns."})
    await desk.settled()
    (trouble,) = desk.parts.store.read(lambda tx: tx.troubles.all())
    assert (trouble.place, trouble.code) == ("direct messages", "messages_tab_disabled")
    desk.slack.app.has_messages_tab = True
    await desk.slack.types("UDANA", "CGENERAL", "/ticket desk status")
    await desk.settled()
    status = desk.slack.ephemerals("UDANA", "CGENERAL")[-1]
    assert REMEDIES["messages_tab_disabled"] in reads(status)
    await desk.slack.clicks("UDANA", status, "Try again")
    await desk.settled()
    assert "VPN drops" in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])
    assert "Printer" in reads(desk.slack.messages(desk.slack.dm("UKIM"))[-1])
    assert [one.splitlines()[0] for one in told_dana(desk)] == ["direct messages works again"]
    await desk.slack.types("UDANA", "CGENERAL", "/ticket desk status")
    await desk.settled()
    assert "Everything works" in reads(desk.slack.ephemerals("UDANA", "CGENERAL")[-1])


async def test_a_forged_button_mends_nothing(desk: SlackDesk) -> None:
    answer = await desk.parts.slack.telling.tell(  # type: ignore[union-attr]  # this desk has Slack
        "click:forged",
        "UJO",
        "CGENERAL",
        "",
        Clicked(id=button_id("try_again", more="slack|CHELP")),
    )
    assert answer.is_refusal


async def test_only_admins_look_after_the_desk(desk: SlackDesk) -> None:
    await desk.slack.types("UJO", "CGENERAL", "/ticket desk status")
    await desk.settled()
    answer = reads(desk.slack.ephemerals("UJO", "CGENERAL")[-1])
    assert "Everything works" not in answer
    await desk.slack.types("UDANA", "CGENERAL", "/ticket desk status")
    await desk.settled()
    assert "Everything works" in reads(desk.slack.ephemerals("UDANA", "CGENERAL")[-1])


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_without_a_token_everything_waits_and_the_log_says_once_what_to_do(
    desk: SlackDesk, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="chatdesk")
    card = await opened(desk)
    desk.slack.app.token_trouble = code
    await desk.slack.clicks("UJO", card, "Claim")
    async with asyncio.timeout(20):
        found = desk.parts.store.read(lambda tx: tx.troubles.all())
        while not found:
            await asyncio.sleep(0.01)
            found = desk.parts.store.read(lambda tx: tx.troubles.all())
    (trouble,) = found
    assert (trouble.place, trouble.code) == ("", code)
    assert REMEDIES[code] in bootstrap.obstacles(desk.parts.store)[0]
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []
    desk.slack.app.token_trouble = None
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    told = [one.getMessage() for one in caplog.records if one.name == "chatdesk"]
    assert len([one for one in told if REMEDIES[code] in one]) == 1
    assert any(one.startswith("works again") for one in told)
    assert bootstrap.obstacles(desk.parts.store) == ()


def test_everything_that_shuts_the_desk_out_has_a_remedy() -> None:
    assert set(REMEDIES) >= SHUT_OUT
