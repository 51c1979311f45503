"""How a person names the database in the settings, and what that means to the libraries."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from chatdesk.config import Obstacle


class BadAddress(Obstacle, ValueError):
    """The database is named in a way that means nothing."""


_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",  # as some providers write it
}


def address_of(url: str) -> URL:
    """Read an address: `sqlite:///desk.db` (four slashes for a full path) or `postgresql://...`.

    BadAddress for any other, and for one that cannot be read; it does not repeat the address,
    which may hold a password.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise BadAddress(_HELP) from None
    driver = _DRIVERS.get(address.drivername.partition("+")[0])
    if driver is None:
        raise BadAddress(_HELP)
    return address.set(drivername=driver)


_HELP = (
    "a database is named like sqlite:///chatdesk.db or postgresql://user@host/name,"
    " and CHATDESK_DATABASE_URL is neither"
)
