"""Claims of ISCA 2016: energy, DRAM accesses and EDP of six dataflows on AlexNet with 256 PEs of equal area.

The bars are digitised from the figures (about 1 %, the ALU of Fig 10 exact). The paper's framework is a set of
equations with an optimiser, so this is model against model.
"""

from collections.abc import Callable

from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.isca16_runs import (
    DATAFLOWS,
    ConvRun,
    conv_run,
    figure,
    fits,
    layer_run,
    pairs_out_of_order,
)

_PAPER = "ISCA 2016"
_BATCHES = ("1", "16", "64")
_COMPONENTS = {"alu": "mac", "dram": "dram", "buffer": "glb", "array": "noc", "rf": "spad", "total": "total"}
_TOLERANCES = {"alu": 1e-4, "total": 0.05}  # the bars of the ALU are exact to their fourth digit
_OUR_NAMES = {"FC1": "FC6", "FC2": "FC7", "FC3": "FC8"}

# What was chosen with the figures in sight.
_FITTED = {
    "RS": "conventions isca16, objective",
    "WS": "psums of filter rows meet in the GLB; ifmaps pass it by",
    "OSA": "a square block of a plane at a time",
    "OSB": "one row of pixels at a time",
    "OSC": "any number of filters in space",
    "NLR": "no array energy of weights; psums finished per DRAM tile",
}
_CONV2 = (
    "our optimum adds up 3 sets of 4 channels in the array; the figure is, to 1 % in every component, what 1 set of 7 "
    "channels with 3 sets of 6 filters gives, which costs 0.9 % more of what we minimise"
)
_EXPLANATIONS = {
    "ISCA16.fig10.conv2.buffer": _CONV2,
    "ISCA16.fig12.rs.64.buffer": f"CONV2: as for 16 images (Fig 10), {_CONV2}",
}


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*_fig_10(), *_fig_11(), *_fig_12(), *_fig_13(), *_orders(), *_text())


def _fitted(flow: str, batch: str) -> str:
    """RS was read off Fig 10, which has 16 images."""
    return "" if flow == "RS" and batch != "16" else _FITTED[flow]


def _fig_10() -> tuple[Claim, ...]:
    return tuple(
        Claim(
            id=(name := f"ISCA16.fig10.{row['layer'].lower()}.{component}"),
            statement=f"RS, N = 16, {row['layer']}: energy of {_in_words(component)}", source=f"{_PAPER}, Fig 10",
            tag="PF", published=float(row[component]) / 1e9, unit="G MACs", tolerance=_TOLERANCES.get(component, 0.1),
            fitted=_FITTED["RS"], explanation=_EXPLANATIONS.get(name, ""),
            ours=lambda _, layer=row["layer"], part=ours: (
                getattr(layer_run("RS", 16, _OUR_NAMES.get(layer, layer)).energy, part) / 1e9
            ),
        )
        for row in figure(10)
        for component, ours in _COMPONENTS.items()
    )  # fmt: skip


def _in_words(component: str) -> str:
    return {"alu": "the ALUs", "buffer": "the GLB", "array": "the array", "rf": "the RFs", "total": "all"}.get(
        component, "DRAM"
    )


def _bars(number: int, column: str, unit: str, what: str, ours: Callable[[ConvRun], float]) -> tuple[Claim, ...]:
    """A claim per bar of a figure that has the dataflows and batches."""
    return tuple(
        Claim(
            id=(name := f"ISCA16.fig{number}.{flow.lower()}.{batch}" + ("" if column in _WHOLE else f".{column}")),
            statement=f"{flow}, N = {batch}: {what}", source=f"{_PAPER}, Fig {number}", tag="PF",
            published=float(row[column]), unit=unit, tolerance=0.1, absolute=float(row[column]) == 0,
            fitted=_fitted(flow, batch), explanation=_EXPLANATIONS.get(name, ""),
            ours=lambda _, flow=flow, batch=int(batch): ours(conv_run(flow, batch)),
        )
        for row in figure(number)
        for flow, batch in [(row["dataflow"], row["batch_N"])]
        if row[column]
    )  # fmt: skip


_WHOLE = ("dram_accesses_per_op_total", "total", "edp_norm_to_RS_256_N1")


def _fig_11() -> tuple[Claim, ...]:
    return (
        *_bars(11, "dram_accesses_per_op_total", "words/MAC", "DRAM accesses", lambda run: run.dram_accesses),
        Claim(
            id="ISCA16.fig11.writes", statement="all dataflows: DRAM writes", source=f"{_PAPER}, Fig 11", tag="PF",
            published=0.00098, unit="words/MAC", tolerance=0.1,
            ours=lambda _: max(conv_run(flow, 16).dram_writes for flow in DATAFLOWS),
        ),
        Claim(
            id="ISCA16.fig11.ws.64", statement="WS, N = 64: does not run, as psums exceed the GLB",
            source=f"{_PAPER}, Figs 11 to 13: no bar", tag="PF", published=0.0, tolerance=0.0, absolute=True,
            ours=lambda _: float(fits("WS", 64)),
        ),
    )  # fmt: skip


def _reference() -> ConvRun:
    """RS with one image, the unit of Figs 12 and 13."""
    return conv_run("RS", 1)


def _fig_12() -> tuple[Claim, ...]:
    return tuple(
        claim
        for column in ("total", "buffer", "array", "rf")
        for claim in _bars(
            12, column, "of RS, N = 1", f"energy per MAC of {_in_words(column)}",
            lambda run, part=_COMPONENTS[column]: run.energy(part) / _reference().energy(),
        )
    )  # fmt: skip


def _edp(run: ConvRun) -> float:
    return run.energy() * run.delay


def _fig_13() -> tuple[Claim, ...]:
    column = "edp_norm_to_RS_256_N1"
    return _bars(13, column, "of RS, N = 1", "EDP", lambda run: _edp(run) / _edp(_reference()))


def _orders() -> tuple[Claim, ...]:
    measures: dict[int, tuple[str, str, Callable[[ConvRun], float]]] = {
        11: ("dram_accesses_per_op_total", "DRAM accesses", lambda run: run.dram_accesses),
        12: ("total", "energy", lambda run: run.energy()),
        13: ("edp_norm_to_RS_256_N1", "EDP", _edp),
    }
    return tuple(
        Claim(
            id=f"ISCA16.fig{number}.order.{batch}",
            statement=f"N = {batch}: pairs of dataflows whose {what} are in another order",
            source=f"{_PAPER}, Fig {number}", tag="PF", published=0.0, tolerance=0.0, absolute=True,
            fitted="all of the above",
            ours=lambda _, number=number, column=column, batch=batch, measure=measure: (
                _out_of_order(_bars_of(number, column, batch), int(batch), measure)
            ),
        )
        for number, (column, what, measure) in measures.items()
        for batch in _BATCHES
    )  # fmt: skip


def _out_of_order(bars: dict[str, float], batch: int, measure: Callable[[ConvRun], float]) -> float:
    ours = [measure(conv_run(flow, batch)) for flow in bars]
    return float(pairs_out_of_order(ours, bars.values()))


def _bars_of(number: int, column: str, batch: str) -> dict[str, float]:
    return {row["dataflow"]: float(row[column]) for row in figure(number) if row["batch_N"] == batch and row[column]}


def _others_over_rs() -> list[float]:
    """Energy of the other dataflows over that of RS, at every batch that runs."""
    return [
        conv_run(row["dataflow"], batch).energy() / conv_run("RS", batch).energy()
        for row in figure(12)
        for batch in [int(row["batch_N"])]
        if row["dataflow"] != "RS" and row["total"]
    ]


def _text() -> tuple[Claim, ...]:
    abstract = f"{_PAPER}, abstract: 1.4 to 2.5 times"
    return (
        Claim(
            id="ISCA16.gain.least", statement="RS on AlexNet's CONV layers: energy saved over the next best dataflow",
            source=abstract, tag="P", published=1.4, unit="x", tolerance=0.1, headline=True, fitted="all of the above",
            ours=lambda _: min(_others_over_rs()),
        ),
        Claim(
            id="ISCA16.gain.most", statement="RS on AlexNet's CONV layers: energy saved over the worst dataflow",
            source=abstract, tag="P", published=2.5, unit="x", tolerance=0.1, headline=True, fitted="all of the above",
            ours=lambda _: max(_others_over_rs()),
        ),
    )  # fmt: skip
