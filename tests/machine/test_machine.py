"""This very machine, whatever it is, and one that nobody knows."""

import ast
import getpass
import platform
import re
import socket
import sys
from pathlib import Path

import msgspec

import laptime.machine
from laptime.machine import describe
from laptime.machine._facts import read, run

PRIVATE = {"node", "uname", "gethostname", "getfqdn", "getuser", "getlogin", "expanduser", "home"}


def test_this_machine_is_described():
    machine = describe()
    assert machine.system == platform.system()
    assert machine.memory_bytes > 2**20
    assert 0 < machine.cores_usable <= machine.cores_logical
    assert machine.python == platform.python_version()


def test_an_unknown_system_is_still_described(monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Plan9")
    machine = describe()
    assert machine.system == "Plan9"
    assert (machine.model, machine.graphics, machine.virtual) == (None, (), None)
    assert machine.cores_usable == machine.cores_logical


def test_nothing_names_the_computer_or_its_owner():
    text = msgspec.json.encode(describe()).decode().lower()
    for name in (socket.gethostname(), getpass.getuser(), str(Path.home())):
        if name != "root":  # also a word of its own
            assert not re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", text)


def test_nothing_asks_for_a_name_or_a_serial():
    for path in Path(laptime.machine.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not asked & PRIVATE, path.name
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        sources = [text for text in texts if isinstance(text, str) and " " not in text]
        assert not [text for text in sources if re.search("(?i)serial|uuid|hostname", text)]


def test_a_missing_or_slow_command_is_none():
    assert run("laptime-no-such-command") is None
    assert run(sys.executable, "-c", "import time; time.sleep(30)", timeout_s=0.2) is None
    assert run(sys.executable, "-c", "print('x'); raise SystemExit(1)") == "x"


def test_an_unreadable_file_is_none(tmp_path):
    assert read(tmp_path) is None
    assert read(tmp_path / "missing") is None
