"""How the command line speaks: sentences on stderr, results on stdout, and no long silence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from chatdesk.config import Settings

SAY_AFTER_SECONDS = 1.0
SAY_AGAIN_SECONDS = 5.0
"""Nobody waits longer than this without a word about what is going on."""


def settings() -> "Settings":
    """Return what the environment says, telling of variables that look like mistakes."""
    from chatdesk.config import Settings
    from chatdesk.config.settings import doubtful_variables

    for doubt in doubtful_variables():
        say(doubt)
    return Settings.from_environment()


def say(sentence: str) -> None:
    """Tell something beside the result."""
    typer.echo(sentence, err=True)


def exit_saying(sentence: str) -> NoReturn:
    """Tell what stands in the way, and end."""
    say(sentence)
    sys.exit(1)


@contextmanager
def patience(doing: str) -> Iterator[None]:
    """Say what is being done if it takes longer than one waits without wondering."""
    is_done = Event()

    def tell() -> None:
        seconds = SAY_AFTER_SECONDS
        while not is_done.wait(seconds if seconds == SAY_AFTER_SECONDS else SAY_AGAIN_SECONDS):
            say(f"{doing}: {seconds:.0f} s so far, please wait.")
            seconds += SAY_AGAIN_SECONDS

    telling = Thread(target=tell, daemon=True)
    telling.start()
    try:
        yield
    finally:
        is_done.set()
        telling.join()


def counted(count: int, one: str, more: str) -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else more}"
