"""The figures of the desk, each defined once with its formula, for every digest and dashboard.

A ticket closed as spam, cancelled or merged is in no figure, as it stands when the figures are
drawn; one for which that was taken back counts again. A ticket counts for the queue it is in now.
Everything else is as of the period's end: what happened later changes no figure of the period.
"""

from __future__ import annotations

from chatdesk.lifecycle.digest.changes import Changes, TargetChange, TimesChange, compared
from chatdesk.lifecycle.digest.figures import (
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
from chatdesk.lifecycle.digest.measures import Ratio, Times
from chatdesk.lifecycle.digest.period import PERIODS, Period, moment_of, period_of
from chatdesk.lifecycle.digest.tally import LOOKED_AT, figures

__all__ = [
    "LOOKED_AT",
    "PERIODS",
    "Backlog",
    "Breach",
    "Changes",
    "Figures",
    "Load",
    "LowRating",
    "Period",
    "Ratings",
    "Ratio",
    "TargetChange",
    "TargetFigures",
    "Times",
    "TimesChange",
    "TopicFigure",
    "Unsolved",
    "compared",
    "figures",
    "moment_of",
    "period_of",
]
