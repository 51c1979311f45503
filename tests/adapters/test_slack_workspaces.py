"""Ids of several workspaces: they carry theirs inside the desk, and lose it on their way out."""

from __future__ import annotations

import pytest

from chatdesk.adapters.slack.workspaces import bare, carrying, team_in

TEAM = "T0FAC"

CASES: list[tuple[object, object]] = [
    ({"user": "U1"}, {"user": "U1"}),  # too short for an id of Slack's
    ({"user": "U123"}, {"user": "U123@T0FAC"}),
    (
        {"user_id": "W123", "channel_id": "D123"},
        {"user_id": "W123@T0FAC", "channel_id": "D123@T0FAC"},
    ),
    (
        {"channel": {"id": "C123", "name": "C999"}},
        {"channel": {"id": "C123@T0FAC", "name": "C999"}},
    ),
    (
        {"user": {"id": "U123", "team_id": "T0FAC"}},
        {"user": {"id": "U123@T0FAC", "team_id": "T0FAC"}},
    ),
    ({"view": {"id": "V123"}}, {"view": {"id": "V123"}}),
    ({"members": ["U123", "U456"]}, {"members": ["U123@T0FAC", "U456@T0FAC"]}),
    ({"text": "DEFECTIVE"}, {"text": "DEFECTIVE"}),
    ({"text": "<@U123> and <@U456|kim>"}, {"text": "<@U123@T0FAC> and <@U456@T0FAC|kim>"}),
    ({"text": "&lt;@U123&gt; <https://a.b|C>"}, {"text": "&lt;@U123&gt; <https://a.b|C>"}),
    (
        {"selected_user": "U123", "block_id": "U123"},
        {"selected_user": "U123@T0FAC", "block_id": "U123"},
    ),
    ({"file": {"id": "F123", "user": "U123"}}, {"file": {"id": "F123", "user": "U123@T0FAC"}}),
    ({"ok": True, "count": 3, "nothing": None}, {"ok": True, "count": 3, "nothing": None}),
]


@pytest.mark.parametrize(("said", "known"), CASES)
def test_what_slack_says_carries_its_workspace(said: object, known: object) -> None:
    assert carrying(said, TEAM) == known


@pytest.mark.parametrize("said", [said for said, _ in CASES if "text" not in str(said)])
def test_on_its_way_out_it_is_as_it_was(said: object) -> None:
    assert bare(carrying(said, TEAM), set()) == said


def test_the_workspace_of_an_id() -> None:
    assert [team_in(one) for one in ("U123", "U123@T0FAC", "x@y", "")] == ["", "T0FAC", "", ""]
    found: set[str] = set()
    assert bare({"users": "U123@T0FAC", "text": "Write to U123@T0FAC please"}, found) == {
        "users": "U123",
        "text": "Write to U123@T0FAC please",
    }
    assert found == {"T0FAC"}
