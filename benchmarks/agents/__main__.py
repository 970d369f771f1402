"""Print the calls of a made application as native JSONL, labelled: python -m benchmarks.agents NAME [--traces N]."""

import argparse
import json
import sys

from benchmarks.agents import AGENTS
from slm_instrument.interchange.native import call_to_native


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agents", description=(__doc__ or "").strip())
    parser.add_argument("name", choices=sorted(AGENTS), metavar="NAME", help=f"of: {', '.join(sorted(AGENTS))}")
    parser.add_argument("--traces", type=int, help="how many runs to make; each application has its own default")
    parser.add_argument("--seed", type=int, default=0, help="[%(default)s]")
    options = parser.parse_args()
    if options.traces is not None and options.traces < 1:
        parser.error("--traces: at least 1")
    made = {} if options.traces is None else {"traces": options.traces}
    try:
        for call, task in AGENTS[options.name](seed=options.seed, **made):
            print(json.dumps(call_to_native(call) | {"task": task}, ensure_ascii=False))
    except BrokenPipeError:  # the reader, such as head, has enough
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
