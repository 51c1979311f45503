"""Keeps the tags of the agents' posts as their cards say, with as few calls as that takes."""

from __future__ import annotations

from collections import OrderedDict

from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.tags import applied
from chatdesk.ui.cards import Card

POSTS_KNOWN = 10_000
"""Posts whose tags are kept in mind, so that nothing is asked of Discord that it shows already."""


class Tagging:
    """Lets posts' tags say what their cards say."""

    def __init__(self, rest: Rest, channels: Channels) -> None:
        """Change posts through this."""
        self._rest = rest
        self._channels = channels
        self._shown: OrderedDict[str, list[str]] = OrderedDict()

    async def wanted(self, forum: str, card: Card) -> list[str]:
        """Return the ids of a forum's tags that a card's post should have."""
        told = await self._channels.look(forum)
        return applied(card.labels, told.get("available_tags") or ())

    def made(self, post: str, tags: list[str]) -> None:
        """Note the tags of a new post."""
        self._shown[post] = tags
        while len(self._shown) > POSTS_KNOWN:
            self._shown.popitem(last=False)

    async def follow(self, forum: str, post: str, card: Card) -> None:
        """Change a post's tags where its card says something else by now."""
        if not card.labels:
            return
        tags = await self.wanted(forum, card)
        if self._shown.get(post) == tags:
            return
        # Where nobody tells how this ends, neither these tags nor those of before are known.
        self._shown.pop(post, None)
        await self._rest.call(
            "PATCH", "/channels/{channel_id}", {"applied_tags": tags}, channel_id=post
        )
        self.made(post, tags)
