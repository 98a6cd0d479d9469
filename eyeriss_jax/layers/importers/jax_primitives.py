"""JAX's primitives by what they do; one that is on no list is refused rather than guessed."""

import math
from typing import Any

_ELEMENT_WISE = """
abs acos acosh add add_any and asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt ceil clamp clz complex conj cos
cosh digamma div eq eq_to erf erf_inv erfc exp exp2 expm1 floor ge gt igamma igamma_grad_a igammac imag integer_pow
is_finite le le_to lgamma log log1p logistic lt lt_to max min mul ne neg nextafter not or polygamma population_count
pow real reduce_precision regularized_incomplete_beta rem round rsqrt select_n shift_left shift_right_arithmetic
shift_right_logical sign sin sinh sqrt square sub tan tanh xor zeta scatter_add scatter_max scatter_min scatter_mul
"""
_MOVEMENT = """
after_all axis_index bitcast_convert_type broadcast_in_dim concatenate convert_element_type copy copy_p create_token
debug_callback debug_print device_put dynamic_slice dynamic_update_slice empty empty2 gather iota layout_constraint
mesh_cast name optimization_barrier pad pvary reshape reshard rev scatter sharding_constraint slice split squeeze
stop_gradient transpose
"""
_REDUCTION = """
argmax argmin cumlogsumexp cummax cummin cumprod cumsum reduce reduce_and reduce_max reduce_min reduce_or reduce_prod
reduce_sum reduce_xor
"""
_POOLING = """
reduce_window reduce_window_max reduce_window_min reduce_window_sum select_and_gather_add select_and_scatter
select_and_scatter_add
"""
_SELECTION = "approx_top_k sort top_k"
_RANDOM = """
random_bits random_clone random_fold_in random_gamma random_seed random_split random_unwrap random_wrap
rng_bit_generator rng_uniform threefry2x32
"""
_COMMUNICATION = """
all_gather all_gather_invariant all_gather_reduced all_to_all pbroadcast pmax pmin ppermute psum psum2
psum_invariant psum_scatter ragged_all_to_all reduce_scatter unreduced_psum
"""

KINDS: dict[str, str] = {
    name: kind
    for kind, names in (
        ("element-wise", _ELEMENT_WISE),
        ("reduction", _REDUCTION),
        ("pooling", _POOLING),
        ("selection", _SELECTION),
        ("random numbers", _RANDOM),
        ("communication", _COMMUNICATION),
    )
    for name in names.split()
}

# Primitives that only move values, or none: they cost no operation and are not listed.
MOVEMENT = frozenset(_MOVEMENT.split())

# Primitives that run a program of theirs once, and the parameter that holds it.
CALLS: dict[str, str] = {
    "call": "call_jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
    "custom_partitioning": "call",
    "checkpoint": "jaxpr",
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "remat": "jaxpr",
    "remat2": "jaxpr",
}


def operations(eqn: Any) -> int:
    """Element operations of a primitive of :data:`KINDS`: one per output, or per input of a window or reduction."""
    kind = KINDS[eqn.primitive.name]
    if kind == "communication":
        return 0
    outputs = max((size(variable.aval) for variable in eqn.outvars), default=0)
    if kind == "pooling":
        return outputs * math.prod(eqn.params.get("window_dimensions", (1,)))
    if kind in ("reduction", "selection"):
        return size(eqn.invars[0].aval)
    return outputs


def size(aval: Any) -> int:
    """Elements of an array; 0 for what is none, such as a token."""
    return math.prod(getattr(aval, "shape", (0,)))
