"""How often a ``while`` loop runs, where its program says so."""

from typing import Any

from jax.extend.core import Literal


def trip_count(eqn: Any) -> int | None:
    """Trips of a ``while`` that counts from one constant up to another, e.g. ``fori_loop``; None for any other.

    Recognised: the condition is ``counter < limit`` (or <=), the body adds a constant to the counter, and start and
    limit are literals.
    """
    condition, body = eqn.params["cond_jaxpr"].jaxpr, eqn.params["body_jaxpr"].jaxpr
    cond_consts, body_consts = eqn.params["cond_nconsts"], eqn.params["body_nconsts"]
    if len(condition.eqns) != 1 or condition.eqns[0].primitive.name not in ("lt", "le"):
        return None
    test = condition.eqns[0]
    counter, limit = test.invars
    if isinstance(counter, Literal) or counter not in condition.invars[cond_consts:]:
        return None
    index = condition.invars.index(counter) - cond_consts
    start = _constant(eqn.invars[cond_consts + body_consts + index])
    end = _constant(limit)
    if end is None and not isinstance(limit, Literal) and limit in condition.invars[:cond_consts]:
        end = _constant(eqn.invars[condition.invars.index(limit)])
    step = _step(body, body.invars[body_consts + index], body.outvars[index])
    if start is None or end is None or not step:
        return None
    return max(0, -(-(end + (test.primitive.name == "le") - start) // step))


def _step(body: Any, before: Any, after: Any) -> int | None:
    """The positive constant that a loop body adds to its counter; None if it does anything else with it."""
    for eqn in body.eqns:
        if after in eqn.outvars:
            if eqn.primitive.name != "add" or before not in [v for v in eqn.invars if not isinstance(v, Literal)]:
                return None
            steps = [_constant(v) for v in eqn.invars if v is not before]
            return steps[0] if len(steps) == 1 and steps[0] is not None and steps[0] > 0 else None
    return None


def _constant(variable: Any) -> int | None:
    """The integer of a literal."""
    if not isinstance(variable, Literal):
        return None
    value = variable.val
    return int(value) if getattr(variable.aval, "shape", ()) == () and float(value).is_integer() else None
