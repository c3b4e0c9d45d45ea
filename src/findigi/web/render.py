"""Templates: one engine for all pages, with what every template may call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType] -- its options are untyped

from findigi.web.assets import Assets

TEMPLATES = Path(__file__).parent / "templates"
_formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def environment(assets: Assets) -> Environment:
    """The template engine. A name that a page does not give is an error, never an empty text."""
    engine = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    cast("dict[str, object]", engine.globals)["asset"] = assets.url
    engine.filters["code"] = code
    engine.filters["prose"] = prose
    engine.filters["breakable"] = breakable
    return engine


@lru_cache(maxsize=4096)
def code(source: str, lexer: str) -> Markup:
    """Source text with its syntax marked up."""
    options = {"startinline": True} if lexer == "php" and not source.startswith("<?") else {}
    marked = highlight(source, get_lexer_by_name(lexer, stripnl=False, ensurenl=False, **options), _formatter)
    return Markup(marked.rstrip("\n"))  # noqa: S704 -- the highlighter escapes what it marks up


def prose(text: str) -> Markup:
    """A sentence of ours as HTML: `code` between backticks and **bold**, all else escaped."""
    return Markup("").join(_pieces(text))


def _pieces(text: str) -> Iterator[Markup]:
    for i, part in enumerate(text.split("`")):
        if i % 2:
            yield Markup("<code>{}</code>").format(part)
            continue
        for j, plain in enumerate(part.split("**")):
            yield Markup("<strong>{}</strong>").format(plain) if j % 2 else escape(plain)


def breakable(name: str, at: str = "/") -> Markup:
    """A long name that may wrap after each `at`; copied, it is the same name."""
    return (escape(at) + Markup("<wbr>")).join(name.split(at))
