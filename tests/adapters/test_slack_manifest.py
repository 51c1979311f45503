"""The manifests: valid, complete, without a scope too many, and as committed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from chatdesk.adapters.slack.errors import REMEDIES
from chatdesk.adapters.slack.manifest import (
    EVENTS,
    METHODS,
    SHORTCUTS,
    Asked,
    Transport,
    manifest,
    reasons,
    scopes,
    usage_hint,
    written,
)
from chatdesk.ui.wording import COMMAND
from chatdesk.verbs import TYPED, Audience
from tests.slack.reference import LEFT_OUT

ROOT = Path(__file__).resolve().parents[2]
SLACK = ROOT / "chatdesk" / "adapters" / "slack"
BOTH: tuple[Transport, ...] = ("socket", "http")

CALL = re.compile(r"_?client\.((?:chat|conversations|usergroups|users|views|reactions|files)_\w+)")


@pytest.fixture(scope="session")
def specs(shared_specs: Path) -> Path:
    return shared_specs / "slack"


@pytest.mark.parametrize("transport", BOTH)
def test_slack_takes_the_manifest(transport: Transport, specs: Path) -> None:
    schema = json.loads((specs / "manifest/manifest.schema.2.0.0.json").read_text())
    found = list(Draft7Validator(schema).iter_errors(manifest(transport)))
    assert not [f"{list(one.path)}: {one.message[:300]}" for one in found]


@pytest.mark.parametrize("transport", BOTH)
def test_the_file_in_manifests_is_the_one_that_is_generated(transport: Transport) -> None:
    path = ROOT / "manifests" / f"slack.{transport}.yaml"
    assert path.read_text(encoding="utf-8") == written(transport), (
        f"run: chatdesk manifest slack --transport {transport} > manifests/slack.{transport}.yaml"
    )


def test_over_http_slack_is_told_where_to_deliver_and_over_a_socket_it_is_not() -> None:
    assert "request_url" in written("http")
    assert "url" not in written("socket").replace("request_urls", "")


def dotted(call: str) -> str:
    """Return the method that a call of the client stands for."""
    return call.replace("_", ".", 1).replace("users_list", "users.list")


def test_every_method_that_is_called_stands_in_the_table_and_no_other() -> None:
    called = set()
    for file in SLACK.glob("*.py"):
        called |= {dotted(one) for one in CALL.findall(file.read_text())}
    by_libraries = {"apps.connections.open", "auth.test", "auth.revoke", "oauth.v2.access"}
    assert called | by_libraries == {use.name for use in METHODS}


def test_every_method_has_a_scope_that_slack_asks_for(specs: Path) -> None:
    for use in METHODS:
        path = specs / f"slack-api-ref/methods/{use.name}.json"
        told = LEFT_OUT.get(use.name) or json.loads(path.read_text())
        wanted = set((told.get("scope") or {}).get("bot") or ())
        assert set(use.scopes) <= wanted, use.name
        assert bool(use.scopes) == bool(wanted), use.name


def test_every_event_has_the_scopes_that_slack_asks_for(specs: Path) -> None:
    told = json.loads((specs / "slack-api-ref/events/events.json").read_text())
    # The reference writes one of them with a dot.
    wanted = {one["name"]: [s.replace(".", ":") for s in one.get("scopes", ())] for one in told}
    # It has lost these, of which Slack's own libraries know.
    for kind in ("archive", "unarchive"):
        wanted |= {f"channel_{kind}": ["channels:read"], f"group_{kind}": ["groups:read"]}
    for use in EVENTS:
        # Of several, one for each kind of channel, those of the kinds that are used.
        assert set(use.scopes) <= set(wanted[use.name]), use.name
        assert bool(use.scopes) == bool(wanted[use.name]), use.name


def test_every_scope_has_a_reason() -> None:
    assert set(reasons()) == set(scopes(with_groups=True))
    assert all(reasons().values())


def test_user_groups_are_read_only_where_they_are_used() -> None:
    assert set(scopes(with_groups=True)) - set(scopes()) == {"usergroups:read"}
    assert "usergroups:read" in written("http", Asked(with_groups=True))


def test_an_app_in_several_workspaces_says_where_an_installation_ends(specs: Path) -> None:
    asked = Asked(public_url="https://help.example.org/", is_several=True)
    made = manifest("http", asked)
    assert made["oauth_config"]["redirect_urls"] == [
        "https://help.example.org/slack/oauth_redirect"
    ]
    events = made["settings"]["event_subscriptions"]
    assert events["request_url"] == "https://help.example.org/slack/events"
    schema = json.loads((specs / "manifest/manifest.schema.2.0.0.json").read_text())
    assert not list(Draft7Validator(schema).iter_errors(made))


def test_the_command_can_be_called_otherwise() -> None:
    (command,) = manifest("http", Asked(command="/help-me"))["features"]["slash_commands"]
    assert command["command"] == "/help-me"
    assert "/help-me" in written("socket", Asked(command="/help-me"))


def test_the_command_tells_what_anyone_can_type() -> None:
    typed = [verb for verb in TYPED.values() if verb.audience is Audience.ANYONE]
    assert all(verb.name in usage_hint() for verb in typed)
    assert manifest("socket")["features"]["slash_commands"][0]["command"] == COMMAND
    assert {one["callback_id"] for one in SHORTCUTS} == {
        "new_ticket",
        "create_ticket",
        "add_to_ticket",
        "send_to_requester",
    }


def test_the_page_tells_the_reason_of_every_scope() -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    rows = [f"| `{scope}` | {'; '.join(why)} |" for scope, why in reasons().items()]
    missing = [row for row in rows if row not in page]
    assert not missing, "\n".join(missing)


def test_the_page_tells_the_reason_of_every_event() -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    missing = [row for use in EVENTS if (row := f"| `{use.name}` | {use.why} |") not in page]
    assert not missing, "\n".join(missing)


def test_the_page_tells_the_remedies_that_admins_are_told() -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    rows = [f"| `{code}` | {remedy} |" for code, remedy in REMEDIES.items()]
    missing = [row for row in rows if row not in page]
    assert not missing, "\n".join(missing)
