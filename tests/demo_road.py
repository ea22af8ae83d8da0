"""A road of three quick stages for tests of the demo's runner: ``python -m tests.demo_road FOLDER`` walks it."""

import sys
from pathlib import Path

from rnnoise_py.recipe import demo
from rnnoise_py.recipe.demo_stages import Settings, Stage

#: leaves a state and waits to be killed; with --resume it goes on from the state
SLOW = """
import pathlib, sys, time
state, product = map(pathlib.Path, sys.argv[1:3])
if "--resume" in sys.argv:
    product.write_text(state.read_text() + " and resumed")
else:
    state.write_text("begun")
    time.sleep(30)
"""


def write(path: Path, text: str) -> tuple[str, ...]:
    """Command that appends a text to a file and says it."""
    script = f"open({str(path)!r}, 'a').write({text!r}); print({text!r})"
    return ("python", "-c", script)


def tiny_road(out: Path, settings: Settings) -> list[Stage]:
    """Three stages; the second is ``first``'s product changed, the third can be resumed."""
    first, second, third = out / "first.txt", out / "second.txt", out / "third.txt"
    state = out / "third.state"
    return [
        Stage("first", "a file", (first,), (write(first, "one"),), first),
        Stage("second", "another", (second,), (write(second, "two"),), second, after=("first",)),
        Stage(
            "third",
            "a long one",
            (third,),
            (("python", "-c", SLOW, str(state), str(third)),),
            third,
            after=("second",),
            resume=state,
            left_over=(state,),
        ),
    ]


if __name__ == "__main__":
    vars(demo)["stages"] = tiny_road
    demo.run_demo(Path(sys.argv[1]))
