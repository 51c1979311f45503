"""Facts are versioned, and every record ever written still adds up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from chatdesk.lifecycle.facts import Fact, write
from chatdesk.lifecycle.record import (
    FACTS,
    BrokenRecord,
    dump_fact,
    dump_ticket,
    fold,
    load_fact,
    load_ticket,
)
from tests.lifecycle.test_transitions import world_in
from tests.lifecycle.world import opened

KEPT = Path(__file__).parent.parent / "records"
"""Records as they were written down once, one file a story: never changed, only added to."""

STORIES = sorted(KEPT.glob("*.json"))


def read(path: Path) -> tuple[list[Fact], str]:
    """Return a kept record and the ticket it was when it was kept."""
    kept = json.loads(path.read_text("utf-8"))
    record = [load_fact(one["kind"], one["version"], one["payload"]) for one in kept["record"]]
    return record, kept["ticket"]


def told_then(kept: Any, now: Any, place: str = "ticket") -> list[str]:
    """Return where a ticket is not what it was; what was not known of tickets then may be added."""
    if isinstance(kept, dict) and isinstance(now, dict):
        return [
            one
            for name, value in kept.items()
            for one in told_then(value, now.get(name), f"{place}.{name}")
        ]
    if isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        pairs = enumerate(zip(kept, now, strict=True))
        return [one for index, (a, b) in pairs for one in told_then(a, b, f"{place}[{index}]")]
    return [] if kept == now else [f"{place}: {kept} became {now}"]


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_a_kept_record_adds_up_to_what_it_added_up_to(path: Path) -> None:
    record, ticket = read(path)
    assert load_ticket(ticket).number == fold(record).number
    assert told_then(json.loads(ticket), json.loads(dump_ticket(fold(record)))) == []


def test_the_kept_records_hold_every_kind_of_fact_at_every_version() -> None:
    kept = {
        (one["kind"], one["version"])
        for path in STORIES
        for one in json.loads(path.read_text("utf-8"))["record"]
    }
    ever = {(kind, v) for kind, fact in FACTS.items() for v in range(1, fact.version + 1)}
    assert kept == ever


def test_no_fact_holds_a_persons_words() -> None:
    """The words stand in entries; a fact has their id and a salted digest."""
    world = opened()
    payloads = " ".join(dump_fact(fact)[2] for fact in world.record)
    assert "VPN" not in payloads
    first, second = write("the same words"), write("the same words")
    assert first.ref.digest != second.ref.digest


def test_a_record_from_a_newer_version_is_refused_in_words() -> None:
    kind, version, payload = dump_fact(opened().record[0])
    with pytest.raises(BrokenRecord, match="upgrade"):
        load_fact(kind, version + 1, payload)
    with pytest.raises(BrokenRecord, match="upgrade"):
        load_fact("levitated", 1, payload)


def test_a_record_begins_with_an_opening() -> None:
    with pytest.raises(BrokenRecord):
        fold([])
    with pytest.raises(BrokenRecord):
        fold(opened().record[1:])


def test_a_ticket_reads_back_as_it_was_written() -> None:
    for status in ("new", "waiting", "on_hold", "closed"):
        ticket = world_in(type(opened().ticket.status)(status)).ticket
        assert load_ticket(dump_ticket(ticket)) == ticket


def test_every_kind_of_fact_has_a_name_of_its_own() -> None:
    assert len({fact.kind for fact in FACTS.values()}) == len(FACTS)
    assert all(dataclasses.is_dataclass(fact) for fact in FACTS.values())
