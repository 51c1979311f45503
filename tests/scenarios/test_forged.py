"""Ids of buttons and forms can be forged or kept: no bug, and no more rights than before."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path

import pytest

from chatdesk.ports import Transaction
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Done,
    Edited,
    Interaction,
    Removed,
    Said,
    Submitted,
    Typed,
    Visitor,
)
from chatdesk.ui.forms import Values
from chatdesk.verbs import BY_NAME
from tests.crash.life import whole_life
from tests.scenarios.acts import VPN_DROPS, answered, close, does, raise_ticket
from tests.scenarios.local_stage import LocalStage

EVERYBODY = ("mara", "jo", "sam", "dana")

VERBS = (*BY_NAME, "nothing", "", "CLAIM", "cl\u0430im", "__class__")  # one with a Cyrillic letter
NUMBERS = ("1", "-1", "", "0", "1e3", "\u0661", "²", "9007199254740991", "9" * 30, "1 OR 1=1")
VERSIONS = ("0", "9007199254740991", "-1", "")
MORE = ("", "²", "\u0665", "9" * 30, "\x00\ud83d", "../..", "daily:9007199254740991", "x" * 5000)

AS_REQUESTER = frozenset({"opened", "closed", "reopened", "rated", "follow_up_stopped", "resolved"})
AS_REQUESTER |= {"follow_up_answered", "message_added", "still_being_checked", "resumed"}
AS_AGENT = frozenset({"assigned", "released", "escalated", "transferred", "priority_set", "noted"})
AS_AGENT |= {"triaged", "asked", "replied", "reply_withdrawn", "held", "resumed", "resolved"}
AS_AGENT |= {"closed", "closing_undone", "reopened", "watcher_added", "linked", "ticked_off"}

ALLOWED = {
    "zoe": frozenset[str](),
    "dana": frozenset[str](),
    "mara": AS_REQUESTER,
    "sam": AS_AGENT,
    "jo": AS_AGENT,
}
"""Whom a click may let do what, at most."""


@pytest.fixture(autouse=True)
def no_bugs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when anything was logged as an error: every answer was meant to be given."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, "\n".join(f"{one.getMessage()}\n{one.exc_text}" for one in errors)


class CollectingStage(LocalStage):
    """A stage that remembers every button anybody has ever seen."""

    buttons: frozenset[str] = frozenset()

    async def settle(self) -> None:
        """Wait, and look around."""
        await super().settle()
        for who in EVERYBODY:
            for seen in self.seen_by(who):
                self.buttons |= {*seen.buttons.values()}


@pytest.fixture
async def stage(store_url: str, tmp_path: Path) -> AsyncIterator[CollectingStage]:
    """A desk in the local workspace."""
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    collecting = CollectingStage(data_dir, store_url)
    async with collecting.working():
        yield collecting


def records(stage: LocalStage) -> dict[int, list[tuple[str, str]]]:
    """Return what happened to the first tickets, and by whom."""

    def work(tx: Transaction) -> dict[int, list[tuple[str, str]]]:
        found = {}
        for number in range(1, 6):
            facts = [one.fact for one in tx.tickets.record(number)]
            found[number] = [(fact.kind, ",".join(tx.people.handles(fact.by))) for fact in facts]
        return found

    return stage.parts.store.read(work)


def from_outside(stage: LocalStage, who: str, key: str, done: Done) -> Answer:
    """Have somebody do something whom the workspace does not know."""
    visitor = Visitor(handle=f"local:{who}", name=who.title())
    interaction = Interaction(key=key, platform="local", by=visitor, place="", done=done)
    return stage.parts.reception.receive(interaction)


# --- forged ---------------------------------------------------------------------------------------


async def test_forged_ids_get_a_kind_answer_and_change_nothing(stage: CollectingStage) -> None:
    await raise_ticket(stage, "jo")
    forged = [f"{verb}:{number}:0" for verb, number in product(VERBS, NUMBERS)]
    forged += [f"{verb}:1:{version}:5" for verb, version in product(VERBS, VERSIONS)]
    forged += [f"{verb}:1:0:{more}" for verb, more in product(VERBS, MORE)]
    forged += ["", ":", ":::", "\x00", "claim", "claim:1", "🙂" * 500]
    before = records(stage)
    for carried in forged:
        clicked = await answered(stage, "mara", Clicked(id=carried))
        assert clicked.card or clicked.form, carried[:60]
    for carried in forged[::4]:
        submitted = await answered(stage, "mara", Submitted(id=carried, values={}))
        assert submitted.is_refusal, carried[:60]
    assert records(stage) == before


async def test_forged_ids_in_an_agents_hands_do_no_more_than_they_say(
    stage: CollectingStage,
) -> None:
    await raise_ticket(stage)
    await raise_ticket(stage)
    await does(stage, "jo", Clicked(id="claim:1:0"))
    before = records(stage)
    for verb, more in product(("undo", "tick", "rate", "queue", "mine", "digest", "away"), MORE):
        answer = await answered(stage, "jo", Clicked(id=f"{verb}:1:0:{more}"))
        assert answer.card, (verb, more)
    for number in ("-1", "0", "2.5", "2,9", "9" * 15, "\u0661\u0661", "2 3"):
        for verb in ("merge", "link"):
            values: Values = {"number": number, "relation": "child"}
            answer = await answered(stage, "jo", Submitted(id=f"{verb}:1:0", values=values))
            assert answer.is_refusal, (verb, number)
    assert records(stage) == before


async def test_values_that_no_form_has_are_not_used(stage: CollectingStage) -> None:
    extra: Values = {"status": "closed", "number": "7", "requester": "@jo", "q.colour": "red"}
    extra |= {"priority": "critical", "\x00": "\ud800", "__class__": "x"}
    await does(stage, "mara", Submitted(id="new:0:0", values=VPN_DROPS | extra))
    assert records(stage)[1] == [("opened", "local:mara")]
    ticket = stage.parts.store.read(lambda tx: tx.tickets.load(1))
    assert ticket is not None
    assert ticket.priority == "high"


# --- old buttons ----------------------------------------------------------------------------------


async def test_every_button_ever_seen_clicked_again_by_everybody_at_the_end(
    stage: CollectingStage,
) -> None:
    await whole_life(stage)
    await close(stage, 1)
    order = oldest_of_each(stage.buttons)
    assert len(order) > 40
    before = records(stage)
    for who, allowed in ALLOWED.items():
        for position, carried in enumerate(order):
            if who == "zoe":
                from_outside(stage, who, f"zoe-{position}", Clicked(id=carried))
            else:
                await answered(stage, who, Clicked(id=carried))
            after = records(stage)
            news = [fact for number in after for fact in after[number][len(before[number]) :]]
            assert {kind for kind, by in news if by} <= allowed, (who, carried, news)
            before = after
    assert stage.parts.store.broken_records() == []
    await stage.settle()


def oldest_of_each(buttons: frozenset[str]) -> list[str]:
    """Return the oldest button of each kind, those of ratings all; what ends a ticket last."""
    oldest: dict[tuple[str, ...], str] = {}
    for carried in sorted(buttons, key=lambda one: (len(one), one)):
        verb, number, version, *more = carried.split(":")
        about = version if verb == "rate" else ""
        oldest.setdefault((verb, number, about, *more), carried)
    return sorted(oldest.values(), key=lambda one: (one.startswith(("spam", "withdraw")), one))


# --- files and words of others --------------------------------------------------------------------


def keep_file(stage: LocalStage, who: str) -> str:
    """Have somebody send a file; return its name in the store."""

    def work(tx: Transaction) -> str:
        person = tx.people.by_handle(f"local:{who}")
        assert person is not None
        return tx.attachments.add(
            name="wages.txt", media_type="text/plain", content=b"secret", by=person.person
        )

    return stage.parts.store.write(work)


async def test_somebody_elses_file_cannot_be_attached_nor_read(stage: CollectingStage) -> None:
    await raise_ticket(stage)
    await stage.settle()
    mara = stage.actor("mara").sees("#1 VPN drops")
    theirs, own = keep_file(stage, "dana"), keep_file(stage, "mara")
    before = records(stage)
    thread = mara.thread or mara.message
    for name in (theirs, "missing", "../x"):
        said = Said(text="Look", message=mara.message, files=(own, name))
        refused = [await stage.act("mara", said, mara.place, thread)]
        filled: Values = {"text": "Look", "files": (own, name)}
        refused.append(await answered(stage, "mara", Submitted(id="add_info:1:0", values=filled)))
        raised = VPN_DROPS | {"files": (name,)}
        refused.append(await answered(stage, "mara", Submitted(id="new:0:0", values=raised)))
        assert [answer.is_refusal for answer in refused] == [True, True, True], name
    assert records(stage) == before
    assert stage.parts.store.read(lambda tx: tx.attachments.carried_by(theirs)) == []
    assert not stage.parts.reception.may_read_file("local:mara", theirs)
    kept: Values = {"text": "Look", "files": (own,)}
    await does(stage, "mara", Submitted(id="add_info:1:0", values=kept))
    assert stage.parts.reception.may_read_file("local:jo", own)
    assert not stage.parts.reception.may_read_file("local:zoe", own)


async def test_a_file_said_with_a_reply_goes_with_it(stage: CollectingStage) -> None:
    await raise_ticket(stage)
    await stage.settle()
    card, own = stage.actor("jo").sees("#1 VPN drops"), keep_file(stage, "jo")
    said = Said(text="!reply As in here", message=card.message, files=(own,))
    answer = await stage.act("jo", said, card.place, card.thread or card.message)
    assert not answer.is_refusal, answer
    assert stage.parts.reception.may_read_file("local:mara", own)


async def test_nobody_edits_or_deletes_the_words_of_others(stage: CollectingStage) -> None:
    await raise_ticket(stage)
    await stage.settle()
    await stage.actor("mara").says("It says 5.1", under="#1 VPN drops")
    said = stage.actor("mara").sees("It says 5.1")
    before = records(stage)
    for who in ("jo", "dana"):
        for done in (Edited(message=said.message, text="Mine"), Removed(message=said.message)):
            visitor = Visitor(handle=f"local:{who}", name=who)
            answer = stage.parts.reception.receive(
                Interaction(
                    key=f"{who}-{type(done).__name__}",
                    platform="local",
                    by=visitor,
                    place=said.place,
                    thread=said.thread,
                    done=done,
                )
            )
            assert answer.is_refusal, (who, done)
    assert records(stage) == before


async def test_words_in_the_conversation_of_others_are_not_taken_for_the_requesters(
    stage: CollectingStage,
) -> None:
    await raise_ticket(stage)
    await stage.settle()
    receipt = stage.actor("mara").sees("#1 VPN drops")
    before = records(stage)
    said = Said(text="Close it, please", message="999", is_direct=True)
    visitor = Visitor(handle="local:zoe", name="Zoe")
    answer = stage.parts.reception.receive(
        Interaction(
            key="zoe-1",
            platform="local",
            by=visitor,
            place=receipt.place,
            thread=receipt.thread or receipt.message,
            done=said,
        )
    )
    assert answer.is_refusal
    assert records(stage) == before


async def test_foreign_keys_of_deliveries_do_not_lead_to_the_answers_of_others(
    stage: CollectingStage,
) -> None:
    await raise_ticket(stage)
    sent = Typed(text="/ticket note 1 Only for us")
    assert not from_outside(stage, "jo", "same-key", sent).is_refusal
    stolen = from_outside(stage, "zoe", "same-key", sent)
    assert stolen.is_refusal
    assert "VPN drops" not in str(stolen)
