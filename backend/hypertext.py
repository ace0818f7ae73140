"""HTML → the text that an annotator sees, and where each piece of it stands in Label Studio's count.

Label Studio's `globalOffsets` count the characters of all text nodes of the body, whitespace and `<style>` included,
and each `<br>` as one; it cuts scripts, frames and comments out before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

CUT = frozenset({"script", "iframe", "textarea", "option", "noscript", "template"})
"""Tags whose text Label Studio cuts out."""
HIDDEN = frozenset({"style", "title"})
"""Tags whose text is counted, but not seen."""
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p"}
    | {"pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"}
)
CELLS = frozenset({"td", "th"})


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
    body = LexborHTMLParser(("<body>" if is_inline else "") + _with_new_lines(html)).body
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
        elif tag == "br":
            yield Piece("\n", seen=not hidden)
        elif tag in BLOCKS or tag in CELLS:
            border = NEW_LINE if tag in BLOCKS else GAP
            yield border
            stack.append((border, hidden))
            stack.append((node.child, hidden))
        elif not tag.startswith("-") and tag not in CUT:
            stack.append((node.child, hidden or tag in HIDDEN))


def _text(text: str, hidden: bool) -> Iterator[Piece]:
    if hidden or (not text.strip() and "\n" in text):  # the source's own indentation
        yield Piece(text, seen=False)
        if not hidden:
            yield GAP
    else:
        yield Piece(text)
