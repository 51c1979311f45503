"""`chat.*` and `reactions.*`: what is posted, edited, deleted, and what people then see."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.slack.arguments import Asked
from tests.slack.blocks import checked_message_blocks
from tests.slack.happenings import (
    message_changed,
    message_deleted,
    message_posted,
    reaction_event,
)
from tests.slack.reference import Reference
from tests.slack.shapes import message_json
from tests.slack.things import ApiRefused, Channel, Json, Message
from tests.slack.workspace import Workspace

POST_TEXT = 40_000  # beyond it Slack cuts, and a desk may not lose a word: refused here
UPDATE_TEXT = 4000
ATTACHMENTS = 100
EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, checked."""

    text: str
    blocks: list[Json]
    attachments: list[Json]


def checked_content(slack: Workspace, reference: Reference, given: Json, limit: int) -> Content:
    """The text, blocks and attachments of a message, or the refusal."""
    if given.get("markdown_text") is not None:
        if given.get("text") or given.get("blocks"):
            raise ApiRefused("markdown_text_conflict")
        given = {**given, "text": given["markdown_text"]}
    text = str(given.get("text") or "")
    blocks = checked_message_blocks(reference, given["blocks"]) if given.get("blocks") else []
    attachments = given.get("attachments") or []
    if not isinstance(attachments, list):
        raise ApiRefused("invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise ApiRefused("too_many_attachments")
    attachments = [_attachment(reference, attachment) for attachment in attachments]
    if not (text.strip() or blocks or attachments):
        raise ApiRefused("no_text")
    if len(text) > limit:
        raise ApiRefused("msg_too_long")
    if blocks and not text.strip():
        slack.complaints.append("blocks without a text for notifications and screen readers")
    return Content(text, blocks, attachments)


def _attachment(reference: Reference, given: Json) -> Json:
    if "blocks" in given:
        return {**given, "blocks": checked_message_blocks(reference, given["blocks"])}
    return given


def check_postable(slack: Workspace, channel: Channel) -> None:
    """Refuse where the app may not post: archived, a closed messages tab, somebody who left."""
    if channel.is_archived:
        raise ApiRefused("is_archived")
    if channel.kind == "im":
        if not slack.app.has_messages_tab:
            raise ApiRefused("messages_tab_disabled")
        others = [slack.people[user] for user in channel.members - {slack.app.bot_user}]
        if any(other.is_deactivated for other in others):
            raise ApiRefused("user_disabled")


def _place(asked: Asked) -> Channel:
    """Where to post: a channel's id, or a person's, which means the direct message with them."""
    slack, given = asked.slack, str(asked.get("channel"))
    if given in slack.people:
        person = slack.people[given]
        if person.is_bot:
            raise ApiRefused("cannot_dm_bot")
        channel = slack.direct(person.id)
    else:
        channel = slack.joined_channel(given)
    check_postable(slack, channel)
    return channel


def checked_thread(slack: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    """The thread to answer in; it must exist, and hang on a message that is no answer itself."""
    if thread_ts is None:
        return None
    thread = slack.thread(channel.id, thread_ts)
    if not thread:
        raise ApiRefused("thread_not_found")
    if thread[0].is_reply:
        raise ApiRefused("cannot_reply_to_message")
    return thread_ts


def post_message(asked: Asked) -> Json:
    """`chat.postMessage`."""
    slack = asked.slack
    channel = _place(asked)
    content = checked_content(slack, asked.reference, asked.arguments, POST_TEXT)
    thread_ts = checked_thread(slack, channel, asked.get("thread_ts"))
    if asked.get("reply_broadcast") and thread_ts is None:
        raise ApiRefused("invalid_arguments", "reply_broadcast needs thread_ts")
    hidden_for = asked.hidden_for or slack.visibility_delay
    message = Message(
        ts=slack.new_ts(),
        channel=channel.id,
        user=slack.app.bot_user,
        bot_id=slack.app.bot_id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=thread_ts,
        metadata=asked.metadata() or None,
        is_broadcast=bool(asked.get("reply_broadcast")),
        visible_at=slack.clock.now() + hidden_for,
    )
    slack.keep(message)
    slack.announce(message_posted(slack, message))
    shown = message_json(slack, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def update(asked: Asked) -> Json:
    """`chat.update`: what is not given stays, metadata too; `{}` takes metadata away."""
    slack = asked.slack
    channel = slack.joined_channel(str(asked.get("channel")))
    message = slack.message(channel.id, str(asked.get("ts")))
    if channel.is_archived:
        raise ApiRefused("is_archived")
    if message.bot_id != slack.app.bot_id:
        raise ApiRefused("cant_update_message")
    content = checked_content(slack, asked.reference, asked.arguments, UPDATE_TEXT)
    metadata = asked.metadata()
    before = message_json(slack, message)
    message.versions.append((message.text, message.blocks))
    message.text = content.text
    message.blocks = content.blocks if "blocks" in asked.arguments else []
    if "attachments" in asked.arguments:
        message.attachments = content.attachments
    if metadata is not None:
        message.metadata = metadata or None
    message.edited_at = slack.new_ts()
    slack.announce(message_changed(slack, message, before))
    shown = message_json(slack, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(asked: Asked) -> Json:
    """`chat.delete`."""
    slack = asked.slack
    channel = slack.joined_channel(str(asked.get("channel")))
    message = slack.message(channel.id, str(asked.get("ts")))
    if message.bot_id != slack.app.bot_id:
        raise ApiRefused("cant_delete_message")
    take_away(slack, message)
    return {"channel": channel.id, "ts": message.ts}


def take_away(slack: Workspace, message: Message) -> None:
    """Delete a message, whoever does it; of one with answers a stone remains."""
    before = message_json(slack, message)
    if len(slack.thread(message.channel, message.ts)) > 1:
        message.text, message.blocks, message.subtype = "This message was deleted.", [], "tombstone"
        message.metadata, message.files, message.attachments = None, [], []
    message.is_deleted = True
    slack.announce(message_deleted(slack, message, before))


def post_ephemeral(asked: Asked) -> Json:
    """`chat.postEphemeral`: for one person's eyes, gone when they look away."""
    slack = asked.slack
    channel = slack.joined_channel(str(asked.get("channel")))
    check_postable(slack, channel)
    person = slack.person(str(asked.get("user")))
    if person.id not in channel.members:
        raise ApiRefused("user_not_in_channel")
    content = checked_content(slack, asked.reference, asked.arguments, POST_TEXT)
    thread_ts = checked_thread(slack, channel, asked.get("thread_ts"))
    message = whisper(slack, channel, person.id, content, thread_ts)
    return {"message_ts": message.ts}


def whisper(
    slack: Workspace, channel: Channel, user: str, content: Content, thread_ts: str | None = None
) -> Message:
    """Show something to one person only."""
    message = Message(
        ts=slack.new_ts(),
        channel=channel.id,
        user=slack.app.bot_user,
        bot_id=slack.app.bot_id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=thread_ts,
        ephemeral_for=user,
    )
    slack.ephemerals.append(message)
    return message


def get_permalink(asked: Asked) -> Json:
    """`chat.getPermalink`."""
    slack = asked.slack
    channel = slack.visible_channel(str(asked.get("channel")))
    message = slack.message(channel.id, str(asked.get("message_ts")))
    return {"channel": channel.id, "permalink": permalink(slack, message)}


def permalink(slack: Workspace, message: Message) -> str:
    """The address under which people open a message."""
    link = f"{slack.url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}" if message.is_reply else link


def _reaction(asked: Asked) -> tuple[Message, str]:
    slack, name = asked.slack, str(asked.get("name"))
    if not EMOJI.fullmatch(name):
        raise ApiRefused("invalid_name")
    if not (asked.get("channel") and asked.get("timestamp")):
        raise ApiRefused("no_item_specified")
    channel = slack.joined_channel(str(asked.get("channel")))
    if channel.is_archived:
        raise ApiRefused("is_archived")
    return slack.message(channel.id, str(asked.get("timestamp"))), name


def add_reaction(asked: Asked) -> Json:
    """`reactions.add`."""
    message, name = _reaction(asked)
    bot = asked.slack.app.bot_user
    if bot in message.reactions.get(name, ()):
        raise ApiRefused("already_reacted")
    message.reactions.setdefault(name, []).append(bot)
    asked.slack.announce(reaction_event(asked.slack, "reaction_added", message, bot, name))
    return {}


def remove_reaction(asked: Asked) -> Json:
    """`reactions.remove`."""
    message, name = _reaction(asked)
    bot = asked.slack.app.bot_user
    if bot not in message.reactions.get(name, ()):
        raise ApiRefused("no_reaction")
    message.reactions[name].remove(bot)
    if not message.reactions[name]:
        del message.reactions[name]
    asked.slack.announce(reaction_event(asked.slack, "reaction_removed", message, bot, name))
    return {}
