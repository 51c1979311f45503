"""The methods of the Web API that the loopback Slack knows."""

from __future__ import annotations

from collections.abc import Callable

from tests.slack import (
    methods_chat,
    methods_conversations,
    methods_files,
    methods_people,
    methods_views,
)
from tests.slack.arguments import Asked
from tests.slack.things import Json

METHODS: dict[str, Callable[[Asked], Json]] = {
    "auth.revoke": methods_people.auth_revoke,
    "auth.test": methods_people.auth_test,
    "chat.delete": methods_chat.delete,
    "chat.getPermalink": methods_chat.get_permalink,
    "chat.postEphemeral": methods_chat.post_ephemeral,
    "chat.postMessage": methods_chat.post_message,
    "chat.update": methods_chat.update,
    "conversations.history": methods_conversations.history,
    "conversations.info": methods_conversations.info,
    "conversations.join": methods_conversations.join,
    "conversations.list": methods_conversations.list_all,
    "conversations.members": methods_conversations.members,
    "conversations.open": methods_conversations.open_direct,
    "conversations.replies": methods_conversations.replies,
    "files.completeUploadExternal": methods_files.complete_upload,
    "files.delete": methods_files.delete,
    "files.getUploadURLExternal": methods_files.get_upload_url,
    "files.info": methods_files.info,
    "reactions.add": methods_chat.add_reaction,
    "reactions.remove": methods_chat.remove_reaction,
    "usergroups.list": methods_people.groups,
    "usergroups.users.list": methods_people.group_members,
    "users.info": methods_people.info,
    "users.list": methods_people.list_all,
    "users.lookupByEmail": methods_people.lookup_by_email,
    "views.open": methods_views.open_modal,
    "views.publish": methods_views.publish,
    "views.push": methods_views.push,
    "views.update": methods_views.update,
}
