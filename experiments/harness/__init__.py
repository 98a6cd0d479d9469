"""What all experiments share: command line, configuration, progress, output, and what long work keeps."""

from experiments.harness.command_line import (
    CONFIGS,
    ENVIRONMENT,
    define_accelerator,
    define_batch,
    define_conventions,
    define_dataflow,
    define_layer,
    define_network,
    define_networks,
    define_objective,
    define_switch,
    define_text,
    names_config,
    only_layer,
    prepare_output_dir,
    reading,
)
from experiments.harness.experiment import Experiment
from experiments.harness.given_mappings import as_made_for, check_made_for, given_mappings, mapping_file
from experiments.harness.kept import Growing, Kept, digests_of, key_of
from experiments.harness.peers import Peers
from experiments.harness.processes import define_processes, start_devices, start_processes
from experiments.harness.progress import COMPILING, LayerProgress, Overtime, layer_progress, sweep_progress
from experiments.harness.timeloop_files import check_timeloop, write_timeloop
from experiments.harness.word_bits import check_word_bits, with_word_bits

__all__ = [
    "COMPILING",
    "CONFIGS",
    "ENVIRONMENT",
    "Experiment",
    "Growing",
    "Kept",
    "LayerProgress",
    "Overtime",
    "Peers",
    "check_made_for",
    "check_timeloop",
    "check_word_bits",
    "as_made_for",
    "define_accelerator",
    "define_batch",
    "define_conventions",
    "define_dataflow",
    "define_layer",
    "define_network",
    "define_networks",
    "define_objective",
    "define_processes",
    "define_switch",
    "define_text",
    "given_mappings",
    "digests_of",
    "key_of",
    "layer_progress",
    "mapping_file",
    "names_config",
    "only_layer",
    "prepare_output_dir",
    "reading",
    "start_devices",
    "start_processes",
    "sweep_progress",
    "with_word_bits",
    "write_timeloop",
]
