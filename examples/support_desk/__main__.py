"""``python -m examples.support_desk``: the command line of the demo."""

import argparse
import os
import sys
from pathlib import Path

from slm_instrument.errors import SlmInstrumentError

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # it would warn about the stand-in's process
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch shares the cores with the agent and the stand-in


def main() -> int:
    """Run the demo; 0 when it went through, 1 when not, 130 after Ctrl-C."""
    arguments = _parser().parse_args()
    try:
        from examples.support_desk.demo import Places, run
        from examples.support_desk.llm import connected
        from examples.support_desk.screen import introduce
        from examples.support_desk.work import clean_folder

        places = Places(clean_folder(arguments.work))
        with connected(arguments.model, scripted=arguments.stand_in) as llm:
            introduce(llm.model, llm.scripted, places.folder)
            run(llm, places)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        print(f"the demo needs the package {error.name}: `make install` installs all that it needs", file=sys.stderr)
        return 1
    except SlmInstrumentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.support_desk", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("demo_run"), help="folder for stores and students, emptied")
    parser.add_argument("--model", help="the LLM's name [$OPENAI_MODEL, then gpt-4o-mini]")
    parser.add_argument("--stand-in", action="store_true", help="use the stand-in even if OPENAI_API_KEY is set")
    return parser


if __name__ == "__main__":
    sys.exit(main())
