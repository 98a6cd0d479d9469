"""Eyeriss v1: the fabricated chip, and the baseline that Eyeriss v2 was compared with."""

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import EYERISS_V1_65NM, ISCA16
from eyeriss_jax.hardware.quantities import BITS_PER_KB, Types

V1_SPAD_WORDS = Types(iact=12, weight=224, psum=24)
"""SPad words of the v1 PE."""

V1_PE_SOURCES: dict[str, str] = {
    "lanes": "JSSC 2017 [P]: one MAC per PE and cycle; zero iacts are gated, which saves energy and no cycle",
    "gates_zero_iacts": "JSSC 2017 and JETCAS 2019 [P]: the dense PE gates zero iacts, which saves energy and no cycle",
    "chained_axes": "JSSC 2017 [P]: every PE reaches the psum buses, so that a column may hold sets of other filters",
    "sparse_pe": "JETCAS 2019 [P]: v1 and v1.5 have dense PEs",
    "spad_words": "JSSC 2017 [P]: ifmap 12, filter 224 and psum 24 words per PE",
    "psum_chain_cycles": "JSSC 2017 [P]: local PE-to-PE psum links; one cycle per psum is derived [D] from the "
    "published v1.5 MobileNet rate; the measured latencies of the v1 chip leave no room for it",
    "dataflow": "ISCA 2016 and JSSC 2017 [P]: row stationary",
    "sends_windows_ahead": "chosen [D]: yes, as in v2; only the measured chip is known to wait",
    "pass_ramp_cycles": "JSSC 2017 [P]: 3-stage PE pipeline; chosen [D]: a pass pays its whole depth once",
}
"""Sources of the numbers that belong to the v1 PE."""


def eyeriss_v1() -> Accelerator:
    """The 65 nm chip of ISSCC 2016 and JSSC 2017: 168 PEs, 16-bit words, flat multicast buses.

    The model gives the *processing* latency: the chip does not overlap processing with loading and dumping a
    tile to DRAM, so its total latency adds that DRAM time (``published/eyeriss_v1_chip.py``).
    """
    return Accelerator(
        name="eyeriss_v1",
        description="Eyeriss chip (JSSC 2017): 12x14 PEs, 108 kB GLB, flat multicast buses, 16 b",
        cluster_rows=1,
        cluster_cols=1,
        pe_rows=12,
        pe_cols=14,
        spad_words=V1_SPAD_WORDS,
        word_bits=Types(iact=16, weight=16, psum=16),
        oact_bits=16,
        glb_bits=Types(iact=0, weight=8 * BITS_PER_KB, psum=0),
        glb_shared_bits=100 * BITS_PER_KB,
        noc="bus",
        noc_words_per_cycle=Types(iact=1, weight=4, psum=4),
        overlap=("iact", "psum"),
        reduce_axes=("pe_rows",),
        psum_chain_cycles=0,
        pass_ramp_cycles=3,
        sends_windows_ahead=False,
        gates_zero_iacts=True,
        dataflow="rs",
        dram_total_bits_per_cycle=64 * 60e6 / 200e6,
        clock_hz=200e6,
        clock_volts=((100e6, 0.82), (200e6, 1.0), (250e6, 1.17)),
        energy=ISCA16,
        sources={
            **V1_PE_SOURCES,
            "psum_chain_cycles": "derived [D] from the measured AlexNet latencies: CONV5 leaves 0.4 ms beside its "
            "MACs, a cycle per psum would take 1.1 ms, so the chain is hidden",
            "sends_windows_ahead": "JSSC 2017 [P] names the ramp-up of each pass; that it is the pass's weights and "
            "first windows is derived [D] from the measured AlexNet latencies",
            "cluster_rows": "JSSC 2017 [P]: one flat array",
            "cluster_cols": "JSSC 2017 [P]: one flat array",
            "pe_rows": "JSSC 2017 [P]: 12 rows x 14 columns",
            "pe_cols": "JSSC 2017 [P]: 12 rows x 14 columns",
            "word_bits": "JSSC 2017 [P]: 16-bit fixed point",
            "oact_bits": "JSSC 2017 [P]: 16-bit fixed point",
            "glb_bits": "JSSC 2017 [P]: 8 kB of the 108 kB prefetch filters",
            "glb_shared_bits": "JSSC 2017 [P]: 25 banks x 4 kB hold ifmaps or psums",
            "glb_keeps": "JSSC 2017 [P]: ifmaps and psums; the 8 kB filter part holds the next pass only, so the "
            "model lets weights pass the GLB by [D]",
            "oacts_bypass_glb": "chosen [D]: psums are read from and written to the GLB; a bypass is not described",
            "glb_read_words_per_cycle": "chosen [D]: no limit beside that of the buses",
            "glb_write_words_per_cycle": "chosen [D]: no limit beside that of the buses",
            "noc": "JSSC 2017 [P]: one Y bus and 12 X buses per data type, single-cycle multicast",
            "noc_words_per_cycle": "JSSC 2017 [P]: ifmap bus 16 b, filter bus 64 b, psum buses 64 b, at 16 b per word",
            "overlap": "derived [D] from the measured AlexNet latencies: iact delivery would exceed the losses if it "
            "were exposed; loading a pass's weights is the ramp-up that JSSC 2017 names [P]",
            "reduce_axes": "JSSC 2017 [P]: psums accumulate up the columns",
            "dram_read_bits_per_cycle": "chosen [D]: only the shared bus of dram_total_bits_per_cycle limits",
            "dram_write_bits_per_cycle": "chosen [D]: only the shared bus of dram_total_bits_per_cycle limits",
            "dram_total_bits_per_cycle": "ISSCC 2016 [PF], JSSC 2017 [P]: 64-bit bus at 60 MHz, per 200 MHz core cycle",
            "clock_volts": "JSSC 2017 [P]: 0.82 to 1.17 V and 100 to 250 MHz; that the ends belong together, and "
            "1.0 V to 200 MHz, is derived [D]",
            "clock_hz": "ISSCC 2016 [PF]: 200 MHz core clock at 1 V",
            "energy": "ISCA 2016 Table IV [P], for 16 b as it stands",
        },
    )


def eyeriss_v1_192() -> Accelerator:
    """Eyeriss v1 scaled to the resources of v2, the baseline of JETCAS 2019: 192 PEs, 192 kB GLB, 8-bit words."""
    bits = Types(iact=8, weight=8, psum=20)
    widths = (
        "not published; derived [D]: one port of v2 (JETCAS 2019 [P]), so 3 iacts and 3 weights per cycle, a 24-bit "
        "port of 8-bit words, and 2 psums, a 40-bit port"
    )
    overlap = (
        "not published; fitted [D]: nothing is hidden, psums in both directions; v1's cycles of AlexNet and MobileNet "
        "then come out 2 and 3 % below the published ones"
    )
    return Accelerator(
        name="eyeriss_v1_192",
        description="Eyeriss v1 as the JETCAS 2019 baseline: 12x16 PEs, 192 kB GLB, flat multicast buses, 8 b",
        cluster_rows=1,
        cluster_cols=1,
        pe_rows=12,
        pe_cols=16,
        spad_words=V1_SPAD_WORDS,
        word_bits=bits,
        oact_bits=8,
        glb_bits=Types(iact=0, weight=0, psum=0),
        glb_shared_bits=192 * BITS_PER_KB,
        noc="bus",
        noc_words_per_cycle=Types(iact=3, weight=3, psum=2),
        overlap=(),
        reduce_axes=("pe_rows",),
        psum_chain_cycles=1,
        pass_ramp_cycles=3,
        gates_zero_iacts=True,
        dataflow="rs",
        clock_hz=200e6,
        energy=EYERISS_V1_65NM,
        sources={
            **V1_PE_SOURCES,
            "cluster_rows": "JETCAS 2019 [P]: v1 keeps its flat array",
            "cluster_cols": "JETCAS 2019 [P]: v1 keeps its flat array",
            "pe_rows": "JETCAS 2019 [P]: 192 PEs; 12 rows x 16 columns is derived [D]: the v1 rows, more columns",
            "pe_cols": "JETCAS 2019 [P]: 192 PEs; 12 rows x 16 columns is derived [D]: the v1 rows, more columns",
            "word_bits": "JETCAS 2019 [P]: 8-bit data; 20-bit psums as in v2",
            "oact_bits": "JETCAS 2019 [P]: 8-bit data",
            "glb_bits": "chosen [D]: nothing dedicated, the 192 kB are shared",
            "glb_shared_bits": "JETCAS 2019 [P]: 192 kB in all; shared by iacts and psums as in the v1 chip [D]",
            "glb_keeps": "JETCAS 2019 [P] for v2 (weights are not stored), taken over for v1 [D]",
            "oacts_bypass_glb": "chosen [D]: psums are read from and written to the GLB; a bypass is not described",
            "glb_read_words_per_cycle": "chosen [D]: no limit beside that of the buses",
            "glb_write_words_per_cycle": "chosen [D]: no limit beside that of the buses",
            "noc": "JETCAS 2019 [P]: v1's multicast network",
            "noc_words_per_cycle": widths,
            "overlap": overlap,
            "reduce_axes": "JSSC 2017 [P]: psums accumulate up the columns",
            "dram_read_bits_per_cycle": "JETCAS 2019 [P]: external bandwidth is not limited",
            "dram_write_bits_per_cycle": "JETCAS 2019 [P]: external bandwidth is not limited",
            "dram_total_bits_per_cycle": "JETCAS 2019 [P]: external bandwidth is not limited",
            "clock_hz": "200 MHz as for v2 (BoooC [S])",
            "energy": "eyeriss_65nm: ratios of ISCA 2016 Table IV [P], scaled to 8/8/20 b [D]; scale and clock fitted "
            "on two layers of dense AlexNet on v2 (JETCAS 2019 [P])",
        },
    )
