"""What is done to a desk from outside while nobody talks to it: upgrades, backups, exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from chatdesk.adapters import db
from chatdesk.config import PolicySource, Settings
from chatdesk.lifecycle import record
from chatdesk.lifecycle.ticket import Side, Ticket
from chatdesk.ports import Outgoing, Recorded, Transaction, Trouble
from chatdesk.showing import Gallery
from chatdesk.ui.transcript import transcript_markdown
from chatdesk.ui.views import Reader, TicketView
from chatdesk.ui.wording import Wording

T = TypeVar("T")

_JSON: TypeAdapter[object] = TypeAdapter(object)


def migrate(settings: Settings) -> str:
    """Bring the database to this version's schema and return that version."""
    url = settings.database.get_secret_value()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's words are in it
    db.migrate(url)
    return str(db.schema_version(url))


def backup(settings: Settings, path: Path) -> None:
    """Write everything the desk keeps, as of one moment, to a new file; the desk may run."""
    db.backup(settings.database.get_secret_value(), path)


def restore(settings: Settings, path: Path) -> None:
    """Fill an empty database from a backup; nothing unsent or due goes out until `release`."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's words are in it
    db.restore(path, settings.database.get_secret_value())
    _writing(settings, lambda tx: tx.acts.add("restored", {}))


def release(settings: Settings) -> int:
    """Let everything a restore held go out and fire; return how many rows that were."""

    def work(tx: Transaction) -> int:
        count = tx.outbox.release_held() + tx.timers.release_held()
        tx.acts.add("released", {"rows": count})
        return count

    return _writing(settings, work)


def parked(settings: Settings) -> list[Outgoing]:
    """Return what could not be delivered, oldest first."""
    return _reading(settings, lambda tx: tx.outbox.parked())


def broken(settings: Settings) -> list[Trouble]:
    """Return what does not work on the platforms, oldest first, and how much waits for it."""
    return _reading(settings, lambda tx: tx.troubles.all())


def replay(settings: Settings, keys: Iterable[str] | None = None) -> int:
    """Let parked rows (all, or these) be tried again; return how many."""
    wanted = None if keys is None else list(keys)

    def work(tx: Transaction) -> int:
        tx.troubles.forget(wanted)  # taken for mended, until it turns out that it is not
        count = tx.outbox.replay(wanted)
        tx.acts.add("replayed", {"rows": count})
        return count

    return _writing(settings, work)


def export(settings: Settings, number: int, to: Path) -> list[Path]:
    """Write a ticket's record and conversation as JSON and Markdown; empty if there is none."""
    policy = PolicySource(settings.policy, example=True)

    def look(tx: Transaction) -> tuple[TicketView, list[Recorded]] | None:
        ticket = tx.tickets.load(number)
        if ticket is None:
            return None
        gallery = Gallery(lambda: policy.current, _Now(), Wording, ("local",))
        view = gallery.view(tx, ticket, Side.AGENTS, Reader(zone="UTC"), whole=True)
        return view, tx.tickets.record(number)

    found = _reading(settings, look)
    if found is None:
        return []
    view, facts = found
    to.mkdir(parents=True, exist_ok=True)
    as_json, as_markdown = to / f"ticket-{number}.json", to / f"ticket-{number}.md"
    as_json.write_bytes(_JSON.dump_json(_written(view.ticket, view, facts), indent=2) + b"\n")
    transcript = transcript_markdown(view, tuple(one.fact for one in facts))
    as_markdown.write_text(transcript, encoding="utf-8")
    return [as_json, as_markdown]


def _written(ticket: Ticket, view: TicketView, facts: list[Recorded]) -> dict[str, object]:
    return {
        "ticket": asdict(ticket),
        "people": dict(view.names),
        "entries": [asdict(entry) for entry in view.entries.values()],
        "record": [
            {"seq": one.seq, "kind": one.fact.kind, "version": one.fact.version} | asdict(one.fact)
            for one in facts
        ],
    }


class _Now:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def _reading(settings: Settings, work: Callable[[Transaction], T]) -> T:
    with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
        return store.read(work)


def _writing(settings: Settings, work: Callable[[Transaction], T]) -> T:
    with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
        return store.write(work)
