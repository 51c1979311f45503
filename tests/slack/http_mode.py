"""HTTP mode: signed requests to the address that the app listens on."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from tests.slack.delivery import Answer, Delivery
from tests.slack.things import Json
from tests.slack.workspace import Workspace

REASONS = {"timeout": "http_timeout", "connection_lost": "connection_failed"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where events, commands and clicks go: the request URLs of the app's configuration."""

    events: str
    commands: str
    interactivity: str

    @staticmethod
    def all_at(url: str) -> Addresses:
        """One address for everything, as Bolt has it."""
        return Addresses(url, url, url)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a raw body."""
    base = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpMode:
    """Posts what happens, and reads the answer as Slack does."""

    def __init__(self, slack: Workspace, addresses: Addresses, ack_within: float) -> None:
        self.slack = slack
        self.addresses = addresses
        self.ack_within = ack_within  # real seconds
        self.signs_at = slack.clock.now  # the machine's time where the app compares with that
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, delivery: Delivery) -> Answer:
        """Post one delivery and wait for the answer."""
        try:
            return await self._posted(delivery)
        except TimeoutError:
            return Answer(is_acked=False, trouble="timeout")
        except (aiohttp.ClientError, OSError):
            return Answer(is_acked=False, trouble="connection_lost")

    async def _posted(self, delivery: Delivery) -> Answer:
        address, body, headers = self._written(delivery)
        headers |= self.signed(body)
        if delivery.retry_attempt:
            reason = REASONS.get(delivery.retry_reason, "http_error")
            headers["X-Slack-Retry-Num"] = str(delivery.retry_attempt)
            headers["X-Slack-Retry-Reason"] = reason
        limit = aiohttp.ClientTimeout(total=self.ack_within)
        session = self._open_session()
        async with session.post(address, data=body, headers=headers, timeout=limit) as response:
            text = await response.text()
            if response.status != 200:
                no_retry = {"no_retry": True} if "X-Slack-No-Retry" in response.headers else {}
                trouble = f"http_{response.status}"
                return Answer(is_acked=False, payload=no_retry, trouble=trouble)
            return self._read(delivery, response.content_type, text)

    def _read(self, delivery: Delivery, content_type: str, text: str) -> Answer:
        if not text or not delivery.takes_answer:
            return Answer(is_acked=True)
        if content_type != "application/json":
            return Answer(is_acked=True, payload={"text": text})
        try:
            payload = json.loads(text)
        except ValueError:
            self.slack.complaints.append("an answer that calls itself JSON and is not")
            return Answer(is_acked=False, trouble="invalid_response")
        return Answer(is_acked=True, payload=payload if isinstance(payload, dict) else {})

    def _written(self, delivery: Delivery) -> tuple[str, bytes, dict[str, str]]:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        if delivery.kind == "events_api":
            body = json.dumps(delivery.payload).encode()
            return self.addresses.events, body, {"Content-Type": "application/json"}
        if delivery.kind == "slash_commands":
            return self.addresses.commands, urlencode(delivery.payload).encode(), form
        wrapped = urlencode({"payload": json.dumps(delivery.payload)}).encode()
        return self.addresses.interactivity, wrapped, form

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers that prove a body to be Slack's."""
        timestamp = str(int(self.signs_at()))
        return {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.slack.app.signing_secret, timestamp, body),
        }

    async def verify_address(self) -> bool:
        """What Slack does when the address is entered: send a challenge and expect it back."""
        challenge: Json = {"type": "url_verification", "token": "old", "challenge": "3eZbrw1aB"}
        body = json.dumps(challenge).encode()
        headers = {"Content-Type": "application/json", **self.signed(body)}
        async with self._open_session().post(
            self.addresses.events, data=body, headers=headers
        ) as response:
            return response.status == 200 and "3eZbrw1aB" in await response.text()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def close(self) -> None:
        """Close what was opened."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)
