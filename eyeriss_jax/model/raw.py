"""The raw form: all values as they are, three to a port beat. A zero iact takes its cycle and is gated at best."""

import jax.numpy as jnp

from eyeriss_jax.dims import DIMS, Dims, PerType, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.cycles import compute_cycles
from eyeriss_jax.model.form import Form
from eyeriss_jax.model.storage import spad_fits, spad_need


def raw_form(
    layer: LayerArrays, accelerator: AcceleratorArrays, dims: Dims, *, slides: bool, one_rf: bool = False
) -> Form:
    """The raw form of a layer; where zero iacts are gated, neither weight nor psum is read for them."""
    need = spad_need(layer, dims, slides=slides)
    iact = 1.0 if layer.sparsity is None else layer.sparsity.iact
    acting = jnp.where(accelerator.gates_zero_iacts > 0, iact, 1.0)
    nominal = PerType(iact=1.0, weight=1.0, psum=1.0)
    return Form(
        compressed=jnp.zeros(()),
        usable=(accelerator.sparse_pe.raw_mode > 0) | (accelerator.sparse_pe.present <= 0),
        spad_fits=spad_fits(need, accelerator.spad_words, one_rf=one_rf),
        values=nominal,
        words=nominal,
        port=accelerator.noc_words_per_cycle,
        compute=compute_cycles(dims, accelerator.lanes),
        refills=0.0,
        waiting=0.0,
        work=product(dims[d].extent for d in DIMS),
        fetched=1.0,
        weights_read=acting,
        effectual=acting,
    )
