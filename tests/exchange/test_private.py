"""What leaves tells of a machine, and never whose it is or where it stands."""

from __future__ import annotations

import socket

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from laptime.exchange.envelope import encode, export_of
from laptime.exchange.private import cleaned, facts
from laptime.probes.record import Probe
from laptime.record import Result
from laptime.video.record import VideoResult
from tests.probes import samples as probes
from tests.runs import every_answer, quick
from tests.samples import MACHINE, make_result
from tests.strategies import IDS, records, results
from tests.video import cases as videos

HOME, USER, HOST, SECRET = "/home/annabel", "annabel", "annas-desk", "hf_9Zx81-secret"
PRIVATE = (
    USER,
    HOST,
    SECRET,
    "192.168.7.23",
    "fe80::1c2d:3e4f",
    "8c:85:90:aa:bb:cc",
    "10.20.30.40",
)
PLANTS = [
    f"{HOME}/nets/x.py",
    "of Annabel",
    f"{HOST}.example.org",
    f"at {HOST}",
    "192.168.7.23",
    "from 10.20.30.40 on",
    "fe80::1c2d:3e4f:5a6b",
    "8c:85:90:aa:bb:cc",
    f"token {SECRET}",
    r"C:\Users\annabel\x",
    "mail annabel@example.org",
    f"https://{USER}:pw@intranet/x",
]


@pytest.fixture(autouse=True)
def anna(monkeypatch):
    """Everything below happens on Annabel's computer."""
    for name, value in {"HOME": HOME, "USER": USER, "LOGNAME": USER, "HF_TOKEN": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(socket, "gethostname", lambda: f"{HOST}.example.org")


TEXT = st.one_of(st.sampled_from(PLANTS), st.text("ab c", max_size=4))


def planted(value, draw):
    """The same with a plant in every text and every name that is free to hold one."""
    if isinstance(value, str):
        return value if value in KEPT else draw(TEXT)
    if isinstance(value, dict):
        free = not set(value) <= FIELDS
        return {
            draw(TEXT) if free else name: planted(inside, draw) for name, inside in value.items()
        }
    if isinstance(value, list | tuple):
        return [planted(inside, draw) for inside in value]
    return value


def fields():
    """Names of all fields, which are no free texts."""
    known, waiting = set(), [Result, Probe, VideoResult]
    while waiting:
        info = msgspec.inspect.type_info(waiting.pop())
        for field in info.fields:
            known.add(field.name)
            waiting += structs(field.type, known)
    return known | {"origin"}


def structs(info, known):
    if isinstance(info, msgspec.inspect.StructType):
        new = [] if info.cls in known else [info.cls]
        known.add(info.cls)
        return new
    inside = [getattr(info, name, ()) for name in ("types", "item_type", "value_type")]
    if isinstance(info, msgspec.inspect.LiteralType):
        KEPT.update(info.values)
    return [
        s for part in inside for t in (part if isinstance(part, tuple) else [part])
        for s in structs(t, known)
    ]  # fmt: skip


KEPT = {"measured", "estimated", "none"}
FIELDS = fields()
SAMPLES = [make_result(), quick(), probes.probe([probes.row()]), videos.RESULT]


@given(st.data())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=30,
    phases=[Phase.explicit, Phase.generate],  # a record is large: making it smaller takes minutes
)
@pytest.mark.parametrize("kind", [Result, Probe, VideoResult])
def test_nothing_private_is_in_what_is_written(kind, data):
    fixed = {"id": IDS} | ({"quality": st.none()} if kind is VideoResult else {})
    record = data.draw(results() if kind is Result else records(kind, **fixed))
    whole = planted(msgspec.to_builtins(record), data.draw)
    export, changes = cleaned(export_of([msgspec.convert(whole, kind)]))
    text = encode(export).decode().lower()
    assert [name for name in PRIVATE if name in text] == []
    assert changes or not any(name in str(whole).lower() for name in PRIVATE)
    assert not any(name in str(changes).lower() for name in PRIVATE)


def test_what_tells_nobody_is_left_as_it_is():
    export = export_of(SAMPLES)
    assert cleaned(export) == (export, [])
    assert every_answer()  # the samples of all reports are made of the same


@pytest.mark.parametrize("user", ["adam", "torch", "ubuntu", "quick", "synthetic", "chan"])
def test_a_user_who_is_called_like_a_word_of_ours_costs_nothing(user, monkeypatch):
    monkeypatch.setenv("USER", user)
    export = export_of(SAMPLES)
    assert cleaned(export)[0] == export


def test_four_numbers_alone_are_a_version_and_a_time_is_no_address():
    setup = msgspec.structs.replace(make_result().setup, versions={"cudnn": "9.1.0.70"})
    export = export_of([make_result(setup=setup, created="2026-11-22T00:19:05+00:00")])
    assert cleaned(export) == (export, [])


def test_what_is_replaced_is_told_by_its_place():
    machine = msgspec.structs.replace(MACHINE, model=f"{HOME}/box")
    export, changes = cleaned(export_of([make_result(machine=machine)]))
    assert export.results[0].machine.model == "<path>"
    assert [tuple(change) for change in changes] == [("results[0].machine.model", "<path>")]


def test_an_id_stays_a_file_name():
    export, _ = cleaned(export_of([make_result(id="20261122-001905-annabels-net-3f2a")]))
    assert export.results[0].id == "20261122-001905--user-s-net-3f2a"


def test_what_leaves_is_told_by_name():
    told = facts(export_of(SAMPLES))
    assert told["machine"]["chip"] == "Apple M1 Pro"
    assert "torch=2.9.1" in told["setup"]["versions"]
    assert "libx264" in told["setup"]["encoder"]
    assert told["work"]["workload"] == "cifar10-tinyvgg"
