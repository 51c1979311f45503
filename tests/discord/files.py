"""Files as Discord keeps, names and describes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

Json = dict[str, Any]


class Files:
    """Keeps files. `host` is where they are handed out."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._contents: dict[str, bytes] = {}
        self.host = ""

    def keep(self, name: str, content: bytes, media_type: str) -> Json:
        """Keep a file and describe it."""
        made = self._new_id()
        self._contents[made] = content
        plain = cleansed(name)
        address = f"{self.host}/files/{made}/{plain}"
        described: Json = {
            "id": made,
            "filename": plain,
            "size": len(content),
            "content_type": media_type,
            "url": address,
            "proxy_url": address,
        }
        return described | ({"title": PurePath(name).stem} if plain != name else {})

    def content(self, file: str) -> bytes:
        """Return what is in a file."""
        return self._contents[file]


def cleansed(name: str) -> str:
    """Return the name that Discord gives a file: nothing but plain letters, digits and `._-`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9_.-]", "", "_".join(plain.split())).strip("._")
    return kept or "unknown"


def shown_name(file: Json) -> str:
    """Return what people read: the name a file was sent by."""
    title = file.get("title")
    return f"{title}{PurePath(file['filename']).suffix}" if title else str(file["filename"])
