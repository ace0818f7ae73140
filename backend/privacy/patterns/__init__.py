"""Personal data that has a form: contacts, addresses, identifiers, numbers, secrets, dates, in any language.

Nothing is searched by all patterns. A quick look finds the places where something may begin (digits, trigger words, at
signs, long words), and only the patterns that may begin there are tried. A pattern is a row of a table.
"""

from backend.privacy.patterns.scan import scan_patterns

__all__ = ["scan_patterns"]
