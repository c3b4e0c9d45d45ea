"""Files that pages link to: own and vendored ones, each at an address that carries a hash of its content.

An address therefore never changes its bytes and may be kept for ever; a new release has new addresses. Everything is
read once and kept in memory (about 400 kB), texts also in their packed form.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = "/assets/"
MEDIA = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
STYLE = "findigi.css"
_URL = re.compile(r'url\("([^":]+)"\)')


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `packed` is None where packing gains nothing (fonts)."""

    name: str
    url: str
    media: str
    body: bytes
    packed: bytes | None


class Assets:
    """All files by name and by address. A style sheet's `url("name")` becomes that file's address."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._by_name: dict[str, Asset] = {}
        self._by_url: dict[str, Asset] = {}
        files = sorted(
            [*(folder / "vendor").iterdir(), *(folder / "static").iterdir(), *(folder / "static/js").iterdir()]
        )
        for file in sorted((file for file in files if file.suffix in MEDIA), key=lambda file: file.suffix == ".css"):
            self._keep(file.name, file.read_bytes())
        sheets = sorted((folder / "static/css").glob("*.css"))
        self._keep(STYLE, b"\n".join(sheet.read_bytes() for sheet in sheets))

    def url(self, name: str) -> str:
        """The address of a file; an unknown name is a fault of ours and raises KeyError."""
        return self._by_name[name].url

    def find(self, url: str) -> Asset | None:
        """The file at that address, or None."""
        return self._by_url.get(url)

    def named(self, name: str) -> Asset:
        """The file of that name."""
        return self._by_name[name]

    @property
    def all(self) -> tuple[Asset, ...]:
        """Every file."""
        return tuple(self._by_name.values())

    def _keep(self, name: str, body: bytes) -> None:
        if name in self._by_name:
            raise ValueError(f"two files are called {name!r}")
        stem, dot, suffix = name.rpartition(".")
        if suffix == "css":
            body = _URL.sub(lambda match: f'url("{self.url(match[1])}")', body.decode()).encode()
        url = f"{ROOT}{stem}.{hashlib.sha256(body).hexdigest()[:12]}{dot}{suffix}"
        packed = None if suffix == "woff2" else gzip.compress(body, 9, mtime=0)
        asset = Asset(name, url, MEDIA[dot + suffix], body, packed)
        self._by_name[name] = self._by_url[url] = asset
