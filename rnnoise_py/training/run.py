"""``train``: a run that one can leave alone."""

import contextlib
import platform
import sys
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.model.shipped import model_path
from rnnoise_py.model.sizes import STANDARD
from rnnoise_py.model.topology import LAYERS
from rnnoise_py.runs.atomic import check_new, check_not_an_input, check_output_folder, write_text
from rnnoise_py.runs.lock import locked_folder
from rnnoise_py.runs.progress import note, warn
from rnnoise_py.runs.provenance import describe_source, write_manifest
from rnnoise_py.runs.same_run import cannot_resume, check_same
from rnnoise_py.training import checkpoint, history
from rnnoise_py.training.architecture import architecture_of, complete_activations, flatten, initial_weights, views
from rnnoise_py.training.checkpoint import Initial, State
from rnnoise_py.training.config import CONFIG_NAME, TrainingConfig
from rnnoise_py.training.cpu.adam import Adam, clip_weights
from rnnoise_py.training.engine import Engine, NumbaEngine, make_engine
from rnnoise_py.training.epoch import going_on
from rnnoise_py.training.events import FOLDER
from rnnoise_py.training.keras.tensorflow_import import require_tensorflow
from rnnoise_py.training.loop import Loop, stalled
from rnnoise_py.training.model_card import CARD_NAME, write_card
from rnnoise_py.training.sources import VALIDATION_NAME, RowSource, kept_list, open_source
from rnnoise_py.training.windows import expand_manifests

RECORD_NAME: Final = "run.json"
_PACKAGES: Final = ("numpy", "numba", "llvmlite", "h5py", "tensorflow", "keras")
_BASE_MEMORY: Final = 0.32e9  # bytes: interpreter, numba, a batch, the curves
_TENSORFLOW_MEMORY: Final = 0.52e9  # bytes more once TensorFlow is imported
_OURS: Final = (checkpoint.FILE_NAME, history.CSV_NAME, CONFIG_NAME, RECORD_NAME, CARD_NAME)


@dataclass(frozen=True)
class TrainingResult:
    """What came of a run."""

    weights: Path  #: Keras HDF5
    models: tuple[Path, ...]  #: the int8 model as text and, where that can hold it, packed
    run_folder: Path
    epochs: int  #: epochs done in all
    kept_epoch: int  #: the epoch whose weights were written
    history: tuple[dict[str, float], ...]  #: one record an epoch, see :data:`history.COLUMNS`
    quantization: dict[str, Any]  #: what rounding to int8 did


def _start(config: TrainingConfig, activations: dict[str, str]) -> State:
    initial = None
    if config.initial is None:
        theta = initial_weights(config.seed, config.network)
    else:
        from rnnoise_py.model import open_model, read_float_model
        from rnnoise_py.model.reader import say_notes

        found = read_float_model(config.initial)
        _check_size(config, found.neurons)
        theta = flatten(found.weights, config.network)
        opened = open_model(config.initial)
        say_notes(config.initial, opened)
        initial = Initial(opened.model.digest)
        for name, activation in found.activations.items():
            if found.activations_known and activation.label != activations[name]:
                raise InputError(
                    f"{config.initial} has {activation.label} in {name}, this run {activations[name]}: add "
                    f"--activation {name}={activation.label}"
                )
    clip_weights(theta)
    return State(theta, Adam.fresh(config.network, keras2_steps=config.keras2_steps), initial=initial)


def _sized(config: TrainingConfig) -> TrainingConfig:
    """Fill in the size where none is named: that of the run that goes on, or of the model to start from."""
    if config.size is not None:
        return config
    size = usual = architecture_of(STANDARD).size
    if config.resume:
        found = checkpoint.load(config.folder)
        size = size if found is None else found[1].get("size", size)
    elif config.initial is not None:
        from rnnoise_py.model import read_float_model

        size = _size_of(read_float_model(config.initial).neurons)
    return config if size == usual else replace(config, size=size)


def _size_of(neurons: dict[str, int]) -> str:
    return ",".join(str(neurons[layer.name]) for layer in LAYERS if not layer.neurons_fixed)


def _check_size(config: TrainingConfig, neurons: dict[str, int]) -> None:
    """Raise :class:`InputError` unless the model to start from has the size that is trained."""
    size = _size_of(neurons)
    if size != config.network.size:
        raise InputError(
            f"{config.initial} has layers of {size} neurons, this run of {config.network.size}: leave --size out"
        )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def _check_places(config: TrainingConfig) -> None:
    there = (config.folder / checkpoint.FILE_NAME).exists()
    if config.resume and not there:
        raise InputError(f"nothing to resume in {config.folder}: leave --resume out to start")
    if there and not config.resume and not config.force:
        raise InputError(f"{config.folder} holds a run: continue it with --resume or replace it with --force")
    inputs = [*config.rows, *expand_manifests(config.rows), *(config.fly or ()), *filter(None, (config.initial,))]
    check_not_an_input(config.output, *inputs)
    check_new(config.output, force=config.force or config.resume)
    if not config.resume and config.folder.exists():
        check_output_folder(config.folder, force=config.force or _was_hardly_begun(config.folder))


def _was_hardly_begun(folder: Path) -> bool:
    """Whether a run was killed there before its first checkpoint: nothing can be lost."""
    names = {path.name for path in folder.iterdir() if not (path.name.startswith(".") and path.suffix == ".part")}
    begun = {CONFIG_NAME, VALIDATION_NAME}
    return bool(names & begun) and names <= {*begun, RECORD_NAME, *(path.name for path in kept_list(folder))}


def _begin(config: TrainingConfig, loop: Loop) -> None:
    """Take an earlier run out of the folder; whenever this one ends, it can go on."""
    if loop.state.initial is not None:
        loop.state.initial.val_loss = loop.int8_loss(loop.state.theta)
    for name in _OURS:
        (config.folder / name).unlink(missing_ok=True)
    for events in config.folder.glob(f"{FOLDER}/events.*"):
        events.unlink()
    if config.fly is None:
        for path in (config.folder / VALIDATION_NAME, *kept_list(config.folder)):
            path.unlink(missing_ok=True)
    write_text(config.folder / CONFIG_NAME, config.to_toml(), durable=True)
    loop.save()


def _resume(config: TrainingConfig, run: dict[str, Any]) -> State:
    found = checkpoint.load(config.folder)
    assert found is not None, "its place was checked"
    state, recorded = found
    if recorded.get("rows") != run["rows"]:
        raise cannot_resume(config.folder, "it was made from other rows")
    check_same(config.folder, run, {"size": architecture_of(STANDARD).size, **recorded})
    state.stopped = stalled(config, state)
    note(f"resuming after epoch {state.epoch}" if state.epoch else "resuming before the end of the first epoch")
    return state


def train(config: TrainingConfig) -> TrainingResult:
    """Train a model.

    Parameters
    ----------
    config
        Everything that decides the run. With ``resume`` the run in ``config.folder`` goes on, and the weights become
        those of an uninterrupted one; with ``force`` what is there is replaced.

    Returns
    -------
    TrainingResult
        Where the weights are and how the losses went.

    Raises
    ------
    InputError
        For unusable rows or settings, before anything is written.
    OutputError
        When an output exists (without ``force``) or cannot be written.
    TrainingStopped
        When a loss is no longer a number; names epoch and window.
    DependencyError
        For ``engine="tensorflow"`` where TensorFlow is not installed; the numba engine does without it.
    """
    if config.engine == "tensorflow":
        require_tensorflow()
    activations = complete_activations(config.activations)
    with contextlib.closing(open_source(config)) as source:
        return _train(config, source, activations)


def _train(config: TrainingConfig, source: RowSource, activations: dict[str, str]) -> TrainingResult:
    _check_places(config)
    config = _sized(config)
    start = None if config.resume else _start(config, activations)  # an unusable model is told before reading the rows
    data = source.check()
    run = {**config.fixed(), "rows": data["digest"]}
    check_output_folder(config.folder, force=True)  # made; nothing can go wrong with the inputs any more
    with locked_folder(config.folder):
        state = _resume(config, run) if start is None else start
        engine = make_engine(config, activations)
        source.prepare(config.folder)
        loop = Loop(config, engine, source, state, run)
        if not config.resume:
            _begin(config, loop)
        write_text(config.folder / CONFIG_NAME, config.to_toml(), durable=True)
        _record(config, data, engine, source)
        try:
            loop.train()
        except KeyboardInterrupt:
            note(f"interrupted in epoch {state.epoch + 1}: --resume {going_on(state.epoch)}")
            raise
        return _finish(config, loop, activations)


def _record(config: TrainingConfig, data: dict[str, Any], engine: Engine, source: RowSource) -> None:
    batch = min(config.batch, source.training)
    note(
        f"{source.training} training and {source.validation} validation windows of {config.window} rows, {batch} a "
        f"step, {-(-source.training // config.batch)} steps an epoch, engine {engine.name}"
        f"{_memory(engine, batch, source)}"
    )
    write_manifest(
        config.folder / RECORD_NAME,
        {
            "config": config.plain(),
            "data": data,
            "engine": engine.name,
            "initial": describe_source(model_path(config.initial)) if config.initial else None,
            "versions": _versions(),
            "training_windows": source.training,
            "validation_windows": source.validation,
        },
    )


def _memory(engine: Engine, batch: int, source: RowSource) -> str:
    """Say how much memory the run needs; it does not depend on the number of rows."""
    if not isinstance(engine, NumbaEngine):
        return ""
    total = _BASE_MEMORY + _TENSORFLOW_MEMORY * (sys.modules.get("tensorflow") is not None)
    total += engine.memory_bytes(batch) + source.memory_bytes()
    return f", about {total / 1e9:.1f} GB of memory"


def _finish(config: TrainingConfig, loop: Loop, activations: dict[str, str]) -> TrainingResult:
    from rnnoise_py.training.outputs import PACKED_MODEL, TEXT_MODEL, write_outputs

    state = loop.state
    best = config.keep == "best" and state.best_theta is not None
    theta = state.best_theta if best and state.best_theta is not None else state.theta
    if not history.draw_curves(config.folder, state.history):
        warn("no curves drawn: matplotlib is not installed (pip install matplotlib)")
    losses = {"int8_val_loss": loop.int8_loss(theta)}
    if state.initial is not None:
        losses["initial_val_loss"] = state.initial.val_loss
    summary = write_outputs(config.folder, config.output, views(theta, config.network), activations, losses)
    kept = state.best_epoch if best else state.epoch
    if state.history:
        write_card(config.folder, RECORD_NAME, state.history, kept, summary)
        last = state.history[-1]
        note(
            f"{config.output}: epoch {kept}, loss {last['loss']:.4f}, "
            f"validation {last['val_loss']:.4f} (best {state.best_loss:.4f} in epoch {state.best_epoch}), "
            f"as int8 {losses['int8_val_loss']:.4f}"
        )
    if state.initial is not None:
        _judge(state.initial, summary)
    written = [config.folder / name for name in (TEXT_MODEL, PACKED_MODEL)]
    models = tuple(path for path in written if path.exists())
    return TrainingResult(config.output, models, config.folder, state.epoch, kept, tuple(state.history), summary)


def _judge(initial: Initial, summary: dict[str, Any]) -> None:
    """Say whether the int8 model is better than the one that the run started from, on the windows held out."""
    before, after = initial.val_loss, summary["int8_val_loss"]
    if summary["model_digest"] == initial.digest:
        warn(
            "the int8 model is the one of --init: no weight moved as far as half a 256th, to where it is rounded to "
            "another value; train longer, with a higher --lr, and through the rounding (--quantize-share 1)"
        )
    elif after > before:
        warn(f"the int8 model is worse than that of --init on the validation windows: {after:.4f}, before {before:.4f}")
    else:
        note(f"validation loss of the int8 model: {after:.4f}, before {before:.4f}")
