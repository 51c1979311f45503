"""A loopback Slack with three people and their channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slack.loopback import LoopbackSlack


@pytest.fixture
async def slack(shared_specs: Path) -> AsyncIterator[LoopbackSlack]:
    """Serving; Mara asks, Jo and Kim help in #it-help, where the app is."""
    loopback = LoopbackSlack(shared_specs)
    mara, jo, kim = (loopback.user(one) for one in ("UMARA", "UJO", "UKIM"))
    loopback.channel("CHELP", "it-help", mara, jo, kim)
    async with loopback.serving():
        yield loopback
