"""Draws what is told apart from any one ticket: digests, what broke, linked accounts, what left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chatdesk import linking, troubles
from chatdesk.desk import CARD, WENT_PRIVATE, opened_mark
from chatdesk.digests import DIGEST, gather
from chatdesk.gathering import actor
from chatdesk.lifecycle.digest import compared, period_of
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Clock, Outgoing, Placement, Showing, Transaction, Trouble
from chatdesk.showing.lanes import Lane, reader_of
from chatdesk.ui.cards import Card
from chatdesk.ui.digest_card import digest_card
from chatdesk.ui.link_cards import told_card
from chatdesk.ui.receipt import left_card
from chatdesk.ui.trouble_cards import broken_card, mended_card, policy_card
from chatdesk.ui.views import Reader
from chatdesk.ui.voice import Voice, voice_for
from chatdesk.ui.wording import Wording

TOLD_APART = {
    DIGEST: "managers who subscribed, or a channel: how the desk did",
    troubles.TROUBLE: "admins: what broke on a platform, once, with its remedy",
    troubles.MENDED: "admins: it works again, and how many messages had waited",
    troubles.POLICY: "admins: the changed policy cannot be used, and why; or that it can again",
    linking.LINKED: "both accounts of somebody: they are one person now",
    linking.UNLINKED: "both accounts: they are two people again",
    WENT_PRIVATE: "a public place: the ticket that began there is private now",
}
"""Notices that are about no one ticket: whom they tell what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """By what is drawn: the policy and wording in force, the time, and the platforms there are.

    The first platform is the fallback.
    """

    policy: Callable[[], Policy]
    clock: Clock
    wording: Callable[[], Wording]
    platforms: tuple[str, ...]

    def voice(self, reader: Reader) -> Voice:
        """Return the voice in which a reader is spoken to."""
        return voice_for(self.policy(), reader, self.clock.now(), self.wording())

    def reached(self, tx: Transaction, name: str, person: PersonId) -> tuple[str, Placement]:
        """Return where a person is reached: where a ticket was opened, or a place that is here."""
        handles = tx.people.handles(person)
        opened_on = tx.marks.get(opened_mark(name)) if len(handles) > 1 else None
        platforms = [opened_on, *map(linking.platform_of, handles)]
        known = {linking.platform_of(handle) for handle in handles}.intersection(self.platforms)
        platform = next((one for one in platforms if one in known), self.platforms[0])
        return platform, Placement(lane=name, number=Lane.parse(name).number, handles=handles)


Present = Callable[[Transaction, Outgoing, Lane], Showing | None]


class Apart:
    """Draws notices that are about no one ticket."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.presenters: dict[str, Present] = {
            DIGEST: self._present_digest,
            troubles.TROUBLE: self._present_trouble,
            troubles.MENDED: self._present_trouble,
            troubles.POLICY: self._present_policy,
            linking.LINKED: self._present_link,
            linking.UNLINKED: self._present_link,
            WENT_PRIVATE: self._present_left,
        }

    def digest(self, tx: Transaction, kind: str, at: datetime, reader: Reader) -> Card:
        """Draw the digest of a period, as of a moment, against the period before."""
        policy = self._drawing.policy()
        period = period_of(kind, at, reader.zone)
        figures = gather(tx, period, policy)
        before = gather(tx, period.previous, policy) if period.previous else None
        known = tx.people.get([load.agent for load in figures.backlog.load])
        names = {person: one.name for person, one in known.items()}
        say = voice_for(policy, reader, self._drawing.clock.now(), self._drawing.wording())
        changes = compared(figures, before) if before else None
        return digest_card(figures, changes, say, names, policy)

    def _present_digest(self, tx: Transaction, row: Outgoing, lane: Lane) -> Showing | None:
        """Draw a digest for whoever may still see it, or let others see it in a place."""
        wished_by = lane.person or PersonId(str(row.payload.get("person", "")))
        person = tx.people.get([wished_by]).get(wished_by)
        if person is None:
            return None
        if not may(Action.SEE_DIGEST, actor(tx, person.person, self._drawing.policy())):
            return None
        reader = replace(reader_of(person, self._drawing.policy()), zone=str(row.payload["zone"]))
        at = datetime.fromisoformat(str(row.payload["at"]))
        platform, placement = self._drawing.reached(tx, row.lane, person.person)
        if lane.place is not None:
            reader = replace(reader, locale=self._drawing.policy().language)
            platform = lane.place.platform
            placement = Placement(lane=row.lane, queue_home=lane.place.place)
        return Showing(
            card=self.digest(tx, str(row.payload["period"]), at, reader),
            what=f"notice:{row.key}",
            placement=placement,
            platform=platform,
        )

    def _present_trouble(self, tx: Transaction, row: Outgoing, lane: Lane) -> Showing | None:
        """Draw what broke while it is broken, and that it works again once it does."""
        person = tx.people.get([lane.person]).get(lane.person) if lane.person else None
        platform, place = str(row.payload["platform"]), str(row.payload["place"])
        trouble = tx.troubles.get(platform, place)
        is_broken = trouble is not None and not trouble.is_mended
        if person is None or is_broken != (row.notice == troubles.TROUBLE):
            return None
        policy = self._drawing.policy()
        say = voice_for(
            policy, reader_of(person, policy), self._drawing.clock.now(), self._drawing.wording()
        )
        if trouble is None or trouble.is_mended:
            waited, where = int(row.payload["waited"]), str(row.payload["lane"])
            code = str(row.payload.get("code", ""))
            trouble = Trouble(
                platform=platform, place=place, code=code, why="", lane=where, waiting=waited
            )
        draw = broken_card if is_broken else mended_card
        reached_on, placement = self._drawing.reached(tx, row.lane, person.person)
        return Showing(
            card=draw(troubles.view_of(tx, trouble, policy), say),
            what=f"notice:{row.key}",
            placement=placement,
            platform=reached_on,
        )

    def _present_policy(self, tx: Transaction, row: Outgoing, lane: Lane) -> Showing | None:
        """Draw what is wrong with the policy, unless something else was told of it since."""
        person = tx.people.get([lane.person]).get(lane.person) if lane.person else None
        if person is None or not troubles.is_news_of_policy(tx, str(row.payload["known"])):
            return None
        policy = self._drawing.policy()
        say = voice_for(
            policy, reader_of(person, policy), self._drawing.clock.now(), self._drawing.wording()
        )
        platform, placement = self._drawing.reached(tx, row.lane, person.person)
        return Showing(
            card=policy_card(str(row.payload["broken"]), say),
            what=f"notice:{row.key}",
            placement=placement,
            platform=platform,
        )

    def _present_link(self, tx: Transaction, row: Outgoing, _: Lane) -> Showing | None:
        """Tell one account of somebody that another was linked with it, or parted."""
        handle, policy = str(row.payload["handle"]), self._drawing.policy()
        person = tx.people.by_handle(handle)
        if person is None:
            return None
        say = voice_for(
            policy, reader_of(person, policy), self._drawing.clock.now(), self._drawing.wording()
        )
        is_linked, other = row.notice == linking.LINKED, str(row.payload["other"])
        return Showing(
            card=told_card(say, other, is_linked=is_linked),
            what=f"notice:{row.key}",
            placement=Placement(lane=row.lane, number=None, handles=(handle,)),
            platform=linking.platform_of(handle),
        )

    def _present_left(self, _: Transaction, row: Outgoing, __: Lane) -> Showing:
        """Draw what everybody may know of a ticket that was theirs to read, and is private now."""
        policy = self._drawing.policy()
        say = voice_for(
            policy, reader_of(None, policy), self._drawing.clock.now(), self._drawing.wording()
        )
        return Showing(
            card=left_card(say),
            what=CARD,
            placement=Placement(lane=row.lane),
            platform=self._drawing.platforms[0],
            edits=True,
        )
