"""Which form of the data a layer runs in: the one that keeps a PE busy for fewer cycles."""

import jax
import jax.numpy as jnp

from eyeriss_jax.dims import Dims, product
from eyeriss_jax.model.form import Form
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.numerics import minimum, safe_div


def choose_form(raw: Form, compressed: Form, dims: Dims) -> Form:
    """The form that fits and takes a PE fewer cycles, those to load its weights once included.

    Iact and psum ports, GLB and DRAM have no say, so that loop orders and DRAM tiles have none: the mapper's bound is
    of the same form as every mapping that it bounds. Where neither form fits, it is the one that the machine can use,
    raw before compressed.
    """
    weights = product(dims[d].arrays.sum(lambda size, t=dims[d]: minimum(size, t.row)).every for d in "GMCRS")

    def cycles(form: Form) -> Scalar:
        load = safe_div(weights * form.values.weight, form.port.weight)
        return form.compute + form.waiting + form.refills + load

    both = raw.fits & compressed.fits
    chosen = jnp.where(both, cycles(compressed) < cycles(raw), compressed.fits | ~raw.usable)
    return jax.tree.map(lambda r, c: jnp.where(chosen, c, r), raw, compressed)
