"""A desk whose command is called otherwise: it is typed so, and every hint says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.config import PolicySource, Settings, SettingsBroken
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, reads
from tests.fakes import HandTicks
from tests.slack.loopback import LoopbackSlack


async def test_the_command_is_what_the_setting_says(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path
) -> None:
    slack = LoopbackSlack(shared_specs)
    slack.app.commands = {"/it": True}
    slack.channel("CGENERAL", "general", slack.user("UMARA"))
    (tmp_path / "desk.yaml").write_text(POLICY)
    with migrated_url(request, "sqlite") as store_url:
        async with slack.serving() as url:
            settings = Settings(
                data_dir=tmp_path,
                database_url=SecretStr(store_url),
                slack_bot_token=SecretStr(slack.app.bot_token),
                slack_app_token=SecretStr(slack.app.app_token),
                slack_api_url=url,
                slack_command="/it",
            )
            parts = bootstrap.assemble(settings, PolicySource(tmp_path / "desk.yaml"))
            assert parts.slack is not None
            working = asyncio.create_task(parts.worker.run(HandTicks()))
            listening = asyncio.create_task(parts.slack.run())
            await slack.connected()
            desk = SlackDesk(slack, parts)
            for typed in ("/it help", "/it mine", "/it show"):
                await slack.types("UMARA", "CGENERAL", typed)
                await desk.settled()
            help_card, mine, show = map(reads, slack.ephemerals("UMARA", "CGENERAL")[-3:])
            assert "/it new" in help_card
            assert "/it new is all it takes" in mine
            assert "/it show N" in show
            assert "/ticket" not in help_card + mine + show
            await parts.worker.stop()
            listening.cancel()
            await asyncio.gather(working, listening, return_exceptions=True)
            await asyncio.to_thread(parts.close)


@pytest.mark.parametrize("name", ["ticket", "/Ticket", "/two words", "/" + "x" * 32, "/"])
def test_a_command_that_slack_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(SettingsBroken, match="is no command"):
        Settings.from_environment({"CHATDESK_SLACK_COMMAND": name})
