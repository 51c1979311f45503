"""What is counted, and by which formula; how it is counted is the tally's matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chatdesk.lifecycle.digest.measures import Ratio, Times
from chatdesk.lifecycle.digest.period import Period
from chatdesk.lifecycle.ticket import PersonId, QueueName, TopicName

LOW_RATING = 2
"""A rating up to this needs somebody to look at it."""

OLDEST_SHOWN = 5
"""How many of the oldest unsolved tickets are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolved:
    """A ticket on which work remains. One that `is_confidential` is named to its queue alone."""

    number: int
    opened_at: datetime
    is_confidential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A target missed, and when. A ticket that `is_confidential` is named to its queue alone."""

    number: int
    target: str
    at: datetime
    is_confidential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LowRating:
    """A rating of 1 or 2. A ticket that `is_confidential` is named to its queue alone."""

    number: int
    score: int
    at: datetime
    is_confidential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many of the backlog an agent has now."""

    agent: PersonId
    unsolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The tickets on which work remained just before the period's end."""

    count: int
    """Tickets new, open, waiting or on hold then."""
    median_age: timedelta | None
    """The median of (end - opened_at), in wall time."""
    oldest: tuple[Unsolved, ...]
    """The five opened first, oldest first."""
    load: tuple[Load, ...]
    """How many of them each agent has, most first. The assignee is the present one: the history of
    a ticket does not tell who had it."""
    unassigned: int
    """How many of them nobody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFigures:
    """How long a target took, and whether it was kept."""

    business: Times
    """Working hours of the ticket's queue, without the time waiting, on hold and resolved."""
    wall: Times
    """All the time since the ticket was opened, as the requester lived through it."""
    in_time: Ratio
    """Kept, of those judged. A ticket is judged in the period in which its target was met or
    missed, whichever came first: a late reply counts when it became late, and not once more when
    it came. What was promised nothing, and what is neither met nor missed, is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """The ratings given in the period; of several of one resolution, the latest in it."""

    count: int
    """How many."""
    mean: float | None
    """Their arithmetic mean, from 1 to 5."""
    distribution: tuple[int, int, int, int, int]
    """How many ones, twos, threes, fours and fives."""
    low: tuple[LowRating, ...]
    """Those of 1 or 2, by time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFigure:
    """A topic and its tickets opened in the period. One that `is_confidential` names a secret."""

    topic: TopicName
    opened: int
    """Tickets opened in the period that are of this topic now."""
    usual: float | None
    """The median of the same count over the period's earlier ones in which anything was opened;
    None if those are fewer than two."""
    is_spike: bool
    """At least twice as many as usual, and at least five more."""
    is_confidential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a period, of one queue or (None) of the whole desk."""

    period: Period
    queue: QueueName | None
    opened: int
    """Tickets opened in the period."""
    resolved: int
    """How often a ticket was resolved in the period; resolved anew after a reopening, it counts
    again."""
    backlog: Backlog
    first_reply: TargetFigures
    """Over the tickets whose first public human word came in the period, not after they were
    solved."""
    resolution: TargetFigures
    """Over the tickets resolved in the period and not reopened by its end, until the latest
    resolution."""
    reopened: Ratio
    """How often a resolved or closed ticket came back to work in the period, of `resolved`."""
    recurred: Ratio
    """How often something came back after it had been closed, of `resolved`: closed tickets
    reopened in the period, and tickets opened in it to continue a closed one."""
    ratings: Ratings
    breaches: tuple[Breach, ...]
    """Targets missed in the period, by time: every breach its record tells, and a first reply or
    resolution that became due unmet without the record having noticed."""
    topics: tuple[TopicFigure, ...]
    """The topics of the tickets opened, most first."""
