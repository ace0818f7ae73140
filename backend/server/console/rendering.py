"""The console's pages as HTML: by templates that escape all they are given, under headers that let nothing else in."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.responses import HTMLResponse, Response

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
FOLDER = files("backend.server.console") / "templates"
TYPES = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


@cache
def _environment() -> Environment:
    pages = {one.name: one.read_text(encoding="utf-8") for one in FOLDER.iterdir() if one.name.endswith(".html")}
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=DictLoader(pages)
    )
    made.filters["number"] = _number
    made.filters["dollars"] = _dollars
    return made


def render_page(name: str, status: int = 200, **given: Any) -> Response:
    """Render a page.

    Args:
        name: of its template, without `.html`.
        status: of the answer.
        given: what it shows; all of it is escaped.
    """
    body = _environment().get_template(f"{name}.html").render(page=name, **given)
    return HTMLResponse(body, status, headers=dict(HEADERS))


def read_asset(name: str) -> Response:
    """Return the style sheet or the icon."""
    body = (FOLDER / name).read_bytes()
    return Response(body, headers={**HEADERS, "content-type": TYPES[name]})


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _dollars(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.4f}"
