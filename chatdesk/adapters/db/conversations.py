"""Where lanes are on the platforms, and which message there shows what."""

from __future__ import annotations

from functools import cache

from sqlalchemy import bindparam, delete, select, update

from chatdesk.adapters.db.schema import conversations, message_links
from chatdesk.adapters.db.unit import Unit, Upsert, insert_into
from chatdesk.ports import Place

_c, _m = conversations.c, message_links.c

_PLACE = select(_c.platform, _c.place, _c.thread).where(_c.lane == bindparam("the_lane"))
_REMOVE = delete(conversations).where(_c.lane == bindparam("the_lane"))
_MOVE = (
    update(conversations)
    .where(_c.platform == bindparam("the_platform"), _c.place == bindparam("the_place"))
    .values(place=bindparam("the_new"))
)
_UNLINK = delete(message_links).where(_m.lane == bindparam("the_lane"))
_LANE_AT = (
    select(_c.lane)
    .where(
        _c.platform == bindparam("the_platform"),
        _c.place == bindparam("the_place"),
        _c.thread == bindparam("the_thread"),
        ~_c.lane.startswith("left:"),  # nobody is heard any more where a ticket has left
    )
    .order_by(_c.id.desc())
    .limit(1)
)
_MESSAGE = select(_m.message).where(
    _m.lane == bindparam("the_lane"), _m.what == bindparam("the_what")
)
_WHAT = (
    select(_m.what)
    .where(_m.lane == bindparam("the_lane"), _m.message == bindparam("the_message"))
    .order_by(_m.what)
    .limit(1)
)


class SqlConversations:
    """Conversations in the database; see `chatdesk.ports.Conversations`."""

    def __init__(self, unit: Unit) -> None:
        self._connection = unit.connection
        self._dialect = unit.connection.dialect.name

    def place(self, lane: str) -> Place | None:
        """Return where a lane is."""
        row = self._connection.execute(_PLACE, {"the_lane": lane}).one_or_none()
        return Place(platform=row.platform, place=row.place, thread=row.thread) if row else None

    def bind(self, lane: str, place: Place) -> None:
        """Note where a lane is; the first binding of a lane wins."""
        self._connection.execute(_bind(self._dialect), _row(lane, place))

    def move(self, platform: str, place: str, new: str) -> None:
        """Let every lane in a place be in the same place under its new id."""
        spot = {"the_platform": platform, "the_place": place, "the_new": new}
        self._connection.execute(_MOVE, spot)

    def leave(self, lane: str) -> None:
        """Forget where a lane is and what is shown there."""
        self._connection.execute(_REMOVE, {"the_lane": lane})
        self._connection.execute(_UNLINK, {"the_lane": lane})

    def rebind(self, lane: str, place: Place) -> None:
        """Move a lane."""
        self._connection.execute(_REMOVE, {"the_lane": lane})
        self._connection.execute(_bind(self._dialect), _row(lane, place))

    def lane_at(self, platform: str, place: str, thread: str) -> str | None:
        """Return the lane that is at a place, the latest if there are several."""
        spot = {"the_platform": platform, "the_place": place, "the_thread": thread}
        return self._connection.execute(_LANE_AT, spot).scalar_one_or_none()

    def link(self, lane: str, what: str, message: str) -> None:
        """Note the message that shows `what` in a lane; a newer one replaces it."""
        row = {"lane": lane, "what": what, "message": message}
        self._connection.execute(_link(self._dialect), row)

    def message(self, lane: str, what: str) -> str | None:
        """Return the message that shows `what` in a lane."""
        wanted = {"the_lane": lane, "the_what": what}
        return self._connection.execute(_MESSAGE, wanted).scalar_one_or_none()

    def what(self, lane: str, message: str) -> str | None:
        """Return what a message of a lane shows."""
        wanted = {"the_lane": lane, "the_message": message}
        return self._connection.execute(_WHAT, wanted).scalar_one_or_none()


def _row(lane: str, place: Place) -> dict[str, str]:
    return {
        "lane": lane,
        "platform": place.platform,
        "place": place.place,
        "thread": place.thread,
    }


@cache
def _bind(dialect: str) -> Upsert:
    return insert_into(conversations, dialect).on_conflict_do_nothing()


@cache
def _link(dialect: str) -> Upsert:
    add = insert_into(message_links, dialect)
    return add.on_conflict_do_update(
        index_elements=[_m.lane, _m.what], set_={"message": add.excluded.message}
    )
