"""How Sphinx builds the site. Only `python -m docs.site` uses it: it lays out the pages first."""

from __future__ import annotations

import re

from laptime import __version__

project = "laptime"
author = "the authors of laptime"
project_copyright = author
release = __version__
html_title = f"laptime {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

# Headings get the names that GitHub gives them, so that a link works in both places.
myst_heading_anchors = 4
# Docstrings set code in single backticks, as Markdown does.
default_role = "code"
highlight_language = "none"
smartquotes = False  # what stands in quotes is often to be typed
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types of other packages have no page here
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 80

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/favicon.svg"
html_copy_source = False
html_domain_indices = False
html_use_index = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}

# What Sphinx and the theme leave to be desired by whoever has no mouse or no screen.
REACHABLE = {
    "furo_navigation_tree": {'role="heading"': 'role="heading" aria-level="2"'},
    "body": {
        "<pre>": '<pre tabindex="0">',
        '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    },
}


def make_reachable(app, pagename, templatename, context, doctree) -> None:
    """Captions get the level of their heading; what may scroll can be scrolled by keys."""
    for part, changes in REACHABLE.items():
        for written, wanted in changes.items():
            if part in context:
                context[part] = context[part].replace(written, wanted)


# A star or a last underscore that reStructuredText would take for a mark; not the star of `*names`.
MARK = re.compile(r"(?<!\\)(?<=[^\s*])\*|(?<=[^\s*] )\*(?=\w)|(?<=\w)_(?!\w)")
CODE = re.compile(r"(`+[^`]+`+)")


def as_written(app, what, name, obj, options, lines) -> None:
    """Docstrings are plain text with code in backticks: nothing else in them is a mark."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith(">>>"):
            parts = CODE.split(line)
            parts[::2] = [MARK.sub(r"\\\g<0>", part) for part in parts[::2]]
            lines[number] = "".join(parts)


class OneLiners:
    """Docstrings of fields, which napoleon would cut in two at their first colon."""

    def __init__(self) -> None:
        self.kept: dict[str, list[str]] = {}

    def keep(self, app, what, name, obj, options, lines) -> None:
        """Before napoleon has seen them."""
        if what in {"attribute", "property", "data"}:
            self.kept[name] = list(lines)

    def restore(self, app, what, name, obj, options, lines) -> None:
        """After it."""
        lines[:] = self.kept.pop(name, lines)


def setup(app) -> None:
    """Called by Sphinx; napoleon listens with priority 500, the theme too."""
    fields = OneLiners()
    app.connect("autodoc-process-docstring", as_written, priority=300)
    app.connect("autodoc-process-docstring", fields.keep, priority=400)
    app.connect("autodoc-process-docstring", fields.restore, priority=600)
    app.connect("html-page-context", make_reachable, priority=900)
