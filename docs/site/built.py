"""Reads a built site: does every link lead somewhere, and is nothing fetched from elsewhere?"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

_ELSEWHERE = re.compile(r"(https?:)?//", re.IGNORECASE)
_FETCHED = {
    **dict.fromkeys(
        ("script", "img", "iframe", "source", "video", "audio", "embed"), ("src", "srcset")
    ),
    "link": ("href",),
    "object": ("data",),
}
"""Tag -> attributes whose target a browser fetches by itself."""
_KEPT_RELATIONS = {"canonical", "alternate", "author", "license", "edit"}
"""Relations of <link> that a browser does not fetch."""
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag is called, leads to and fetches."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") in _KEPT_RELATIONS:
            return
        self.fetched += [given[name] for name in _FETCHED.get(tag, ()) if name in given]
        self.fetched += _urls(given.get("style", ""))

    def handle_data(self, data: str) -> None:
        """Note what a style within the page fetches."""
        if self.cdata_elem == "style":
            self.fetched += _urls(data)


def problems(site: Path) -> list[str]:
    """One line for every link that leads nowhere and everything that another host would be asked for.

    Raises:
        FileNotFoundError: the folder has no built page.
    """
    site = site.resolve()
    pages = {path: _Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    if not pages:
        raise FileNotFoundError(f"{site} has no page; build it first")
    found = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        found += [f"{name}: fetches {each}" for each in page.fetched if _ELSEWHERE.match(each)]
        local = [each for each in page.fetched if not re.match(r"[a-z]+:|//", each)]
        found += [
            f"{name}: leads nowhere: {each}"
            for each in dict.fromkeys([*page.links, *local])
            if not _leads_somewhere(each, path, pages, site)
        ]
    return found + [line for path in sorted(site.rglob("*.css")) for line in _style(path, site)]


def _leads_somewhere(link: str, page: Path, pages: dict[Path, _Page], site: Path) -> bool:
    if _ELSEWHERE.match(link) or link.startswith(("mailto:", "data:")):
        return True
    name, _, anchor = unquote(link).partition("#")
    name = name.partition("?")[0]
    start = site if name.startswith("/") else page.parent
    target = (start / name.lstrip("/")).resolve() if name else page
    if not target.exists():
        return False
    return not anchor or target not in pages or anchor in pages[target].anchors


def _style(path: Path, site: Path) -> list[str]:
    urls = _urls(path.read_text("utf-8"))
    return [
        f"{path.relative_to(site).as_posix()}: fetches {url}"
        for url in urls
        if _ELSEWHERE.match(url)
    ]


def _urls(style: str) -> list[str]:
    return [first or second for first, second in _CSS_URL.findall(style)]
