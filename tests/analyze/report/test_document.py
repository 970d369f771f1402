import base64
import hashlib
import json
import os
import re
import stat
from html.parser import HTMLParser

import pytest
from hypothesis import given, strategies as st

from slm_instrument.analyze.report.document import document, embedded, write_private
from slm_instrument.errors import InputError


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.texts, self.open = [], {}, False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.open = True

    def handle_endtag(self, tag):
        self.open = False

    def handle_data(self, data):
        if self.open:
            self.texts[len(self.found) - 1] = self.texts.get(len(self.found) - 1, "") + data

    def texts_of(self, tag):
        return [self.texts.get(at, "") for at, (name, _) in enumerate(self.found) if name == tag]


@given(st.text() | st.just("</script><!-- \u2028 &lt;"))
def test_no_text_ends_the_element_that_the_data_is_in(text):
    inside = embedded({"text": text})
    assert not set("<>&\u2028\u2029") & set(inside)
    assert json.loads(inside) == {"text": text}


def test_data_adds_no_element_to_the_page(made):
    plain, hostile = (
        Elements(document({"text": ""})),
        Elements(document({"text": made.hostile, "@DATA@": "<!--@STYLE@-->"})),
    )
    assert [tag for tag, _ in plain.found] == [tag for tag, _ in hostile.found]
    assert json.loads(hostile.texts_of("script")[0])["text"] == made.hostile


def test_the_policy_allows_the_pages_own_script_and_style_and_nothing_else():
    page = Elements(document({}))
    (policy,) = (attrs["content"] for tag, attrs in page.found if attrs.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": digest(page.texts_of("script")[1]),
        "style-src": digest(page.texts_of("style")[0]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_page_names_nothing_to_load_and_makes_no_markup_of_texts():
    page = document({})
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#)""", page)
    assert not re.search(r"@import|url\(", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", page)
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource|import\(", page)


def test_a_file_is_its_owners_alone_and_whole_or_not_there(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["page.html"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    write_private(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"


@pytest.mark.parametrize("name", ["missing/page.html", ""])
def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path, name):
    with pytest.raises(InputError, match="the report cannot be written to"):
        write_private(tmp_path / name, "text")
