"""The steps of action.yml: install, measure, verdict.

Everything comes from variables of the environment and goes into lists of arguments: no input is ever
part of a script. Only the standard library is imported, since `install` runs before laptime is there.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

WORK = Path(".laptime")
FRESH, BASELINE, SUMMARY = WORK / "results", WORK / "baseline", WORK / "summary.md"
EXIT_OK, EXIT_USAGE, EXIT_THRESHOLD = 0, 2, 5
MOST_BYTES = 900_000  # a summary of more than 1 MiB is refused as a whole


def install() -> int:
    """Install laptime as it is beside this file, with the extras that were asked for."""
    source = Path(__file__).resolve().parents[1]
    extras = _input("EXTRAS")
    if not re.fullmatch(r"[a-z0-9,\- ]*", extras):
        return _refused(f"extras: {extras!r} is no list of names")
    what = f"{source}[{extras}]" if extras.strip() else str(source)
    return subprocess.run([sys.executable, "-m", "pip", "install", what], check=False).returncode


def measure() -> int:
    """Run, compare, and write the summary; the code goes to the last step, so that all is kept."""
    shutil.rmtree(FRESH, ignore_errors=True)
    FRESH.mkdir(parents=True)
    try:
        code, _ = _laptime(["run", *_arguments()], store=FRESH)
    except ValueError as error:  # a quote without its other half
        return _refused(f"arguments: {error}; quote them as in a shell")
    records = sorted(FRESH.glob("*.json"))
    parts, outcome = ["## laptime"], "passed" if code == EXIT_OK else "failed"
    if records:
        _, shown = _laptime(["show", *map(str, records), "--report", "markdown"], store=FRESH)
        parts.append(shown)
    if code != EXIT_OK:
        parts.append(f"**The run ended with exit code {code}**; its log says why.")
    else:
        code, outcome, told = _judged(records)
        parts.append(told)
    _tell("\n\n".join(parts), code=code, outcome=outcome)
    return EXIT_OK


def _judged(records: list[Path]) -> tuple[int, str, str]:
    """Exit code, outcome, and what is told of the comparison."""
    try:
        pairs = _pairs(records)
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__} {error}".replace("`", "'")[:300]
        return EXIT_USAGE, "failed", f"**The baseline cannot be read**: `{told}`"
    if not pairs:
        return _without_baseline(records)
    code, shown = _compared(pairs, len(records))
    outcome = {EXIT_OK: "passed", EXIT_THRESHOLD: "crossed"}.get(code, "failed")
    return code, outcome, f"### Compared with the baseline\n\n{shown}"


def verdict() -> int:
    """Ends the job with the code of `measure`."""
    told = os.environ.get("LAPTIME_CODE", "")
    return int(told) if told.isdecimal() else 1


def _arguments() -> list[str]:
    options = {"ENGINE": "--engine", "PROFILE": "--profile", "DATA": "--data"}
    given = [f"{option}={_input(name)}" for name, option in options.items() if _input(name)]
    return [*given, *shlex.split(_input("ARGUMENTS")), "--", *shlex.split(_input("WORKLOADS"))]


def _pairs(records: list[Path]) -> list[tuple[Path, Path]]:
    """Baseline and record of the same workload and way of training."""
    named = _input("BASELINE")
    stored = [Path(named)] if named else sorted(BASELINE.glob("*.json"))
    known = {_way(path): path for path in stored}
    return [(known[_way(path)], path) for path in records if _way(path) in known]


def _way(path: Path) -> tuple[str, ...]:
    record = json.loads(path.read_text("utf-8"))
    setup = record["setup"]
    return record["work"]["workload"], *(
        setup[k] for k in ("engine", "device", "name", "precision")
    )


def _without_baseline(records: list[Path]) -> tuple[int, str, str]:
    """A first run is the baseline; a named one that fits nothing is an error."""
    if _input("BASELINE"):
        return EXIT_USAGE, "failed", "**The baseline is of another workload or way of training.**"
    BASELINE.mkdir(parents=True, exist_ok=True)
    for path in records:
        shutil.copy(path, BASELINE)
    told = "No baseline yet: these results are kept as the baseline of later runs."
    return EXIT_OK, "stored", told


def _compared(pairs: list[tuple[Path, Path]], count: int) -> tuple[int, str]:
    """The worst code of all comparisons, and what they say."""
    gate = [f"--fail-if={_input('FAIL_IF')}"] if _input("FAIL_IF") else []
    codes, shown = [], []
    for before, after in pairs:
        asked = ["compare", "--report=markdown", *gate, "--", str(before), str(after)]
        code, text = _laptime(asked, store=FRESH)
        codes.append(code)
        shown.append(text)
    if len(pairs) < count:
        shown.append(f"{count - len(pairs)} of {count} results have no baseline of their kind.")
    return (EXIT_THRESHOLD if EXIT_THRESHOLD in codes else max(codes)), "\n\n".join(shown)


def _laptime(arguments: list[str], *, store: Path) -> tuple[int, str]:
    """A command's exit code and what it printed; its messages go to the log.

    What it printed does not: a line of a log that begins with '::' is a command to the runner.
    """
    environment = {**os.environ, "LAPTIME_STORE": str(store.resolve()), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "laptime", *arguments],
        check=False,
        encoding="utf-8",
        env=environment,
        stdout=subprocess.PIPE,
    )
    return done.returncode, done.stdout


def _tell(summary: str, *, code: int, outcome: str) -> None:
    text = summary.encode()[:MOST_BYTES].decode("utf-8", "ignore") + "\n"
    SUMMARY.write_text(text, "utf-8")
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(text)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"code={code}\noutcome={outcome}\nresults={FRESH.as_posix()}\n")


def _refused(message: str) -> int:
    print(f"laptime: {message}", file=sys.stderr)
    return EXIT_USAGE


def _input(name: str) -> str:
    return os.environ.get(f"INPUT_{name}", "")


if __name__ == "__main__":
    steps = {"install": install, "measure": measure, "verdict": verdict}
    sys.exit(steps[sys.argv[1]]())
