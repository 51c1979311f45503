"""Counts tickets one by one into the figures of a period, in whatever order they come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chatdesk.lifecycle.digest.figures import (
    LOW_RATING,
    OLDEST_SHOWN,
    Backlog,
    Breach,
    Figures,
    Load,
    LowRating,
    Ratings,
    TargetFigures,
    TopicFigure,
    Unsolved,
)
from chatdesk.lifecycle.digest.judging import met_in, verdict, was_worked_in
from chatdesk.lifecycle.digest.measures import Ratio, Times, average, is_spike, middle, usual
from chatdesk.lifecycle.digest.past import as_of, resolutions, returns
from chatdesk.lifecycle.digest.period import Period
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.followup import RATINGS, Rated
from chatdesk.lifecycle.investigation import SlaWarned
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.sla import Outcome, judge
from chatdesk.lifecycle.sla.first_reply import FIRST_REPLY
from chatdesk.lifecycle.sla.judgement import BREACH
from chatdesk.lifecycle.sla.resolution import RESOLUTION
from chatdesk.lifecycle.sla.target import Target
from chatdesk.lifecycle.ticket import UNCOUNTED, PersonId, QueueName, Ticket, TopicName

LOOKED_AT = frozenset({Rated.kind, SlaWarned.kind})
"""The kinds of facts that figures are drawn from; all else is read from the tickets."""


def figures(
    tickets: Iterable[Ticket],
    facts: Iterable[tuple[int, Fact]],
    period: Period,
    policy: Policy,
    queue: QueueName | None = None,
) -> Figures:
    """Draw the figures of a period, of one queue or of all.

    `tickets` are at least those active in the period or opened in one of its `usual` ones, each
    once, in any order; more change nothing. `facts` are at least those `LOOKED_AT` in the period,
    with the numbers of their tickets; a fact whose ticket is not among the tickets is not counted.
    """
    tally = _Tally(period, policy)
    for number, fact in facts:
        if fact.at in period:
            tally.remember(number, fact)
    for ticket in tickets:
        if is_counted(ticket) and queue in {None, ticket.queue}:
            tally.count(ticket)
    return tally.figures(queue)


def is_counted(ticket: Ticket) -> bool:
    """Whether a ticket is in the figures: not spam, cancelled or merged."""
    return ticket.closing is None or ticket.closing.reason not in UNCOUNTED


@dataclass(slots=True)
class _Target:
    """What was found out about one target so far."""

    target: Target
    business: list[timedelta] = field(default_factory=list)
    wall: list[timedelta] = field(default_factory=list)
    kept: int = 0
    judged: int = 0

    def figures(self) -> TargetFigures:
        return TargetFigures(
            business=Times.of(self.business),
            wall=Times.of(self.wall),
            in_time=Ratio(self.kept, self.judged),
        )


@dataclass(slots=True)
class _Tally:
    """What was counted so far."""

    period: Period
    policy: Policy
    warnings: dict[int, list[SlaWarned]] = field(default_factory=lambda: defaultdict(list))
    rated: dict[int, list[Rated]] = field(default_factory=lambda: defaultdict(list))
    opened: Counter[TopicName] = field(default_factory=Counter)
    earlier: list[Counter[TopicName]] = field(default_factory=list)
    resolved: int = 0
    reopened: int = 0
    recurred: int = 0
    unsolved: list[Unsolved] = field(default_factory=list)
    load: Counter[PersonId | None] = field(default_factory=Counter)
    first_reply: _Target = field(default_factory=lambda: _Target(FIRST_REPLY))
    resolution: _Target = field(default_factory=lambda: _Target(RESOLUTION))
    scores: list[LowRating] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.earlier = [Counter() for _ in self.period.usual]

    def remember(self, number: int, fact: Fact) -> None:
        """Keep a fact until its ticket comes."""
        if isinstance(fact, Rated):
            self.rated[number].append(fact)
        if isinstance(fact, SlaWarned) and fact.percent >= BREACH:
            self.warnings[number].append(fact)

    def count(self, ticket: Ticket) -> None:
        """Add a ticket to every figure it belongs to."""
        self._count_opening(ticket)
        self._count_turns(ticket)
        self._count_ratings(ticket)
        past = as_of(ticket, self.period.end)
        if past is None:
            return
        self._count_backlog(past)
        self._count_recorded_breaches(ticket)
        if was_worked_in(past, self.period):
            judgement = judge(past, self.policy, self.period.end)
            self._count_target(self.first_reply, past, judgement.first_reply)
            self._count_target(self.resolution, past, judgement.resolution)

    def _count_opening(self, ticket: Ticket) -> None:
        if ticket.opened_at in self.period:
            self.opened[ticket.topic] += 1
            self.recurred += ticket.follow_up_of is not None
        for span, counts in zip(self.period.usual, self.earlier, strict=True):
            if ticket.opened_at in span:
                counts[ticket.topic] += 1

    def _count_turns(self, ticket: Ticket) -> None:
        self.resolved += sum(at in self.period for at in resolutions(ticket))
        for back in returns(ticket):
            if back.at in self.period:
                self.reopened += 1
                self.recurred += back.was_closed

    def _count_ratings(self, ticket: Ticket) -> None:
        latest: dict[datetime | None, Rated] = {}
        for rated in sorted(self.rated.get(ticket.number, ()), key=lambda one: (one.at, one.score)):
            latest[max((at for at in resolutions(ticket) if at <= rated.at), default=None)] = rated
        self.scores += (
            LowRating(
                number=ticket.number,
                score=rated.score,
                at=rated.at,
                is_confidential=ticket.is_confidential,
            )
            for rated in latest.values()
        )

    def _count_backlog(self, past: Ticket) -> None:
        if not past.is_unsolved:
            return
        unsolved = Unsolved(
            number=past.number, opened_at=past.opened_at, is_confidential=past.is_confidential
        )
        self.unsolved.append(unsolved)
        self.load[past.assignee] += 1

    def _count_recorded_breaches(self, ticket: Ticket) -> None:
        for warned in self.warnings.get(ticket.number, ()):
            self._breach(ticket, warned.target, warned.at)
            for tracked in (self.first_reply, self.resolution):
                tracked.judged += tracked.target.name == warned.target

    def _count_target(self, tracked: _Target, past: Ticket, outcome: Outcome) -> None:
        target = tracked.target
        if met_in(target, past, self.period):
            tracked.business += [outcome.business] if outcome.business is not None else []
            tracked.wall += [outcome.wall] if outcome.wall is not None else []
        recorded = {warned.target for warned in self.warnings.get(past.number, ())}
        found = verdict(target, past, outcome, self.period, self.policy)
        if found is None or target.name in recorded:
            return
        tracked.judged += 1
        tracked.kept += found.is_in_time
        if not found.is_in_time:
            self._breach(past, target.name, found.at)

    def _breach(self, ticket: Ticket, target: str, at: datetime) -> None:
        breach = Breach(
            number=ticket.number, target=target, at=at, is_confidential=ticket.is_confidential
        )
        self.breaches.append(breach)

    def figures(self, queue: QueueName | None) -> Figures:
        """Return what was counted."""
        return Figures(
            period=self.period,
            queue=queue,
            opened=self.opened.total(),
            resolved=self.resolved,
            backlog=self._backlog(),
            first_reply=self.first_reply.figures(),
            resolution=self.resolution.figures(),
            reopened=Ratio(self.reopened, self.resolved),
            recurred=Ratio(self.recurred, self.resolved),
            ratings=self._ratings(),
            breaches=tuple(sorted(self.breaches, key=lambda one: (one.at, one.number, one.target))),
            topics=self._topics(),
        )

    def _backlog(self) -> Backlog:
        oldest = sorted(self.unsolved, key=lambda one: (one.opened_at, one.number))
        ages = [self.period.end - one.opened_at for one in reversed(oldest)]
        load = [Load(agent=agent, unsolved=count) for agent, count in self.load.items() if agent]
        return Backlog(
            count=len(oldest),
            median_age=middle(ages),
            oldest=tuple(oldest[:OLDEST_SHOWN]),
            load=tuple(sorted(load, key=lambda one: (-one.unsolved, one.agent))),
            unassigned=self.load[None],
        )

    def _ratings(self) -> Ratings:
        counted = Counter(one.score for one in self.scores)
        one, two, three, four, five = (counted[score] for score in RATINGS)
        low = (one for one in self.scores if one.score <= LOW_RATING)
        return Ratings(
            count=len(self.scores),
            mean=average([one.score for one in self.scores]),
            distribution=(one, two, three, four, five),
            low=tuple(sorted(low, key=lambda one: (one.at, one.number))),
        )

    def _topics(self) -> tuple[TopicFigure, ...]:
        # A period in which nobody opened anything, as before the desk's first day, tells nothing.
        telling = [counts for counts in self.earlier if counts]
        found = []
        for topic, opened in self.opened.items():
            commonly = usual([counts[topic] for counts in telling])
            figure = TopicFigure(
                topic=topic,
                opened=opened,
                usual=commonly,
                is_spike=is_spike(opened, commonly),
                is_confidential=self.policy.topic(topic).confidential,
            )
            found.append(figure)
        return tuple(sorted(found, key=lambda one: (-one.opened, one.topic)))
