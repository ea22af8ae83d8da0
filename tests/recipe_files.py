"""Recipes for tests: sound to make rows of, texts of recipes, and a stand-in for the steps."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.recipe.document import read_recipe
from rnnoise_py.recipe.plan import Plan, make_plan
from rnnoise_py.recipe.sections import all_sections
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.runs.progress import Reporter
from rnnoise_py.runs.settings import Settings
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.stages import compare, train
from rnnoise_py.stages.result import Result
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
    recipe = read_recipe(path, all_sections())
    work = folder / "work"
    return make_plan(recipe, work, Sources(work / "digests.json"))


class Steps:
    """Does what the steps do, as far as the runner sees it: products appear, calls are counted."""

    def __init__(self) -> None:
        self.calls: list[str] = []  #: kinds of the artefacts that were made
        self.settings: list[Settings] = []
        self.fail: dict[str, BaseException] = {}  #: what a step raises, by its kind
        self.incomplete: set[str] = set()  #: kinds of which inputs are left out

    def __call__(self, artefact: Artefact, settings: Settings, to: Reporter) -> Result:
        """Run one step."""
        self.calls.append(artefact.kind)
        self.settings.append(settings)
        if artefact.kind in self.fail:
            raise self.fail[artefact.kind]
        if isinstance(settings, train.Settings):
            self._train(settings)
        elif artefact.kind == "features":
            (artefact.folder / artefact.products[0]).write_bytes(b"rows")
        elif isinstance(settings, compare.Settings):
            self._compare(settings)
        else:
            for name in artefact.products:
                (artefact.folder / name).mkdir(parents=True, exist_ok=True)
                (artefact.folder / name / "manifest.json").write_text("{}")
        return Result(incomplete=artefact.kind in self.incomplete)

    @staticmethod
    def _train(settings: train.Settings) -> None:
        run, seed = settings.folder, settings.seed
        run.mkdir(exist_ok=True)
        for path in (settings.output, run / "model.rnn", run / "model.rnnn"):
            path.write_text(f"seed {seed}")
        record = {"config": {"keep": "last"}, "data": {"files": [{"rows": 1200}]}}
        (run / "run.json").write_text(json.dumps(record))
        (run / "quantization.json").write_text(json.dumps({"clipped": 0, "model_digest": f"{seed:064x}"}))
        (run / "history.csv").write_text(
            f"epoch,val_loss,val_msse,val_vad_accuracy,seconds\n1,{5 - seed},0.5,0.9,2.5\n"
        )

    @staticmethod
    def _compare(settings: compare.Settings) -> None:
        settings.output.mkdir()
        names = [given.partition("=")[0] for given in settings.models]
        summary: dict[str, Any] = {"input": {"pesq": {"mean": 1.0}}}
        summary |= {name: {"pesq": {"mean": 2.0 - place / 10}} for place, name in enumerate(names)}
        content = {"summary": summary, "measures": {"pesq": {"better": "higher"}}}
        (settings.output / "report.json").write_text(json.dumps(content))
