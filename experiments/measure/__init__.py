"""What the benchmarks and comparisons of the mains measure; each file is opened by one main."""
