"""The manager's summary of a period: a headline in words, what needs a decision, the figures.

Tickets on confidential topics are counted and never named here: a digest is read by people outside
their queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chatdesk.lifecycle.digest import Breach, Changes, Figures, LowRating, Period, Unsolved
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ui.cards import Buttons, Card, Element, Line, Tone
from chatdesk.ui.digest_tables import (
    UNCOMPARED,
    Amounts,
    figures_table,
    load_table,
    topic_title,
    topics_table,
)
from chatdesk.ui.parts import show_button
from chatdesk.ui.times import zone_named
from chatdesk.ui.voice import Voice

SHOWN_NUMBERS = 5
"""So many tickets of a kind are named, and so many have a button."""

_MOMENT = timedelta(microseconds=1)


def digest_card(
    figures: Figures,
    changes: Changes | None,
    say: Voice,
    names: Mapping[PersonId, str],
    policy: Policy | None = None,
) -> Card:
    """Return the digest; `changes` are against the period before, `names` those of the agents.

    With the `policy` topics are called by their titles.
    """
    changed = changes or UNCOMPARED
    title = say("digest.title", period=_period(figures.period, say))
    headline = _headline(figures, changed, say)
    needs = _needs(figures, say, policy)
    calm = Line(text=say("digest.all_well"), tone=Tone.GOOD)
    tables = (
        figures_table(figures, changed, say),
        load_table(figures, say, names),
        topics_table(figures, say, policy),
    )
    return Card(
        title=title,
        fallback=say("digest.fallback", title=title, headline=headline),
        elements=(
            Line(text=headline, is_strong=True),
            Line(text=needs, tone=Tone.WARNING) if needs else calm,
            *_oldest(figures, say),
            *_buttons(figures, say),
            *(table for table in tables if table is not None),
        ),
    )


def _period(period: Period, say: Voice) -> str:
    """Return which days it is about, on the reader's calendar."""
    zone = zone_named(say.zone)
    first = period.start.astimezone(zone).date()
    last = (period.end - _MOMENT).astimezone(zone).date()
    if first < last:
        return say("digest.days", first_on=first, last_on=last)
    if _is_midnight(period.end.astimezone(zone)):
        return say("digest.day", first_on=first)
    return say("digest.so_far", end_at=period.end)


def _is_midnight(local: datetime) -> bool:
    return not (local.hour or local.minute or local.second or local.microsecond)


def _headline(figures: Figures, changes: Changes, say: Voice) -> str:
    told = Amounts(say=say)
    parts = [say("digest.opened_resolved", opened=figures.opened, solved=figures.resolved)]
    median = figures.first_reply.business.median
    if median is not None:
        change = told.span_change(changes.first_reply.business.median)
        parts.append(say("digest.first_reply", reply_within=median, change=change))
    rate = figures.first_reply.in_time.rate
    if rate is not None:
        change = told.rate_change(changes.first_reply.in_time)
        parts.append(say("digest.in_time", rate=told.rate(rate), change=change))
    backlog = figures.backlog
    if backlog.oldest:
        age = _age(backlog.oldest[0], figures)
        parts.append(say("digest.open", count=backlog.count, age_within=age))
    else:
        parts.append(say("digest.nothing_open"))
    return say("digest.sentence", names="; ".join(parts))


def _needs(figures: Figures, say: Voice, policy: Policy | None) -> str:
    """Return what waits for a decision; empty if nothing does."""
    breaches, low = figures.breaches, figures.ratings.low
    found = []
    if breaches:
        found.append(say("digest.breaches", count=len(breaches), numbers=_named(breaches)))
    if low:
        found.append(say("digest.low_ratings", count=len(low), numbers=_named(low)))
    found += [
        say(
            "digest.spike",
            topic=topic_title(topic, policy),
            count=topic.opened,
            usual=Amounts(say=say).number(topic.usual),
        )
        for topic in figures.topics
        if topic.is_spike and not topic.is_confidential
    ]
    if figures.backlog.unassigned:
        found.append(say("digest.unassigned", count=figures.backlog.unassigned))
    return say("digest.needs_you", names=" · ".join(found)) if found else ""


def _named(found: Iterable[Breach | LowRating]) -> tuple[str, ...]:
    numbers = dict.fromkeys(one.number for one in found if not one.is_confidential)
    return tuple(f"#{number}" for number in list(numbers)[:SHOWN_NUMBERS])


def _age(one: Unsolved, figures: Figures) -> timedelta:
    return figures.period.end - one.opened_at


def _oldest(figures: Figures, say: Voice) -> tuple[Element, ...]:
    """Return the tickets that are open longest; nothing if there are none to name."""
    items = tuple(
        say("digest.oldest_item", number=one.number, age_within=_age(one, figures))
        for one in figures.backlog.oldest
        if not one.is_confidential
    )
    return (Line(text=say("digest.oldest", items=items)),) if items else ()


def _buttons(figures: Figures, say: Voice) -> tuple[Element, ...]:
    """Return buttons to the tickets that need somebody first."""
    urgent: list[Breach | LowRating | Unsolved]
    urgent = [*figures.breaches, *figures.ratings.low, *figures.backlog.oldest]
    numbers = dict.fromkeys(one.number for one in urgent if not one.is_confidential)
    shown = tuple(show_button(say, number) for number in list(numbers)[:SHOWN_NUMBERS])
    return (Buttons(buttons=shown),) if shown else ()
