"""The wiring of Slack: what opens it, and what it needs of the desk."""

from __future__ import annotations

from chatdesk.adapters.slack.members import Roster
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.platform import Access, SlackPlatform
from chatdesk.adapters.slack.telling import DeskSide
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ports import Store, Transaction
from chatdesk.reception import Reception


def access(settings: Settings) -> Access | None:
    """Return what opens Slack, None where no bot token is set.

    Raises Obstacle where the token alone is there: nothing would ever be heard.
    """
    if settings.slack_bot_token is None:
        return None
    secrets = (settings.slack_signing_secret, settings.slack_previous_signing_secret)
    app_token = settings.slack_app_token
    found = Access(
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=app_token.get_secret_value() if app_token else "",
        signing_secrets=tuple(secret.get_secret_value() for secret in secrets if secret),
        api_url=settings.slack_api_url,
    )
    if not found.app_token and not found.signing_secrets:
        raise Obstacle(
            "CHATDESK_SLACK_BOT_TOKEN is set, and nothing to hear Slack with: set"
            " CHATDESK_SLACK_APP_TOKEN as well, or over HTTP CHATDESK_SLACK_SIGNING_SECRET"
        )
    return found


def platform(
    opened: Access, store: Store, reception: Reception, policy: PolicySource
) -> SlackPlatform:
    """Return Slack, connected to the desk behind it."""
    if store.read(lambda tx: tx.marks.get("time_moved")):
        raise Obstacle(
            "the time machine has moved this desk's clock, so its database was for trying out:"
            " set CHATDESK_DATA_DIR or CHATDESK_DATABASE_URL to a new one for Slack"
        )

    def concerns(place: str, thread: str) -> bool:
        found = store.read(lambda tx: tx.conversations.lane_at(PLATFORM, place, thread))
        return found is not None

    def keep_file(name: str, media_type: str, content: bytes, handle: str) -> str:
        def keep(tx: Transaction) -> str:
            person = tx.people.by_handle(handle)
            if person is None:
                message = f"nobody is known by {handle}"
                raise LookupError(message)
            by = person.person
            return tx.attachments.add(name=name, media_type=media_type, content=content, by=by)

        return store.write(keep)

    desk = DeskSide(
        receive=reception.receive,
        introduce=reception.person,
        concerns=concerns,
        roster=lambda: roster(policy.current),
        stand=lambda visitor, queues: reception.stand(visitor, PLATFORM, queues),
    )
    return SlackPlatform(
        opened,
        desk,
        _Marks(store),
        keep_file,
        lambda: policy.current.attachments.max_bytes,
    )


def roster(policy: Policy) -> Roster:
    """Return which channels and user groups make agents of which queues, and who is named."""
    queues: dict[str, frozenset[QueueName]] = {}
    for name, queue in policy.queues.items():
        lists = [one for handle in queue.groups if (one := _here(handle))]
        for one in (*lists, *filter(None, [queue.home.get(PLATFORM)])):
            queues[one] = queues.get(one, frozenset()) | {QueueName(name)}
    handles = (
        *policy.admins,
        *policy.managers,
        *(one for queue in policy.queues.values() for one in (*queue.agents, *queue.leads)),
    )
    return Roster(queues=queues, named=frozenset(filter(None, map(_here, handles))))


def _here(handle: str) -> str:
    """Return Slack's id in a handle, empty for somebody of another platform."""
    platform, _, name = handle.partition(":")
    return name if platform == PLATFORM else ""


class _Marks:
    """The store's marks, each call in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> str | None:
        """Return a mark."""
        return self._store.read(lambda tx: tx.marks.get(name))

    def set(self, name: str, value: str) -> None:
        """Set a mark."""
        self._store.write(lambda tx: tx.marks.set(name, value))
