"""A recipe is checked whole before anything runs: one line names file, section, key and what is needed."""

from pathlib import Path

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.recipe.document import OWN_KEYS, read_recipe
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.sections import EVALUATION, FINETUNE, TRAIN, all_sections
from rnnoise_py.runs.settings import known_fields
from rnnoise_py.stages import train
from tests.command_line import run_here
from tests.recipe_files import TINY, plan_of, write_folders

RECIPES = Path(__file__).parents[2] / "recipes"
#: (text that replaces [train] of the tiny recipe, what the message says besides the file)
WRONG = {
    "unknown key": ("[train]\nepoch = 3", "[train] has no key epoch: the nearest key is epochs"),
    "unknown section": ("[train]\n[trian]\n", "has no section [trian]: the nearest is [train]"),
    "unknown inner section": ("[train]\n[data.balanced]\n", "[data.balanced]: the nearest is [data.balance]"),
    "type": ('[train]\nepochs = "3"', "[train] epochs '3': needed is whole number"),
    "boolean for a number": ("[train]\nepochs = true", "[train] epochs true: needed is whole number"),
    "number for a switch": ("[train]\nkeras2_steps = 1", "[train] keras2_steps 1: needed is true or false"),
    "fraction": ("[train]\nepochs = 1.5", "[train] epochs 1.5: needed is whole number"),
    "range of the command": ("[train]\nepochs = 0", "[train] epochs 0: needed is whole number, 1 or more"),
    "infinite": ("[train]\nlr = inf", "[train] lr inf: needed is number"),
    "not a number": ("[train]\nlr = nan", "[train] lr nan: needed is number"),
    "choice": ('[train]\nkeep = "first"', "[train] keep 'first': needed is last or best"),
    "activation": ('[train]\nactivation = ["noise_gru"]', "[train] activation noise_gru: write KEY=VALUE"),
    "twice": ("[train]\nfinal-lr = 1e-4\nfinal_lr = 1e-4", "[train] final_lr is given twice: - and _ are the same"),
    "list for a value": ("[train]\nepochs = [1, 2]", "[train] epochs is a list: needed is whole number"),
    "empty list": ("[train]\n[export]\nformat = []", "[export] format is an empty list"),
    "format": ("[train]\n[export]\nformat = ['d']", "[export] format 'd': needed is one of c, text, packed"),
    "count": ("[train]\n[features]\ncount = 0", "[features] "),
    "shards": ("[train]\n[features]\nshards = 0", "[features] shards 0: needed is whole number, 1 or more"),
    "seed": ("[train]\n[features]\nseed = -1", "[features] "),
    "value instead of a section": ("[train]\n[data]\n", "is not TOML"),
    "init in finetune": ("[train]\n[finetune]\ninit = 'x'", "[finetune] has no key init"),
    "missing init": ("[train]\ninit = 'gone.rnnn'", "gone.rnnn does not exist"),
    "too few rows": ("[train]\n[features]\ncount = 3999", "[train] window is 2000: 3,999 rows are less"),
    "key of the config": ("[train]\n[data.synthesize]\ntotal_hour = 1", "total_hour: the nearest key is total_hours"),
    "value of the config": ("[train]\n[data.synthesize]\ntotal_hours = 'x'", "[data.synthesize]"),
    "range of the config": ("[train]\n[data.synthesize]\nsnr_lower = 30", "[data.synthesize]"),
    "balance without speech": ("[train]\n[data.balance]\n", "[data.balance] needs speech"),
    "material beside folders": ("[train]\n[data.material]\n", "[data.material] excludes clean"),
    "sweep of an unknown key": ("[train]\n[sweep]\ntrain.epoch = [1]", "[sweep] has no key train.epoch: the nearest"),
    "sweep of one value": ("[train]\n[sweep]\ntrain.epochs = 1", "[sweep] train.epochs is no list of values"),
    "sweep of a wrong value": ("[train]\n[sweep]\ntrain.epochs = [1, 'x']", "[sweep] train.epochs 'x'"),
    "sweep out of range": ("[train]\n[sweep]\ntrain.epochs = [1, 0]", "[sweep] train.epochs 0: needed is whole number"),
    "sweep of the same value": ("[train]\n[sweep]\ntrain.epochs = [1, 1]", "[sweep] train.epochs names a value twice"),
    "sweep of the comparison": ("[train]\n[sweep]\ncompare.seed = [1, 2]", "[sweep] has no key compare.seed"),
    "comparison of nothing": ("[train]\n[compare]\n", "[compare] needs inputs"),
    "half a mixture": ("[train]\n[compare]\nsnr = '0'", "[compare] mixing on the fly takes clean, noise and snr"),
    "SNR": ("[train]\n[compare]\nsnr = 'x'\nclean = '.'\nnoise = '.'", "[compare] --snr 'x' is no list of SNRs"),
    "rule": ("[train]\n[compare]\ninputs = '.'\nfail_if = 'x'", "[compare] --fail-if 'x' is no rule"),
    "rule without a baseline": ("[train]\n[compare]\ninputs = '.'\nfail_if = 'pesq<0'", "[compare] fail-if needs"),
    "missing recordings": ("[train]\n[compare]\ninputs = 'gone/*.wav'", "[compare] inputs: nothing is called"),
    "taken name": (
        "[train]\n[compare]\ninputs = 'noise'\nmodel = 'recipe=a.rnnn'",
        "model recipe is another model's name too",
    ),
    "model without a name": (
        "[train]\n[compare]\ninputs = 'noise'\nmodel = 'a.rnnn'",
        "write NAME=FILE, default or synthetic",
    ),
    "model that is none": ("[train]\n[compare]\ninputs = 'noise'\nmodel = 'a=noise/noise_0.wav'", "[compare] model: "),
    "name of the input": (
        "[train]\n[compare]\ninputs = 'noise'\nmodel = 'input=noise/noise_0.wav'",
        "'input' cannot be a model's name",
    ),
    "no originals": ("[train]\n[compare]\ninputs = 'noise'\nclean = 'clean'", "[compare]: "),
    "no report before": (
        "[train]\n[compare]\ninputs = 'noise'\nbaseline = 'noise/noise_0.wav'\nfail_if = 'pesq<0'",
        "[compare]: ",
    ),
    "no seed of mixes": (
        "[train]\n[compare]\nclean = 'clean'\nnoise = 'noise'\nsnr = '0'\nseed = -1",
        "[compare] seed -1",
    ),
    "SNR that is no number": ("[train]\n[compare]\nsnr = 'nan'\nclean = '.'\nnoise = '.'", "no list of SNRs"),
    "comparison of the work folder": ("[train]\n[compare]\ninputs = '.'", "the work folder lies in"),
    "init that is no model": ("[train]\ninit = 'noise/noise_0.wav'", "[train] init: "),
    "unknown layer": ("[train]\nactivation = 'gru=tanh'", "[train] no layer 'gru'"),
    "one of two values": ("[train]\n[features]\nstart = 5", "[features] start 5: needed are 2 values"),
    "three of two values": ("[train]\n[features]\nstart = [1, 2, 3]", "[features] start [1, 2, 3]: needed are 2"),
    "huge number": (f"[train]\nlr = 1{400 * '0'}", "[train] lr 1000"),
    "sweep of a section that is not there": (
        "[train]\n[sweep]\nfinetune.epochs = [1, 2]",
        "[sweep] finetune.epochs: the recipe has no section [finetune]",
    ),
    "name of dots": ("[train]\n[result]\nname = '..'", "[result] name is '..'"),
    "too large a sweep": (
        f"[train]\n[sweep]\ntrain.seed = {list(range(40))}\nfeatures.seed = {list(range(1, 41))}",
        "makes 1,600 models",
    ),
    "no digest": ("[train]\n[result]\nexpect = 'abc'", "[result] expect is 'abc': needed is a SHA-256"),
    "digest of no model": (f"[train]\n[result.expect]\nother = '{'0' * 64}'", "no model other: the nearest is recipe"),
    "one digest for two models": (
        f"[train]\n[result]\nexpect = '{'0' * 64}'\n[sweep]\ntrain.seed = [1, 2]",
        "is one digest for 2 models",
    ),
    "name": ("[train]\n[result]\nname = 'a/b'", "[result] name is 'a/b'"),
}


def _with(text: str, folders: dict[str, str]) -> str:
    head = f'[data]\nclean = "{folders["clean"]}"\nnoise = "{folders["noise"]}"\n'
    return head + text


@pytest.mark.parametrize("case", WRONG)
def test_says_what_is_wrong(tmp_path: Path, case: str) -> None:
    """One line with the file, the section, the key, and the nearest or needed value."""
    text, message = WRONG[case]
    with pytest.raises(InputError) as error:
        plan_of(tmp_path, _with(text, write_folders(tmp_path)))
    said = str(error.value)
    assert message in said
    assert said.startswith(str(tmp_path / "recipe.toml"))
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[data\n", "is not TOML"),
        ("", "has no section [data]"),
        ("[data]\nclean = 'gone'\nnoise = 'gone'\n[train]\n", "[data] clean: "),
        ("[data]\nclean = 'recipe.toml'\n[train]\n", "[data] needs noise"),
        ("[data]\nclean = ['empty', 'recipe.toml']\nnoise = '.'\n[train]\n", "is a file: give folders"),
        ("[data]\nclean = '.'\nnoise = '.'\n[train]\n", "[data] clean: the work folder lies in"),
        ("[data]\nclean = 'empty'\nnoise = 'empty'\n[train]\n", "holds no audio files"),
        ("[data]\nclean = ''\nnoise = '.'\n[train]\n", "[data] clean '': needed is path, or several"),
        ("data = 3\n[train]\n", "data stands alone: needed is a section [data]"),
        ("[data]\nclean = '.'\nnoise = '.'\n", "has no section [train]"),
        ("[data]\n[train]\nsweep = 3", "[train] has no key sweep"),
        ("sweep = 3\n[data]\n[train]\n", "[sweep] is no section"),
    ],
)
def test_bad_files_and_paths(tmp_path: Path, text: str, message: str) -> None:
    """What is no recipe, and what leads nowhere."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as error:
        plan_of(tmp_path, text)
    assert message in str(error.value)


def test_missing_recipe_is_one_line(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Exit code 2, and nothing is made."""
    done = run_here(capfdbinary, "run", tmp_path / "none.toml")
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert not list(tmp_path.iterdir())


def test_foreign_work_folder_is_left_alone(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A folder with other things in it is refused."""
    (tmp_path / "recipe.toml").write_text(TINY.format(**write_folders(tmp_path)))
    done = run_here(capfdbinary, "run", tmp_path / "recipe.toml", "-o", tmp_path)
    assert done.code == 2
    assert "holds other things" in done.error_lines[0]


def _plan(tmp_path: Path, more: str) -> Plan:
    return plan_of(tmp_path, TINY.format(**write_folders(tmp_path)) + more)


def test_sweep_makes_every_combination(tmp_path: Path) -> None:
    """Keys with and without quotes; the last one changes fastest; names can be files."""
    plan = _plan(tmp_path, '[sweep]\n"features.count" = [1000, 2_000]\ntrain.lr = [1e-3, 0.01]\n')
    assert [model.combination.swept for model in plan.models] == [
        {"features.count": count, "train.lr": rate} for count in (1000, 2000) for rate in (1e-3, 0.01)
    ]
    assert [model.name for model in plan.models][:2] == ["count-1000_lr-0.001", "count-1000_lr-0.01"]


def test_sweep_tells_equal_keys_apart(tmp_path: Path) -> None:
    """Two seeds are named in full; what looks the same is numbered; long names are cut."""
    plan = _plan(tmp_path, "[sweep]\nfeatures.seed = [1, 2]\ntrain.seed = [1, 2]\n")
    assert plan.models[1].name == "features-seed-1_train-seed-2"
    lines = "".join(
        f"train.{key} = [{value}]\n"
        for key, value in {
            "quantize_share": 0.25,
            "validation": 0.123456789,
            "final_lr": 0.000012345678,
            "seed": 123456789,
            "lanes": 8,
        }.items()
    )
    long = _plan(tmp_path / "b", f"[sweep]\n{lines}").models[0].name
    assert len(long) <= 60


def test_relative_paths_go_from_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is called from."""
    write_folders(tmp_path)
    monkeypatch.chdir("/")
    assert plan_of(tmp_path, TINY.format(clean="clean", noise="noise")).models[0].name == "recipe"


def test_keys_are_the_options() -> None:
    """Every option of ``train`` that a recipe may set is a key, under its own name."""
    options = {one.word.replace("-", "_") for one in known_fields(train.Settings).values() if one.option.recipe}
    assert set(all_sections()[TRAIN].keys) == options


@pytest.mark.parametrize("name", sorted(path.name for path in RECIPES.glob("*.toml")))
def test_recipes_of_the_repository_can_be_read(name: str) -> None:
    """Their keys, types and ranges are right; their folders are the user's."""
    assert read_recipe(RECIPES / name, all_sections()).combinations


def test_every_key_is_in_the_documentation() -> None:
    """``docs/recipes.md`` names each section, and in it each key."""
    text = (RECIPES.parent / "docs" / "recipes.md").read_text(encoding="utf-8")
    sections = {name: section.keys for name, section in all_sections().items()} | OWN_KEYS
    del sections[FINETUNE], sections[EVALUATION]  # as [train] and [data.synthesize]
    for name, keys in sections.items():
        part = text.partition(f"## `[{name}]`")[2].partition("\n## ")[0]
        missing = [key for key in keys if f"`{key}`" not in part]
        assert not missing, f"[{name}]: {missing}"


#: what no key takes, or takes by luck
STRANGE = (
    "true",
    "-1",
    "0",
    "1e300",
    "nan",
    "2000-01-01",
    "''",
    "'x'",
    '"a\\u0000b"',
    "[]",
    "[[]]",
    "[true, 'x']",
    "{}",
    "{ a = 1 }",
    "99999999999999999999",
)


def test_strange_values_are_errors_of_one_line(tmp_path: Path) -> None:
    """Any value in any key of any section: read, or refused in one line that names the section."""
    sections = all_sections()
    known = {name: section.keys for name, section in sections.items()} | OWN_KEYS
    path = tmp_path / "recipe.toml"
    said = []
    for name, keys in known.items():
        for key in keys:
            for value in STRANGE:
                head = "" if name == "train" else "[train]\n"
                path.write_text(f"{head}[{name}]\n{key} = {value}\n" + ("" if "data" in name else "[data]\n"))
                try:
                    read_recipe(path, sections)
                except InputError as error:
                    said.append((name, key, value, str(error)))
    assert len(said) > 5 * len(STRANGE)
    assert not [case for case in said if f"[{case[0]}" not in case[3] or "\n" in case[3]]
