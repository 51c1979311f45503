"""What makes a message of ours the one it is: a nonce for Discord, and a number to find it by.

Discord keeps one message for each nonce of an author for a few minutes. After that it is looked
for: the frame of its components carries a number that nobody sees, and that edits keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from chatdesk.adapters.discord.texts import Json

_LEAST = 1 << 16
"""Components without a number get one from 1 on."""


def nonce_of(key: str, number: int = 0) -> str:
    """Return the nonce of a row, or of a further message that it takes: 24 characters."""
    return hashlib.blake2s(f"{key}:{number}".encode(), digest_size=12).hexdigest()


def number_of(key: str, *, is_one_of_many: bool = False) -> int:
    """Return the number by which a message is found; another one if others belong to it."""
    kind = "many" if is_one_of_many else "one"
    found = hashlib.blake2s(f"{kind}:{key}".encode(), digest_size=4).digest()
    return _LEAST + int.from_bytes(found, "big") % ((1 << 31) - _LEAST)


def numbered(body: Json, number: int) -> Json:
    """Return a message's body whose frame carries a number."""
    first, *rest = body["components"]
    return body | {"components": [first | {"id": number}, *rest]}


def number_in(message: Mapping[str, Any]) -> int:
    """Return the number that a message carries, 0 for one that is not ours."""
    components = message.get("components") or ()
    return int(components[0].get("id") or 0) if components else 0
