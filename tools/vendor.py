"""Copies the few third-party files that we serve (and the one that tests inject) out of a node_modules folder.

    python tools/vendor.py NODE_MODULES

Nothing of those packages runs: published files are read, and each is listed in VENDOR.toml with package, version,
licence and checksum. A test holds the folder against that list.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src/findigi/web/vendor"
TESTS = ROOT / "tests/browser/vendor"
LIST = "VENDOR.toml"
ICONS = (
    "arrow-right",
    "arrow-up-right",
    "ban",
    "book-open",
    "check",
    "chevron-down",
    "chevron-right",
    "circle-alert",
    "circle-check",
    "circle-x",
    "clock",
    "code",
    "compass",
    "copy",
    "file-json",
    "file-text",
    "flask-conical",
    "info",
    "key-round",
    "landmark",
    "lock",
    "menu",
    "minus",
    "monitor",
    "moon",
    "plus",
    "search",
    "shield-check",
    "sun",
    "terminal",
    "triangle-alert",
    "users",
    "wallet",
    "webhook",
    "x",
)


@dataclass(frozen=True)
class Source:
    """One published file and the name that it has here."""

    package: str
    path: str
    name: str


WEB_FILES = (
    Source("htmx.org", "dist/htmx.min.js", "htmx.js"),
    Source("basecoat-css", "dist/basecoat-base.cdn.min.css", "basecoat.css"),
    Source("basecoat-css", "dist/js/basecoat.min.js", "basecoat.js"),
    Source("basecoat-css", "dist/js/tabs.min.js", "basecoat-tabs.js"),
    Source("basecoat-css", "dist/js/dropdown-menu.min.js", "basecoat-dropdown-menu.js"),
    Source(
        "@fontsource-variable/instrument-sans",
        "files/instrument-sans-latin-wght-normal.woff2",
        "instrument-sans.woff2",
    ),
    Source("@fontsource-variable/geist-mono", "files/geist-mono-latin-wght-normal.woff2", "geist-mono.woff2"),
)
TEST_FILES = (Source("axe-core", "axe.min.js", "axe.js"),)


def main(node_modules: Path) -> None:
    """Writes both folders anew."""
    _write(node_modules, WEB, WEB_FILES, icons=True)
    _write(node_modules, TESTS, TEST_FILES, icons=False)


def _write(node_modules: Path, folder: Path, sources: tuple[Source, ...], *, icons: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows: list[tuple[str, str, str]] = []
    for source in sources:
        _copy(node_modules / source.package / source.path, folder / source.name)
        rows.append((source.name, source.package, source.path))
    if icons:
        rows.extend(_icons(node_modules / "lucide-static/icons", folder))
    for package in sorted({package for _, package, _ in rows}):
        licence = next(path for path in (node_modules / package).iterdir() if path.stem == "LICENSE")
        name = "LICENSE-" + package.rpartition("/")[2]
        (folder / name).write_text(licence.read_text("utf-8"), "utf-8")
        rows.append((name, package, licence.name))
    entries = [_entry(node_modules, folder, *row) for row in sorted(rows)]
    head = "# Written by tools/vendor.py. Files of others, unchanged but for the pointers to source maps.\n\n"
    (folder / LIST).write_text(head + "\n".join(entries), "utf-8")


def _copy(source: Path, target: Path) -> None:
    if target.suffix == ".woff2":
        shutil.copyfile(source, target)
    else:
        text = re.sub(r"\n?//# sourceMappingURL=.*\s*$", "", source.read_text("utf-8"))
        target.write_text(text.rstrip("\n") + "\n", "utf-8")


def _icons(icons: Path, folder: Path) -> list[tuple[str, str, str]]:
    """One sprite of all icons, and single files for the two that style sheets use as masks."""
    inner = {name: _inside((icons / f"{name}.svg").read_text("utf-8")) for name in ICONS}
    symbols = "".join(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>' for name, body in inner.items())
    (folder / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n', "utf-8")
    for name in ("chevron-down", "check"):
        drawn = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner[name]}</svg>\n'
        )
        (folder / f"{name}.svg").write_text(drawn, "utf-8")
    return [(f"{name}.svg", "lucide-static", "icons") for name in ("icons", "chevron-down", "check")]


def _inside(svg: str) -> str:
    found = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if found is None:
        raise ValueError("not an SVG file")
    return re.sub(r"\s+", " ", found[1]).strip()


def _entry(node_modules: Path, folder: Path, name: str, package: str, path: str) -> str:
    about = json.loads((node_modules / package / "package.json").read_text("utf-8"))
    values = {
        "file": name,
        "package": package,
        "version": about["version"],
        "licence": about["license"],
        "from": path,
        "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
    }
    return "[[file]]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
