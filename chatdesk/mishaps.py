"""What is written to the log about a failure: where it struck, never what it was about."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterator
from types import TracebackType

logger = logging.getLogger("chatdesk")

INNERMOST = 20
"""Frames of a traceback that are logged."""


class Discreet(logging.Formatter):
    """Formats what anybody logs, libraries included, without the messages of exceptions.

    A message may quote what somebody wrote, or a secret: a database's names what it was given.
    """

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Return the lines of code that led to an exception, and its kind."""
        return "" if ei[1] is None else "".join(_outline(ei[1])).rstrip()


def log_bug(doing: str, error: BaseException) -> str:
    """Log a bug and return the short reference by which people can ask for it.

    An exception's message may quote what somebody wrote, so only its type is logged, with the
    lines of code that led to it. `doing` holds ids alone.
    """
    reference = secrets.token_hex(4)
    logger.error("bug %s while %s:\n%s", reference, doing, "".join(_outline(error)))
    return reference


def _outline(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _outline(cause)
        yield "which led to\n"
    yield from traceback.format_list(traceback.extract_tb(error.__traceback__, limit=-INNERMOST))
    yield f"{type(error).__qualname__}\n"
