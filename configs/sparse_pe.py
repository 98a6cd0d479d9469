"""The sparse PE of Eyeriss v2 over the plane of weight and iact density, and the array around it.

Claim:    compression pays wherever either operand is sparse. On the public masks of sparse MobileNet the average PE
          does MACs for about half of the cycles: a sixth goes to handing psums on, a fifth to waiting for slower PEs,
          and on small maps a tenth and more to loading weights.
Command:  python -m experiments.sparse_pe --config=configs/sparse_pe.py --output_dir=output/sparse_pe
Expected: closed form against the array simulation: within 10 % on random masks with the uniform model, within 2 % on
          the public masks with per-channel counts; the uniform model is 7 to 17 % too fast on those, because trained
          channels differ in density more than chance makes them.
Cost:     less than a minute on two CPU cores.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.spad_pairs = (48, 64, 96, 128, 192, 256, 384, 512)
    config.lanes = (1, 2, 3, 4)
    config.M0 = (4, 8, 12, 16, 20, 24, 28, 32)
    config.C0 = (2, 4, 6, 8, 10, 12, 14, 16)
    config.grid = 25  # densities per axis of the plane
    config.least_density = 0.05
    config.chain = 8
    config.m_tiles = 8
    config.positions = 64  # windows for which weights stay, an 8x8 map
    config.psum_fifo = 8
    config.compared_densities = (0.3, 0.6, 0.9)
    return config
