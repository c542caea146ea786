"""The answer in words and one table for each comparison."""

from __future__ import annotations

from collections.abc import Sequence

from laptime import words
from laptime.consumption import Consumption
from laptime.layout import Row as Line
from laptime.layout import Screen, Writer
from laptime.recommend.answer import Beaten, BreakEven, Comparison, Incomplete, Recommendation, Row
from laptime.recommend.candidates import is_whole, short
from laptime.recommend.choice import Step
from laptime.recommend.figures import Figure
from laptime.recommend.prices import Price

MOST_LISTED = 6
"""Of a list that only names what is left out; all stand in the document."""


def render(told: Recommendation, *, screen: Screen) -> str:
    """For people."""
    writer = Writer(screen)
    writer.say(f"For {told.use.title}", style="bold")
    for part in told.use.parts:
        writer.say(f"{part.workload}, weight {part.weight:g}: {part.reason}", indent=2, hang=2)
    if told.asked:
        writer.say(f"Within: {', '.join(told.asked)}")
    for comparison in told.comparisons:
        _comparison(writer, comparison, told)
    _rest(writer, told)
    return writer.text()


def _comparison(writer: Writer, comparison: Comparison, told: Recommendation) -> None:
    writer.blank()
    writer.say(f"On {' and '.join(part.workload for part in comparison.parts)}", style="bold")
    for quantity in dict.fromkeys(part.quantity for part in comparison.parts):
        names = [part.workload for part in comparison.parts if part.quantity == quantity]
        lead = f"{', '.join(names)}: " if len(comparison.parts) > len(names) else ""
        writer.say(f"{lead}{quantity}", style="dim", indent=2, hang=2)
    writer.blank()
    _table(writer, comparison, told)
    writer.blank()
    _set(writer, comparison, told)
    _beaten(writer, comparison)
    _outside(writer, comparison)
    _break_even(writer, comparison, told)


def _table(writer: Writer, comparison: Comparison, told: Recommendation) -> None:
    """Columns of which nobody knows anything are left out: what is unknown is named below."""
    marks = {member.name: "▶ " for member in comparison.members}
    rows = comparison.rows
    columns = [
        ("machine", [_name(f"{marks.get(row.name, '')}{row.name}") for row in rows]),
        ("speed", [[f"{words.number(row.speed)}x"] for row in rows]),
        ("price", [_price(row, told.currency) for row in rows]),
    ]
    if any(row.draws for row in rows):
        columns.append(("power", [_power(row) for row in rows]))
    if len(comparison.parts) == 1 and any(row.epochs_per_price for row in rows):
        columns.append((f"epochs/{told.currency}", [[_epochs(row)] for row in rows]))
    lines = [
        Line([cells[index] for _, cells in columns], _below(row, told.currency))
        for index, row in enumerate(rows)
    ]
    writer.table([heading for heading, _ in columns], lines, right=(1,))
    writer.blank()
    writer.say(
        "▶ no other is at least as good in speed, price and power and better in one of them; what is "
        f"not known counts as worst. 1x is {comparison.baseline}"
        f"{_mean(comparison)}.{_spread(comparison)} Epochs per {told.currency}: over "
        f"{told.hours:,.0f} hours of training; of a rented machine, of one hour.",
        style="dim",
    )


def _mean(comparison: Comparison) -> str:
    if len(comparison.parts) == 1:
        return ""
    return "; speed is the weighted geometric mean over these workloads"


def _spread(comparison: Comparison) -> str:
    told = []
    if any(not row.is_own for row in comparison.rows):
        told.append("published figures are single runs, told without a spread")
    if comparison.repeats_differ is not None:
        differ = words.percent(comparison.repeats_differ)
        told.append(f"repeats of one machine differ by up to {differ}")
    text = "; ".join(told)
    return f" {text[0].upper()}{text[1:]}." if text else ""


def _name(name: str) -> list[str]:
    """A name in the pieces of which it is made, for narrow tables."""
    first, *rest = name.split(", ")
    return [f"{first},", ", ".join(rest)] if rest else [first]


def _price(row: Row, currency: str) -> list[str]:
    if row.is_rented:
        return ["rented"]
    if row.price is None:
        return ["not known"]
    return [f"{row.price.amount:,.0f} {currency}", f"({row.price.date})"]


def _power(row: Row) -> list[str]:
    if row.power_w is not None:
        return [f"{row.power_w:.0f} W", "measured"]
    draws = [draw for draw in row.draws if not is_whole(draw)]
    if not draws:
        return ["not known"]
    draw = max(draws, key=lambda each: (each.origin == "measured", each.power_w))
    return [f"{draw.power_w:.0f} W {draw.origin},", f"{short(draw.part or draw.scope)} alone"]


def _epochs(row: Row) -> str:
    return ", ".join(words.number(each) for each in row.epochs_per_price.values()) or "-"


def _below(row: Row, currency: str) -> str | None:
    """Below a row: each part of a mix, whose the figure is, and what it is told to cost elsewhere."""
    if len(row.figures) > 1:
        parts = [_part(row, figure, currency) for figure in row.figures]
    else:
        parts = [_own(figure) for figure in row.figures if row.is_own]
    parts += dict.fromkeys(_energy(draw) for figure in row.figures for draw in figure.energy)
    others = {
        f"{price.amount:,.0f} {price.currency} ({price.date})"
        for price in row.other_prices
        if not _agrees(price, row.price)
    }
    if others:
        parts.append(f"other prices: {', '.join(sorted(others))}")
    return "; ".join(parts) or None


def _part(row: Row, figure: Figure, currency: str) -> str:
    workload = figure.basis.workload
    epochs = row.epochs_per_price.get(workload)
    told = [f"{words.number(epochs)} epochs/{currency}"] if epochs else []
    told += [_own(figure)] if row.is_own else []
    behind = f" ({'; '.join(told)})" if told else ""
    return f"{workload} {words.number(row.speeds[workload])}x{behind}"


def _own(figure: Figure) -> str:
    """'torch cpu plain float32: 58 s, estimated 55-61 s, flagged noisy'."""
    told = f"{figure.way}: {words.number(figure.seconds or 0)} s"
    if figure.is_estimate:
        told += ", estimated"
    band = words.span(figure.low_s, figure.high_s) if figure.low_s and figure.high_s else ""
    if "-" in band:
        told += f" {band}"
    return told + (f", flagged {', '.join(figure.flags)}" if figure.flags else "")


def _energy(draw: Consumption) -> str:
    joules = words.number(draw.energy_j_per_1000_samples)
    return f"{joules} J per 1,000 images ({short(draw.part or draw.scope)}, {draw.origin})"


def _agrees(price: Price, used: Price | None) -> bool:
    return used is not None and (price.amount, price.currency) == (used.amount, used.currency)


def _set(writer: Writer, comparison: Comparison, told: Recommendation) -> None:
    if not comparison.members:
        writer.say("Nobody here is known to be within your limits.", style="yellow")
        if comparison.cheapest:
            row = next(row for row in comparison.rows if row.name == comparison.cheapest)
            writer.say(
                f"The cheapest with a price is {row.name}: {' '.join(_price(row, told.currency))}."
            )
        return
    rows = {row.name: row for row in comparison.rows}
    for member in comparison.members:
        row = rows[member.name]
        price = f", {' '.join(_price(row, told.currency))}" if row.price else ""
        reasons = "; ".join(member.reasons)
        writer.say(f"{member.name}{price}: {reasons}", style="green", hang=2)
    for step in comparison.steps:
        writer.say(_step(step, rows, told), indent=2, hang=2)
    if len(comparison.members) == 1 and not comparison.beaten:
        writer.say("It is the only one left: there is nothing to choose from.", indent=2)


def _step(step: Step, rows: dict[str, Row], told: Recommendation) -> str:
    faster = f"{words.number(step.speed_ratio)} times as fast on these"
    if len(step.parts) > 1:
        each = (f"{workload} {words.number(ratio)}" for workload, ratio in step.parts.items())
        faster += f" ({', '.join(each)})"
    if step.costs_more is None or step.price_ratio is None:
        return f"From {step.of} to {step.to}: {faster}, for a price that is not known."
    says = [
        f"{told_of.price.amount:,.0f} {told_of.price.currency} by {told_of.price.source}"
        for told_of in rows[step.to].differences
        if told_of.over == step.of and round(told_of.price.amount) != round(step.costs_more)
    ]
    contradiction = f" ({'; '.join(says)})" if says else ""
    worth = "more" if step.gains_more_than_it_costs else "less"
    doubt = "; repeats of one machine differ by as much" if step.is_within_repeats else ""
    return (
        f"From {step.of} to {step.to}: {step.costs_more:,.0f} {told.currency} more{contradiction} and "
        f"{faster}{doubt}. The price grows {words.number(step.price_ratio)} times: speed grows {worth}."
    )


def _beaten(writer: Writer, comparison: Comparison) -> None:
    rows = {row.name: row for row in comparison.rows}
    for each in comparison.beaten:
        writer.say(_why_beaten(each, rows, comparison.repeats_differ), style="dim", hang=2)


def _why_beaten(each: Beaten, rows: dict[str, Row], repeats_differ: float | None) -> str:
    row, by = rows[each.name], rows[each.by[0]]
    ratio = by.speed / row.speed
    doubt = " (as repeats of one machine differ, too)" if ratio - 1 <= (repeats_differ or 0) else ""
    parts = [f"{words.number(ratio)} times as fast{doubt}"]
    if row.price and by.price:
        less = row.price.amount - by.price.amount
        parts.append(f"costs {less:,.0f} less" if less else "costs the same")
    told = f"{each.name}: beaten by {by.name}, which is {' and '.join(parts)}"
    others = f" (and by {len(each.by) - 1} more)" if len(each.by) > 1 else ""
    missing = " and ".join(each.unknown)
    return told + others + (f"; its {missing} nobody told" if "price" in each.unknown else "")


def _outside(writer: Writer, comparison: Comparison) -> None:
    for each in comparison.outside:
        lead = "might do, for all that is known" if each.is_unknown else "beyond your limits"
        writer.say(f"{each.name}: {lead}: {'; '.join(each.reasons)}", style="dim", hang=2)


def _break_even(writer: Writer, comparison: Comparison, told: Recommendation) -> None:
    for name in dict.fromkeys(each.rented for each in comparison.break_even):
        found = [each for each in comparison.break_even if each.rented == name]
        rent = f"{found[0].rent_per_hour:g} {told.currency}/h"
        writer.blank()
        writer.say(f"Renting {name} at {rent} costs as much as buying, electricity not counted:")
        for each in found:
            writer.say(_even_after(each, told.hours), style="dim", indent=2, hang=2)


def _even_after(each: BreakEven, hours: float) -> str:
    beyond = f", more than the {hours:,.0f} of its price" if each.hours > hours else ""
    return (
        f"{each.machine}: after {words.number(each.hours)} hours of training on it{beyond} "
        f"({words.number(each.rented_hours)} on the rented one)"
    )


def _rest(writer: Writer, told: Recommendation) -> None:
    """What is not in the comparisons, and where prices are from."""
    writer.blank()
    for workload, reason in told.not_compared.items():
        writer.say(f"Not compared on {workload}: {reason}.", style="yellow", hang=2)
    missing = [name for name in told.not_compared if not name.startswith("video-export-")]
    if not told.comparisons and missing:
        writer.say("A comparison needs two machines with a figure. Make one on each:")
        writer.flow("  ", [f"laptime run {' '.join(missing)}"])
    if told.incomplete:
        writer.say("Timed on a part of these, but in no comparison:", style="dim")
        for each in told.incomplete[:MOST_LISTED]:
            writer.say(_why_incomplete(each), style="dim", indent=2, hang=2)
        if len(told.incomplete) > MOST_LISTED:
            more = len(told.incomplete) - MOST_LISTED
            writer.say(f"and {more} more (--json has them all)", style="dim", indent=2)
    _unknown(writer, told)
    for warning in told.warnings:
        writer.say(warning, style="yellow", hang=2)
    _sources(writer, told)


def _why_incomplete(each: Incomplete) -> str:
    missing = "; ".join(f"{workload}: {reason}" for workload, reason in each.missing.items())
    return f"{each.name}: {missing or 'on another quantity than the others'}"


def _unknown(writer: Writer, told: Recommendation) -> None:
    rows = {row.name: row for comparison in told.comparisons for row in comparison.rows}
    bought = [row for row in rows.values() if not row.is_rented]
    prices = [row.name for row in bought if row.price is None]
    powers = [row.name for row in bought if row.power_w is None]
    if prices:
        writer.say(
            f"Price not known: {_some(prices)}. Give it with --price 'MACHINE=1299 USD @2022-05-01 "
            "where it stands'.",
            style="yellow",
            hang=2,
        )
    if powers:
        told_of = "any of them" if len(powers) == len(bought) else _some(powers)
        writer.say(
            f"Power of the whole machine while it trained: nobody measured that of {told_of}.",
            style="yellow",
            hang=2,
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    return "; ".join(names[:MOST_LISTED]) + (f"; and {more} more" if more > 0 else "")


def _sources(writer: Writer, told: Recommendation) -> None:
    rows = [row for comparison in told.comparisons for row in comparison.rows]
    prices = [row.price for row in rows if row.price]
    found = dict.fromkeys(_source(price) for price in sorted(prices, key=lambda p: p.source))
    for source in found:
        writer.say(source, style="dim", hang=2)


def _source(price: Price) -> str:
    grade = f", grade {price.grade}" if price.grade else ""
    rate = f", converted from {price.converted_from}" if price.converted_from else ""
    return f"Prices: {price.source} ({price.date}{grade}{rate})"
