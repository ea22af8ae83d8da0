"""Write small folders of made-up speech and noise: ``python -m rnnoise_py.synthetic -o FOLDER``."""

import argparse
import sys
from pathlib import Path

from rnnoise_py.errors import run_program
from rnnoise_py.runs.progress import Terminal, reporting
from rnnoise_py.synthetic.talker import OWN, best_synthesizer
from rnnoise_py.synthetic.tree import write_tree


def main() -> None:
    """Write a tree, with the best speech synthesizer of this machine, and say which that is."""
    parser = argparse.ArgumentParser(prog="python -m rnnoise_py.synthetic", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for speech/ and noise/")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same files (default: 1)")
    parser.add_argument("--speech-files", type=int, default=20, help="default: 20")
    parser.add_argument("--noise-files", type=int, default=20, help="default: 20")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each file (default: 15)")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes")
    given = parser.parse_args()
    with reporting(Terminal(quiet=given.quiet)):
        name, synthesizer = best_synthesizer()
        if given.speech_files:
            print(f"speech: {name}" + (f", three files in ten {OWN}" if name != OWN else ""))
        write_tree(
            given.output,
            seed=given.seed,
            speech_files=given.speech_files,
            noise_files=given.noise_files,
            seconds=given.seconds,
            synthesizer=synthesizer,
        )


if __name__ == "__main__":
    sys.exit(run_program(main))
