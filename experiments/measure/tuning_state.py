"""What a tuning keeps between its rounds as plain data, and whether plain data can be that."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.harness import Growing
from eyeriss_jax.dataflow.loop_nest import from_dict, to_dict
from eyeriss_jax.search.tune import DesignProblem, DesignTuner, Scored

_LARGEST = 1000.0
"""In log2: what is further from 1 is no value of an objective."""


def remember(tuner: DesignTuner, kept: Growing) -> None:
    """Keeps what was scored, and the random numbers still to be drawn."""
    kept.data["random"] = tuner.random.bit_generator.state
    kept.data["scored"] = [
        {
            "digits": list(s.digits),
            "loss": s.loss if np.isfinite(s.loss) else None,
            "excess": [x if np.isfinite(x) else None for x in s.excess],
            "mappings": [to_dict(m) for m in s.mappings],
        }
        for s in tuner.scored.values()
    ]
    kept.write()


def restore(tuner: DesignTuner, data: Mapping[str, Any]) -> None:
    """Goes on from what :func:`remember` kept; nothing where nothing is kept.

    Raises:
        SpecError, ValueError, KeyError, TypeError: it kept something else.
    """
    if "random" not in data:
        return
    tuner.random.bit_generator.state = data["random"]
    for each in data["scored"]:
        scored = _scored(each, tuner.problem)
        tuner.scored[scored.digits] = scored


def _scored(each: Mapping[str, Any], problem: DesignProblem) -> Scored:
    digits = tuple(each["digits"])
    for axis, digit in zip(problem.space.axes, digits, strict=True):
        if type(digit) is not int or not 0 <= digit < len(axis.values):
            raise ValueError(f"{axis.field} has no value {digit!r}")
    loss, excess = _log2(each["loss"]), tuple(map(_log2, each["excess"]))
    mappings = tuple(from_dict(m, "tuning.json") for m in each["mappings"])
    if len(excess) != len(problem.space.targets) or len(mappings) != len(problem.layers) * math.isfinite(loss):
        raise ValueError("as many constraints and mappings as there are were kept")
    return Scored(digits, loss, mappings, excess)


def _log2(value: float | None) -> float:
    if value is None:
        return math.inf
    if not abs(value) <= _LARGEST:
        raise ValueError(f"{value!r} is out of range")
    return float(value)


def check_hardware(data: Mapping[str, Any], problem: DesignProblem) -> None:
    """Refuses what no tuning of this problem kept.

    Raises:
        SpecError, ValueError, KeyError, TypeError: something else.
    """
    if data:
        tuner = DesignTuner(problem, np.random.default_rng(0))
        restore(tuner, data)
        if tuner.scored and tuner.best.mappings:  # what all else is measured by is computed again
            loss, *_ = problem.score_with(problem.design(tuner.best.digits), tuner.best.mappings)
            if not math.isclose(loss, tuner.best.loss, rel_tol=0, abs_tol=1e-9):
                raise ValueError(f"the loss {tuner.best.loss:g} of the best design is {loss:g}")
    if "base" in data:
        _log2(data["base"]["loss"])
        if not all(isinstance(words, str) for words in data["base"]["missed"]):
            raise TypeError("the base design's constraints are words")


def check_mappings(data: Mapping[str, Any]) -> None:
    """Refuses what is no row per layer of tuned mappings.

    Raises:
        SpecError, ValueError, KeyError, TypeError: something else.
    """
    for row in data.values():
        _check_numbers(row, ("mapspace", "evaluations", "gradients"), least=0)
        _check_numbers(row, ("tuned", "optimum"), least=5e-324)
        from_dict(row["mapping"], "tuning.json")


def check_benchmark(data: Mapping[str, Any]) -> None:
    """Refuses what is no evidence of :mod:`experiments.measure.tuning`.

    Raises:
        ValueError, KeyError, TypeError: something else.
    """
    if not data:
        return
    mappings, designs = (dict(data["benchmark"][part]) for part in ("mappings", "designs"))
    for row in mappings.values():
        _check_numbers(row, ("mapspace", "mapper", "evaluations"), least=0)
        _check_numbers(row, ("gap", "plain"), least=-1)
    for name, value in designs.items():
        if name in ("base", "compile_s"):
            _log2(value)
            continue
        if not value:
            raise ValueError(f"{name} scored no design")
        for number, seconds, loss in value:
            _check_numbers({"number": number, "seconds": seconds}, ("number", "seconds"), least=0)
            _log2(loss)


def _check_numbers(row: Mapping[str, Any], names: tuple[str, ...], *, least: float) -> None:
    for name in names:
        if not least <= row[name] < math.inf:
            raise ValueError(f"{name} = {row[name]!r} is out of range")
