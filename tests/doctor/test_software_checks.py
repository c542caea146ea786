"""Checks of what is installed: each where it passes and where it does not."""

import sys

import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.registry import load
from laptime.runner import available
from tests.doctor.cases import captured, case
from tests.plugs import FAKE, plug_in

__all__ = ["plug_in"]

engines = load("doctor", "engines")
python = load("doctor", "python")
versions = load("doctor", "versions")
compiler = load("doctor", "compiler")
environment = load("doctor", "environment")


# Python


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "ok"),
        ({"bits": 32}, "fail"),
        ({"is_free_threaded": True}, "warn"),
        ({"without": {"mlx": "no wheels; take another engine"}}, "ok"),
        ({"without": {"mlx": "none", "torch": "none"}}, "fail"),
    ],
)
def test_a_python_without_wheels(changes, outcome):
    given = {"bits": 64, "is_free_threaded": False, "without": {}} | changes
    found = python.judged(case(), **given)
    assert found.outcome == outcome
    assert "3.12.7" in found.evidence
    assert all(name in found.evidence for name in given["without"])


def test_this_python_is_looked_at(monkeypatch):
    [found] = python.check(case())
    assert found.outcome in ("ok", "warn")
    monkeypatch.setattr(python, "unavailable", lambda _: "no wheels for this Python")
    [found] = python.check(case())
    assert found.outcome == "fail"


# Frameworks


def test_what_is_installed_is_told_with_its_version():
    [found] = engines.check(case(installed=("fake",), engines=("fake",)))
    assert (found.outcome, found.evidence) == ("ok", "fake")


def test_nothing_installed_fails_with_the_line_to_paste():
    [found] = engines.check(case(installed=()))
    assert found.outcome == "fail"
    assert found.command == "pip install 'laptime[torch]'"


def test_a_named_framework_that_is_missing_fails(plug_in):
    plug_in("nowhere", FAKE + "MODULES = ('nowhere',)\n")
    asked = case(engines=("nowhere", "fake"), installed=("fake",))
    assert [each.outcome for each in engines.check(asked)] == ["ok"]  # nobody named it
    found = list(engines.check(replace(asked, is_named=True)))
    assert [each.outcome for each in found] == ["ok", "fail"]
    assert found[1].command == "pip install nowhere"


def test_a_named_framework_that_cannot_be_installed_says_why(plug_in):
    never = "MODULES = ('nowhere',)\nUNAVAILABLE = {\"python_version >= '3'\": 'take another'}\n"
    plug_in("nowhere", FAKE + never)
    [found] = engines.check(case(engines=("nowhere",), installed=(), is_named=True))
    assert (found.outcome, found.fix, found.command) == ("fail", "take another", None)
    assert available.unavailable("nowhere") == "take another"


def test_a_file_that_is_no_python_is_a_row(plug_in):
    plug_in("torn", "MODULES = (")
    found = {each.about: each for each in engines.check(case(installed=("fake",)))}
    assert found["torn"].outcome == "warn"


# Versions

FOUND = {"tensorflow": "2.21.0", "h5py": "3.15.1", "keras": "3.15.1", "jax": "0.10.2"}


@pytest.mark.parametrize(
    ("package", "line", "is_unmet"),
    [
        ("tensorflow", "h5py<3.15.0,>=3.11.0", True),
        ("tensorflow", "keras>=3.12.0", False),
        ("tensorflow", "Keras>=3.12.0", False),
        ("jax", "jaxlib<=0.10.2,>=0.10.1", True),  # not there at all
        ("jax", 'jaxlib==9; extra == "cuda"', False),
        ("jax", 'nothing>=1; python_version < "3"', False),
        ("jax", "not a requirement <>", False),
    ],
)
def test_requirements_of_wheels(package, line, is_unmet):
    """Lines of the metadata of tensorflow-cpu 2.21.0 and jax 0.10.2, as installed for this project."""
    found = list(versions.unmet({package: [line]}, FOUND))
    assert [each.outcome for each in found] == (["warn"] if is_unmet else [])
    if is_unmet:
        assert package in found[0].evidence
        assert found[0].command.startswith("pip install '")


def test_two_that_install_the_same_files():
    assert not list(versions.rivals({"tensorflow-cpu": "2.21.0", "keras": "3.15.1"}))
    [found] = versions.rivals({"tensorflow-cpu": "2.21.0", "tensorflow": "2.21.0"})
    assert found.outcome == "warn"
    assert "pip uninstall -y tensorflow tensorflow-cpu" in found.command


@pytest.mark.parametrize(("version", "count"), [("2.18.1", 0), ("2.20.0", 1), ("2.21.0", 1)])
def test_tensorflow_metal_does_not_load_beside_a_new_tensorflow(version, count):
    found = versions.metal({"tensorflow-metal": "1.2.0", "tensorflow": version})
    assert len(list(found)) == count


def test_what_is_installed_here_fits():
    from laptime.runner import plan

    installed = tuple(name for name in plan.by_preference() if plan.is_installed(name))
    found = list(versions.check(case(installed=installed, engines=installed)))
    assert [each.outcome for each in found] == ["ok"], found


# Compiler

WANTING = {"torch": ("compile=step",)}


def test_a_compiler_that_compiles_is_ok():
    built = compiler.Built("/usr/bin/g++", 0, "")
    assert compiler.judged(built, WANTING, platform="linux").outcome == "ok"


@pytest.mark.parametrize(
    ("code", "output", "platform", "says", "command"),
    [
        (1, captured("gxx-no-python"), "linux", "Python.h", "sudo apt install python3-dev"),
        (1, captured("clang-no-tools"), "darwin", "command line tools", "xcode-select --install"),
        (None, "No such file or directory", "linux", "no C++ compiler", "sudo apt install g++"),
        (None, "not done after 20 s", "win32", "no C++ compiler", None),
        (1, "error: something else", "linux", "exit code 1", "sudo apt install g++"),
    ],
)
def test_a_compiler_that_cannot_compile(code, output, platform, says, command):
    built = compiler.Built("c++", code, output)
    found = compiler.judged(built, WANTING, platform=platform)
    assert found.outcome == "warn"
    assert says in found.evidence
    assert "compile=step" in found.evidence
    assert (found.command or "").startswith(command or "")
    assert "/home/" not in found.evidence


def test_the_compiler_is_the_one_that_pytorch_takes():
    assert compiler.compiler({}, "linux") == "g++"
    assert compiler.compiler({}, "darwin") == "clang++"
    assert compiler.compiler({}, "win32") == "cl"
    assert compiler.compiler({"CXX": "icpx"}, "linux") == "icpx"


def test_a_program_that_is_no_compiler_is_no_crash(tmp_path):
    assert compiler.compiled(str(tmp_path / "none")).code is None


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for a compiler")
def test_a_compiler_that_fails_is_told_with_what_it_said(tmp_path):
    script = tmp_path / "c++"
    script.write_text('#!/bin/sh\necho "fatal error: Python.h: no such file" >&2\nexit 3\n')
    script.chmod(0o700)
    built = compiler.compiled(str(script))
    assert built.code == 3
    assert "Python.h" in compiler.judged(built, WANTING, platform="linux").evidence


def test_engines_without_a_compiled_option_want_no_compiler():
    [found] = compiler.check(case(installed=("fake",)))
    assert found.outcome == "skipped"


@pytest.mark.parametrize("engine", ["torch", "keras-torch"])
def test_options_that_want_one_exist(engine):
    facts = registry.peek("engines", engine)
    for each in facts["COMPILER"]:
        name, _, value = each.partition("=")
        assert value in facts["OPTIONS"][name]


# Variables


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "4,2"),
        ("MKL_NUM_THREADS", "64"),
        ("OPENBLAS_CORETYPE", "Haswell"),
        ("CUDA_VISIBLE_DEVICES", ""),
        ("CUDA_VISIBLE_DEVICES", "-1"),
        ("CUDA_LAUNCH_BLOCKING", "1"),
        ("TF_ENABLE_ONEDNN_OPTS", "0"),
        ("PYTORCH_ENABLE_MPS_FALLBACK", "1"),
        ("JAX_ENABLE_X64", "True"),
        ("JAX_PLATFORMS", "cpu"),
    ],
)
def test_a_variable_that_changes_something_is_told(name, value):
    [found] = environment.judged(case(), {name: value, "HOME": "/home/anna"})
    assert (found.outcome, found.about, found.command) == ("warn", name, f"unset {name}")
    assert f"{name}={value}" in found.evidence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_NUM_THREADS", "8"),
        ("OMP_NUM_THREADS", "all"),
        ("TF_NUM_INTRAOP_THREADS", "0"),
        ("CUDA_VISIBLE_DEVICES", "0,1"),
        ("NVIDIA_VISIBLE_DEVICES", "void"),
        ("CUDA_LAUNCH_BLOCKING", "0"),
        ("TF_ENABLE_ONEDNN_OPTS", "1"),
        ("JAX_DISABLE_JIT", "false"),
        ("KERAS_BACKEND", "torch"),
    ],
)
def test_a_variable_that_changes_nothing_is_not(name, value):
    assert list(environment.judged(case(), {name: value})) == []


def test_hiding_the_card_that_is_asked_for_fails():
    [found] = environment.judged(case(device="cuda:1"), {"CUDA_VISIBLE_DEVICES": "-1"})
    assert found.outcome == "fail"


def test_values_that_may_name_folders_are_not_told():
    [found] = environment.judged(case(), {"LD_PRELOAD": "/home/anna/libjemalloc.so"})
    assert "anna" not in found.evidence


def test_what_workers_are_given_anyway_is_not_told(monkeypatch):
    for name in (*environment.THREADS, *environment.BLAS, *environment.SWITCHES):
        monkeypatch.delenv(name, raising=False)
    for name in environment.HIDING:
        monkeypatch.delenv(name, raising=False)
    assert [each.outcome for each in environment.check(case())] == ["ok"]
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert [each.outcome for each in environment.check(case())] == ["warn"]
