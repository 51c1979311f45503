"""What Discord is told when the app is set up: its commands, its invitation, its forums' tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chatdesk.adapters.discord.commands import commands
from chatdesk.adapters.discord.permissions import INTENTS, PERMISSIONS, SCOPES, asked_for
from chatdesk.adapters.discord.permissions import invite_link as link
from chatdesk.adapters.discord.tags import forum_tags

Json = dict[str, Any]


def install() -> Json:
    """Return how the app is invited, and what for."""
    return {
        "link": link(),
        "scopes": list(SCOPES),
        "permissions": str(asked_for()),
        "permission_names": {need.name: need.why for need in PERMISSIONS},
        "intents": {need.name: need.why for need in INTENTS},
        "optional_intents": [need.name for need in INTENTS if need.is_optional],
        "integration_types": ["guild"],
    }


PARTS: dict[str, Callable[[], Any]] = {
    "commands": commands,
    "install": install,
    "forum-tags": forum_tags,
}
"""The files in `manifests/discord`, by name."""


def written(part: str) -> str:
    """Return one of them as it is kept in its file."""
    return json.dumps(PARTS[part](), ensure_ascii=False, indent=2) + "\n"
