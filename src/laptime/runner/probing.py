"""What each engine can do here: found without importing it, or tried in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from laptime.redact import clean
from laptime.runner.child import WAIT_S, Child, ChildFailedError
from laptime.runner.messages import Probe, Probed
from laptime.runner.setups import environment

LIMIT_S = 60.0
"""An engine that has not told its devices by then is taken to hang."""
NO_DEVICE = "it imports, and a small computation comes out right on no device"


def probe(
    engines: Sequence[str], *, on_done: Callable[[str], None] = lambda _: None
) -> dict[str, Probed | str]:
    """Import each engine and try its devices, all at once; of one that fails the reason, in a line.

    Args:
        engines: keys of installed engines.
        on_done: told of each as soon as it has answered or failed.

    Raises:
        EnvironmentUnfitError: no process can be started.
    """
    children: dict[str, Child] = {}
    try:
        for engine in engines:
            children[engine] = Child(environment=environment(engine, {}), on_phase=lambda _: None)
        return _answers(children, on_done)
    finally:
        for child in children.values():
            child.kill()
            child.close()


def _answers(
    children: Mapping[str, Child], on_done: Callable[[str], None]
) -> dict[str, Probed | str]:
    if not children:
        return {}
    with ThreadPoolExecutor(max_workers=len(children)) as pool:
        asked: dict[Future[Probed | str], str] = {
            pool.submit(_answer, engine, child): engine for engine, child in children.items()
        }
        try:
            left = set(asked)
            while left:
                done, left = wait(
                    left, timeout=WAIT_S
                )  # short: Ctrl-C must come through on Windows
                for each in done:
                    on_done(asked[each])
        except BaseException:
            for child in children.values():
                child.kill()  # or the pool would wait for them
            raise
    return {engine: future.result() for future, engine in asked.items()}


def _answer(engine: str, child: Child) -> Probed | str:
    child.send(Probe(engine=engine))
    try:
        answer = child.receive(within_s=LIMIT_S)
    except ChildFailedError as failure:
        return clean(failure.message)
    if not isinstance(answer, Probed):
        return f"it answered with {type(answer).__name__}, which nobody asked for"
    return answer if answer.devices else NO_DEVICE
