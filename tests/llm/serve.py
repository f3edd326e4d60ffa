"""Serves a model file over OpenAI's chat API on a free loopback port, until its input ends."""

from __future__ import annotations

import sys

import xllamacpp


def main() -> None:
    """Print the address, then wait."""
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel = 4096, 1
    params.cpuparams.n_threads = 2
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
