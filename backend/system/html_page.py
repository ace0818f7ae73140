"""HTML pages in one file each, which need no network and no scripts: what they have in common, and how they are made.

A page is a template NAME.html that extends `html_page.html`, and a style NAME.css that follows `html_page.css`, and
`report_page.css` if it is a report to be printed.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

SHELL = "html_page"


def render_page(
    package: str, name: str, filters: Mapping[str, Callable[..., Any]], *, is_report: bool = False, **values: Any
) -> str:
    """Write a page; all that is given is escaped. Its own policy lets it load nothing, and run nothing.

    Args:
        package: where its template and its style stand.
        name: theirs, without an ending.
        filters: what the template may write values with.
        is_report: whether it is to be printed and filed.
        values: what it shows.
    """
    style = page_style(package, name, is_report=is_report)
    templates = DictLoader({SHELL: _file("backend.system", f"{SHELL}.html"), name: _file(package, f"{name}.html")})
    environment = Environment(
        loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(filters)
    return environment.get_template(name).render(
        **values,
        style=Markup(style),  # noqa: S704  # files of ours
        style_hash=style_hash(style),
    )


def page_style(package: str, name: str, *, is_report: bool = False) -> str:
    """Return a page's style; the arguments are as above."""
    report = _file("backend.system", "report_page.css") if is_report else ""
    return _file("backend.system", f"{SHELL}.css") + report + _file(package, f"{name}.css")


def style_hash(style: str) -> str:
    """Return what a Content-Security-Policy calls a style by, without `sha256-`."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _file(package: str, name: str) -> str:
    return (files(package) / name).read_text(encoding="utf-8")
