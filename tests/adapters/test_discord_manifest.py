"""What Discord is told when the app is set up: valid, complete, and nothing without a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.commands import commands, hash_of, menu_called, parts_of, typed
from chatdesk.adapters.discord.manifest import PARTS, written
from chatdesk.adapters.discord.permissions import INTENTS, PERMISSIONS, asked_for, invite_link
from chatdesk.adapters.discord.tags import applied, forum_tags
from chatdesk.ui.wording import languages
from chatdesk.verbs import TYPED, Audience, parse
from tests.discord.reference import Reference, lint_command, size_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def reference(shared_specs: Path) -> Reference:
    return Reference(shared_specs)


def group(name: str) -> dict[str, Any]:
    return next(one for one in commands() if one["name"] == name)


def subcommands(name: str) -> dict[str, Any]:
    return {one["name"]: one for one in group(name)["options"]}


# --- the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_the_file_in_manifests_is_the_one_that_is_generated(part: str) -> None:
    path = ROOT / "manifests" / "discord" / f"{part}.json"
    assert path.read_text(encoding="utf-8") == written(part), (
        f"run: chatdesk manifest discord --part {part} > manifests/discord/{part}.json"
    )


def test_discord_takes_the_commands(reference: Reference) -> None:
    assert not reference.problems("PUT", "/applications/1/commands", commands())
    assert not reference.problems("PUT", "/applications/1/commands", commands())


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"name": "Ticket"}, "no name"),
        ({"name": "t", "options": [{"name": "a b", "type": 3}]}, "whose name is none"),
        ({"name": "t", "options": [{"name": "a", "type": 3}] * 26}, "26 options"),
        (
            {
                "name": "t",
                "options": [
                    {"name": "a", "type": 3},
                    {"name": "b", "type": 3, "required": True},
                ],
            },
            "required option after",
        ),
        ({"name": "t", "description": "x" * 8000}, "8001 characters"),
    ],
)
def test_the_linter_knows_what_the_document_does_not(command: dict[str, Any], said: str) -> None:
    assert any(said in one for one in lint_command(command))


def test_the_commands_leave_room_for_more() -> None:
    assert all(size_of(one) < limits.COMMAND_SIZE * 0.9 for one in commands())


# --- the commands ---------------------------------------------------------------------------------


def test_every_verb_that_can_be_typed_is_a_subcommand_of_its_people() -> None:
    anyone = {verb.name for verb in TYPED.values() if verb.audience is Audience.ANYONE}
    assert subcommands("ticket").keys() == anyone | {"menu"}
    assert subcommands("desk").keys() == TYPED.keys() - anyone
    assert group("desk")["default_member_permissions"] == discord.Permissions.manage_threads.flag
    assert "default_member_permissions" not in group("ticket")


@pytest.mark.parametrize(
    ("verb", "options", "said"),
    [
        ("claim", {"number": 7}, "claim 7"),
        ("claim", {}, "claim"),
        ("assign", {"number": 7, "agent": "42"}, "assign 7 @discord:42"),
        ("transfer", {"queue": "it", "reason": "theirs"}, "transfer it theirs"),
        ("merge", {"number": 7, "other": 9}, "merge 7 9"),
        ("hold", {"number": 7, "until": "3d", "reason": "parts"}, "hold 7 3d parts"),
        ("away", {"until": "back"}, "away back"),
        ("away", {"until": "friday"}, "away until friday"),
        ("queue", {"which": "mine"}, "queue mine"),
        ("for", {"person": "42", "words": "Dark screen"}, "for @discord:42 Dark screen"),
        ("digest", {"which": "weekly"}, "digest weekly"),
        ("digest", {"which": "now", "where": "here"}, "digest now here"),
        ("link-account", {"code": "ABCD-EFGHJKLM"}, "link-account ABCD-EFGHJKLM"),
        ("menu", {}, ""),
    ],
)
def test_a_command_reads_as_it_would_have_been_typed(
    verb: str, options: dict[str, Any], said: str
) -> None:
    assert typed(verb, options) == said
    if said:
        assert parse(said, implied=1).verb.name == verb


def test_every_option_is_the_one_of_a_word_of_the_verbs_usage() -> None:
    known = {"number", "other", "person", "agent", "queue", "which", "priority", "reason"}
    known |= {"text", "words", "until", "where", "code"}
    assert {part.option for verb in TYPED.values() for part in parts_of(verb)} <= known
    assert {one["name"] for one in subcommands("ticket")["new"]["options"]} == {"words", "topic"}


def test_what_no_form_asks_is_required() -> None:
    required = {
        (name, option["name"])
        for name in ("ticket", "desk")
        for one in subcommands(name).values()
        for option in one.get("options", ())
        if option["required"]
    }
    assert {option for _, option in required} >= {"words", "queue", "priority", "person"}
    assert ("desk", "number") not in required


def test_a_menus_name_leads_back_to_it() -> None:
    menus = [one for one in commands() if one["type"] == 3]
    assert [menu_called(one["name"]) for one in menus] == ["create_ticket", "send_to_requester"]
    assert menu_called("something else") == ""


def test_other_languages_of_the_catalog_name_and_describe_the_commands() -> None:
    for language in languages() - {"en"}:
        for command in commands():
            texts = {**command.get("name_localizations", {})}
            assert language in texts
            for one in command.get("options", ()):
                assert language in one["description_localizations"]
                assert language in one["name_localizations"]
                options = one.get("options", ())
                choices = [each for option in options for each in option.get("choices", ())]
                bare = [each["name"] for each in choices if "name_localizations" not in each]
                assert not set(bare) - {"status"}


def test_subcommands_are_called_as_they_are_typed_in_other_languages() -> None:
    assert subcommands("desk")["claim"]["name_localizations"]["de"] == "übernehmen"
    for name in ("ticket", "desk"):
        for language in languages() - {"en"}:
            found = [one["name_localizations"][language] for one in subcommands(name).values()]
            assert len(set(found)) == len(found)


def test_the_hash_changes_with_the_commands_and_with_nothing_else() -> None:
    changed = commands()
    assert hash_of(changed) == hash_of(commands())
    changed[0]["options"][1]["description"] += "!"
    assert hash_of(changed) != hash_of(commands())


# --- the invitation -------------------------------------------------------------------------------


def test_the_permissions_are_the_sum_of_those_that_are_named() -> None:
    named = discord.Permissions(**{need.name: True for need in PERMISSIONS})
    assert asked_for() == named.value == 395137108992


def test_the_intents_are_those_of_the_library() -> None:
    assert {need.name for need in INTENTS} <= set(discord.Intents.VALID_FLAGS)
    assert {need.name for need in INTENTS if need.is_optional} == {"message_content"}


def test_the_invitation_asks_for_these_and_no_more() -> None:
    asked = parse_qs(urlsplit(invite_link("123", "456")).query)
    assert asked == {
        "client_id": ["123"],
        "scope": ["bot applications.commands"],
        "permissions": ["395137108992"],
        "guild_id": ["456"],
    }


def test_everything_asked_for_has_a_reason_in_the_page() -> None:
    page = (ROOT / "docs" / "discord.md").read_text(encoding="utf-8")
    missing = [
        need.name
        for need in (*PERMISSIONS, *INTENTS)
        if f"| `{need.name}` | {need.why} |" not in page
    ]
    assert not missing


# --- tags -----------------------------------------------------------------------------------------


def test_a_forum_takes_the_tags_and_has_room_for_topics(reference: Reference) -> None:
    body = {"name": "it-desk", "type": 15, "available_tags": forum_tags()}
    assert not reference.problems("POST", "/guilds/1/channels", body)
    assert len(forum_tags()) <= limits.FORUM_TAGS - 5
    names = [tag["name"] for tag in forum_tags()]
    assert len(set(names)) == len(names)


def test_five_tags_at_most_are_set_and_missing_ones_are_left_out() -> None:
    made = json.loads(written("forum-tags"))
    available = [{"id": str(number), "name": tag["name"]} for number, tag in enumerate(made)]
    assert applied(["open", "No such topic", "High"], available) == ["1", "8"]
    assert len(applied([tag["name"] for tag in made], available)) == limits.TAGS_APPLIED
