"""What people do with words: messages, edits, deletions, reactions, commands, coming and going."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from tests.slack.delivery import Answer
from tests.slack.filling import NotLetThrough
from tests.slack.happenings import (
    app_mention,
    channel_event,
    home_opened,
    membership,
    message_changed,
    message_posted,
    reaction_event,
)
from tests.slack.methods_chat import POST_TEXT, checked_content, take_away
from tests.slack.server import Server
from tests.slack.shapes import message_json, person_json, rich_text
from tests.slack.side_doors import say
from tests.slack.things import (
    ApiRefused,
    Channel,
    Json,
    Message,
    Person,
    ResponseUrl,
    StoredFile,
    View,
)
from tests.slack.workspace import TEAM_DOMAIN

LINK = re.compile(r"https?://[^\s<>|]+")
NAMED_PLACE = {"im": "directmessage", "private": "privategroup"}


class Talking(Server):
    """People who write and read. Texts are given as they type them; Slack escapes them."""

    async def says(
        self,
        user: Person | str,
        channel: Channel | str,
        text: str,
        thread_ts: str | Message | None = None,
        files: Sequence[StoredFile] = (),
    ) -> Message:
        """Post a message, and wait until the app has acknowledged every event about it."""
        person, place = self._present(user, channel)
        is_open = self.app.has_messages_tab and not self.app.is_messages_tab_read_only
        if place.kind == "im" and not is_open:
            raise NotLetThrough("the app's messages tab takes no messages")
        sent = self.as_sent(text)
        message = Message(
            ts=self.workspace.new_ts(),
            channel=place.id,
            user=person.id,
            text=sent,
            blocks=rich_text(sent),
            thread_ts=thread_ts.ts if isinstance(thread_ts, Message) else thread_ts,
            files=[*files],
            subtype="file_share" if files else None,
        )
        self.workspace.keep(message)
        for file in files:
            file.shares.append((place.id, message.ts))
        if f"<@{self.app.bot_user}" in sent:
            self.courier.announce(app_mention(self.workspace, message))
        await self._tell(message_posted(self.workspace, message))
        return message

    def as_sent(self, typed: str, *, in_command: bool = False) -> str:
        """What Slack makes of what a person types: entities escaped, names and links marked."""
        sent = escape(typed, quote=False)
        for person in self.workspace.people.values():
            mark = f"<@{person.id}|{person.name}>" if in_command else person.mention
            sent = re.sub(rf"@{re.escape(person.name)}\b", mark, sent)
        for channel in self.workspace.channels.values():
            if channel.kind != "im":
                mark = f"<#{channel.id}|{channel.name}>"
                sent = re.sub(rf"#{re.escape(channel.name)}\b", mark, sent)
        return LINK.sub(lambda link: f"<{link.group()}>", sent)

    async def edits(self, user: Person | str, message: Message, text: str) -> None:
        """Edit one's own message."""
        if message.user != self._id(user) or message.is_deleted:
            raise NotLetThrough("people edit their own messages")
        before = message_json(self.workspace, message)
        message.versions.append((message.text, message.blocks))
        message.text = self.as_sent(text)
        message.blocks = rich_text(message.text)
        message.edited_at = self.workspace.new_ts()
        await self._tell(message_changed(self.workspace, message, before))

    async def deletes(self, user: Person | str, message: Message) -> None:
        """Delete a message: one's own, or as an administrator any."""
        person = self.workspace.people[self._id(user)]
        if message.user != person.id and not person.is_admin:
            raise NotLetThrough("people delete their own messages")
        take_away(self.workspace, message)
        await self.settled()

    async def reacts(self, user: Person | str, message: Message, name: str) -> None:
        """Put a reaction on a message."""
        person, _ = self._present(user, message.channel)
        message.reactions.setdefault(name, []).append(person.id)
        await self._tell(reaction_event(self.workspace, "reaction_added", message, person.id, name))

    async def unreacts(self, user: Person | str, message: Message, name: str) -> None:
        """Take one's reaction back."""
        message.reactions[name].remove(self._id(user))
        await self._tell(
            reaction_event(self.workspace, "reaction_removed", message, self._id(user), name)
        )

    async def types(self, user: Person | str, channel: Channel | str, line: str) -> Answer:
        """Type a slash command; the answer is shown as Slack shows it. Not possible in threads."""
        person, place = self._present(user, channel)
        command, _, text = line.partition(" ")
        if command not in self.app.commands:
            raise NotLetThrough(f"{command} is not a valid command")
        if self.app.commands[command]:
            text = self.as_sent(text, in_command=True)
        address = self.workspace.new_response_url(place.id, person.id)
        payload = {
            "token": "verification-token-of-old",
            "api_app_id": self.app.id,
            "team_id": self.workspace.team,
            "team_domain": TEAM_DOMAIN,
            "channel_id": place.id,
            "channel_name": NAMED_PLACE.get(place.kind, place.name),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "response_url": address,
            "trigger_id": self.workspace.new_trigger(person.id),
            "is_enterprise_install": "false",
        }
        answer = await self.courier.ask("slash_commands", payload)
        return self._show_answer(answer, place, person)

    def _show_answer(self, answer: Answer, place: Channel, person: Person) -> Answer:
        """Show the words that came with an acknowledgement; strange ones are complained about."""
        if not answer.is_acked or not answer.payload:
            return answer
        try:
            content = checked_content(self.workspace, self.reference, answer.payload, POST_TEXT)
        except ApiRefused as refused:
            self.complaints.append(f"the answer to a command: {refused.error} {refused.more}")
            return Answer(is_acked=True, payload=answer.payload, trouble=refused.error)
        address = ResponseUrl(place.id, person.id, self.workspace.clock.now())
        say(self.workspace, address, answer.payload, content)
        return answer

    async def opens_home(self, user: Person | str, tab: str = "home") -> View | None:
        """Open the app's home or messages tab; what is on show once the app has heard of it."""
        whose = self._id(user)
        home = self.workspace.homes.get(whose)
        await self._tell(home_opened(self.workspace, whose, tab, home))
        return self.workspace.homes.get(whose)

    # --- coming, going, ending --------------------------------------------------------------------

    async def joins(self, user: Person | str, channel: Channel | str, inviter: str = "") -> None:
        """Come into a channel; the app too is invited like this."""
        place, whose = self._channel(channel), self._id(user)
        place.members.add(whose)
        joined = membership(self.workspace, "member_joined_channel", place, whose, inviter)
        await self._tell(joined)

    async def leaves(self, user: Person | str, channel: Channel | str) -> None:
        """Leave a channel; the app too is thrown out like this."""
        place, whose = self._channel(channel), self._id(user)
        place.members.discard(whose)
        await self._tell(membership(self.workspace, "member_left_channel", place, whose, ""))

    async def archives(self, channel: Channel | str) -> None:
        """Archive a channel."""
        place = self._channel(channel)
        place.is_archived = True
        await self._tell(channel_event(self.workspace, "archive", place))

    async def unarchives(self, channel: Channel | str) -> None:
        """Open an archived channel again."""
        place = self._channel(channel)
        place.is_archived = False
        await self._tell(channel_event(self.workspace, "unarchive", place))

    async def removes(self, channel: Channel | str) -> None:
        """Delete a channel with everything in it."""
        place = self._channel(channel)
        del self.workspace.channels[place.id]
        await self._tell(channel_event(self.workspace, "deleted", place))

    async def renames(self, channel: Channel | str, name: str) -> None:
        """Give a channel another name."""
        place = self._channel(channel)
        place.name = name
        await self._tell(channel_event(self.workspace, "rename", place))

    async def gives_id(self, channel: Channel | str, new: str) -> None:
        """Let a channel have another id, as when it becomes shared with another workspace."""
        place, workspace = self._channel(channel), self.workspace
        old = place.id
        place.id = new
        workspace.channels[new] = workspace.channels.pop(old)
        workspace.messages[new] = workspace.messages.pop(old)
        for message in workspace.messages[new].values():
            message.channel = new
        for spot in [spot for spot in workspace.answers if spot[0] == old]:
            workspace.answers[new, spot[1]] = workspace.answers.pop(spot)
        event = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new}
        await self._tell(event | {"event_ts": workspace.new_ts()})

    async def deactivates(self, user: Person | str) -> None:
        """Somebody has left the organisation."""
        person = self.workspace.people[self._id(user)]
        person.is_deactivated = True
        shown = person_json(self.workspace, person)
        event = {"type": "user_change", "user": shown, "event_ts": self.workspace.new_ts()}
        await self._tell(event)

    async def revokes_tokens(self) -> None:
        """An administrator takes the app's tokens away."""
        self.app.token_trouble = "token_revoked"
        tokens = {"oauth": [], "bot": [self.app.bot_user]}
        await self._tell({"type": "tokens_revoked", "tokens": tokens})

    # --- in common --------------------------------------------------------------------------------

    async def _tell(self, event: Json) -> None:
        self.courier.announce(event)
        await self.settled()

    def _present(self, user: Person | str, channel: Channel | str) -> tuple[Person, Channel]:
        """The person and the place, where the person can do something there."""
        person, place = self.workspace.people[self._id(user)], self._channel(channel)
        if person.is_deactivated:
            raise NotLetThrough(f"{person.name} has no account any more")
        if place.is_archived:
            raise NotLetThrough(f"#{place.name} is archived")
        if person.id not in place.members:
            raise NotLetThrough(f"{person.name} is not in #{place.name}")
        return person, place
