"""A requester on one platform and an agent on the other, who talk about one ticket."""

from __future__ import annotations

import pytest

from chatdesk.ui.exchange import Edited
from tests.discord.faults import Fault as DiscordFault
from tests.discord.reference import reads
from tests.scenarios.cross_stage import IN_DISCORD, CrossStage
from tests.scenarios.stage import Actor, Seen
from tests.slack.faults import Fault as SlackFault


class Talk:
    """A ticket whose requester is on one platform and whose agent is on the other."""

    def __init__(self, both: CrossStage, requester: Actor, agent: Actor, summary: str) -> None:
        """Let these two talk under this ticket's card."""
        self.both, self.requester, self.agent = both, requester, agent
        self.card = f"#1 {summary}"

    async def replies(self, text: str) -> None:
        """Let the agent write a Reply in the thread, and let it go out."""
        await self.agent.says(f"!reply {text}", under=self.card)
        await self.both.time_passes(seconds=20)
        self.requester.sees(text)

    async def says(self, who: Actor, text: str, under: str, name: str, content: bytes) -> None:
        """Let somebody write words with a file."""
        place, thread = who.sees(under).place, who.sees(under).thread or who.sees(under).message
        if who.who.startswith(IN_DISCORD):
            stage = self.both.in_discord
            user, file = stage.ids[who.who.removeprefix(IN_DISCORD)], stage.discord.file
            text, answered = stage.to_be_heard(text, place)
            kept = [file(name, content)]
            await stage.discord.says(user, place, stage.with_desk(text), kept, answered)
        else:
            slack, user = self.both.in_slack.slack, self.both.in_slack.users[who.who]
            await slack.says(user, place, text, thread, [slack.file(name, content, owner=user)])
        await self.both.settle()

    def _written(self, words: str) -> Seen:
        """Return the agent's newest message with these words; where there is none, the desk's."""
        user = self.both.user(self.agent.who)
        found = [one for one in self.both.seen_by(self.agent.who) if words in one.text]
        return ([one for one in found if one.author == user] or found)[-1]

    async def rewrites(self, words: str, text: str) -> None:
        """Let the agent change their own message with these words."""
        there = self._written(words)
        done = Edited(message=there.message, text=text)
        await self.both.act(self.agent.who, done, there.place, there.thread)
        await self.both.settle()

    async def picks(self, words: str) -> str:
        """Let the agent send a message on by its own menu, and return what they are told."""
        there, user = self._written(words), self.both.user(self.agent.who)
        if self.agent.who.startswith(IN_DISCORD):
            discord = self.both.in_discord.discord
            shown = len(discord.seen_by(user))
            message = discord.message(there.place, there.message)
            await discord.uses_menu(user, "Send to requester", message)
            await self.both.settle()
            return "".join(reads(one["components"]) for one in discord.seen_by(user)[shown:])
        slack = self.both.in_slack.slack
        shown = len(slack.ephemerals(user))
        said = slack.workspace.messages[there.place][there.message]
        await slack.shortcut(user, "send_to_requester", said)
        await self.both.settle()
        return "".join(str(one.blocks) for one in slack.ephemerals(user)[shown:])

    def files(self, who: Actor) -> list[tuple[str, bytes]]:
        """Return the files of the desk that stand where somebody reads, with what is in them."""
        if who.who.startswith(IN_DISCORD):
            return self.both.in_discord.discord.files_of_the_desk()
        slack = self.both.in_slack.slack
        shown = [
            file for file in slack.workspace.files.values() if file.owner == slack.app.bot_user
        ]
        return [(file.name, file.content or b"") for file in shown if file.shares]

    def refuses_files(self, code: str) -> None:
        """Let the requester's platform refuse the next file for good, with this word for why."""
        if self.requester.who.startswith(IN_DISCORD):
            refused = [DiscordFault.none(), DiscordFault.refused(int(code), 413)]
            self.both.in_discord.discord.rest.next("POST", "/messages$", *refused)
        else:
            step = "getUploadURL" if "size" in code else "completeUpload"
            self.both.in_slack.slack.next(f"files.{step}External", SlackFault.refused(code))

    def fails_once(self) -> None:
        """Let the next message on the requester's platform fail, once, before it is there."""
        if self.requester.who.startswith(IN_DISCORD):
            failing = DiscordFault.status(500)
            self.both.in_discord.discord.rest.next("POST", "/messages$", failing)
        else:
            self.both.in_slack.slack.next("chat.postMessage", SlackFault.status(503))


@pytest.fixture(params=["agent-in-slack", "agent-in-discord"])
async def talk(both: CrossStage, request: pytest.FixtureRequest) -> Talk:
    """A ticket across the platforms, in each direction."""
    if request.param == "agent-in-slack":
        mara, jo = both.actor("discord/mara"), both.actor("jo")
        await both.opens_for_it(mara)
        await jo.clicks("Claim", on="#1")
        return Talk(both, mara, jo, "VPN drops")
    dana, sam = both.actor("dana"), both.actor("discord/sam")
    await both.opens_for_facilities(dana)
    await sam.clicks("Claim", on="#1")
    return Talk(both, dana, sam, "The heating is cold")
