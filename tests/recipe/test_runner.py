"""The runner makes what is missing and nothing twice; failures of one model do not stop the others."""

import json
from pathlib import Path

import pytest

from rnnoise_py.errors import DependencyError, InputError, OutputError, RNNoiseError
from rnnoise_py.model import write_model
from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.recipe.estimate import Estimates
from rnnoise_py.recipe.figures import Table, collect, mark_best
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.result import table_lines, write_result
from rnnoise_py.recipe.runner import Runner, check_work, forecast, forecast_lines, opened_work
from rnnoise_py.runs.progress import Reporter
from rnnoise_py.runs.settings import Settings
from rnnoise_py.stages import compare, train
from rnnoise_py.stages.result import Result
from tests.command_line import run_here
from tests.model_samples import synthetic
from tests.recipe_files import TINY, Steps, plan_of, write_folders

SWEEP = "[sweep]\nfeatures.count = [1200, 1300]\ntrain.seed = [1, 2]\n"


def _recipe(tmp_path: Path, more: str = "") -> str:
    return TINY.format(**write_folders(tmp_path)) + more


def _run(tmp_path: Path, text: str, steps: Steps) -> tuple[Plan, Runner]:
    plan = plan_of(tmp_path, text)
    work = tmp_path / "work"
    runner = Runner(plan, 1, Estimates(work, 1), steps)
    with opened_work(work):
        runner.run()
        runner.compare()
    return plan, runner


def _table(tmp_path: Path, plan: Plan, runner: Runner, best: str = "") -> Table:
    table = collect(plan, runner.outcome.failed)
    mark_best(table, best)
    write_result(tmp_path / "work", plan, table)
    return table


def test_second_run_makes_nothing(tmp_path: Path) -> None:
    """And one with a changed line only what follows."""
    text, steps = _recipe(tmp_path), Steps()
    _run(tmp_path, text, steps)
    assert steps.calls == ["features", "train", "export"]
    _run(tmp_path, text, steps)
    assert len(steps.calls) == 3
    _run(tmp_path, text.replace("epochs = 1", "epochs = 2"), steps)
    assert steps.calls[3:] == ["train", "export"]


@pytest.mark.parametrize("damage", ["gone", "cut", "no manifest", "folder gone"])
def test_damaged_artefact_is_made_again(tmp_path: Path, damage: str) -> None:
    """A product that is missing or has another size, or a manifest that is missing."""
    text, steps = _recipe(tmp_path), Steps()
    plan, _ = _run(tmp_path, text, steps)
    features = next(iter(plan.artefacts.values()))
    rows = features.folder / "rows.h5"
    if damage == "cut":
        rows.write_bytes(b"r")
    else:
        (rows if damage == "gone" else features.folder / "stage.json").unlink()
    if damage == "folder gone":
        rows.unlink()
        features.folder.rmdir()
    _run(tmp_path, text, steps)
    assert steps.calls[3:] == ["features"]


@pytest.mark.parametrize("manifest", ['{"incomplete": "x"}', "[]", "{", '{"amount": "a", "seconds": []}'])
def test_a_damaged_manifest_is_made_again(tmp_path: Path, manifest: str) -> None:
    """Whatever is wrong with it."""
    text, steps = _recipe(tmp_path), Steps()
    plan, _ = _run(tmp_path, text, steps)
    path = next(iter(plan.artefacts.values())).folder / "stage.json"
    content = path.read_text()
    path.write_text(json.dumps({**json.loads(content), **json.loads(manifest)}) if ":" in manifest else manifest)
    _run(tmp_path, text, steps)
    assert steps.calls[3:] in (["features"], [])
    assert path.read_text() != manifest


def test_a_folder_with_missing_files_is_made_again(tmp_path: Path) -> None:
    """More files than before do no harm: an exported folder is built in."""
    text, steps = _recipe(tmp_path), Steps()
    plan, _ = _run(tmp_path, text, steps)
    folder = plan.models[0].export.folder / "model"
    (folder / "build").mkdir()
    (folder / "build" / "librnnoise.so").touch()
    _run(tmp_path, text, steps)
    assert len(steps.calls) == 3
    (folder / "manifest.json").unlink()
    _run(tmp_path, text, steps)
    assert steps.calls[3:] == ["export"]


def test_a_source_that_changes_meanwhile_is_an_error(tmp_path: Path) -> None:
    """What was made of it is taken away; other stages' sources do not count."""
    text, noise = _recipe(tmp_path), tmp_path / "noise" / "noise_0.wav"

    class Meanwhile(Steps):
        def __call__(self, artefact: Artefact, settings: Settings, to: Reporter) -> Result:
            if artefact.kind == "features":
                noise.write_bytes(noise.read_bytes() + b"more")
            return super().__call__(artefact, settings, to)

    with pytest.raises(InputError, match=r"noise changed while features-\w+ was made of it: run again"):
        _run(tmp_path, text, Meanwhile())
    assert not list((tmp_path / "work").glob("features-*"))
    steps = Steps()
    _run(tmp_path, text, steps)
    assert len(steps.calls) == 3


def test_a_stage_that_cannot_go_on_says_what_to_delete(tmp_path: Path) -> None:
    """``run`` has no ``--force``."""
    text, steps = _recipe(tmp_path), Steps()
    steps.fail["features"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, text, steps)
    steps.fail["features"] = InputError("the state is damaged")
    with pytest.raises(RNNoiseError, match=r"is damaged \(to start this step over, delete .*features-\w+\)"):
        _run(tmp_path, text, steps)


def test_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    """``resume`` where there is one; from nothing where a killed run left none."""
    text, steps = _recipe(tmp_path), Steps()
    steps.fail["train"] = KeyboardInterrupt()
    for checkpoint in (False, True):
        with pytest.raises(KeyboardInterrupt):
            _run(tmp_path, text, steps)
        if checkpoint:
            (folder,) = (tmp_path / "work").glob("train-*")
            (folder / "run").mkdir()
            (folder / "run" / "checkpoint.npz").touch()
    steps.fail.clear()
    (left,) = (path / "left over" for path in (tmp_path / "work").glob("train-*"))
    left.touch()
    _run(tmp_path, text, steps)
    assert left.exists()  # what a killed run left is kept where it is gone on with
    trainings = [one for one in steps.settings if isinstance(one, train.Settings)]
    assert [one.resume for one in trainings] == [False, False, True]


def test_what_cannot_go_on_starts_from_nothing(tmp_path: Path) -> None:
    """Files of a killed stage that knows no ``--resume`` are taken away first."""
    text, steps = _recipe(tmp_path), Steps()
    steps.fail["export"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, text, steps)
    (left,) = (path / ".model.123.part" for path in (tmp_path / "work").glob("export-*"))
    left.touch()
    steps.fail.clear()
    _run(tmp_path, text, steps)
    assert not left.exists()


def test_sweep_ends_with_a_table(tmp_path: Path) -> None:
    """Text, JSON and CSV; the best one is marked; models and exports lie in result/."""
    plan, runner = _run(tmp_path, _recipe(tmp_path, SWEEP), Steps())
    table = _table(tmp_path, plan, runner)
    assert table.best_by == "val_loss"
    assert [row.best for row in table.rows] == [False, True, False, False]  # the lower loss, the first of equals
    result = tmp_path / "work" / "result"
    assert (result / "table.txt").read_text().splitlines()[2].startswith("*  count-1200_seed-2")
    content = json.loads((result / "table.json").read_text())
    assert [model["sweep"] for model in content["models"]][1] == {"features.count": 1200, "train.seed": 2}
    assert content["models"][1]["sha256"] == f"{2:064x}"
    assert len((result / "table.csv").read_text().splitlines()) == 5
    assert len(list((result / "models").glob("*.rnnn"))) == 4
    assert (result / "exports" / "count-1200_seed-1").resolve().is_dir()


def test_one_failure_does_not_stop_the_others(tmp_path: Path) -> None:
    """Its line says why; a sweep of which nothing can be made is an error."""
    text, steps = _recipe(tmp_path, "[sweep]\ntrain.seed = [1, 2]\n"), Steps()

    class Once(Steps):
        def __call__(self, artefact: Artefact, settings: Settings, to: Reporter) -> Result:
            if isinstance(settings, train.Settings) and settings.seed == 2:
                raise RNNoiseError("the loss is not a number")
            return super().__call__(artefact, settings, to)

    plan, runner = _run(tmp_path, text, Once())
    table = _table(tmp_path, plan, runner)
    assert [bool(row.failed) for row in table.rows] == [False, True]
    assert "seed-2: no model: the loss is not a number" in table_lines(table)
    steps.fail["features"] = InputError("no rows")
    with pytest.raises(RNNoiseError, match="no rows"):
        _run(tmp_path, text.replace("1200", "1400"), steps)


def test_single_failure_is_the_error(tmp_path: Path) -> None:
    """With one model its reason is what is said."""
    steps = Steps()
    steps.fail["features"] = InputError("no rows")
    with pytest.raises(InputError, match="no rows"):
        _run(tmp_path, _recipe(tmp_path), steps)


def test_skipped_inputs_are_remembered(tmp_path: Path) -> None:
    """Exit code 1 of a command is that of every run that reuses what it made."""
    text, steps = _recipe(tmp_path), Steps()
    steps.incomplete.add("features")
    for _ in range(2):
        _, runner = _run(tmp_path, text, steps)
        assert [name.split("-")[0] for name in runner.outcome.remarks] == ["features"]
    assert steps.calls.count("features") == 1


def test_missing_product_is_an_error(tmp_path: Path) -> None:
    """A command that says it is done and is not."""

    class Nothing(Steps):
        def __call__(self, artefact: Artefact, settings: Settings, to: Reporter) -> Result:
            return Result()

    with pytest.raises(InputError, match=r"holds no rows\.h5"):
        _run(tmp_path, _recipe(tmp_path), Nothing())


def test_work_folder_has_one_run(tmp_path: Path) -> None:
    """A second run at the same time is refused."""
    text = _recipe(tmp_path)
    _run(tmp_path, text, Steps())
    check_work(tmp_path / "work")
    with opened_work(tmp_path / "work"), pytest.raises(OutputError, match="another run"):
        _run(tmp_path, text, Steps())


def test_prune_keeps_what_the_recipe_uses(tmp_path: Path) -> None:
    """And everything that is no artefact."""
    text = _recipe(tmp_path)
    _run(tmp_path, text.replace("count = 1200", "count = 1300"), Steps())
    work = tmp_path / "work"
    (work / "my-notes").mkdir()
    plan, runner = _run(tmp_path, text, Steps())
    runner.prune(work)
    left = {path.name for path in work.iterdir() if path.is_dir()}
    assert left == {*plan.artefacts, "my-notes"}


def test_dry_run_says_what_would_be_done(tmp_path: Path) -> None:
    """What is there, what is begun, what is missing; time and disk where they can be known."""
    text = _recipe(tmp_path)
    _run(tmp_path, text, Steps())
    plan = plan_of(tmp_path, text.replace("epochs = 1", "epochs = 100"))
    lines = forecast_lines(forecast(list(plan.artefacts.values()), Estimates(tmp_path / "work", 1), 1))
    assert [line.split()[0] for line in lines] == ["reuse", "make", "make", "2"]
    assert "6.0 MB" in lines[1]
    assert "2 to make, 1 to reuse; about" in lines[3]


def test_dry_run_makes_nothing(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Not even the work folder."""
    (tmp_path / "recipe.toml").write_text(_recipe(tmp_path))
    done = run_here(capfdbinary, "run", tmp_path / "recipe.toml", "--dry-run", "--json")
    assert done.code == 0
    assert [stage["state"] for stage in json.loads(done.out)["stages"]] == ["absent"] * 3
    assert not (tmp_path / "recipe.work").exists()


def test_an_unknown_figure_is_told_at_once(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Before anything is made."""
    (tmp_path / "recipe.toml").write_text(_recipe(tmp_path) + '[result]\nbest = "peqs"\n')
    done = run_here(capfdbinary, "run", tmp_path / "recipe.toml")
    assert (done.code, done.out) == (2, b"")
    assert "[result] best: there is no figure peqs; known are val_loss" in done.error_lines[0]


@pytest.mark.parametrize("name", [".", "/", "gone.toml"])
def test_no_recipe_is_one_line(name: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A folder, or nothing."""
    done = run_here(capfdbinary, "run", name)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert f"cannot read {name}" in done.error_lines[0]


def test_space_is_checked(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """More rows than any disk holds."""
    (tmp_path / "recipe.toml").write_text(_recipe(tmp_path).replace("count = 1200", "count = 2_000_000_000_000"))
    done = run_here(capfdbinary, "run", tmp_path / "recipe.toml")
    assert done.code == 2
    assert "no space" in done.error_lines[0] or "count" in done.error_lines[0]


def _compared(steps: Steps) -> list[str]:
    last = steps.settings[-1]
    assert isinstance(last, compare.Settings)
    return [given.partition("=")[0] for given in last.models]


COMPARISON = '\n[compare]\ninputs = "noise"\nmodel = ["default", "mine=a.rnnn"]\n'


def _comparison(tmp_path: Path, steps: Steps) -> tuple[Plan, Runner, Table]:
    write_model(synthetic("synthetic_a"), tmp_path / "a.rnnn", "text")
    text = _recipe(tmp_path, COMPARISON + "[sweep]\ntrain.seed = [1, 2]\n")
    plan, runner = _run(tmp_path, text, steps)
    return plan, runner, _table(tmp_path, plan, runner)


def test_comparison_decides_the_best(tmp_path: Path) -> None:
    """All models in one report; what they are compared with stands below them."""
    steps = Steps()
    plan, _, table = _comparison(tmp_path, steps)
    assert [row.best for row in table.rows] == [True, False]
    assert table.best_by == "pesq"
    assert [row.name for row in table.references] == ["input", "default", "mine"]
    assert plan.comparison is not None
    assert (tmp_path / "work" / "result" / "report" / "report.json").is_file()
    assert _compared(steps) == ["seed-1", "seed-2", "default", "mine"]
    with pytest.raises(InputError, match=r"\[result\] best: no model has the figure mos; known are pesq"):
        mark_best(table, "mos")


def test_the_comparison_does_without_what_failed(tmp_path: Path) -> None:
    """The others are compared."""

    class Once(Steps):
        def __call__(self, artefact: Artefact, settings: Settings, to: Reporter) -> Result:
            if isinstance(settings, train.Settings) and settings.seed == 2:
                raise RNNoiseError("the loss is not a number")
            return super().__call__(artefact, settings, to)

    steps = Once()
    _, _, table = _comparison(tmp_path, steps)
    assert [(row.best, bool(row.failed)) for row in table.rows] == [(True, False), (False, True)]
    assert table.best_by == "pesq"
    assert "seed-2" not in _compared(steps)


def test_of_no_model_none_is_the_best(tmp_path: Path) -> None:
    """When the exports of a whole sweep failed."""
    plan, _, table = _comparison(tmp_path, Steps())
    assert len(table.rows) > 1
    failed = collect(plan, {model.artefacts[-1].name: "no room" for model in plan.models})
    mark_best(failed, "")
    assert not any(row.best for row in failed.rows)


def test_without_the_packages_there_is_no_comparison(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """It is said, and the table has what training knows."""
    steps = Steps()
    steps.fail["compare"] = DependencyError("jinja2 not installed: pip install 'rnnoise-py[report]'")
    _, _, table = _comparison(tmp_path, steps)
    assert table.best_by == "val_loss"
    assert b"compare is left out: jinja2 not installed" in capfdbinary.readouterr().err
