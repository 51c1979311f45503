"""A period's figures as tables, and how amounts and their changes are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chatdesk.lifecycle.digest import (
    Changes,
    Figures,
    TargetChange,
    TargetFigures,
    TimesChange,
    TopicFigure,
)
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ui.cards import Table
from chatdesk.ui.voice import Voice

TOPICS_SHOWN = 8

_SAME = TargetChange(
    business=TimesChange(median=None, p90=None),
    wall=TimesChange(median=None, p90=None),
    in_time=None,
)

UNCOMPARED = Changes(
    opened=0,
    resolved=0,
    backlog=0,
    backlog_median_age=None,
    first_reply=_SAME,
    resolution=_SAME,
    reopened=None,
    recurred=None,
    ratings=0,
    rating_mean=None,
    low_ratings=0,
    breaches=0,
)
"""Where there is nothing to compare with, nothing has changed."""

Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Numbers, rates and spans in a reader's words; what is unknown is a dash."""

    say: Voice

    def number(self, number: float | None) -> str:
        """Return a number as short as it is: 5, 4.2."""
        if number is None:
            return self.say("digest.none")
        return self.say("digest.number", mean=number)

    def rate(self, rate: float | None) -> str:
        """Return a rate in percent."""
        if rate is None:
            return self.say("digest.none")
        return self.say("digest.percent", count=round(rate * 100))

    def span(self, span: timedelta | None) -> str:
        """Return a span."""
        return (
            self.say("digest.none") if span is None else self.say("digest.span", span_within=span)
        )

    def number_change(self, change: float | None) -> str:
        """Return by how much a number grew or fell; empty if it did not, or nobody knows."""
        return self._signed(change, self.number)

    def rate_change(self, change: float | None) -> str:
        """Return by how many points a rate changed."""
        return self._signed(None if change is None else round(change * 100), self.number)

    def span_change(self, change: timedelta | None) -> str:
        """Return by how much something became longer or shorter."""
        seconds = None if change is None else round(change.total_seconds())
        return self._signed(seconds, lambda amount: self.span(timedelta(seconds=amount)))

    def _signed(self, change: float | None, told: Callable[[float], str]) -> str:
        if not change:
            return ""
        return self.say(f"digest.{'up' if change > 0 else 'down'}", amount=told(abs(change)))


def figures_table(figures: Figures, changes: Changes, say: Voice) -> Table:
    """Return every figure that is known beside its change."""
    told = Amounts(say=say)
    age, ratings = figures.backlog.median_age, figures.ratings

    def counted(name: str, number: float | None, change: float | None) -> Row:
        return (_label(say, name), told.number(number), told.number_change(change))

    def shared(name: str, rate: float | None, change: float | None) -> Row:
        return (_label(say, name), told.rate(rate), told.rate_change(change))

    rows = (
        counted("opened", figures.opened, changes.opened),
        counted("resolved", figures.resolved, changes.resolved),
        counted("backlog", figures.backlog.count, changes.backlog),
        (_label(say, "backlog_age"), told.span(age), told.span_change(changes.backlog_median_age)),
        *_target("first_reply", figures.first_reply, changes.first_reply, told),
        *_target("resolution", figures.resolution, changes.resolution, told),
        shared("reopened", figures.reopened.rate, changes.reopened),
        shared("recurred", figures.recurred.rate, changes.recurred),
        counted("ratings", ratings.count, changes.ratings),
        counted("rating_mean", ratings.mean, changes.rating_mean),
        counted("breaches", len(figures.breaches), changes.breaches),
    )
    known = tuple(row for row in rows if row[1] != say("digest.none"))
    columns = tuple(_label(say, name) for name in ("figure", "now", "change"))
    return Table(caption=_label(say, "caption"), columns=columns, rows=known)


def _label(say: Voice, name: str) -> str:
    return say(f"digest.figures.{name}")


def _target(name: str, now: TargetFigures, change: TargetChange, told: Amounts) -> tuple[Row, ...]:
    times, changed = now.business, change.business
    rate, points = now.in_time.rate, change.in_time
    say = told.say
    return (
        (_label(say, name), told.span(times.median), told.span_change(changed.median)),
        (_label(say, f"{name}_p90"), told.span(times.p90), told.span_change(changed.p90)),
        (_label(say, f"{name}_in_time"), told.rate(rate), told.rate_change(points)),
    )


def load_table(figures: Figures, say: Voice, names: Mapping[PersonId, str]) -> Table | None:
    """Return who has how many open tickets now; None if nobody has any."""
    rows = tuple(
        (names.get(one.agent) or say("words.somebody"), str(one.unsolved))
        for one in figures.backlog.load
    )
    columns = tuple(say(f"digest.load.{name}") for name in ("agent", "open"))
    return Table(caption=say("digest.load.caption"), columns=columns, rows=rows) if rows else None


def topics_table(figures: Figures, say: Voice, policy: Policy | None) -> Table | None:
    """Return the topics with most tickets; private ones together, without their names."""
    told = Amounts(say=say)
    named = [one for one in figures.topics if not one.is_confidential]
    rows = [_topic_row(one, told, policy) for one in named[:TOPICS_SHOWN]]
    private = sum(one.opened for one in figures.topics if one.is_confidential)
    if private:
        rows.append((say("digest.topics.other"), str(private), say("digest.none")))
    columns = tuple(say(f"digest.topics.{name}") for name in ("topic", "opened", "usual"))
    caption = say("digest.topics.caption")
    return Table(caption=caption, columns=columns, rows=tuple(rows)) if rows else None


def topic_title(one: TopicFigure, policy: Policy | None) -> str:
    """Return what people call a topic."""
    return policy.topic(one.topic).title if policy else one.topic


def _topic_row(one: TopicFigure, told: Amounts, policy: Policy | None) -> Row:
    title = topic_title(one, policy)
    shown = told.say("digest.topics.spike", topic=title) if one.is_spike else title
    return (shown, str(one.opened), told.number(one.usual))
