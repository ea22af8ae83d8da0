"""The runner makes what is missing and nothing twice; failures of one model do not stop the others."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rnnoise_py.errors import DependencyError, InputError, OutputError, RNNoiseError
from rnnoise_py.model import write_model
from rnnoise_py.recipe.estimate import Estimates
from rnnoise_py.recipe.figures import Table, collect, mark_best
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.result import table_lines, write_result
from rnnoise_py.recipe.runner import Runner, check_work, forecast, forecast_lines, opened_work
from tests.command_line import run_here
from tests.model_samples import synthetic
from tests.recipe_files import TINY, Commands, plan_of, write_folders

SWEEP = "[sweep]\nfeatures.count = [1200, 1300]\ntrain.seed = [1, 2]\n"


def _recipe(tmp_path: Path, more: str = "") -> str:
    return TINY.format(**write_folders(tmp_path)) + more


def _run(tmp_path: Path, text: str, commands: Commands) -> tuple[Plan, Runner]:
    plan = plan_of(tmp_path, text)
    work = tmp_path / "work"
    runner = Runner(plan, commands, 1, Estimates(work, 1))
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
    text, commands = _recipe(tmp_path), Commands()
    _run(tmp_path, text, commands)
    assert [call[0] for call in commands.calls] == ["features", "train", "export"]
    _run(tmp_path, text, commands)
    assert len(commands.calls) == 3
    _run(tmp_path, text.replace("epochs = 1", "epochs = 2"), commands)
    assert [call[0] for call in commands.calls[3:]] == ["train", "export"]


@pytest.mark.parametrize("damage", ["gone", "cut", "no manifest", "folder gone"])
def test_damaged_artefact_is_made_again(tmp_path: Path, damage: str) -> None:
    """A product that is missing or has another size, or a manifest that is missing."""
    text, commands = _recipe(tmp_path), Commands()
    plan, _ = _run(tmp_path, text, commands)
    features = next(iter(plan.stages.values()))
    rows = features.folder / "rows.h5"
    if damage == "cut":
        rows.write_bytes(b"r")
    else:
        (rows if damage == "gone" else features.folder / "stage.json").unlink()
    if damage == "folder gone":
        rows.unlink()
        features.folder.rmdir()
    _run(tmp_path, text, commands)
    assert [call[0] for call in commands.calls[3:]] == ["features"]


@pytest.mark.parametrize("manifest", ['{"exit_code": "x"}', "[]", "{", '{"amount": "a", "seconds": []}'])
def test_a_damaged_manifest_is_made_again(tmp_path: Path, manifest: str) -> None:
    """Whatever is wrong with it."""
    text, commands = _recipe(tmp_path), Commands()
    plan, _ = _run(tmp_path, text, commands)
    path = next(iter(plan.stages.values())).folder / "stage.json"
    content = path.read_text()
    path.write_text(json.dumps({**json.loads(content), **json.loads(manifest)}) if ":" in manifest else manifest)
    _run(tmp_path, text, commands)
    assert [call[0] for call in commands.calls[3:]] in (["features"], [])
    assert path.read_text() != manifest


def test_a_folder_with_missing_files_is_made_again(tmp_path: Path) -> None:
    """More files than before do no harm: an exported folder is built in."""
    text, commands = _recipe(tmp_path), Commands()
    plan, _ = _run(tmp_path, text, commands)
    folder = plan.models[0].export.folder / "model"
    (folder / "build").mkdir()
    (folder / "build" / "librnnoise.so").touch()
    _run(tmp_path, text, commands)
    assert len(commands.calls) == 3
    (folder / "logs" / "manifest.json").unlink()
    _run(tmp_path, text, commands)
    assert [call[0] for call in commands.calls[3:]] == ["export"]


def test_a_source_that_changes_meanwhile_is_an_error(tmp_path: Path) -> None:
    """What was made of it is taken away; other stages' sources do not count."""
    text, noise = _recipe(tmp_path), tmp_path / "noise" / "noise_0.wav"

    class Meanwhile(Commands):
        def __call__(self, words: Sequence[str]) -> int:
            if words[0] == "features":
                noise.write_bytes(noise.read_bytes() + b"more")
            return super().__call__(words)

    with pytest.raises(InputError, match=r"noise changed while features-\w+ was made of it: run again"):
        _run(tmp_path, text, Meanwhile())
    assert not list((tmp_path / "work").glob("features-*"))
    commands = Commands()
    _run(tmp_path, text, commands)
    assert len(commands.calls) == 3


def test_a_stage_that_cannot_go_on_says_what_to_delete(tmp_path: Path) -> None:
    """``run`` has no ``--force``."""
    text, commands = _recipe(tmp_path), Commands()
    commands.fail["features"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, text, commands)
    commands.fail["features"] = InputError("the state is damaged")
    with pytest.raises(RNNoiseError, match=r"is damaged \(to begin this stage anew, delete .*features-\w+\)"):
        _run(tmp_path, text, commands)


def test_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    """``--resume`` where there is one, ``--force`` where a killed run left none; rows always resume."""
    text, commands = _recipe(tmp_path), Commands()
    commands.fail["train"] = KeyboardInterrupt()  # type: ignore[assignment]
    for checkpoint in (False, True):
        with pytest.raises(KeyboardInterrupt):
            _run(tmp_path, text, commands)
        if checkpoint:
            (folder,) = (tmp_path / "work").glob("train-*")
            (folder / "run").mkdir()
            (folder / "run" / "checkpoint.npz").touch()
    commands.fail.clear()
    (left,) = (path / "left over" for path in (tmp_path / "work").glob("train-*"))
    left.touch()
    _run(tmp_path, text, commands)
    assert left.exists()  # what a killed run left is kept where it is gone on with
    trainings = [call for call in commands.calls if call[0] == "train"]
    assert ["--resume" in call for call in trainings] == [False, False, True]
    assert ["--force" in call for call in trainings] == [True, True, False]


def test_what_cannot_go_on_starts_from_nothing(tmp_path: Path) -> None:
    """Files of a killed stage that knows no ``--resume`` are taken away first."""
    text, commands = _recipe(tmp_path), Commands()
    commands.fail["export"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, text, commands)
    (left,) = (path / ".model.123.part" for path in (tmp_path / "work").glob("export-*"))
    left.touch()
    commands.fail.clear()
    _run(tmp_path, text, commands)
    assert not left.exists()


def test_sweep_ends_with_a_table(tmp_path: Path) -> None:
    """Text, JSON and CSV; the best one is marked; models and exports lie in result/."""
    plan, runner = _run(tmp_path, _recipe(tmp_path, SWEEP), Commands())
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
    text, commands = _recipe(tmp_path, "[sweep]\ntrain.seed = [1, 2]\n"), Commands()

    class Once(Commands):
        def __call__(self, words: object) -> int:
            assert isinstance(words, list)
            if words[0] == "train" and "2" in words:
                raise RNNoiseError("the loss is not a number")
            return super().__call__(words)

    plan, runner = _run(tmp_path, text, Once())
    table = _table(tmp_path, plan, runner)
    assert [bool(row.failed) for row in table.rows] == [False, True]
    assert "seed-2: no model: the loss is not a number" in table_lines(table)
    commands.fail["features"] = InputError("no rows")
    with pytest.raises(RNNoiseError, match="no rows"):
        _run(tmp_path, text.replace("1200", "1400"), commands)


def test_single_failure_is_the_error(tmp_path: Path) -> None:
    """With one model its reason is what is said."""
    commands = Commands()
    commands.fail["features"] = InputError("no rows")
    with pytest.raises(InputError, match="no rows"):
        _run(tmp_path, _recipe(tmp_path), commands)


def test_skipped_inputs_are_remembered(tmp_path: Path) -> None:
    """Exit code 1 of a command is that of every run that reuses what it made."""
    text, commands = _recipe(tmp_path), Commands()
    commands.codes["features"] = 1
    for _ in range(2):
        _, runner = _run(tmp_path, text, commands)
        assert [name.split("-")[0] for name in runner.outcome.remarks] == ["features"]
    assert [call[0] for call in commands.calls].count("features") == 1


def test_missing_product_is_an_error(tmp_path: Path) -> None:
    """A command that says it is done and is not."""

    class Nothing(Commands):
        def __call__(self, words: object) -> int:
            return 0

    with pytest.raises(InputError, match=r"holds no rows\.h5"):
        _run(tmp_path, _recipe(tmp_path), Nothing())


def test_work_folder_has_one_run(tmp_path: Path) -> None:
    """A second run at the same time is refused."""
    text = _recipe(tmp_path)
    _run(tmp_path, text, Commands())
    check_work(tmp_path / "work")
    with opened_work(tmp_path / "work"), pytest.raises(OutputError, match="another run"):
        _run(tmp_path, text, Commands())


def test_prune_keeps_what_the_recipe_uses(tmp_path: Path) -> None:
    """And everything that is no artefact."""
    text = _recipe(tmp_path)
    _run(tmp_path, text.replace("count = 1200", "count = 1300"), Commands())
    work = tmp_path / "work"
    (work / "my-notes").mkdir()
    plan, runner = _run(tmp_path, text, Commands())
    runner.prune(work)
    left = {path.name for path in work.iterdir() if path.is_dir()}
    assert left == {*plan.stages, "my-notes"}


def test_dry_run_says_what_would_be_done(tmp_path: Path) -> None:
    """What is there, what is begun, what is missing; time and disk where they can be known."""
    text = _recipe(tmp_path)
    _run(tmp_path, text, Commands())
    plan = plan_of(tmp_path, text.replace("epochs = 1", "epochs = 100"))
    lines = forecast_lines(forecast(list(plan.stages.values()), Estimates(tmp_path / "work", 1), 1))
    assert [line.split()[0] for line in lines] == ["reuse", "make", "make", "2"]
    assert "6.0 MB" in lines[1]
    assert "2 stages to make, 1 to reuse; about" in lines[3]


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


COMPARISON = '\n[compare]\ninputs = "noise"\nmodel = ["default", "mine=a.rnnn"]\n'


def _comparison(tmp_path: Path, commands: Commands) -> tuple[Plan, Runner, Table]:
    write_model(synthetic("synthetic_a"), tmp_path / "a.rnnn", "text")
    text = _recipe(tmp_path, COMPARISON + "[sweep]\ntrain.seed = [1, 2]\n")
    plan, runner = _run(tmp_path, text, commands)
    return plan, runner, _table(tmp_path, plan, runner)


def test_comparison_decides_the_best(tmp_path: Path) -> None:
    """All models in one report; what they are compared with stands below them."""
    commands = Commands()
    plan, _, table = _comparison(tmp_path, commands)
    assert [row.best for row in table.rows] == [True, False]
    assert table.best_by == "pesq"
    assert [row.name for row in table.references] == ["input", "default", "mine"]
    assert plan.comparison is not None
    assert (tmp_path / "work" / "result" / "report" / "report.json").is_file()
    assert [word.partition("=")[2].split("=")[0] for word in commands.calls[-1] if word.startswith("--model")] == [
        "seed-1",
        "seed-2",
        "default",
        "mine",
    ]
    with pytest.raises(InputError, match=r"\[result\] best: no model has the figure mos; known are pesq"):
        mark_best(table, "mos")


def test_the_comparison_does_without_what_failed(tmp_path: Path) -> None:
    """The others are compared."""

    class Once(Commands):
        def __call__(self, words: Sequence[str]) -> int:
            if words[0] == "train" and "2" in words:
                raise RNNoiseError("the loss is not a number")
            return super().__call__(words)

    commands = Once()
    _, _, table = _comparison(tmp_path, commands)
    assert [(row.best, bool(row.failed)) for row in table.rows] == [(True, False), (False, True)]
    assert table.best_by == "pesq"
    assert not [word for word in commands.calls[-1] if word.startswith("--model=seed-2=")]


def test_of_no_model_none_is_the_best(tmp_path: Path) -> None:
    """When the exports of a whole sweep failed."""
    plan, _, table = _comparison(tmp_path, Commands())
    assert len(table.rows) > 1
    failed = collect(plan, {model.stages[-1].name: "no room" for model in plan.models})
    mark_best(failed, "")
    assert not any(row.best for row in failed.rows)


def test_without_the_packages_there_is_no_comparison(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """It is said, and the table has what training knows."""
    commands = Commands()
    commands.fail["compare"] = DependencyError("jinja2 not installed: pip install 'rnnoise-py[report]'")
    _, _, table = _comparison(tmp_path, commands)
    assert table.best_by == "val_loss"
    assert b"no comparison: jinja2 not installed" in capfdbinary.readouterr().err
