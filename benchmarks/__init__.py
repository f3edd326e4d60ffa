"""Speed and memory of the real parts, each figure beside its yardstick from the same run: `make bench`."""
