"""What is written to the log about a failure: where it struck, never what it was about."""

from __future__ import annotations

import logging
import secrets
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

logger = logging.getLogger("chatdesk")

OURS = logger.name
"""The loggers below this one say what the desk has chosen to say."""

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


def keep_logs_discreet() -> None:
    """Let no handler of this process be given a message or an exception's words by a library.

    At any level, whoever sets it: libraries log requests with their tokens, rows with what people
    wrote, and exceptions that quote both. What is left says which of their lines spoke, and the
    kinds of the exceptions with the lines of code that led to them. The same goes for exceptions
    that nobody catches. What a caller hands over as `extra` is out of reach here; the desk's own
    handler does not write it.
    """
    logging.setLogRecordFactory(_discreet_record)
    sys.excepthook = lambda _kind, error, _traceback: _say_uncaught("the program", error)
    threading.excepthook = lambda given: _say_uncaught("a thread", given.exc_value)
    sys.unraisablehook = lambda given: _say_uncaught("an object's end", given.exc_value)


def _discreet_record(*given: Any, **named: Any) -> logging.LogRecord:
    record = logging.LogRecord(*given, **named)
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = "".join(_outline(record.exc_info[1])).rstrip()
    record.exc_info = None
    if record.name.partition(".")[0] != OURS:
        record.msg, record.args = f"said at {record.module}:{record.lineno}", ()
    return record


def _say_uncaught(where: str, error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    outline = "".join(_outline(error)) if error is not None else ""
    logger.error("uncaught in %s:\n%s", where, outline)


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
