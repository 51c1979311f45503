"""Lets people link their accounts on several platforms, and part them; only they see any of it."""

from __future__ import annotations

from chatdesk import linking
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Refused
from chatdesk.ports import Transaction
from chatdesk.reception.visit import Plan, Visit
from chatdesk.ui.exchange import Answer, Said
from chatdesk.ui.link_cards import (
    AGREE,
    PART,
    again_card,
    code_card,
    linked_card,
    question_card,
    unlinked_card,
)
from chatdesk.ui.refusals import refusal
from chatdesk.ui.typed import meant
from chatdesk.verbs import Spoken


def link_account(visit: Visit, spoken: Spoken) -> Plan:
    """Return what somebody wants of their accounts: a code, to use one, to agree, or to part."""
    visit.require(Action.LINK_ACCOUNT)
    word, _, code = spoken.words.strip().partition(":")
    if isinstance(visit.interaction.done, Said) and not visit.interaction.is_direct:
        return Plan(work=lambda tx: _overheard(visit, tx, spoken.words))
    if not word:
        return _ask(visit)
    if meant("period", word) == PART:
        return Plan(work=lambda tx: _part(visit, tx))
    if word == AGREE:
        return Plan(work=lambda tx: _agree(visit, tx, code))
    return Plan(work=lambda tx: _type(visit, tx, spoken.words))


def _handle(visit: Visit) -> str:
    return visit.interaction.by.handle


def _ask(visit: Visit) -> Plan:
    def work(tx: Transaction) -> Answer:
        code = linking.ask(tx, _handle(visit), visit.now)
        until = visit.now + linking.VALID_FOR
        return Answer(card=code_card(visit.voice(), code, until, _platforms(visit, tx)))

    return Plan(work=work, kept=Answer(card=again_card(visit.voice())))


def _type(visit: Visit, tx: Transaction, typed: str) -> Answer:
    kept = linking.type_in(tx, typed, _handle(visit), visit.now)
    other = tx.people.by_handle(kept.handle) if kept else None
    if kept is None or other is None:
        return _no_such_code(visit)
    platform = linking.platform_of(kept.handle)
    return Answer(card=question_card(visit.voice(), other.name, platform, kept.name))


def _agree(visit: Visit, tx: Transaction, name: str) -> Answer:
    linked = linking.agree(tx, name, _handle(visit), visit.now, visit.policy)
    if linked is None:
        return _no_such_code(visit)
    platforms = [linking.platform_of(one) for one in tx.people.handles(linked.person)]
    return Answer(card=linked_card(visit.voice(), platforms))


def _overheard(visit: Visit, tx: Transaction, typed: str) -> Answer:
    """Say nothing of a code where others read, and let one that they have read open nothing."""
    linking.burn(tx, typed)
    return Answer(card=refusal(Refused("not_in_public"), visit.voice()), is_refusal=True)


def _part(visit: Visit, tx: Transaction) -> Answer:
    linking.unlink(tx, visit.person.person, _handle(visit), visit.now, visit.policy)
    return Answer(card=unlinked_card(visit.voice()))


def _no_such_code(visit: Visit) -> Answer:
    """Say the same of every code that does not work; what was counted stays counted."""
    card = refusal(Refused("no_such_code"), visit.voice())
    return Answer(card=card, is_refusal=True)


def _platforms(visit: Visit, tx: Transaction) -> list[str]:
    handles = tx.people.handles(visit.person.person)
    return [linking.platform_of(one) for one in handles]


__all__ = ["link_account"]
