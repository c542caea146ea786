"""The site of docs/: its navigation, its generated reference, and the reader of what was built."""

from __future__ import annotations

import inspect
import re

import click
import pytest
from docs.site import built, commands, conf, flags, marks, names, pages, reference
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import laptime
from laptime import errors, registry
from laptime.cli import COMMANDS, root
from tests import prose


@pytest.fixture(scope="module")
def generated():
    return reference.generate()


def section(text, heading):
    """What stands below a heading, up to the next of its level."""
    found = re.split(rf"^## {re.escape(heading)}$", text, flags=re.MULTILINE)
    return re.split(r"^## ", found[1], flags=re.MULTILINE)[0] if len(found) == 2 else ""


# Navigation


def test_every_page_is_in_the_navigation_once():
    index = (pages.DOCS / "index.md").read_text("utf-8")
    listed = [page for each in pages.sections(index) for page in each.pages]
    assert sorted([*listed, "index"]) == sorted(path.stem for path in pages.DOCS.glob("*.md"))


def test_the_sections_are_those_of_the_map():
    index = "# T\n## A\n| read | to |\n|---|---|\n| [x](x-y.md) | z |\n## No table\n[b](b.md)\n"
    assert pages.sections(index) == [pages.Section("A", ["x-y"])]
    found = [each.title for each in pages.sections((pages.DOCS / "index.md").read_text("utf-8"))]
    assert found == ["Start", "Guides", "Concepts", "Reference"]


def test_the_pages_are_laid_out(tmp_path):
    pages.lay_out(tmp_path, {"made": "# Made\n"})
    index = (tmp_path / "index.md").read_text("utf-8")
    assert index.count("```{toctree}") == 4
    assert "\nreference/made\nrecords\n" in index
    assert (tmp_path / "reference" / "made.md").read_text("utf-8") == "# Made\n"
    assert f"]({pages.REPOSITORY}src/" in (tmp_path / "probe.md").read_text("utf-8")
    for name in re.findall(r"]\(((?:schema|notebooks)/[^)#]+)\)", all_pages()):
        assert (tmp_path / name).read_bytes() == (pages.DOCS / name).read_bytes()


def all_pages():
    return "".join(path.read_text("utf-8") for path in sorted(pages.DOCS.glob("*.md")))


# The reference


def untold(text):
    """Commands and options of the command line that the page does not tell."""
    missing = []
    for name in COMMANDS:
        command = root.get_command(click.Context(root), name)
        assert command is not None
        parts = {name: command}
        if isinstance(command, click.Group):
            parts |= {f"{name} {inner}": each for inner, each in command.commands.items()}
        for path, each in parts.items():
            told = section(text, f"laptime {path}")
            wanted = [option for parameter in each.params for option in parameter.opts]
            shown = [option for option in wanted if option.startswith("-")]
            missing += [
                f"{path} {option}"
                for option in shown
                if not re.search(rf"`(-\w, )?{option}\b", told)
            ]
            missing += [] if told and marks.prose(each.help or "") in told else [path]
    return missing


def test_every_command_and_option_is_told(generated):
    assert untold(generated["command-line"]) == []


def test_what_is_not_told_is_found(generated):
    text = generated["command-line"].replace("## laptime data fetch", "").replace("`--soak", "")
    assert untold(text) == [
        "run --soak",
        "data fetch --data-dir",
        "data fetch --json",
        "data fetch",
    ]


def test_the_walk_goes_on_after_a_command_was_opened():
    paths = [[context.command_path for context in commands.contexts()] for _ in range(2)]
    assert paths[0] == paths[1]
    assert len(paths[0]) > len(COMMANDS)


def test_every_exit_code_has_its_meaning(generated):
    codes = {str(value) for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert set(prose.table(generated["command-line"], "Exit codes")) == codes


def test_every_public_name_is_told(generated):
    assert all(f"laptime.{name}\n" in generated["python"] or f"`laptime.{name}`" in generated["python"]
               for name in laptime.__all__)  # fmt: skip
    assert all(inspect.getdoc(getattr(laptime, name)) for name in laptime.__all__)
    assert {"LaptimeError", "RecordError"} <= set(names.raised())
    assert all(f"laptime.errors.{name}\n" in generated["python"] for name in names.raised())


@pytest.mark.parametrize("room", registry.ROOMS)
def test_every_leaf_is_told(room, generated):
    text = generated["checks" if room == "doctor" else room]
    told = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert told == registry.names(room)
    assert all(section(text, name).strip() for name in told)


def test_every_flag_is_told_with_its_remedy():
    told = flags.found()
    known = prose.table((pages.DOCS / "measuring.md").read_text("utf-8"), "Flags")
    assert {each.name for each in told} == set(known)
    assert all(each.sentence.strip(flags.LATER) and each.remedy for each in told)


def test_a_remedy_of_later_is_said_to_be_one():
    assert flags.told_later("Run again.") == "Run again."
    assert "with the flag" in flags.told_later(flags.LATER)


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"], exclude_characters="`"))
)
def test_plain_text_stays_as_it_is(text):
    [inline] = MarkdownIt().parseInline(f"a{marks.plain(text)}a")
    assert "".join(each.content for each in inline.children) == f"a{text}a"


def test_a_docstring_keeps_its_code_and_its_blocks():
    text = "Takes `a_b` and <c>.\n\n        x = 1\n\n    Ends."
    assert marks.prose(text) == "Takes `a_b` and \\<c\\>.\n\n```text\nx = 1\n```\n\nEnds."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("names or 'cifar10-*'", "names or 'cifar10-\\*'"),
        ("with *stars and last_, not first_s", "with \\*stars and last\\_, not first_s"),
        ("    *names: of results", "    *names: of results"),
        ("code `a*b_` stays", "code `a*b_` stays"),
        (">>> run('*')", ">>> run('*')"),
    ],
)
def test_a_docstring_is_no_markup(line, expected):
    lines = [line]
    conf.as_written(None, "function", "f", None, None, lines)
    assert lines == [expected]


def test_the_docstring_of_a_field_stays_in_one_piece():
    fields = conf.OneLiners()
    for what, expected in (("attribute", "Newest first: all."), ("function", "cut")):
        lines = ["Newest first: all."]
        fields.keep(None, what, "items", None, None, lines)
        lines[:] = ["cut"]
        fields.restore(None, what, "items", None, None, lines)
        assert lines == [expected]


def test_what_scrolls_is_reached_by_keys():
    context = {"body": "<pre>x</pre>", "furo_navigation_tree": '<p role="heading">'}
    conf.make_reachable(None, "a", "page.html", context, None)
    assert context["body"] == '<pre tabindex="0">x</pre>'
    assert context["furo_navigation_tree"] == '<p role="heading" aria-level="2">'


# What was built


def built_site(folder, body, style=""):
    (folder / "other.html").write_text('<h1 id="here">x</h1>', "utf-8")
    (folder / "index.html").write_text(body, "utf-8")
    (folder / "a.css").write_text(style, "utf-8")
    return built.problems(folder)


@pytest.mark.parametrize(
    "link",
    ["other.html", "other.html#here", "#top", "https://example.org/x#y", "mailto:a@b.c", "/a.css"],
)
def test_a_link_that_leads_somewhere_is_no_problem(link, tmp_path):
    assert built_site(tmp_path, f'<p id="top"><a href="{link}">x</a></p>') == []


@pytest.mark.parametrize(
    "link", ["gone.html", "other.html#gone", "#gone", "gone/other.html", "/gone"]
)
def test_a_link_that_leads_nowhere_is_found(link, tmp_path):
    assert built_site(tmp_path, f'<a href="{link}">x</a>') == [f"index.html: leads nowhere: {link}"]


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<img src="http://example.org/a.png">',
        '<img srcset="https://example.org/a.png 2x">',
        '<p style="background: url(https://example.org/a.png)">x</p>',
        "<style>@import 'https://example.org/a.css'; p {}</style>",
    ],
)
def test_what_another_host_would_be_asked_for_is_found(body, tmp_path):
    [problem] = built_site(tmp_path, body)
    assert "fetches " in problem
    assert "example.org/" in problem


def test_a_font_of_another_host_is_found(tmp_path):
    style = "@font-face { src: url('https://example.org/a.woff2') } p { background: url(b.png) }"
    assert built_site(tmp_path, "", style) == ["a.css: fetches https://example.org/a.woff2"]


def test_a_link_to_another_address_of_the_page_is_not_fetched(tmp_path):
    assert built_site(tmp_path, '<link rel="canonical" href="https://example.org/">') == []


def test_a_folder_without_pages_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="build it first"):
        built.problems(tmp_path)
