"""What the worker asks of the rooms around it, besides the ports of the store and platforms."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Protocol

from chatdesk.ports import DueTimer, InboxRow, Outgoing, Showing, Transaction


class Presenter(Protocol):
    """Draws notices."""

    def present(self, tx: Transaction, row: Outgoing) -> Showing | None:
        """Draw a notice from the newest state; None when there is nothing left to say.

        Called inside `Store.read`. Whatever it raises, StoreUnavailable excepted, is a bug and
        parks the row.
        """


class FrontDoor(Protocol):
    """The desk, as the worker knocks: each call blocks and commits in transactions of its own.

    Each may come twice for the same thing, when a process ended between its commit and the note
    that it was done; the second has to find nothing left to do.
    """

    def fire(self, timer: DueTimer) -> None:
        """Decide what a due timer stands for, and mark it done in the same transaction."""

    def delivered(self, row: Outgoing, message: str) -> None:
        """Take note that a notice has arrived; the message it became is linked already."""

    def unsaid(self, row: Outgoing) -> None:
        """Take note that of a notice nothing was left to say, or nobody to say it to."""

    def undelivered(self, row: Outgoing, why: str) -> None:
        """Take note that a notice will not arrive by itself; `why` is a clause for people."""

    def troubled(self) -> None:
        """Tell those who can mend it what broke on a platform, or works again, and was not told."""

    def replay(self, row: InboxRow) -> None:
        """Do what a delivery asked for, whose effect is missing, and mark it finished."""


class Ticks(Protocol):
    """The heartbeat."""

    def every(
        self, span: timedelta, work: Callable[[], Coroutine[Any, Any, None]], *, name: str
    ) -> None:
        """Run a work after every span, never twice at the same time."""
