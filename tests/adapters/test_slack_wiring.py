"""Which platform a desk is on, by the tokens that are set, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.db import SqlStore, open_store
from chatdesk.adapters.slack.afterwards import REOPEN
from chatdesk.adapters.slack.answering import AGAIN
from chatdesk.adapters.slack.clicks import TYPED
from chatdesk.config import Obstacle, PolicySource, Settings, SettingsBroken
from chatdesk.lifecycle import record
from chatdesk.verbs import BY_NAME
from tests.adapters.conftest import migrated_url


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


def assembled(folder: Path, url: str, **tokens: str) -> bootstrap.Parts:
    secrets = {name: SecretStr(token) for name, token in tokens.items()}
    settings = Settings(data_dir=folder, database_url=SecretStr(url), **secrets)
    return bootstrap.assemble(settings, PolicySource(folder / "desk.yaml", example=True))


def test_without_a_token_the_desk_is_in_the_workspace(tmp_path: Path, url: str) -> None:
    with closing(assembled(tmp_path, url)) as parts:
        assert parts.slack is None
        assert parts.local is not None


def test_with_slacks_tokens_there_is_no_workspace_and_no_time_machine(
    tmp_path: Path, url: str
) -> None:
    with closing(assembled(tmp_path, url, slack_bot_token="xoxb-1", slack_app_token="xapp-1")) as p:
        assert p.slack is not None
        assert p.slack.front is None
        with pytest.raises(LookupError):
            _ = p.platform


def test_over_http_there_is_a_front(tmp_path: Path, url: str) -> None:
    tokens = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s"}
    with closing(assembled(tmp_path, url, **tokens)) as parts:
        assert parts.slack is not None
        assert parts.slack.front is not None


def test_a_bot_token_alone_would_hear_nothing(tmp_path: Path, url: str) -> None:
    with pytest.raises(Obstacle, match="CHATDESK_SLACK_APP_TOKEN"):
        assembled(tmp_path, url, slack_bot_token="xoxb-1")


def test_a_desk_whose_clock_was_moved_is_not_let_into_slack(tmp_path: Path, url: str) -> None:
    store: SqlStore = open_store(url, record)
    with closing(store):
        store.write(lambda tx: tx.marks.set("time_moved", "3600"))
    with pytest.raises(Obstacle, match="time machine"):
        assembled(tmp_path, url, slack_bot_token="xoxb-1", slack_app_token="xapp-1")


@pytest.mark.parametrize("address", ["http://example.org/api/", "slack.com/api/", "ftp://x/"])
def test_tokens_are_sent_to_nobody_in_clear(address: str) -> None:
    with pytest.raises(SettingsBroken, match="https"):
        Settings.from_environment({"CHATDESK_SLACK_API_URL": address})


@pytest.mark.parametrize("address", ["https://slack-gov.com/api", "http://127.0.0.1:8080/api/"])
def test_another_slack_can_be_named(address: str) -> None:
    found = Settings.from_environment({"CHATDESK_SLACK_API_URL": address}).slack_api_url
    assert found == address.rstrip("/") + "/"


@pytest.mark.parametrize("beginning", [AGAIN, REOPEN, TYPED])
def test_no_button_of_a_verb_is_taken_for_one_of_slacks_own(beginning: str) -> None:
    assert beginning.endswith(":")
    assert beginning.removesuffix(":") not in BY_NAME
