"""The notebook runs from its first cell to its last, and leaves Colab's packages as they are."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "notebooks" / "laptime-colab.ipynb"
# From googlecolab/backend-info, pip-freeze.gpu.txt of 2026-08-19 (Python 3.13): what both need.
COLAB = {
    "click": "8.4.2",
    "h5py": "3.16.0",
    "jinja2": "3.1.6",
    "numpy": "2.1.3",
    "opencv-python-headless": "5.0.0.93",
    "packaging": "26.3",
    "pillow": "11.3.0",
    "platformdirs": "4.11.3",
    "pooch": "1.9.0",
    "psutil": "5.9.5",
    "requests": "2.32.4",
    "rich": "13.9.4",
    "safetensors": "0.8.0",
    "scikit-learn": "1.6.1",
    "threadpoolctl": "3.6.0",
}
FRESH = {"msgspec", "simplejpeg", "vl-convert-python"}
"""What laptime brings and Colab has not."""
RENEWED = {"psutil"}
"""What is older there than we have tried."""


def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_valid_and_holds_no_output():
    nbformat.validate(notebook())
    code = [cell for cell in notebook().cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_installing_leaves_what_colab_has():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["report"]]
    needs = {need.name.lower(): need.specifier for need in map(Requirement, wanted)}
    assert set(needs) == set(COLAB) | FRESH
    assert {n for n, of in COLAB.items() if not needs[n].contains(of)} == RENEWED


EXECUTE = """
import sys
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

source, kernels, folder = sys.argv[1:]
specs = KernelSpecManager(kernel_dirs=[kernels], ensure_native_kernel=False)
manager = AsyncKernelManager(kernel_name="here", kernel_spec_manager=specs)
book = nbformat.read(source, as_version=4)
client = NotebookClient(book, km=manager, timeout=240, resources={"metadata": {"path": folder}})
nbformat.write(client.execute(), folder + "/done.ipynb")
"""


@pytest.mark.long
def test_it_runs_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LAPTIME_NOTEBOOK_WORKLOAD", "mnist-mlp")
    monkeypatch.setenv("LAPTIME_NOTEBOOK_ENGINES", "torch keras-jax")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    kernel = tmp_path / "kernels" / "here"
    kernel.mkdir(parents=True)
    start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": start, "display_name": "here", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    places = [str(NOTEBOOK), str(kernel.parent), str(tmp_path)]
    subprocess.run([sys.executable, "-c", EXECUTE, *places], check=True, timeout=400)
    done = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    outputs = [out for cell in done.cells for out in cell.get("outputs", ())]
    shown = [set(out["data"]) for out in outputs if "data" in out]
    assert not [out for out in outputs if out.output_type == "error"]
    assert sum("text/html" in kinds for kinds in shown) == 3  # two tables of results, one of ratios
    assert any("application/vnd.vegalite.v5+json" in kinds for kinds in shown)
    assert "mnist-mlp" in (tmp_path / "laptime-report.html").read_text("utf-8")
