"""The portal's speed as figures: one command a figure, each run one JSON object. See docs/benchmarks.md."""
