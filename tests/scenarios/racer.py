"""A desk in a process of its own: does what it is told at the very moment it is told, or works.

Told by lines of JSON on its input, it answers each with a line. `{"at": T, "do": [...]}` has it
receive these interactions at the same moment T of the machine's steady clock, each in a thread;
`{"work": true}` begins to deliver and goes on with it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pydantic import SecretStr, TypeAdapter

from chatdesk import bootstrap
from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.config import PolicySource, Settings
from chatdesk.ui.exchange import Answer, Interaction
from tests.scenarios.stage import words_of

INTERACTIONS: TypeAdapter[list[Interaction]] = TypeAdapter(list[Interaction])


def main(url: str, data_dir: str) -> None:
    """Serve lines until the input ends."""
    settings = Settings(data_dir=Path(data_dir), database_url=SecretStr(url))
    policy = PolicySource(Path(data_dir) / "desk.yaml", example=True)
    parts = bootstrap.assemble(settings, policy)
    work = Work(parts)
    _say("ready")
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        if told.get("work"):
            work.begin()
            _say("working")
            continue
        interactions = INTERACTIONS.validate_python(told["do"])
        answers = receive_together(parts, interactions, told["at"])
        _say(answers)
    work.end()
    parts.close()


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def receive_together(
    parts: bootstrap.Parts, interactions: list[Interaction], at: float
) -> list[dict[str, Any]]:
    """Receive all of them at a moment of the steady clock, and return what each was told."""

    def receive(interaction: Interaction) -> dict[str, Any]:
        time.sleep(max(0.0, at - time.monotonic()))
        return told(parts.reception.receive(interaction))

    with ThreadPoolExecutor(len(interactions)) as threads:
        return list(threads.map(receive, interactions))


def told(answer: Answer) -> dict[str, Any]:
    """Return the words of an answer, and whether it was a refusal."""
    words = words_of(answer.card) if answer.card else " ".join(answer.errors.values())
    return {"is_refusal": answer.is_refusal, "words": words}


class Work:
    """The worker of a desk, on an event loop of its own."""

    def __init__(self, parts: bootstrap.Parts) -> None:
        """Do nothing yet."""
        self._parts = parts
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._work()))

    def begin(self) -> None:
        """Begin to deliver and to fire timers."""
        self._thread.start()

    def end(self) -> None:
        """End in good order what was begun."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._parts.worker.stop(), self._loop).result()
            self._thread.join()
        self._loop.close()

    async def _work(self) -> None:
        ticks = Ticks()
        forget = self._parts.store.listen(self._parts.worker.wake)
        ticks.start()
        try:
            await self._parts.worker.run(ticks)
        finally:
            forget()
            await ticks.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
