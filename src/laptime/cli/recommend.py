"""`laptime recommend`: which machine for a use, and what each step more costs and brings."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from laptime.errors import EXIT_OK, EXIT_USAGE, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from laptime.recommend.answer import Recommendation
    from laptime.recommend.candidates import Candidate
    from laptime.recommend.prices import Price, Rate
    from laptime.recommend.uses import Use


@click.command(name="recommend")
@click.option(
    "--for",
    "use",
    metavar="USE",
    help="beginner, daily, vision or video: a mix of workloads with a reason for each.",
)
@click.option(
    "--mix",
    metavar="'NAME=2,NAME=1'",
    help="A mix of your own: workloads with their weights (1 without any).",
)
@click.option("--budget", metavar="2000", help="Nothing dearer; '2000 EUR' in another currency.")
@click.option(
    "--watts",
    type=click.FloatRange(min=0, min_open=True),
    help="Nothing that draws more while it trains, as the whole machine.",
)
@click.option("--quiet", is_flag=True, help="Only machines without a fan.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="'MACHINE=1299 USD @2022-05-01 SOURCE'",
    help="What a machine costs, when and where; as often as wanted.",
)
@click.option(
    "--cloud-price",
    "rents",
    multiple=True,
    metavar="'0.50 USD/h'",
    help="What an hour of rented machines costs, or 'MACHINE=0.50 USD/h' of one: after how many hours "
    "buying costs as much.",
)
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="'EUR=1.08 USD @2022-05-01 SOURCE'",
    help="What one currency is in another; without it currencies are not compared.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=1),
    help="Hours of training over which a price is spread, for the epochs per dollar.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(
    *,
    use: str | None,
    mix: str | None,
    budget: str | None,
    watts: float | None,
    quiet: bool,
    prices: tuple[str, ...],
    rents: tuple[str, ...],
    rates: tuple[str, ...],
    hours: float | None,
    as_json: bool,
) -> int:
    """Which machine for a use: those that no other one beats in speed, price and power at once.

    Of the published figures and of your own results; never one winner, and what is not known is
    said. Exit code 2 where nobody is within the limits.
    """
    from laptime.recommend.given import currency_of, in_currency, priced, rented
    from laptime.recommend.grouping import timed
    from laptime.recommend.limits import Limits
    from laptime.recommend.prices import read_budget, read_rent
    from laptime.recommend.recommending import AMORTISED_HOURS, recommend

    wanted = _wanted(use, mix)
    amount, named = read_budget(budget) if budget is not None else (None, None)
    given, known_rates = _told(prices, rates)
    hourly = [read_rent(text) for text in rents]
    machines = priced(rented(_machines(wanted), hourly), given)
    counting = timed(machines, wanted.parts)
    currency = named or currency_of(counting)
    others = [each for each in machines if each not in counting]
    told = recommend(
        wanted,
        [*in_currency(counting, currency, known_rates), *others],
        asked=Limits(budget=amount, watts=watts, is_quiet=quiet),
        currency=currency,
        rents=hourly,
        rates=known_rates,
        hours=hours or AMORTISED_HOURS,
        today=_today(),
    )
    _show(told, as_json=as_json)
    return EXIT_OK if told.is_answered else EXIT_USAGE


def _wanted(use: str | None, mix: str | None) -> Use:
    """The use that was named, or the mix that was written."""
    from laptime import registry
    from laptime.recommend.uses import names, read_mix, use_of

    if use is not None and mix is not None:
        raise UsageError("--for and --mix exclude each other; give one of them")
    if mix is not None:
        return read_mix(mix, known=registry.names("workloads"))
    if use is None:
        raise UsageError(f"say what for: --for {'|'.join(names())}, or a --mix of your own")
    return use_of(use)


def _told(
    prices: Sequence[str], rates: Sequence[str]
) -> tuple[list[tuple[str, Price]], list[Rate]]:
    from laptime.recommend.prices import read_price, read_rate

    today = _today()
    return (
        [read_price(text, today=today) for text in prices],
        [read_rate(text, today=today) for text in rates],
    )


def _today() -> date:
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _machines(use: Use) -> list[Candidate]:
    """Published machines and those of the store; what cannot be read is said on stderr."""
    from laptime import machine
    from laptime.recommend.candidates import from_published, from_results, told_apart
    from laptime.store import open_store
    from laptime.summary import machine_key

    store = open_store()
    results, problems = store.load_all()
    for problem in problems:
        print(f"laptime: {problem}", file=sys.stderr)
    here = machine_key(machine.describe()) if results else None
    workloads = [part.workload for part in use.parts]
    imported = store.imported()
    ours = from_results(results, workloads=workloads, here=here, imported=imported)
    return told_apart([*from_published(), *ours])


def _show(told: Recommendation, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        from laptime.document import document

        content = msgspec.structs.asdict(told)
        print(document({"results": content.pop("comparisons")} | content), end="")
        return
    from laptime.cli._screen import screen
    from laptime.recommend.text import render

    print(render(told, screen=screen()), end="")
