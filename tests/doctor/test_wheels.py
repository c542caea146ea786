"""What a wheel was built for, from its files; and whether that suits the cards."""

import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.doctor import _wheels
from laptime.doctor._graphics import cards, maker
from laptime.doctor._nvidia import Driver
from laptime.doctor._wheels import Build
from tests.doctor.cases import LINUX, captured, case

wheel = registry.load("doctor", "wheel")
CPU = Build("torch", "2.13.0+cpu", "cpu")
RTX = {"NVIDIA": "NVIDIA GeForce RTX 4090"}


def folder(tmp_path, name, files):
    """A package of a wheel, and what lies beside it."""
    for path, text in files.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tmp_path / name).mkdir(exist_ok=True)
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("cpu", CPU),
        ("cu126", Build("torch", "2.7.0+cu126", "cuda", (12, 6))),
        ("rocm", Build("torch", "2.3.0.dev20240308+rocm6.0", "rocm")),
    ],
)
def test_pytorch_writes_it_into_its_version(tmp_path, name, build):
    text = captured(f"torch-version-{name}.py.txt")
    assert _wheels.torch(folder(tmp_path, "torch", {"torch/version.py": text})) == build


def test_pytorch_for_intel_and_for_macs(tmp_path):
    text = captured("torch-version-cpu.py.txt").replace(
        "xpu: Optional[str] = None", "xpu: Optional[str] = '20250000'"
    )
    assert _wheels.torch(folder(tmp_path, "torch", {"torch/version.py": text})).kind == "xpu"
    mac = {
        "torch/version.py": captured("torch-version-cpu.py.txt"),
        "torch/lib/libtorch.dylib": "",
    }
    assert _wheels.torch(folder(tmp_path, "torch", mac)).kind == "metal"


def test_tensorflow_writes_it_into_its_build_info(tmp_path):
    info = "tensorflow/python/platform/build_info.py"
    files = {info: captured("tensorflow-cuda.py.txt"), "tensorflow-2.21.0.dist-info/RECORD": ""}
    bare = _wheels.tensorflow(folder(tmp_path, "tensorflow", files))
    assert bare == Build("tensorflow", "2.21.0", "cuda", (12, 5), lacks="cuDNN")
    whole = _wheels.tensorflow(folder(tmp_path, "tensorflow", {"nvidia/cudnn/__init__.py": ""}))
    assert whole.lacks is None
    files = {info: captured("tensorflow-cpu.py.txt")}
    assert _wheels.tensorflow(folder(tmp_path, "tensorflow", files)).kind == "cpu"


def test_jax_and_mlx_have_their_cards_beside_them(tmp_path):
    assert _wheels.jax(folder(tmp_path, "jax", {})) == Build("jax", None, "cpu")
    files = {"jax-0.10.2.dist-info/RECORD": "", "jax_cuda13_plugin/__init__.py": ""}
    assert _wheels.jax(folder(tmp_path, "jax", files)) == Build("jax", "0.10.2", "cuda", (13,))
    assert _wheels.mlx(folder(tmp_path, "mlx", {})).kind == "cpu"
    files = {"mlx_cuda_12-0.32.4.dist-info/RECORD": "", "mlx-0.32.4.dist-info/RECORD": ""}
    assert _wheels.mlx(folder(tmp_path, "mlx", files)) == Build("mlx", "0.32.4", "cuda", (12,))


@pytest.mark.parametrize("text", ["", "no (python", "cuda = 12", "build_info = f([x for x in y])"])
def test_a_file_that_says_nothing_is_no_error(tmp_path, text):
    assert _wheels.torch(folder(tmp_path, "torch", {"torch/version.py": text})) is None
    files = {"tensorflow/python/platform/build_info.py": text}
    assert _wheels.tensorflow(folder(tmp_path, "tensorflow", files)) is None


def test_what_is_installed_here_is_known():
    """Every framework of ours, from its own files."""
    from laptime.runner import plan

    for engine in plan.by_preference():
        if plan.is_installed(engine) and registry.peek("engines", engine)["EXTRA"]:
            build = _wheels.build_of(engine)
            assert build, engine
            assert build.version, engine
    assert _wheels.build_of("fake") is None


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("NVIDIA GeForce RTX 4090", "NVIDIA"),
        ("Tesla V100-SXM2-16GB", "NVIDIA"),
        ("AMD Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]", "AMD"),
        ("AMD Instinct MI300X", "AMD"),
        ("Intel DG2 [Arc A770]", "Intel"),
        ("Intel(R) Arc(TM) B580 Graphics", "Intel"),
        ("Intel UHD Graphics 630", None),
        ("AMD Radeon Graphics", None),
        ("Apple M1 Pro (16-core GPU)", None),
        ("ASPEED 0x2000", None),
    ],
)
def test_cards_that_can_be_trained_on(name, of):
    assert maker(name) == of


def test_the_first_card_of_each_maker_counts():
    names = ["Intel UHD Graphics 630", "NVIDIA T4", "NVIDIA L4"]
    assert cards(names) == {"NVIDIA": "NVIDIA T4"}


# The check


def judged(build, found, *, device="auto", driver=None):
    return wheel.judged(case(device=device), "torch", build, found, driver=driver)


@pytest.mark.parametrize(("device", "outcome"), [("auto", "warn"), ("cuda", "fail")])
def test_a_build_for_processors_beside_a_card(device, outcome):
    found = judged(CPU, RTX, device=device)
    assert found.outcome == outcome
    assert "RTX 4090" in found.evidence
    assert found.command == "uv pip install --torch-backend=auto --reinstall torch"


@pytest.mark.parametrize(
    ("driver", "is_too_old"),
    [
        (Driver("470.57.02", (11, 4)), True),
        (Driver("470.57.02", None), True),
        (Driver("525.60.13", None), False),
        (None, False),
    ],
)
def test_a_driver_too_old_for_any_build_comes_first(driver, is_too_old):
    assert ("First update" in judged(CPU, RTX, driver=driver).fix) == is_too_old


@pytest.mark.parametrize(
    ("build", "found", "line"),
    [
        (CPU, {"Intel": "Intel Arc B580"}, "whl/xpu"),
        (Build("jax", "0.10.2", "cpu"), RTX, "jax[cuda12]"),
        (Build("mlx", "0.32.4", "cpu"), RTX, "mlx[cuda12]"),
        (Build("tensorflow", "2.21.0", "cpu"), RTX, "tensorflow[and-cuda]"),
        (Build("tensorflow", "2.21.0", "cuda", (12, 5), "cuDNN"), RTX, "tensorflow[and-cuda]"),
    ],
)
def test_the_line_suits_framework_card_and_driver(build, found, line):
    told = judged(build, found, driver=Driver("535.183.01", (12, 2)))
    assert told.outcome == "warn"
    assert line in told.command


@pytest.mark.parametrize(
    ("build", "found"),
    [
        (CPU, {}),
        (Build("torch", "2.7.0+cu126", "cuda", (12, 6)), RTX),
        (Build("jax", "0.10.2", "cpu"), {"Intel": "Intel Arc B580"}),  # JAX has nothing for it
        (Build("torch", "2.13.0", "metal"), {}),
    ],
)
def test_a_build_that_suits_its_machine_is_ok(build, found):
    assert judged(build, found).outcome == "ok"


@pytest.mark.parametrize(
    ("build", "found", "outcome"),
    [
        (Build("jax", "0.10.2", "cpu"), RTX, "ok"),
        (CPU, {"AMD": "AMD Radeon RX 7900 XTX"}, "ok"),
        (CPU, RTX, "warn"),
    ],
)
def test_windows_has_fewer_wheels_for_cards(build, found, outcome):
    windows = case(replace(LINUX, system="Windows"))
    assert wheel.judged(windows, "torch", build, found, driver=None).outcome == outcome


def test_who_asks_for_the_processor_needs_no_card():
    assert judged(CPU, RTX, device="cpu").outcome == "ok"


def test_a_card_that_is_asked_for_and_not_there():
    assert judged(CPU, {}, device="cuda").outcome == "fail"
    assert wheel.judged(case(device="cuda"), "keras-torch", CPU, {}, driver=None).outcome == "warn"


def test_a_macs_cards_are_metals():
    machine = replace(LINUX, system="Darwin", graphics=("Radeon RX 580",))
    [found] = wheel.check(case(machine))
    assert found.outcome == "ok"
