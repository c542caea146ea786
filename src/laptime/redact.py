"""One clean line from an exception's text, fit to be written down and shared.

What stays is what somebody needs to see what went wrong; what goes is everything that tells where
and whose: paths, addresses, the names of user and computer, and the values of variables.
"""

from __future__ import annotations

import contextlib
import getpass
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from laptime.plain import cut, one_line

LONGEST = 300
LONGEST_FACT = 2_000
"""Characters of a record's text that leave; `laptime import` takes in no longer ones."""
NOTHING = "no message"
# More than this is never looked at, so that no message can keep the patterns busy.
_LONGEST_TEXT = 40_000
_LONGEST_LINE = 1_500

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles and links
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
# Lines that say nothing themselves: rules, carets, the head and the places of a traceback.
_DULL = re.compile(
    r"^[\W_]*$|^Traceback \(most recent call last\)|^\s*File \""
    r"|^The above exception was|^During handling"
)

_QUOTED = re.compile(r"""(["'`])((?:file:|[A-Za-z]:[\\/]|\\\\|/|~|\.{1,2}[\\/])[^"'`\n]*)\1""")
_URL = re.compile(r"\b(?!file:)[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]*")
_FILE_URL = re.compile(r"\bfile:/*[^\s\"'<>]*", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
# A token that holds a backslash, starts at a root, a home or a dot, or has two slashes.
_BARE = re.compile(
    r"""(?<![\w<>])(?:[A-Za-z]:[\\/]|\\\\|~[\w.-]*[\\/]|\.{1,2}[\\/]|/)(?:[^\s"'`<>|:*?,;()\[\]{}=]|(?<=\w)=(?=\w))*"""
    r"""|[^\s"'`<>|:*?,;()\[\]{}=]*(?:\\|/[^\s"'`<>|:*?,;()\[\]{}=]*/)[^\s"'`<>|:*?,;()\[\]{}=]*"""
)
# Endings of programs and data; 'anna.smith' is no file.
_FILE_NAME = re.compile(
    r"[\w.+-]*\w\.(?:py|pyc|so(?:\.\d+)*|dll|dylib|exe|pyd|c|cc|cpp|cu|h|metal|json|ya?ml|toml|txt|log"
    r"|csv|parquet|np[yz]|bin|gz|tgz|tar|zip|pt|pth|pkl|safetensors|h5|keras|onnx|idx|ubyte|lock)"
)
_SECRET = re.compile(r"(?i)key|token|secret|passw|auth|cred|cookie")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:%\w+)?(?![\w:])")
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])")
# What is an address in a field of versions: '9.1.0.70' is one of cuDNN's.
_LOCAL = ("192.168.0.0/16", "172.16.0.0/12", "169.254.0.0/16", "127.0.0.0/8")
_WHOLE_WORD = 6
"""Shorter names are looked for as whole words alone: 'chan' is no part of 'channels_last'."""
# Names that belong to nobody, and are words of their own.
_COMMON = {"root", "user", "users", "admin", "runner", "home", "localhost", "name", "host", "path"}


def clean(message: str) -> str:
    """The first meaningful line of a message, at most 300 printable characters, naming nobody.

    Paths become '<path>' or, where they end in a file, its bare name; the user's and the computer's
    names, addresses and the values of environment variables become words in angle brackets.
    """
    text = _replaced(_meaningful(_ESCAPES.sub("", _ends(message))), _values(), "<value>")
    text = _replaced(text, _homes(), "~/")
    text = _QUOTED.sub(lambda match: f"{match[1]}{_bare_name(match[2])}{match[1]}", text)
    text = _URL.sub("<url>", _FILE_URL.sub(lambda match: _bare_name(match[0]), text))
    text = _BARE.sub(lambda match: _bare_name(match[0]), _MAIL.sub("<address>", text))
    text = _replaced(_replaced(text, _values(), "<value>"), _users(), "<user>", fold=True)
    text = " ".join(_replaced(text, _hosts(), "<computer>", fold=True).split())
    return cut(text, LONGEST) or NOTHING


def hiding(public: Iterable[str] = ()) -> Callable[[str], str]:
    """Makes what hides names in the short facts of a record; the names are asked for once.

    It takes a text and gives it back with words in angle brackets for paths, addresses, user, computer
    and secrets; nothing else is changed, but a text of more than `LONGEST_FACT` letters is cut.

    Args:
        public: words that stand in anybody's record; a user who is called so is not told by them.
    """
    known = _COMMON | {word.lower() for word in public}
    users = [name for name in _users() if name.lower() not in known]
    hosts = [name for name in _hosts() if name.lower() not in known]
    homes, secrets = list(_homes()), list(_secrets())

    @cache
    def hide(text: str) -> str:
        if len(text) > LONGEST_FACT:  # the patterns take minutes over a million letters
            text = cut(text, LONGEST_FACT)
        text = _replaced(_replaced(text, secrets, "<value>"), homes, "~/")
        text = _URL.sub("<url>", _FILE_URL.sub(lambda match: _bare_name(match[0]), text))
        text = _BARE.sub(lambda match: _bare_name(match[0]), _MAIL.sub("<address>", text))
        text = _IPV4.sub(lambda match: _unless_version(match[0], whole=text), text)
        text = _IPV6.sub(lambda match: _unless_time(match[0]), _MAC.sub("<address>", text))
        text = _replaced(text, users, "<user>", fold=True, whole=_WHOLE_WORD)
        return _replaced(text, hosts, "<computer>", fold=True, whole=_WHOLE_WORD)

    return hide


def _unless_version(found: str, *, whole: str) -> str:
    """A text of nothing but four numbers is a version, except where a local network has it."""
    try:
        address = ipaddress.ip_address(found)
    except ValueError:  # 12.560.35.3
        return found
    is_local = any(address in ipaddress.ip_network(network) for network in _LOCAL)
    return found if whole == found and not is_local else "<address>"


def _unless_time(found: str) -> str:
    """'00:19:05' is a time of day."""
    try:
        ipaddress.ip_address(found.partition("%")[0])
    except ValueError:
        return found
    return "<address>"


def _secrets() -> Iterator[str]:
    """Values of variables whose names say that they are secret."""
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= _WHOLE_WORD:
            yield value


def _ends(text: str) -> str:
    """The start and the end of a very long text: below a traceback the error stands last."""
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}\n{text[-half:]}"


def _meaningful(text: str) -> str:
    """The first line that says something; below a traceback that is the error itself."""
    lines = text.splitlines()
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        lines = [line for line in lines if not line.startswith((" ", "\t"))]
    line = next((line for line in lines if not _DULL.search(line)), "")
    line = one_line(line)
    if len(line) > _LONGEST_LINE:  # half a name would not be known for one: up to the last space
        line = line[:_LONGEST_LINE].rpartition(" ")[0]
    return line


def _bare_name(path: str) -> str:
    last = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    return last if _FILE_NAME.fullmatch(last) else "<path>"


def _replaced(
    text: str, names: Iterable[str], by: str, *, fold: bool = False, whole: int = 4
) -> str:
    """Every one of the names replaced, longest first; short ones only as whole words."""
    for name in sorted(set(names), key=len, reverse=True):
        pattern = re.escape(name)
        if len(name) < whole:
            pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
        text = re.sub(pattern, by, text, flags=re.IGNORECASE if fold else 0)
    return text


def _values() -> Iterator[str]:
    """Values of variables that may tell something: secrets, and longer ones that are no word.

    'torch' in KERAS_BACKEND is a word that messages need; paths are found as paths.
    """
    for name, value in os.environ.items():
        tells = len(value) >= 6 and not re.fullmatch(r"[A-Za-z_]+", value)
        if tells or (_SECRET.search(name) and len(value) >= 3):
            yield value
            yield " ".join(value.split()) or value


def _homes() -> Iterator[str]:
    for home in (os.environ.get("HOME"), os.environ.get("USERPROFILE"), os.path.expanduser("~")):  # noqa: PTH111 - Path.home raises where there is none
        if home and len(home) > 2:
            yield home
            yield Path(home).as_posix()


def _users() -> Iterator[str]:
    found = [os.environ.get(name) for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER")]
    found += [Path(home).name for home in _homes()]
    with contextlib.suppress(KeyError, OSError, ImportError):  # a container's user has no name
        found.append(getpass.getuser())
    return (name for name in found if name and name.lower() not in _COMMON)


def _hosts() -> Iterator[str]:
    found = [os.environ.get("HOSTNAME"), os.environ.get("COMPUTERNAME"), socket.gethostname()]
    for name in found:
        for part in (name, (name or "").partition(".")[0]):
            if part and part.lower() not in _COMMON:
                yield part
