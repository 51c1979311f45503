"""Troubles in the database: noted once, tried by one row at a time, mended for all that wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, exists, func, select, update

from chatdesk.adapters.db.outbox import SqlOutbox
from chatdesk.adapters.db.schema import stranded, troubles
from chatdesk.adapters.db.unit import Unit
from chatdesk.ports import Outgoing, Trouble

_t, _s = troubles.c, stranded.c

RELEASED_AT_ONCE = 500
"""Rows named in one statement; a channel that was gone for weeks may have kept a great many."""

PROBED_WITHIN = timedelta(minutes=10)
"""After so long a row that was to try is given up as one that will not come back."""

_WAITING = (
    select(func.count())
    .where(_s.platform == _t.platform, _s.place == _t.place)
    .correlate(troubles)
    .scalar_subquery()
)
_TROUBLES = select(troubles, _WAITING.label("waiting")).order_by(_t.since, _t.platform, _t.place)
_OVER = _TROUBLES.where(
    ~_t.is_mended,
    _t.platform == bindparam("the_platform"),
    (_t.place == "")
    | _t.place.in_(bindparam("places", expanding=True))
    | exists(
        select(_s.key).where(
            _s.lane == bindparam("the_lane"), _s.platform == _t.platform, _s.place == _t.place
        )
    ),
)
_KEYS = (
    select(_s.key)
    .where(_s.platform == bindparam("the_platform"), _s.place == bindparam("the_place"))
    .order_by(_s.seq)
)
_SAME_WAITS = select(_s.key).where(
    _s.lane == bindparam("the_lane"),
    _s.notice == bindparam("the_notice"),
    _s.key != bindparam("the_key"),
)


class SqlTroubles:
    """Troubles in the database; see `chatdesk.ports.Troubles`."""

    def __init__(self, unit: Unit, outbox: SqlOutbox) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._outbox = outbox

    def note(self, trouble: Trouble) -> None:
        """Note a trouble, or that it lasts; its beginning and whether it was told are kept."""
        now = self._unit.after(timedelta())
        add = self._unit.insert(troubles)
        row = {"platform": trouble.platform, "place": trouble.place, "lane": trouble.lane}
        told = {"code": trouble.code, "why": trouble.why, "probe": "", "tried_at": now}
        beginning = {"since": now, "is_told": False, "is_mended": False, "released": 0}
        self._connection.execute(
            add.values(**row, **told, **beginning).on_conflict_do_update(
                index_elements=[_t.platform, _t.place], set_={**told, "is_mended": False}
            )
        )

    def strand(self, trouble: Trouble, row: Outgoing) -> None:
        """Let a parked row wait for a trouble's end."""
        add = self._unit.insert(stranded)
        waits = {"platform": trouble.platform, "place": trouble.place}
        kept = {"key": row.key, "lane": row.lane, "notice": row.notice, "seq": row.seq}
        self._connection.execute(
            add.values(**waits, **kept).on_conflict_do_update(index_elements=[_s.key], set_=waits)
        )

    def waits_alike(self, row: Outgoing) -> bool:
        """Tell whether another row of the same lane and notice waits already."""
        wanted = {"the_lane": row.lane, "the_notice": row.notice, "the_key": row.key}
        return self._connection.execute(_SAME_WAITS, wanted).first() is not None

    def over(self, platform: str, lane: str, places: Iterable[str]) -> list[Trouble]:
        """Return what keeps a lane from speaking in these places; rows of it may wait already."""
        where = {"the_platform": platform, "the_lane": lane, "places": sorted(set(places))}
        return [_trouble(row) for row in self._connection.execute(_OVER, where)]

    def get(self, platform: str, place: str) -> Trouble | None:
        """Return a trouble, mended ones included."""
        found = self._connection.execute(_TROUBLES.where(_is(platform, place))).one_or_none()
        return _trouble(found) if found else None

    def all(self) -> list[Trouble]:
        """Return what is broken, oldest first."""
        return [_trouble(row) for row in self._connection.execute(_TROUBLES.where(~_t.is_mended))]

    def retry(self, platform: str, place: str) -> bool:
        """Let the row that has waited longest try; False if there is no such trouble."""
        found = self.get(platform, place)
        if found is None or found.is_mended:
            return False
        where = {"the_platform": platform, "the_place": place}
        oldest = self._connection.execute(_KEYS.limit(1), where).scalar_one_or_none()
        if oldest is None:  # nobody can try: whoever asks is taken at their word
            self.mend(found)
            return False
        now = self._unit.after(timedelta())
        tried = update(troubles).where(_is(platform, place))
        self._connection.execute(tried.values(probe=oldest, tried_at=now))
        self._outbox.replay([oldest])
        return True

    def retry_due(self, after: timedelta) -> int:
        """Do that for all that were last tried longer ago than this; return how many."""
        due = select(_t.platform, _t.place).where(
            ~_t.is_mended,
            _t.place != "",
            _t.tried_at <= self._unit.after(-after),
            exists(select(_s.key).where(_s.platform == _t.platform, _s.place == _t.place)),
            (_t.probe == "") | (_t.tried_at <= self._unit.after(-PROBED_WITHIN)),
        )
        found = self._connection.execute(due).all()
        return sum(self.retry(row.platform, row.place) for row in found)

    def pass_on(self, row: Outgoing) -> None:
        """Let another row try: this one ended without having shown whether it works."""
        waited = delete(stranded).where(_s.key == row.key)
        if not self._connection.execute(waited).rowcount:
            return
        probed = select(_t.platform, _t.place).where(_t.probe == row.key, ~_t.is_mended)
        for trouble in self._connection.execute(probed).all():
            self.retry(trouble.platform, trouble.place)

    def mend(self, trouble: Trouble) -> int:
        """End a trouble and let everything that waits for it go out; return how many rows."""
        where = {"the_platform": trouble.platform, "the_place": trouble.place}
        keys = list(self._connection.scalars(_KEYS, where))
        is_it = _is(trouble.platform, trouble.place)
        mended = update(troubles).where(is_it, ~_t.is_mended)
        if not self._connection.execute(
            mended.values(is_mended=True, probe="", released=len(keys))
        ).rowcount:
            return 0
        self._connection.execute(
            delete(stranded).where(_s.platform == trouble.platform, _s.place == trouble.place)
        )
        return sum(self._outbox.replay(some) for some in _in_parts(keys))

    def forget(self, keys: Iterable[str] | None = None) -> None:
        """Forget all troubles, or those that these rows wait for; the rows stay parked."""
        if keys is None:
            self._connection.execute(delete(stranded))
            self._connection.execute(delete(troubles))
            return
        places = select(_s.platform, _s.place).where(_s.key.in_(list(keys))).distinct()
        for one in self._connection.execute(places).all():
            waits = and_(_s.platform == one.platform, _s.place == one.place)
            self._connection.execute(delete(stranded).where(waits))
            self._connection.execute(delete(troubles).where(_is(one.platform, one.place)))

    def untold(self) -> list[Trouble]:
        """Return what broke, or works again, and was not told yet."""
        news = _TROUBLES.where(_t.is_mended | ~_t.is_told)
        return [_trouble(row) for row in self._connection.execute(news)]

    def telling(self, trouble: Trouble) -> bool:
        """Note that it is told; return whether it is ours to tell."""
        is_it = and_(_is(trouble.platform, trouble.place), _t.is_mended.is_(trouble.is_mended))
        if trouble.is_mended:
            return self._connection.execute(delete(troubles).where(is_it)).rowcount > 0
        ours = update(troubles).where(is_it, ~_t.is_told).values(is_told=True)
        return self._connection.execute(ours).rowcount > 0


def _is(platform: str, place: str) -> ColumnElement[bool]:
    return and_(_t.platform == platform, _t.place == place)


def _in_parts(keys: list[str]) -> Iterable[list[str]]:
    return (keys[at : at + RELEASED_AT_ONCE] for at in range(0, len(keys), RELEASED_AT_ONCE))


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(
        platform=row.platform,
        place=row.place,
        code=row.code,
        why=row.why,
        lane=row.lane,
        probe=row.probe,
        since=row.since,
        is_told=row.is_told,
        is_mended=row.is_mended,
        waiting=row.released if row.is_mended else row.waiting,
    )
