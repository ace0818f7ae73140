"""HTML → the text that an annotator sees, and where each piece of it stands in Label Studio's count.

Label Studio's `globalOffsets` count the characters of all text nodes of the body, whitespace, `<style>` and `<option>`
included, and each `<br>` as one; it cuts scripts, frames and comments out before. A `<noscript>` is one text to a
browser that runs scripts: the markup that Label Studio's cleaning has left of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from selectolax.lexbor import LexborHTMLParser

CUT = frozenset({"script", "iframe", "template"})
"""Tags whose text Label Studio, or the browser, cuts out."""
HIDDEN = frozenset({"style", "title", "textarea", "option"})
"""Tags whose text is counted, but not seen, or not as a part of the text."""
VOID = frozenset({"area", "base", "basefont", "br", "hr", "img", "input", "link", "meta"})
"""Tags without an end, as Label Studio's cleaning writes them."""
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p"}
    | {"pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"}
)
CELLS = frozenset({"td", "th"})

NEVER_EMPTY = frozenset(
    "class content dir height href id lang name rel src srcset style target title type value width".split()
)
"""Attributes that it leaves out where they have no value."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the HTML's text.

    Attributes:
        text: its characters; "" for a border between blocks.
        counted: whether Label Studio counts it.
        seen: whether an annotator sees it.
    """

    text: str
    counted: bool = True
    seen: bool = True


NEW_LINE = Piece("\n", counted=False)
GAP = Piece(" ", counted=False)


def read_html(html: str, *, is_inline: bool = False) -> Iterator[Piece]:
    """Yield the pieces of an HTML text in their order.

    Args:
        html: a document, or a part of one.
        is_inline: whether it stands within Label Studio's own page, so that what its head holds is counted too.
    """
    body = LexborHTMLParser(("<body>" if is_inline else "") + _with_new_lines(html), scripting=True).body
    yield from _pieces(body) if body is not None else ()


def _with_new_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def visible_text(html: str) -> str:
    """Return the text of HTML as one line, such as a choice's `html`."""
    return " ".join("".join(piece.text for piece in read_html(html) if piece.seen).split())


def _pieces(parent: Any) -> Iterator[Piece]:
    # By a stack: HTML may be nested deeper than Python calls.
    stack: list[tuple[Any, bool]] = [(parent.child, False)]
    while stack:
        node, hidden = stack.pop()
        if isinstance(node, Piece):
            yield node
            continue
        if node is None:
            continue
        stack.append((node.next, hidden))
        tag = node.tag
        if tag == "-text":
            # Label Studio cleans HTML and has it read once more, so that returns written as entities are new lines too.
            yield from _text(_with_new_lines(node.text_content or ""), hidden)
        elif tag == "noscript":
            yield Piece("".join(_cleaned(node.text())), seen=False)
        elif tag == "br":
            yield Piece("\n", seen=not hidden)
        elif tag in BLOCKS or tag in CELLS:
            border = NEW_LINE if tag in BLOCKS else GAP
            yield border
            stack.append((border, hidden))
            stack.append((node.child, hidden))
        elif not tag.startswith("-") and tag not in CUT:
            stack.append((node.child, hidden or tag in HIDDEN))


def _cleaned(html: str) -> Iterator[str]:
    """Yield HTML as Label Studio's cleaning writes it."""
    body = LexborHTMLParser("<body>" + html).body
    stack: list[Any] = [body.child] if body is not None else []
    while stack:
        node = stack.pop()
        if node is None:
            continue
        if isinstance(node, str):
            yield node
            continue
        stack.append(node.next)
        if node.tag == "-text":
            yield escape(node.text_content or "", quote=False)
        elif not node.tag.startswith("-") and node.tag not in ("script", "iframe"):
            is_void = node.tag in VOID
            yield f"<{node.tag}{_attributes(node)}{' /' if is_void else ''}>"
            stack += [] if is_void else [f"</{node.tag}>", node.child]


def _attributes(node: Any) -> str:
    return "".join(_attribute(name, value or "") for name, value in node.attributes.items())


def _attribute(name: str, value: str) -> str:
    if name.startswith("on") or (not value and name in NEVER_EMPTY):
        return ""
    is_bare = not value and name != "alt"
    return f" {name}" if is_bare else f' {name}="{escape(value, quote=False).replace(chr(34), "&quot;")}"'


def _text(text: str, hidden: bool) -> Iterator[Piece]:
    if hidden or (not text.strip() and "\n" in text):  # the source's own indentation
        yield Piece(text, seen=False)
        if not hidden:
            yield GAP
    else:
        yield Piece(text)
