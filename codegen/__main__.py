"""``python -m codegen WEIGHTS -o DIR``: the same as ``rnnoise-py export WEIGHTS -o DIR``."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rnnoise_py.codegen.package import FORMATS, export_model
from rnnoise_py.errors import RNNoiseError

EXIT_UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m codegen", description="Trained weights (any format) → C sources, text, packed and Keras models."
    )
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", required=True, help="folder to write into")
    parser.add_argument("--format", dest="formats", action="append", choices=FORMATS, default=[], help="default: all")
    parser.add_argument("--force", action="store_true", help="replace what is already there")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print the result as JSON on stdout")
    parser.add_argument("-q", "--quiet", action="store_true", help="no notes")
    options = parser.parse_args(arguments)
    try:
        opened, remarks = export_model(options.weights, options.output, formats=options.formats, force=options.force)
    except RNNoiseError as error:
        print(f"codegen: error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_UNUSABLE
    for remark in remarks:
        print(f"codegen: warning: {remark}", file=sys.stderr)
    summary = opened.model.summary()
    if opened.quantization is not None:
        summary["quantization"] = opened.quantization.summary()
        if not options.quiet:
            print(*opened.quantization.layers, sep="\n", file=sys.stderr)
    if options.as_json:
        print(json.dumps(summary, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
