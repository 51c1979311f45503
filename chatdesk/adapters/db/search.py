"""Words of tickets, found again: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

A ticket is one document: the set of all its words, and the set of those its requester may find it
by. Both databases are given finished words (see `words`), so they find alike, and a person's text
is never interpreted. Hits are looked through newest first and in growing batches, up to a bound:
a word that is in every ticket costs no more than a rare one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    column,
    select,
    table,
    text,
)

from chatdesk.adapters.db import listing
from chatdesk.adapters.db.schema import tickets
from chatdesk.adapters.db.unit import WORDS, Unit
from chatdesk.adapters.db.words import words_asked, words_of
from chatdesk.ports import TicketQuery

BATCHES = (50, 950, 3000, 6000)
"""How many hits are looked at, newest first, before a search gives up: 10,000 at most."""

MOST_OWN = 1000
"""How many of a person's own tickets are searched, newest first."""

_NUMBER = re.compile(r"\s*#?\s*([0-9]{1,18})\s*")

_t = tickets.c

_ABOVE_ALL = 1 << 62
"""More than any ticket's number."""

_OWN = (
    select(_t.number)
    .where(_t.requester == bindparam("person"))
    .order_by(_t.opened_at.desc(), _t.number.desc())
    .limit(MOST_OWN)
)
_KNOWN = text("SELECT words, public FROM search_words WHERE rowid = :number")
_KNOWN_OF = text(
    "SELECT rowid AS number, public FROM search_words WHERE rowid IN :numbers"
).bindparams(bindparam("numbers", expanding=True))
_ADD = text("INSERT INTO search_words (rowid, words, public) VALUES (:number, :words, :public)")
_REPLACE = text("UPDATE search_words SET words = :words, public = :public WHERE rowid = :number")
_FORGET = {
    is_postgresql: text(f"DELETE FROM search_words WHERE {key} = :number")  # noqa: S608 - our words
    for is_postgresql, key in {False: "rowid", True: "number"}.items()
}
_ADD_ON_POSTGRESQL = text(
    "INSERT INTO search_words AS known (number, words, public) VALUES (:number,"
    " array_to_tsvector(CAST(:words AS text[])), array_to_tsvector(CAST(:public AS text[])))"
    " ON CONFLICT (number) DO UPDATE"
    " SET words = known.words || excluded.words, public = known.public || excluded.public"
)


@dataclass(frozen=True, slots=True)
class _Question:
    """Which words, in which column; if `is_prefix`, the last one is but the beginning of a word."""

    words: tuple[str, ...]
    column: str
    is_prefix: bool

    def is_answered_by(self, known: set[str]) -> bool:
        """Tell whether a ticket with these words is a hit."""
        *whole, last = self.words
        if self.is_prefix:
            begins = last not in known and any(word.startswith(last) for word in known)
            return known.issuperset(whole) and begins
        return known.issuperset(self.words)


@dataclass(frozen=True, slots=True)
class _Looker:
    """Who looks for what: a query, what is near its people, and how many are wanted."""

    query: TicketQuery
    near: listing.Near
    limit: int
    above: int = 0
    upto: int = _ABOVE_ALL

    def below(self, number: int) -> _Looker:
        """Look for older ones only."""
        return replace(self, upto=number - 1)

    def at(self, number: int) -> _Looker:
        """Look whether this one is found."""
        return replace(self, above=number - 1, upto=number, limit=1)

    @property
    def values(self) -> dict[str, Any]:
        """What statements with these conditions have to be executed with."""
        return listing.values(self.query, self.near)

    def asked(self) -> list[ColumnElement[bool]]:
        """Return what the query asks of a ticket."""
        return [*listing.asked(self.query), *listing.in_queues(self.query)]


class SqlSearch:
    """Search in the database; see `chatdesk.ports.Search`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._is_postgresql = unit.is_postgresql

    def index(self, number: int, words: str, *, public: str) -> None:
        """Add words to a ticket; `public` are those its requester may find it by."""
        shown = words_of(public)
        every = words_of(words) | shown
        if self._is_postgresql:
            row = {"number": number, "words": sorted(every), "public": sorted(shown)}
            self._connection.execute(_ADD_ON_POSTGRESQL, row)
            return
        known = None
        if not self._unit.is_blank(WORDS, number):
            known = self._connection.execute(_KNOWN, {"number": number}).one_or_none()
        if known is not None:
            every |= set(known.words.split())
            shown |= set(known.public.split())
        merged = {"words": " ".join(sorted(every)), "public": " ".join(sorted(shown))}
        if known is None:
            self._connection.execute(_ADD, {"number": number, **merged})
        elif (known.words, known.public) != (merged["words"], merged["public"]):
            self._connection.execute(_REPLACE, {"number": number, **merged})

    def index_anew(self, number: int, words: str, *, public: str) -> None:
        """Make these all the words of a ticket: whatever else it was found by is forgotten."""
        self._connection.execute(_FORGET[self._is_postgresql], {"number": number})
        self.index(number, words, public=public)

    def find(self, text: str, query: TicketQuery, limit: int) -> list[int]:
        """Return numbers of visible tickets that match every word, best and newest first.

        The last word may be a beginning; whole words come first, and before them the ticket that
        has the text as its number. A person's own tickets are found by public words only, unless
        they may be seen for the sake of their queue. Of the query its conditions count, and the
        ticket `after` which to go on; not its order and limit.
        """
        # One more than wanted: the one found by its number may be found by its words again.
        looker = _Looker(query, listing.near(self._connection, query), limit + 1)
        numbered = self._numbered(text, looker)
        last = query.after[1] if query.after else None
        if last in numbered:
            last = None
        found = [] if query.after else list(numbered)
        words = tuple(words_asked(text))
        for is_prefix in (False, True) if words else ():
            if len(found) >= limit:
                break
            if last is None:
                found += self._stage(words, looker, is_prefix=is_prefix)
            elif is_prefix or last in self._stage(words, looker.at(last), is_prefix=False):
                found += self._stage(words, looker.below(last), is_prefix=is_prefix)
                last = None
        shown = numbered if query.after else ()
        return [one for one in dict.fromkeys(found) if one not in shown][:limit]

    def _stage(self, words: tuple[str, ...], looker: _Looker, *, is_prefix: bool) -> list[int]:
        """Return those found by whole words, or those found by a beginning alone, newest first."""
        shown = self._shown(_Question(words, "words", is_prefix), looker)
        own = self._own(_Question(words, "public", is_prefix), looker)
        if is_prefix:
            own = [one for one in own if not self._stage(words, looker.at(one), is_prefix=False)]
        return sorted({*shown, *own}, reverse=True)

    def _numbered(self, text: str, looker: _Looker) -> Sequence[int]:
        number = _NUMBER.fullmatch(text)
        if number is None:
            return ()
        may_be_seen = listing.is_shown(looker.query) | listing.is_own()
        wanted = select(_t.number).where(_t.number == int(number[1]), may_be_seen, *looker.asked())
        return self._connection.scalars(wanted, looker.values).all()

    def _shown(self, question: _Question, looker: _Looker) -> list[int]:
        """Look through all hits, newest first."""
        if not looker.query.sees_all_open:
            return []
        is_wanted = and_(listing.is_shown(looker.query), *looker.asked()).label("is_wanted")
        found: list[int] = []
        upto = looker.upto
        for size in BATCHES:
            hits = self._hits(question, looker.above, upto).limit(size).subquery()
            looked_at = select(hits.c.number, is_wanted).join_from(
                hits, tickets, _t.number == hits.c.number
            )
            newest_first = looked_at.order_by(hits.c.number.desc())
            rows = self._connection.execute(newest_first, looker.values).all()
            found += [row.number for row in rows if row.is_wanted]
            if len(found) >= looker.limit or len(rows) < size:
                break
            upto = rows[-1].number - 1
        return found[: looker.limit]

    def _own(self, question: _Question, looker: _Looker) -> list[int]:
        """Look for hits among a person's own tickets."""
        requested = self._connection.scalars(_OWN, {"person": looker.query.visible_person})
        own = {
            one for one in (*requested, *looker.near.viewer) if looker.above < one <= looker.upto
        }
        wanted = (
            select(_t.number)
            .where(_t.number.in_(self._matching(question, own)), *looker.asked())
            .order_by(_t.number.desc())
            .limit(looker.limit)
        )
        return list(self._connection.scalars(wanted, looker.values)) if own else []

    def _matching(self, question: _Question, among: set[int]) -> list[int]:
        """Return which of these tickets have the words."""
        if self._is_postgresql:
            hits = self._hits(question, 0, _ABOVE_ALL)
            few = hits.where(hits.selected_columns[0].in_(sorted(among)))
            return list(self._connection.scalars(few))
        # FTS5 would go through all hits once for each of these tickets.
        known = self._connection.execute(_KNOWN_OF, {"numbers": sorted(among)})
        return [row.number for row in known if question.is_answered_by(set(row.public.split()))]

    def _hits(self, question: _Question, above: int, upto: int) -> Select[int]:
        """Return the numbers of all tickets in between that have the words, newest first."""
        name = "number" if self._is_postgresql else "rowid"
        searched = table("search_words", column(name, BigInteger))
        number: ColumnElement[int] = searched.c[name]
        if self._is_postgresql:
            has_words = text(f"{question.column} @@ CAST(:asked AS tsquery)")
            asked = _tsquery(question)
        else:
            has_words = text("search_words MATCH :asked")
            asked = _fts5(question)
        has_words = has_words.bindparams(bindparam("asked", asked))
        between = (number > above, number <= upto)
        return select(number.label("number")).where(has_words, *between).order_by(number.desc())


def _fts5(question: _Question) -> str:
    quoted = [f'"{word}"' for word in question.words]
    if question.is_prefix:
        quoted[-1] = f"({quoted[-1]}* NOT {quoted[-1]})"
    return f"{question.column} : ({' AND '.join(quoted)})"


def _tsquery(question: _Question) -> str:
    quoted = [f"'{word}'" for word in question.words]
    if question.is_prefix:
        quoted[-1] = f"{quoted[-1]}:* & !{quoted[-1]}"
    return " & ".join(quoted)
