"""How an attempt to tell a notice can end, as values."""

from dataclasses import dataclass
from datetime import timedelta

from chatdesk.ports import Outgoing, Place, Trouble
from chatdesk.worker.health import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """It is shown. `is_new` unless a message known before was edited or left as it is."""

    message: str
    what: str
    outcome: Outcome
    place: Place | None = None
    """Where the lane is from now on, if that is news."""
    is_new: bool = True
    mends: tuple[Trouble, ...] = ()
    """What works again, for here it did."""
    is_no_proof: bool = False
    """True where something is broken, and it stood there already: another row has to try."""


@dataclass(frozen=True, slots=True)
class Silent:
    """There was nothing left to say."""

    outcome: Outcome = Outcome.NOTHING_TO_SAY


@dataclass(frozen=True, slots=True)
class Again:
    """Not now. `was_second` notes that it may stand there twice by now."""

    after: timedelta
    why: str
    outcome: Outcome
    is_unknown: bool
    is_failure: bool
    was_second: bool = False
    trouble: Trouble | None = None
    """What keeps the desk from its platform altogether."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Not without people."""

    why: str
    outcome: Outcome
    trouble: Trouble | None = None
    """What has to be mended; then it goes out by itself."""
    is_news: bool = True
    """False where the trouble was known, and nothing was tried."""
    shows_state: bool = False
    """True for what shows the newest state anyway: one of a kind is enough to wait in a lane."""


Ending = Told | Silent | Again | Parked


def twice_mark(row: Outgoing) -> str:
    """Return the mark that says a row was sent a second time, with an unknown end again."""
    return f"twice:{row.key}"
