import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.content.text import is_safe_link, normalise, plain, prose_faults, render, render_inline


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet="aàâeéèêëcçoôœiîuûù' ’-‑.!", max_size=40))
def test_case_never_matters(text: str) -> None:
    assert normalise(text.upper()) == normalise(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  ÉDUCONNECT ", "ÉduConnect"),
        ("l'ent", "L’ENT"),
        ("l`ENT.", "L’ENT"),
        ("emploi   du\u00a0temps !", "emploi du temps"),
        ("porte‑clés", "porte-cles"),
        ("«\u00a0bonjour\u00a0»", "“\u00a0bonjour\u00a0”"),
        ("cœur", "COEUR"),
        ("ﬁn…", "fin"),
        ("مُدَرِّس", "مدرس"),
        ("مدرس؟", "مدرس"),
        ("e\u0301cole", "école"),
    ],
)
def test_two_ways_of_writing_are_the_same_answer(typed: str, meant: str) -> None:
    assert normalise(typed) == normalise(meant)


def test_different_words_stay_different() -> None:
    assert normalise("educonnect") != normalise("edu connect")
    assert normalise("3018") != normalise("3081")


def test_commonmark_becomes_html() -> None:
    assert render("Un **ENT** est :\n\n- un site\n") == (
        "<p>Un <strong>ENT</strong> est :</p>\n<ul>\n<li>un site</li>\n</ul>\n"
    )


def test_a_link_to_another_site_opens_apart_and_tells_it_nothing() -> None:
    html = render("[là](https://educonnect.education.gouv.fr)")
    assert 'rel="noopener noreferrer"' in html
    assert 'target="_blank"' in html


def test_a_relative_link_stays_in_the_tool() -> None:
    assert render_inline("[là](../suite)") == '<a href="../suite">là</a>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//ailleurs.example/",
        "\\\\ailleurs",
        "file:///etc/passwd",
        "ftp://x",
    ],
)
def test_an_unsafe_link_is_not_a_link(address: str) -> None:
    assert not is_safe_link(address)
    assert "<a " not in render(f"[x](<{address}>)")


@pytest.mark.parametrize("address", ["https://a.fr/b?c#d", "http://a.fr", "mailto:a@b.fr", "suite", "/x", "#ici", ""])
def test_a_safe_link_is_one(address: str) -> None:
    assert is_safe_link(address)


def test_html_in_the_source_comes_out_as_text() -> None:
    html = render("<script>alert(1)</script>\n\nun <b onclick=x>mot</b>")
    assert "<script" not in html
    assert "<b " not in html


def test_an_image_is_only_its_words() -> None:
    assert render("![un <chat>](https://a.fr/c.png)") == "<p>un &lt;chat&gt;</p>\n"


@given(st.text(max_size=200))
def test_no_text_ever_brings_a_script_or_an_image(text: str) -> None:
    html = render(text).lower()
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Un texte, < 3 et **gras**, a <3.", ()),
        ("<b>x</b>", ("html",)),
        ("<div>\nx\n</div>", ("html",)),
        ("![x](y.png)", ("image",)),
        ("[x](javascript:1)", ("unsafe-link",)),
        ("[x](https://a.fr) et (ceci) [cela]", ()),
    ],
)
def test_what_a_text_may_not_hold_is_named(text: str, found: tuple[str, ...]) -> None:
    assert prose_faults(text) == found


def test_plain_words_stand_on_one_line_and_are_cut() -> None:
    assert plain("# Titre\n\nUn **mot**\net `deux`.\n\n- trois") == "Titre Un mot et deux. trois"
    assert plain("abcdefghij", 5) == "abcd…"
    assert len(plain("mot " * 400, 120)) <= 120
