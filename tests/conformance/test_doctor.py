"""Every check, on this very machine: it answers within its limit, and says what it must."""

import getpass
import re
import socket
from pathlib import Path

import pytest

import laptime.doctor
from laptime import machine, registry
from laptime.doctor import CheckModule, open_case
from laptime.layout import Screen
from laptime.runner.clock import SystemClock

FAST_S = 2.5
"""Alone on a busy machine. All of them together take about a second here."""


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Nothing is written into the user's folders."""
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LAPTIME_CACHE", str(tmp_path / "cache"))


def rows(name):
    case = open_case(["fake"], machine=machine.describe(), screen=Screen(width=100))
    return list(laptime.doctor._rows(name, case, is_fast=registry.peek("doctor", name)["FAST"]))


@pytest.mark.parametrize("name", registry.names("doctor"))
def test_it_answers_on_this_machine(name, alone):
    clock = SystemClock()
    began = clock.now_ns()
    found = rows(name)
    took_s = (clock.now_ns() - began) / 1e9
    assert found
    for row in found:
        assert row.outcome in ("ok", "warn", "fail", "skipped")
        assert row.evidence
        assert "itself failed" not in row.evidence, row
        assert "no answer within" not in row.evidence
        assert (row.fix is not None) == (row.outcome in ("warn", "fail")), row
        assert row.command is None or row.fix
    if registry.peek("doctor", name)["FAST"]:
        assert took_s < FAST_S


@pytest.mark.parametrize("name", registry.names("doctor"))
def test_it_names_nobody(name, alone):
    """The document may be shared: no path, no user, no computer."""
    private = [socket.gethostname(), str(Path.home()), str(Path.cwd())]
    private += [user for user in [getpass.getuser()] if user != "root"]
    for row in rows(name):
        for text in (row.evidence, row.fix or "", row.command or "", row.about or ""):
            for each in private:
                assert not re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text), row


@pytest.mark.parametrize("name", registry.names("doctor"))
def test_it_keeps_the_contract(name):
    facts, module = registry.peek("doctor", name), registry.load("doctor", name)
    promised = {each for each in CheckModule.__annotations__ if each.isupper()}
    assert promised <= facts.keys()
    assert facts["TITLE"] == module.TITLE
    assert callable(module.check)


def test_no_two_checks_share_a_place():
    places = [registry.peek("doctor", name)["ORDER"] for name in registry.names("doctor")]
    assert len(set(places)) == len(places)


def test_the_clock_comes_late_to_see_the_whole_examination():
    order = laptime.doctor.checks()
    slow = [name for name in order if not registry.peek("doctor", name)["FAST"]]
    assert all(order.index(name) < order.index("clock") for name in slow)
