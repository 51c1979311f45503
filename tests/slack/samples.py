"""Blocks, forms and cards that the tests send."""

from __future__ import annotations

from typing import Any

from tests.slack.things import Json


def text(words: str, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": words}


def section(words: str) -> Json:
    return {"type": "section", "text": text(words, "mrkdwn")}


def button(**more: Any) -> Json:
    pressed = {"type": "button", "action_id": "a", "text": text("Go"), **more}
    return {"type": "actions", "elements": [pressed]}


def select(options: int, **more: Any) -> Json:
    offered = [{"text": text(f"o{n}"), "value": f"v{n}"} for n in range(options)]
    return {
        "type": "actions",
        "elements": [{"type": "static_select", "action_id": "s", "options": offered, **more}],
    }


def field(block_id: str = "b") -> Json:
    element = {"type": "plain_text_input", "action_id": "a"}
    return {"type": "input", "block_id": block_id, "label": text("L"), "element": element}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": text("T"), "blocks": [section("x")], **more}


FORM: Json = {
    "type": "modal",
    "callback_id": "intake",
    "title": {"type": "plain_text", "text": "New ticket"},
    "submit": {"type": "plain_text", "text": "Send"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "topic",
            "dispatch_action": True,
            "label": {"type": "plain_text", "text": "Topic"},
            "element": {
                "type": "static_select",
                "action_id": "topic",
                "options": [
                    {"text": {"type": "plain_text", "text": "VPN"}, "value": "vpn"},
                    {"text": {"type": "plain_text", "text": "Printer"}, "value": "printer"},
                ],
            },
        },
        {
            "type": "input",
            "block_id": "summary",
            "label": {"type": "plain_text", "text": "Summary"},
            "element": {"type": "plain_text_input", "action_id": "summary", "max_length": 80},
        },
        {
            "type": "input",
            "block_id": "files",
            "optional": True,
            "label": {"type": "plain_text", "text": "Files"},
            "element": {"type": "file_input", "action_id": "files", "max_files": 2},
        },
    ],
}


def claim_card(text: str) -> list[Json]:
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "claim",
                    "value": "claim:7:1",
                    "text": {"type": "plain_text", "text": "Claim"},
                },
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [
                        {"text": {"type": "plain_text", "text": "Hold"}, "value": "hold"},
                        {"text": {"type": "plain_text", "text": "Merge"}, "value": "merge"},
                    ],
                },
            ],
        },
    ]
