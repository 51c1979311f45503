"""What is kept of one person: shown, exported, erased."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from chatdesk.adapters import db
from chatdesk.adapters.local import erasing as workspace
from chatdesk.config import Settings
from chatdesk.desk import CARD, RECEIPT, agents_lane, index_anew, requester_lane
from chatdesk.lifecycle import record
from chatdesk.lifecycle.ticket import EntryKind, PersonId, Ticket
from chatdesk.ports import Store, Traces, Transaction

TICKETS_AT_ONCE = 20
"""Tickets blanked in one transaction: others wait for no more than that."""

DELIVERIES_AT_ONCE = 500

_JSON: TypeAdapter[object] = TypeAdapter(object)

_PUBLIC = frozenset({EntryKind.MESSAGE, EntryKind.REPLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did; `is_unreadable` is False if the database's log still holds old text."""

    tickets: int
    files: int
    deliveries: int
    messages: int
    is_unreadable: bool


def traces(settings: Settings, word: str) -> list[Traces]:
    """Return what is kept of whoever has this handle, id or name."""

    def look(tx: Transaction) -> list[Traces]:
        return [tx.erasing.traces(person) for person in tx.erasing.looked_up(word)]

    with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
        return store.read(look)


def is_in_policy(settings: Settings, found: Traces) -> bool:
    """Tell whether the policy file gives a person a part in the desk."""
    try:
        written = settings.policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return any(handle in written for handle in found.handles)


def erase(settings: Settings, found: Traces) -> Erased:
    """Erase a person, and whoever their linked accounts were before.

    Killed half-way it is simply run again; the desk may run meanwhile.
    """
    url = settings.database.get_secret_value()
    with closing(db.open_store(url, record)) as store:
        file = settings.data_dir / "workspace.sqlite3"
        # They themselves at the end: who they were is known by them alone.
        done = [_Erasure(store, one, file) for one in [*store.read(_former(found)), found]]
        for erasure in done:
            erasure.run()
    return Erased(
        tickets=len(set[int]().union(*(one.tickets for one in done))),
        files=len(set[str]().union(*(one.files for one in done))),
        deliveries=sum(one.deliveries for one in done),
        messages=sum(one.messages for one in done),
        is_unreadable=db.scrub(url),
    )


def _former(found: Traces) -> Callable[[Transaction], list[Traces]]:
    """Return what is kept of whoever somebody was before their accounts were linked."""
    return lambda tx: [tx.erasing.traces(one) for one in tx.links.former(found.person)]


class _Erasure:
    """One erasure: ticket by ticket, then every copy, and who they were at the very end."""

    def __init__(self, store: Store, found: Traces, workspace_file: Path) -> None:
        self._store = store
        self._found = found
        self._workspace = workspace_file
        self.tickets: set[int] = set()
        self.files: set[str] = set()
        self.deliveries = 0
        self.messages = 0

    def run(self) -> None:
        """Erase."""
        # Their name is among the words of all their tickets, also of those without a text.
        self._blank_each([*self._found.tickets, *self._found.elsewhere])
        is_over = False
        while not is_over:
            self._blank_what_is_left()
            self._forget_deliveries()
            self.messages += workspace.erase(self._workspace, self._whom())
            is_over = self._store.write(self._end)
        for some in _parted(sorted(self.tickets)):
            self._store.write(partial(_draw_anew, numbers=some))

    def _blank_what_is_left(self) -> None:
        last = 0
        while True:
            look = partial(_left, person=self._found.person, after=last)
            numbers = self._store.read(look)
            if not numbers:
                return
            self._blank_each(numbers)
            last = numbers[-1]

    def _blank_each(self, numbers: list[int]) -> None:
        for some in _parted(numbers):
            blank = partial(_blank, person=self._found.person, numbers=some)
            self.files |= self._store.write(blank)
            self.tickets |= set(some)

    def _forget_deliveries(self) -> None:
        handles, last = self._found.handles, ""
        while True:
            page = partial(_forget_some, handles=handles, after=last)
            key, count = self._store.write(page)
            self.deliveries += count
            if key is None:
                return
            last = key

    def _whom(self) -> workspace.Whom:
        look = partial(_roots, numbers=sorted(self.tickets))
        return workspace.Whom(
            handles=self._found.handles,
            name=self._found.name,
            tickets=self._found.tickets,
            roots=self._store.read(look),
            files=self.files,
        )

    def _end(self, tx: Transaction) -> bool:
        """Forget who they were, unless something was written meanwhile."""
        person = self._found.person
        if tx.erasing.tickets_left(person, 0, 1):
            return False
        self.files |= set(tx.erasing.forget(person))
        counts = {"tickets": len(self.tickets), "files": len(self.files)}
        tx.acts.add("erased", {"person": person, **counts})
        return True


def _left(tx: Transaction, *, person: PersonId, after: int) -> list[int]:
    return tx.erasing.tickets_left(person, after, TICKETS_AT_ONCE)


def _forget_some(
    tx: Transaction, *, handles: tuple[str, ...], after: str
) -> tuple[str | None, int]:
    return tx.erasing.forget_deliveries(handles, after, DELIVERIES_AT_ONCE)


def _blank(tx: Transaction, *, person: PersonId, numbers: list[int]) -> set[str]:
    """Blank a person's words in some tickets; return the files gone."""
    files: set[str] = set()
    for number in numbers:
        ticket = tx.tickets.load(number, to_change=True)
        if ticket is None:
            continue
        files |= set(tx.erasing.blank(number, person))
        if ticket.requester == person:
            tx.search.index_anew(number, "", public="")
        else:
            index_anew(tx, ticket)
    return files


def _draw_anew(tx: Transaction, *, numbers: list[int]) -> None:
    """Have the cards of some tickets shown without what is gone."""
    for number in numbers:
        ticket = tx.tickets.load(number)
        if ticket is None:
            continue
        for lane, notice in _cards(ticket):
            if tx.conversations.place(lane) is not None:
                tx.outbox.put(lane, notice, number, {}, collapse=True)


def _cards(ticket: Ticket) -> list[tuple[str, str]]:
    """Return the lanes that have a card of a ticket, and the notices that draw it."""
    number = ticket.number
    return [(agents_lane(number, ticket.queue), CARD), (requester_lane(number), RECEIPT)]


def _roots(tx: Transaction, *, numbers: list[int]) -> set[str]:
    """Return the workspace's messages that show the cards of some tickets."""
    tickets = filter(None, (tx.tickets.load(number) for number in numbers))
    lanes = [lane for ticket in tickets for lane, _ in _cards(ticket)]
    shown = {tx.conversations.message(lane, "card") for lane in lanes}
    return {message for message in shown if message}


def _parted(numbers: list[int]) -> list[list[int]]:
    return [numbers[at : at + TICKETS_AT_ONCE] for at in range(0, len(numbers), TICKETS_AT_ONCE)]


# --- exporting ------------------------------------------------------------------------------------


def export_person(settings: Settings, found: Traces, to: Path) -> list[Path]:
    """Write a person's tickets, words and files to a folder, for them to read.

    Of their tickets what they could see; of others their own words. Notes about them are not in
    it: `export` of a ticket has those.
    """

    def look(tx: Transaction) -> dict[str, object]:
        people = (found.person, *tx.links.former(found.person))
        own = tx.entries.get(one for person in people for one in tx.erasing.entries_by(person))
        queues = sorted(tx.people.joined(found.person))
        wishes = [one for one in tx.subscriptions.all() if one.person == found.person]
        return {
            **asdict(found),
            "known_as": [asdict(one) for one in tx.people.get(people).values()],
            "queues": queues,
            "digests": [asdict(one) for one in wishes],
            "their_tickets": [_ticket(tx, number) for number in found.tickets],
            "own_words": [asdict(one) for one in own.values()],
        }

    with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
        told = store.read(look)
        to.mkdir(parents=True, exist_ok=True)
        path = to / f"person-{found.person}.json"
        path.write_bytes(_JSON.dump_json(told, indent=2) + b"\n")
        written = [path]
        for attachment in store.read(_files(found)):
            content = store.read(_content(attachment))
            # Under its random name: what a person called a file is no name for one of ours.
            file = to / f"file-{attachment}"
            file.write_bytes(content or b"")
            written.append(file)
        store.write(lambda tx: tx.acts.add("exported", {"person": found.person}))
    return written


def _ticket(tx: Transaction, number: int) -> dict[str, object]:
    ticket = tx.tickets.load(number)
    entries = tx.entries.of(number, _PUBLIC)
    files = tx.attachments.describe(file for entry in entries for file in entry.files)
    return {
        "ticket": asdict(ticket) if ticket else None,
        "entries": [asdict(entry) for entry in entries],
        "files": {file: name for file, (name, *_) in files.items()},
    }


def _files(found: Traces) -> Callable[[Transaction], list[str]]:
    def look(tx: Transaction) -> list[str]:
        people = (found.person, *tx.links.former(found.person))
        return [file for person in people for file in tx.erasing.files_by(person)]

    return look


def _content(attachment: str) -> Callable[[Transaction], bytes | None]:
    return lambda tx: tx.attachments.content(attachment)
