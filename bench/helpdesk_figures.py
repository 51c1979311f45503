"""The figures of the replayed help desk, reckoned from its log alone.

Plain Python on purpose: nothing here knows the desk, so an error in the desk's own figures cannot
hide in these. What the log's activities mean is said in `bench/replay_helpdesk.py`, and once more,
in its own way, in `_Case` below. The desk is always open, so working time is all time that is not
spent on hold or solved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bench.helpdesk_log import Event, by_case

FIRST_REPLY_WITHIN = timedelta(hours=72)
RESOLVED_WITHIN = timedelta(hours=720)
CONFIRMED_WITHIN = timedelta(days=15)  # as calendar days in ZONE
ZONE = ZoneInfo("Europe/Rome")
WRITTEN_TWICE_WITHIN = timedelta(minutes=1)
REMARKS = {
    *("Create SW anomaly", "Resolve SW anomaly"),
    *("VERIFIED", "RESOLVED", "INVALID", "DUPLICATE"),
}
PAUSES = {"Wait", "Schedule intervention"}

Span = tuple[datetime, datetime | None]


@dataclass(slots=True)
class _Case:
    """What became of a case, event by event."""

    opened_at: datetime
    topic: str
    resolved_at: list[datetime] = field(default_factory=list)
    came_back: list[tuple[datetime, bool]] = field(default_factory=list)
    solved: list[Span] = field(default_factory=list)
    paused: list[Span] = field(default_factory=list)
    closed_as: str = ""

    @classmethod
    def told_by(cls, events: list[Event]) -> _Case:
        """Read a whole case."""
        case = cls(opened_at=events[0].at, topic=_topic(events[0]))
        for event in events:
            case.take(event)
        return case

    def take(self, event: Event) -> None:
        """Go one event further."""
        if event.activity in REMARKS:
            return
        if event.activity == "Closed":
            if not self.closed_as:
                is_early = event.at < _on_the_wall(self.resolved_at[-1], CONFIRMED_WITHIN)
                self.closed_as = "confirmed" if is_early else "unconfirmed"
            return
        if self._is_written_twice(event):
            return
        self._go_on(event.at)
        if event.activity == "Assign seriousness":
            self.topic = _topic(event)
        if event.activity in PAUSES:
            self.paused.append((event.at, None))
        if event.activity == "Resolve ticket":
            self.resolved_at.append(event.at)
            self.solved.append((event.at, None))

    def _is_written_twice(self, event: Event) -> bool:
        is_resolved = bool(self.solved) and self.solved[-1][1] is None and not self.closed_as
        is_again = event.activity == "Resolve ticket" and is_resolved
        return is_again and event.at - self.resolved_at[-1] <= WRITTEN_TWICE_WITHIN

    def _go_on(self, at: datetime) -> None:
        """Whoever works on it takes it up again, from a pause or a solution."""
        if self.solved and self.solved[-1][1] is None:
            self.came_back.append((at, bool(self.closed_as)))
            self.solved[-1] = (self.solved[-1][0], at)
            self.closed_as = ""
        if self.paused and self.paused[-1][1] is None:
            self.paused[-1] = (self.paused[-1][0], at)

    def is_unsolved_before(self, moment: datetime) -> bool:
        """Whether work remained just before a moment."""
        is_solved = any(since < moment <= (until or moment) for since, until in self.solved)
        return self.opened_at < moment and not is_solved

    def resolution_as_of(self, moment: datetime) -> datetime | None:
        """When it was resolved, seen from just before a moment; None while work remained."""
        if self.opened_at >= moment or self.is_unsolved_before(moment):
            return None
        return max(at for at in self.resolved_at if at < moment)

    def worked(self, until: datetime) -> timedelta:
        """The time until a moment that was neither a pause nor after a solution."""
        rests = (
            min(end or until, until) - since
            for since, end in (*self.paused, *self.solved)
            if since < until
        )
        return until - self.opened_at - sum(rests, timedelta())

    def used_up_at(self, allowed: timedelta, until: datetime) -> datetime | None:
        """When so much time had been worked; None if that was not before `until`."""
        reached, left = self.opened_at, allowed
        for since, end in sorted((*self.paused, *self.solved)):
            if since >= until or since - reached >= left:
                break
            left -= since - reached
            if end is None or end >= until:
                return None
            reached = end
        return reached + left if reached + left < until else None


def closings(events: Iterable[Event]) -> Counter[str]:
    """Count how the cases were closed in the end."""
    return Counter(_Case.told_by(case).closed_as for case in by_case(events))


def figures(events: Iterable[Event], start: datetime, end: datetime) -> Mapping[str, object]:
    """Reckon the figures of the time from `start` until just before `end`, by their names."""
    cases = [_Case.told_by(case) for case in by_case(events)]
    told = {
        "opened": sum(start <= case.opened_at < end for case in cases),
        "resolved": sum(start <= at < end for case in cases for at in case.resolved_at),
        "reopened": sum(start <= at < end for case in cases for at, _ in case.came_back),
        "recurred": sum(
            start <= at < end and was_closed for case in cases for at, was_closed in case.came_back
        ),
        "topics": Counter(case.topic for case in cases if start <= case.opened_at < end),
    }
    open_then = [case.opened_at for case in cases if case.is_unsolved_before(end)]
    backlog = {
        "backlog": len(open_then),
        "backlog, median age": _middle(sorted(end - at for at in open_then)),
        "backlog, oldest opened": min(open_then, default=None),
    }
    first = [(case, min(case.resolved_at)) for case in cases]
    replied = [(case, at) for case, at in first if start <= at < end]
    latest = [(case, case.resolution_as_of(end)) for case in cases]
    resolved = [(case, at) for case, at in latest if at and start <= at < end]
    return {
        **told,
        **backlog,
        **_times("first reply", replied),
        **_times("resolution", resolved),
        "first reply in time": _in_time(first, FIRST_REPLY_WITHIN, start, end),
        "resolution in time": _in_time(latest, RESOLVED_WITHIN, start, end),
    }


def _times(name: str, met: list[tuple[_Case, datetime]]) -> dict[str, object]:
    wall = sorted(at - case.opened_at for case, at in met)
    business = sorted(case.worked(at) for case, at in met)
    return {
        f"{name}, count": len(met),
        f"{name}, wall median": _middle(wall),
        f"{name}, wall p90": _ninth_tenth(wall),
        f"{name}, business median": _middle(business),
        f"{name}, business p90": _ninth_tenth(business),
    }


def _middle(ordered: list[timedelta]) -> timedelta | None:
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _ninth_tenth(ordered: list[timedelta]) -> timedelta | None:
    return ordered[(9 * len(ordered) + 9) // 10 - 1] if ordered else None


def _in_time(
    met: Iterable[tuple[_Case, datetime | None]],
    within: timedelta,
    start: datetime,
    end: datetime,
) -> tuple[int, int]:
    """Count (kept, judged): each case where its target was met or missed, whichever came first."""
    kept = judged = 0
    for case, met_at in met:
        known = met_at if met_at and met_at < end else None
        if known and case.worked(known) <= within:
            kept += start <= known < end
            judged += start <= known < end
        else:
            missed_at = case.used_up_at(within, end)
            judged += missed_at is not None and missed_at >= start
    return kept, judged


def _topic(event: Event) -> str:
    return f"product-{event.product}-of-{event.workgroup}"


def _on_the_wall(moment: datetime, later: timedelta) -> datetime:
    """The same time of day, so many days later, on the clocks of Rome."""
    return (moment.astimezone(ZONE).replace(tzinfo=None) + later).replace(tzinfo=ZONE)
