"""The policy in force: read at the start, read again when its file has changed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from chatdesk.config.mistakes import PolicyBroken
from chatdesk.config.reading import parse_policy, read_policy_file
from chatdesk.lifecycle.policy import Policy

_log = logging.getLogger("chatdesk.policy")


def example_file() -> Path:
    """Return where the example policy is: in the installed package, or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "desk.example.yaml"
    return installed if installed.exists() else package.parent / "manifests" / "desk.example.yaml"


def say_broken(broken: PolicyBroken) -> None:
    """Log that a changed file cannot be used, and that the desk goes on as before."""
    _log.error("The policy stays as it was, because the changed file cannot be used:\n%s", broken)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


class PolicySource:
    """The policy in force, from one file; any thread may use it.

    Construct it with the file's path; PolicyBroken if the file cannot be used. With `example` a
    file that does not exist (yet) is stood in for by the example policy. `refresh` is to be called
    now and then: nothing watches the file by itself. Whoever keeps `current` over several lines of
    work has one policy throughout, whatever happens to the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        example: bool = False,
        on_broken: Callable[[PolicyBroken], None] = say_broken,
    ) -> None:
        self.path = path
        self._on_broken = on_broken
        self._refreshing = Lock()
        self._broken: PolicyBroken | None = None
        self._is_example = example and not path.exists()
        source = example_file() if self._is_example else path
        self._content: bytes | None = read_policy_file(source)
        self._current = parse_policy(self._content, str(source))
        self._digest = _digest(self._content)

    @property
    def current(self) -> Policy:
        """The policy in force."""
        return self._current

    @property
    def digest(self) -> str:
        """A short digest of the file's content that is in force."""
        return self._digest

    @property
    def is_example(self) -> bool:
        """There is no file yet: the example that comes with the desk is in force."""
        return self._is_example

    @property
    def broken(self) -> PolicyBroken | None:
        """Why the file, as it is now, is not in force; None if it is."""
        return self._broken

    def refresh(self) -> bool:
        """Read the file again if it has changed; return whether another policy is in force now.

        Raises nothing for a file that cannot be used: the policy stays, `broken` says why, and
        `on_broken` is told, once for each content. Cheap enough for every second: the content is
        compared, because times and sizes of files miss a quick second change.
        """
        if not self._refreshing.acquire(blocking=False):
            return False  # another thread is at it
        try:
            return self._refresh()
        finally:
            self._refreshing.release()

    def _refresh(self) -> bool:
        if self._is_example and not self.path.exists():
            return False
        try:
            content = read_policy_file(self.path)
        except PolicyBroken as gone:
            if self._content is not None:
                self._content = None
                self._report(gone)
            return False
        if content == self._content:
            return False
        self._content = content
        try:
            policy = parse_policy(content, str(self.path))
        except PolicyBroken as broken:
            self._report(broken)
            return False
        self._broken, self._is_example = None, False
        is_another = policy != self._current
        self._current, self._digest = policy, _digest(content)
        _log.info("The policy in %s is in force as it is now.", self.path)
        return is_another

    def _report(self, broken: PolicyBroken) -> None:
        self._broken = broken
        self._on_broken(broken)
