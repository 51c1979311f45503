"""How many examples a law is tried with: few usually, `CHATDESK_LAWS` times as many if set."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("CHATDESK_LAWS", "1"))


def laws(examples: int, *, steps: int = 50) -> settings:
    """Return settings for so many examples; the usual run tries the same ones every time."""
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
