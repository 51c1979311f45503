"""A whole Slack on the loopback interface, for stories told in the words of people who use it.

slack = LoopbackSlack(specs)
mara, jo = slack.user("UMARA"), slack.user("UJO")
help_channel = slack.channel("CHELP", "it-help", mara, jo)
async with slack.serving() as url:              # AsyncWebClient(base_url=url), unchanged
    await slack.connected()                     # the app's socket; or slack.post_to(request_url)
    answer = await slack.types(mara, help_channel, "/ticket new VPN is down")
    await slack.submits(mara, values={"Summary": "VPN is down"})
    await slack.clicks(jo, slack.messages(help_channel)[-1], "Claim")
    slack.next("chat.postMessage", Fault.drop())
assert slack.complaints == []
"""

from __future__ import annotations

from tests.slack.blocks import live_entities, words
from tests.slack.filling import NotLetThrough
from tests.slack.interacting import Interacting, words_of
from tests.slack.things import Channel, Message, Person, View


class LoopbackSlack(Interacting):
    """The loopback Slack: see the module's first lines for how a story goes."""

    def messages(
        self,
        channel: Channel | str,
        thread_ts: str | Message | None = None,
        as_user: Person | str | None = None,
    ) -> list[Message]:
        """What stands in a channel, or as answers in a thread, oldest first.

        With `as_user` as that person sees it: with what only they see, and an error where they may
        not look.
        """
        place = self._channel(channel)
        thread = thread_ts.ts if isinstance(thread_ts, Message) else thread_ts
        found = [*self.workspace.messages[place.id].values()]
        if as_user is not None:
            whose = self._id(as_user)
            if place.kind != "public" and whose not in place.members:
                raise NotLetThrough(f"{whose} may not look into {place.name}")
            found += self.ephemerals(whose, place)
        shown = [message for message in found if _stands_in(message, thread)]
        return sorted(shown, key=lambda message: message.ts)

    def ephemerals(self, user: Person | str, channel: Channel | str | None = None) -> list[Message]:
        """What only this person was shown."""
        place = None if channel is None else self._channel(channel).id
        return [
            message
            for message in self.workspace.ephemerals
            if message.ephemeral_for == self._id(user) and place in (None, message.channel)
        ]

    def home_of(self, user: Person | str) -> View | None:
        """The app's home as a person sees it."""
        return self.workspace.homes.get(self._id(user))


def _stands_in(message: Message, thread: str | None) -> bool:
    if message.is_deleted:
        return False
    if thread is None:
        return not message.is_reply or message.is_broadcast
    return message.is_reply and message.thread_ts == thread


def reads(shown: Message | View) -> str:
    """What a person reads: a message's blocks, or its text where it has none; a view."""
    if isinstance(shown, View):
        return words_of(shown)
    return words(shown.blocks + shown.attachments) or words({"type": "mrkdwn", "text": shown.text})


def goes_live(message: Message) -> list[str]:
    """The mentions and links that a message makes work: nothing that somebody merely typed."""
    return live_entities(message.text, message.blocks + message.attachments)
