"""The laws: pure functions of (accelerator, layer, mapping) in scalars, one file per law."""
