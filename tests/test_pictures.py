from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from laptime import pictures
from laptime.series import Log, Quantity, Series
from tests.reports.suite import Shape, suite
from tests.runs import failed, full, quick, quick_process, repeated
from tests.samples import make_block
from tests.strategies import results


def log(name, values, *, part=None, is_counter=False, scope=None):
    quantity = Quantity(name=name, part=part, is_counter=is_counter, scope=scope)
    return Log(
        sensor="x",
        bin_s=2.0,
        first_bin=1,
        samples=9,
        series=(Series(quantity=quantity, means=tuple(values)),),
        missing={},
        facts={},
        ended=None,
        cpu_s=0.0,
    )


def titles(process):
    return [panel.title for panel in pictures.track_panels(process)]


def test_the_process_of_middle_speed_is_shown() -> None:
    number, process = pictures.process_shown(repeated([1.0, 1.3, 0.9, 1.1, 0.8]))
    assert number == 1
    assert process.seed == 1
    assert pictures.process_shown(failed()) is None or failed().processes


def test_neighbouring_blocks_are_one_span() -> None:
    blocks = [make_block(k) for k in range(3)]
    far = replace(blocks[0], started_s=50.0)
    warm = make_block(9, phase="warmup")
    found = pictures.spans(quick_process(blocks=(*blocks, far, warm)))
    assert [(round(s.start, 2), round(s.end, 1)) for s in found] == [(4.0, 5.6), (50.0, 50.5)]


def test_every_sensor_has_its_panel() -> None:
    process = suite()[0].processes[0]
    assert titles(process) == [
        "training speed (images/s)",
        "cores in use",
        "graphics processor busy (%)",
        "temperature (°C)",
        "power (W)",
    ]


def test_without_sensors_the_speed_is_left() -> None:
    assert titles(quick_process()) == ["training speed (images/s)"]
    assert titles(full().processes[0]) == []


def test_power_comes_from_a_counter_where_nothing_else_tells_it() -> None:
    counter = log("energy_j", [0.0, 20.0, None, 60.0], part="package-0", is_counter=True)
    (_, power) = pictures.track_panels(quick_process(logs=(counter,)))
    assert power.lines[0].points == ((3.0, None), (5.0, 10.0), (7.0, None), (9.0, None))
    watts = log("power_w", [5.0], part="package-0")
    (_, power) = pictures.track_panels(quick_process(logs=(counter, watts)))
    assert [line.points for line in power.lines] == [((3.0, 5.0),)]


def test_the_table_tells_the_mean_of_what_was_measured() -> None:
    heat = log("temperature_c", [10.0, 50.0, 70.0, 99.0], part="gpu 0")
    process = quick_process(walls_s=(3.0,), logs=(heat,))  # measured from 1 s to 4 s: the first bin
    rows = {row.name: row for row in pictures.track_rows([process])}
    found = rows["temperature, gpu 0 (°C)"]
    assert (found.mean, found.least, found.most) == ("10.0", "10.0", "99.0")
    assert rows["training speed (images/s)"].mean == "33.3"


def test_speed_is_images_over_time_not_the_mean_of_blocks() -> None:
    process = quick_process(walls_s=(0.1, 0.9))
    assert pictures.track_rows([process])[0].mean == "200"


def test_curves_and_their_figures() -> None:
    panels = pictures.curve_panels(quick(quick_process()))
    assert [panel.title for panel in panels] == [
        "loss of the training batches",
        "accuracy on validation images (%)",
    ]
    assert panels[0].lines[0].points[-1] == (50.0, 1.0)
    assert pictures.curve_rows(quick()) == (("process 1", "2,863", "1", "1", "53.0 %"),)


def test_a_full_run_has_a_point_for_each_epoch() -> None:
    (loss, accuracy) = pictures.curve_panels(full())
    assert [x for x, _ in loss.lines[0].points] == [100.0, 200.0, 300.0]
    assert accuracy.most == pytest.approx(100)


def test_long_curves_are_thinned_and_end_where_they_end() -> None:
    result = suite()[Shape(0, "x").number]
    for line in pictures.curve_panels(result)[0].lines:
        assert len(line.points) <= pictures.MOST_POINTS
        assert line.points[-1][0] == pytest.approx(8_000)


@settings(max_examples=10, deadline=None)
@given(results())
def test_any_record_can_be_drawn(result) -> None:
    assert isinstance(pictures.curve_rows(result), tuple)
    assert isinstance(pictures.curve_panels(result), tuple)
    for process in result.processes:
        assert isinstance(pictures.track_panels(process), tuple)
        assert isinstance(pictures.track_rows([process]), tuple)
