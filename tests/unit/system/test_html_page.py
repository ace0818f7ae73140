"""A page in one file: what is given is escaped, nothing is loaded, and its own policy lets nothing run."""

import base64
import hashlib
import re

from backend.system.html_page import render_page


def test_a_page_holds_its_style_and_escapes_what_it_is_given(tmp_path, monkeypatch):
    package = tmp_path / "shown_here"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "told.html").write_text(
        '{% extends "html_page" %}\n{% block title %}{{ said | loud }}{% endblock %}\n'
        '{% block body %}<p title="{{ said }}">{{ said }}</p>{% endblock %}\n'
    )
    (package / "told.css").write_text("p { color: var(--ink); }\n")
    monkeypatch.syspath_prepend(tmp_path)
    page = render_page("shown_here", "told", {"loud": str.upper}, said='<script>"&')
    assert '<p title="&lt;script&gt;&#34;&amp;">&lt;script&gt;&#34;&amp;</p>' in page
    assert "<title>&lt;SCRIPT&gt;&#34;&amp;</title>" in page
    assert not re.search(r"<script|https?:|url\(|@import|\son\w+=", page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style.endswith("p { color: var(--ink); }\n")
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'" in page
