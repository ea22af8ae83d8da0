"""Recipes for tests: sound to make rows of, texts of recipes, and a stand-in for the commands."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnnoise_py.cli.recipe_sections import recipe_sections
from rnnoise_py.recipe.document import read_recipe
from rnnoise_py.recipe.plan import Plan, make_plan
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.tree import write_wav

#: the smallest recipe that trains: {clean}, {noise} are put in
TINY = """
[data]
clean = "{clean}"
noise = "{noise}"

[features]
count = 1200

[train]
epochs = 1
window = 100
batch = 8
engine = "numba"
tensorboard = false

[export]
format = ["text"]
"""


def write_folders(folder: Path, *, files: int = 2) -> dict[str, str]:
    """Write a folder of clean and one of noise; return them as the recipes' placeholders."""
    rng = np.random.default_rng(5)
    for kind in ("clean", "noise"):
        (folder / kind).mkdir(parents=True)
        for number in range(files):
            write_wav(folder / kind / f"{kind}_{number}.wav", 0.05 * rng.standard_normal(2 * SAMPLE_RATE))
    return {"clean": str(folder / "clean"), "noise": str(folder / "noise")}


def plan_of(folder: Path, text: str) -> Plan:
    """Write a recipe into a folder, read it, plan it."""
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    recipe = read_recipe(path, recipe_sections())
    work = folder / "work"
    return make_plan(recipe, work, Sources(work / "digests.json"))


class Commands:
    """Does what the commands do, as far as the runner sees it: products appear, calls are counted."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.fail: dict[str, Exception] = {}  #: what a command raises, by its first word
        self.codes: dict[str, int] = {}

    def __call__(self, words: Sequence[str]) -> int:
        """Run one command."""
        self.calls.append(list(words))
        name = words[0]
        if name in self.fail:
            raise self.fail[name]
        output = Path(words[words.index("-o") + 1])
        if name == "train":
            self._train(output, Path(words[words.index("--run") + 1]), list(words))
        elif name == "features":
            output.write_bytes(b"rows")
        elif name == "compare":
            self._compare(output, [word for word in words if word.startswith("--model=")])
        else:
            for kind in ("logs", "clean", "noise"):
                (output / kind).mkdir(parents=True, exist_ok=True)
            (output / "logs" / "manifest.json").write_text("{}")
        return self.codes.get(name, 0)

    @staticmethod
    def _train(weights: Path, run: Path, words: list[str]) -> None:
        run.mkdir(exist_ok=True)
        seed = int(words[words.index("--seed") + 1]) if "--seed" in words else 1
        for path in (weights, run / "model.rnn", run / "model.rnnn"):
            path.write_text(f"seed {seed}")
        record = {"config": {"keep": "last"}, "data": {"files": [{"rows": 1200}]}}
        (run / "run.json").write_text(json.dumps(record))
        (run / "quantization.json").write_text(json.dumps({"clipped": 0, "model_digest": f"{seed:064x}"}))
        (run / "history.csv").write_text(
            f"epoch,val_loss,val_msse,val_vad_accuracy,seconds\n1,{5 - seed},0.5,0.9,2.5\n"
        )

    @staticmethod
    def _compare(output: Path, models: list[str]) -> None:
        output.mkdir()
        names = [word.removeprefix("--model=").partition("=")[0] for word in models]
        summary: dict[str, Any] = {"input": {"pesq": {"mean": 1.0}}}
        summary |= {name: {"pesq": {"mean": 2.0 - place / 10}} for place, name in enumerate(names)}
        content = {"summary": summary, "measures": {"pesq": {"better": "higher"}}}
        (output / "report.json").write_text(json.dumps(content))
