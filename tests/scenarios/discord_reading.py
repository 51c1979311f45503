"""What a person in Discord has before them, in a story's words: messages and what acts in them."""

from __future__ import annotations

from chatdesk.adapters.discord.components import carried
from tests.discord.reference import reads, walk
from tests.discord.world import Json
from tests.scenarios.stage import Seen


def seen(message: Json) -> Seen:
    """Return a message as somebody sees it."""
    return Seen(
        message=message["id"],
        place=message["channel_id"],
        thread="",
        author=message["author"]["id"],
        text=f"{reads(message['components'])} {message['content']}".strip(),
        buttons=buttons(message),
    )


def buttons(message: Json) -> dict[str, str]:
    """Return everything that acts at once, by its label."""
    found = {}
    for one in walk(message["components"]):
        if one["type"] == 2:
            found[one["label"]] = carried(one["custom_id"]) or ""
        for option in one.get("options", ()):
            found[option["label"]] = option["value"]
    return found


def squeezed(text: str) -> str:
    """Return a text without the spaces, which are set as there is room."""
    return "".join(text.split())
