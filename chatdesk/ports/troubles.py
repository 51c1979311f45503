"""Places on the platforms that take nothing until somebody mends them, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chatdesk.ports.outgoing import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something on a platform that is broken until somebody there mends it.

    `place` is what is broken: a place's id, or the messenger's own name for something wider; empty
    for the whole platform. `code` is the platform's word for it, `why` a sentence that says what
    can be done. `lane` is where it was met first. `probe` is the key of the one row that may try
    whether it works again; the others wait. `since` is set once it is noted.
    """

    platform: str
    place: str
    code: str
    why: str
    lane: str = ""
    probe: str = ""
    since: datetime | None = None
    is_told: bool = False
    is_mended: bool = False
    waiting: int = 0
    """Rows that wait for it; of one that is mended, rows that did."""


class Troubles(Protocol):
    """What is broken, and the parked rows that go out once it works again."""

    def note(self, trouble: Trouble) -> None:
        """Note a trouble, or that it lasts; its beginning and whether it was told are kept."""

    def strand(self, trouble: Trouble, row: Outgoing) -> None:
        """Let a parked row wait for a trouble's end."""

    def waits_alike(self, row: Outgoing) -> bool:
        """Tell whether another row of the same lane and notice waits already."""

    def over(self, platform: str, lane: str, places: Iterable[str]) -> list[Trouble]:
        """Return what keeps a lane from speaking in these places; rows of it may wait already."""

    def get(self, platform: str, place: str) -> Trouble | None:
        """Return a trouble, mended ones included."""

    def all(self) -> list[Trouble]:
        """Return what is broken, oldest first."""

    def retry(self, platform: str, place: str) -> bool:
        """Let the row that has waited longest try; False if nothing is broken, or nobody waits.

        Where nobody waits, nobody can try, and it is taken for mended.
        """

    def retry_due(self, after: timedelta) -> int:
        """Do that for all that were last tried longer ago than this; return how many."""

    def pass_on(self, row: Outgoing) -> None:
        """Let another row try: this one ended without having shown whether it works."""

    def mend(self, trouble: Trouble) -> int:
        """End a trouble and let everything that waits for it go out; return how many rows."""

    def forget(self, keys: Iterable[str] | None = None) -> None:
        """Forget all troubles, or those that these rows wait for; the rows stay parked."""

    def untold(self) -> list[Trouble]:
        """Return what broke, or works again, and was not told yet."""

    def telling(self, trouble: Trouble) -> bool:
        """Note that it is told; one that is mended is forgotten then.

        Return whether it is ours to tell: of several that would, it is one's.
        """
