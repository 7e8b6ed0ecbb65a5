"""Where the figures of README and docs come from, run as `python -m benchmarks.quality.family`."""
