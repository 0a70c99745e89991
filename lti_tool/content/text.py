"""Words written by content authors and by parents: CommonMark to HTML, and what makes two short texts the same."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_SAFE_SCHEMES = frozenset({"", "http", "https", "mailto"})
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´′＇‛ʹ"), "'")
_QUOTES = dict.fromkeys(map(ord, "“”„«»‟″＂"), '"')
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_UNIFIED = {
    **_APOSTROPHES,
    **_QUOTES,
    **_HYPHENS,
    ord("œ"): "oe",
    ord("æ"): "ae",
    0x0640: None,
    0x200E: None,
    0x200F: None,
    0x200B: None,
    0x00AD: None,
}
_FINAL_PUNCTUATION = re.compile(r"[\s.!?;:,…،؛؟]+$")
_SPACES = re.compile(r"\s+")

ProseFault = Literal["html", "image", "unsafe-link"]


def _normalise_once(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_UNIFIED).casefold().translate(_UNIFIED)
    decomposed = unicodedata.normalize("NFKD", folded)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFKC", bare)).strip()
    return _FINAL_PUNCTUATION.sub("", spaced)


def normalise(text: str) -> str:
    """The form under which two short answers are the same answer.

    Case, accents, spaces, kinds of apostrophe, quotation mark and hyphen, and punctuation at the end make no
    difference. Idempotent: Unicode's foldings may open another, so they are repeated until nothing moves.
    """
    current = _normalise_once(text)
    while (following := _normalise_once(current)) != current:
        current = following
    return current


def is_safe_link(address: str) -> bool:
    """Whether a link may stand in a page: http, https, mailto, or relative within the tool."""
    if re.search(r"[\x00-\x20\\]", address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme not in _SAFE_SCHEMES:
        return False
    return bool(parts.scheme) or not (parts.netloc or re.search(r"[%:]", parts.path.split("/")[0]))


class _Renderer(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return is_safe_link(url)


def _words_of_image(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escape(tokens[index].content)


@lru_cache(maxsize=2)
def _parser(html: bool) -> _Renderer:
    parser = _Renderer("commonmark", {"html": html, "typographer": False})
    if not html:
        parser.disable(["html_inline", "html_block"])
        parser.add_render_rule("image", _words_of_image)
    return parser


def _every(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or [])


def _mark_external_links(tokens: list[Token]) -> None:
    for token in _every(tokens):
        if token.type == "link_open" and urlsplit(str(token.attrGet("href") or "")).scheme in {"http", "https"}:
            token.attrSet("rel", "noopener noreferrer")
            token.attrSet("target", "_blank")


@lru_cache(maxsize=4096)
def render(markdown: str) -> str:
    """HTML of a CommonMark text. HTML in the source comes out as text, images too, unsafe links as plain words.

    Links to other sites open in a tab of their own, since the tool itself is often in a frame.
    """
    parser = _parser(html=False)
    tokens = parser.parse(markdown)
    _mark_external_links(tokens)
    return str(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=4096)
def render_inline(markdown: str) -> str:
    """HTML of a CommonMark text of one paragraph, without the paragraph: for labels and headings."""
    parser = _parser(html=False)
    tokens = parser.parseInline(markdown)
    _mark_external_links(tokens)
    return str(parser.renderer.render(tokens, parser.options, {}))


def plain(markdown: str, limit: int | None = None) -> str:
    """The words of a CommonMark text on one line, cut after `limit` characters: for statements and lists."""
    words: list[str] = []
    for token in _every(_parser(html=False).parse(markdown)):
        if token.type in {"text", "code_inline", "code_block", "fence"}:
            words.append(token.content)
        elif token.type in {"softbreak", "hardbreak", "paragraph_close", "heading_close", "list_item_close"}:
            words.append(" ")
    line = _SPACES.sub(" ", "".join(words)).strip()
    if limit is None or len(line) <= limit:
        return line
    return line[: limit - 1].rstrip() + "…"


def prose_faults(markdown: str) -> tuple[ProseFault, ...]:
    """What in a CommonMark text can't be shown: HTML, images, links to anything but http(s), mailto or the tool."""
    found: list[ProseFault] = []
    tokens = list(_every(_parser(html=True).parse(markdown)))
    kinds = {token.type for token in tokens}
    if kinds & {"html_block", "html_inline"}:
        found.append("html")
    if "image" in kinds:
        found.append("image")
    remaining = "".join(token.content for token in tokens if token.type == "text")
    if re.search(r"\]\([^)]*\)", remaining):
        found.append("unsafe-link")
    return tuple(found)
