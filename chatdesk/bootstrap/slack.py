"""The wiring of Slack: what opens it, and what it needs of the desk."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from chatdesk.adapters.clock import SystemClock
from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.slack.clients import place_of
from chatdesk.adapters.slack.doctor import Wanted
from chatdesk.adapters.slack.installations import Installations, ring_of
from chatdesk.adapters.slack.keeping import Kept
from chatdesk.adapters.slack.members import Roster
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.oauth import InstallPage
from chatdesk.adapters.slack.platform import Access, SlackPlatform
from chatdesk.adapters.slack.telling import DeskSide
from chatdesk.bootstrap.slack_ground import KEPT, Ground
from chatdesk.bootstrap.slack_installing import States, Vault, oauth_of, workspaces_of
from chatdesk.bootstrap.slack_places import place_side
from chatdesk.bootstrap.slack_sources import file_side, sign_side
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ports import Delivery, InboxRow, Stale, Store, Transaction
from chatdesk.reception import Reception
from chatdesk.ui.wording import Wording

MOST_SWEPT = 200
"""Deliveries looked at in one sweep."""


def access(settings: Settings) -> Access | None:
    """Return what opens Slack, None where no bot token is set.

    Raises Obstacle where the token alone is there: nothing would ever be heard.
    """
    if not settings.is_in_slack:
        return None
    found = replace(keys(settings), oauth=oauth_of(settings))
    if not found.app_token and not found.signing_secrets:
        raise Obstacle(
            "The desk is to be in Slack, and there is nothing to hear Slack with: set"
            " CHATDESK_SLACK_APP_TOKEN as well, or over HTTP CHATDESK_SLACK_SIGNING_SECRET"
        )
    return found


def keys(settings: Settings) -> Access:
    """Return what is set, whether it opens anything or not."""
    secrets = (settings.slack_signing_secret, settings.slack_previous_signing_secret)
    bot_token, app_token = settings.slack_bot_token, settings.slack_app_token
    seals = settings.slack_encryption_keys
    return Access(
        bot_token=bot_token.get_secret_value() if bot_token else "",
        app_token=app_token.get_secret_value() if app_token else "",
        signing_secrets=tuple(secret.get_secret_value() for secret in secrets if secret),
        api_url=settings.slack_api_url,
        workspaces=workspaces_of(settings) if settings.slack_client_id else (),
        encryption_keys=seals.get_secret_value() if seals else "",
    )


def platform(
    opened: Access, store: SqlStore, reception: Reception, policy: PolicySource
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

    def say(key: str, locale: str) -> str:
        current = policy.current
        return Wording(current.wording, current.language).say(key, locale)

    desk = DeskSide(
        receive=reception.receive,
        introduce=reception.person,
        concerns=concerns,
        roster=_RosterInForce(policy),
        stand=lambda visitor, queues: reception.stand(visitor, PLATFORM, queues),
        signs=sign_side(store, policy),
        places=place_side(store, policy),
        files=file_side(store, lambda: say("sources.file_stays", policy.current.language)),
        listen=store.listen,
        say=say,
    )
    installations = None
    if opened.oauth is not None:
        installations = Installations(
            Vault(store),
            ring_of(opened.encryption_keys),
            first=opened.workspaces[0],
            first_token=opened.bot_token,
        )
    slack = SlackPlatform(
        opened,
        desk,
        _Marks(store),
        _Shelf(store),
        Ground(store, policy),
        keep_file,
        lambda: policy.current.attachments.max_bytes,
        installations,
    )
    if opened.oauth is not None and installations is not None:
        slack.install = InstallPage(
            opened.oauth,
            installations,
            States(store, SystemClock()),
            lambda team: slack.events.is_back(place_of(team)),
        )
    return slack


class _RosterInForce:
    """The roster of the policy in force, made anew only when the policy has changed."""

    def __init__(self, policy: PolicySource) -> None:
        self._policy = policy
        self._made: tuple[Policy, Roster] | None = None

    def __call__(self) -> Roster:
        current = self._policy.current
        if self._made is None or self._made[0] is not current:
            self._made = current, roster(current)
        return self._made[1]


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


def wanted(policy: Policy) -> Wanted:
    """Return what a policy wants of Slack, for whoever looks whether it is there."""
    homes = {queue.title: queue.home.get(PLATFORM, "") for queue in policy.queues.values()}
    return Wanted(
        channels={f"queue {title}": home for title, home in homes.items() if home},
        people=tuple(sorted(roster(policy).named)),
        with_groups=any(_here(one) for queue in policy.queues.values() for one in queue.groups),
        unplaced=tuple(
            queue.title
            for queue in policy.queues.values()
            if not {PLATFORM, "discord"} & {*queue.home}
        ),
    )


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


class _Shelf:
    """The inbox, as a shelf for what Slack delivered: under keys and a platform of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, kept: Kept) -> None:
        """Keep a delivery."""
        # By the sender's handle an erasure finds what is not done yet.
        by = {"handle": f"{PLATFORM}:{kept.user}"}
        body = {"by": by, "kind": kept.kind, "payload": dict(kept.payload), "bot": kept.bot}
        self._store.write(lambda tx: tx.inbox.accept(f"{KEPT}:{kept.key}", KEPT, body))

    def finish(self, key: str) -> None:
        """Note that a delivery is done."""

        def work(tx: Transaction) -> None:
            known = tx.inbox.known(f"{KEPT}:{key}")
            if known is not None and known.state is Delivery.UNFINISHED:
                tx.inbox.finish(known.key, {})

        with suppress(Stale):  # somebody else has just noted it
            self._store.write(work)

    def note(self, key: str) -> None:
        """Note a delivery as done that need not be kept."""
        self.keep(Kept(key=key, kind="", user="", payload={}))
        self.finish(key)

    def find(self, key: str) -> Kept | None:
        """Return a delivery, done or not."""
        known = self._store.read(lambda tx: tx.inbox.known(f"{KEPT}:{key}"))
        return _kept(known) if known is not None else None

    def unfinished(self, older_than: timedelta) -> list[Kept]:
        """Return deliveries that are not done, oldest first."""
        found = self._store.read(lambda tx: tx.inbox.unfinished(KEPT, older_than, MOST_SWEPT))
        return [_kept(row) for row in found]


def _kept(row: InboxRow) -> Kept:
    body = row.body  # nothing but an empty sender, once it was erased
    return Kept(
        key=row.key.removeprefix(f"{KEPT}:"),
        kind=str(body.get("kind", "")),
        user=str(body["by"]["handle"]).removeprefix(f"{PLATFORM}:"),
        payload=body.get("payload", {}),
        bot=str(body.get("bot", "")),
    )
