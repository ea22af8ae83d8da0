"""A minute of one noise (and own speech, if there is any) → a model that is better there, and no worse elsewhere."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.errors import DependencyError
from rnnoise_py.runs.progress import Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, seed_option, workers_option
from rnnoise_py.stages import features, train
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings give another model

WINDOW: Final = 250
BATCH: Final = 16
LEARNING_RATE: Final = 1e-3
FINAL_LEARNING_RATE: Final = 1e-5


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to adapt to, and how far.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    noise: tuple[Path, ...] = option(
        help="Recordings of the noise without speech: files or folders.",
        positional=True,
        metavar="NOISE...",
        recipe=False,
    )
    output: Path = option(
        help="Model to write: .rnnn (text), .rnn (packed) or .hdf5.", short="-o", decides=False, recipe=False
    )
    speech: Path | None = option(None, "Clean speech of yours: a file or a folder.")
    corpora: Path | None = option(None, "Folder that `dataset fetch` filled: keeps what the model knows of people.")
    initial: str = option("default", "Model to start from: any format, or a shipped one's name.", flag="init")
    count: int = option(600_000, "Training rows.", short="-n", minimum=2 * WINDOW)
    epochs: int = option(10, "Passes over them.", minimum=1)
    seed: int = seed_option()
    workers: int | None = workers_option()
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What came of it: mean PESQ on held-out parts of the noise, and on other noises."""

    model: Path | None  #: None: refused, nothing was written
    digest: str  #: of the model that was judged best
    share: float  #: of the way from the first model to the trained one
    here: tuple[float, float]  #: before, after
    elsewhere: tuple[float, float]


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Train a model further on a noise, and keep it only if it is better there and no worse elsewhere.

    Better is 0.1 of PESQ or more on the last quarter of the noise, which was not trained on; no worse is 0.02 less or
    more on other noises; both of the model as it is written, rounded to int8. Where all of the way is too far, less
    of it is tried.

    Raises
    ------
    InputError
        When the recordings or the model cannot be used.
    DependencyError
        Without the package pesq, which judges.
    OutputError
        When the output exists (without ``force``) or cannot be written.
    """
    from rnnoise_py.adaptation.blending import SHARES, blend
    from rnnoise_py.adaptation.judging import LEAST_GAIN, MOST_LOSS, is_better, judge, make_pairs
    from rnnoise_py.adaptation.material import write_material
    from rnnoise_py.adaptation.sounds import cut_sounds
    from rnnoise_py.model import read_float_model, write_model
    from rnnoise_py.model.quantize import quantize
    from rnnoise_py.model.shipped import model_path
    from rnnoise_py.model.writer import format_of
    from rnnoise_py.report.metrics import pesq_installed
    from rnnoise_py.runs.atomic import check_new, check_not_an_input

    with reporting(progress) as reporter, tempfile.TemporaryDirectory(prefix="rnnoise-adapt-") as name:
        scratch = Path(name)
        given = [*settings.noise, *filter(None, (settings.speech,)), model_path(settings.initial)]
        format_of(settings.output)  # now, not after the training
        check_not_an_input(settings.output, *given)
        check_new(settings.output, force=settings.force)
        if not pesq_installed():
            raise DependencyError("judging an adaptation needs the package pesq: pip install pesq")
        before = read_float_model(settings.initial)
        noise = cut_sounds(settings.noise, "noise", scratch / "noise")
        speech = None if settings.speech is None else cut_sounds([settings.speech], "speech", scratch / "speech")
        note(f"{noise.seconds:.0f} s of noise, {0 if speech is None else speech.seconds:.0f} s of speech")
        write_material(scratch, noise, speech, settings.corpora, settings.seed)
        after = read_float_model(_train(settings, scratch, reporter))
        pairs = make_pairs(noise, speech, settings.seed)
        first = judge(quantize(before)[0], pairs)
        found = []
        for share in SHARES:
            model = blend(before, after, share)
            quality = judge(model, pairs)
            found.append((share, model, quality))
            note(
                f"{share:.0%} of the way: PESQ {first.here:.3f} → {quality.here:.3f} on this noise, "
                f"{first.elsewhere:.3f} → {quality.elsewhere:.3f} on others"
            )
            if is_better(first, quality):
                break
        good = [one for one in found if is_better(first, one[2])]
        share, model, quality = good[0] if good else max(found, key=lambda one: one[2].here)
        if good:
            write_model(model, settings.output)
        else:
            warn(
                f"refused: PESQ {first.here:.3f} → {quality.here:.3f} on this noise (needed +{LEAST_GAIN}), "
                f"{first.elsewhere:.3f} → {quality.elsewhere:.3f} on others (allowed −{MOST_LOSS}): record more of the "
                "noise, add speech of yours (--speech) or fetched recordings (--corpora)"
            )
        return Result(
            model=settings.output if good else None,
            digest=model.digest,
            share=share,
            here=(first.here, quality.here),
            elsewhere=(first.elsewhere, quality.elsewhere),
            warnings=tuple(reporter.warnings),
            incomplete=not good,
        )


def _train(settings: Settings, scratch: Path, reporter: Reporter) -> Path:
    """Make rows of the two streams and train on them; return the weights."""
    from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM

    rows = scratch / "rows.h5"
    features.run(
        features.Settings(
            clean=scratch / CLEAN_STREAM,
            noise=scratch / NOISE_STREAM,
            output=rows,
            count=settings.count,
            seed=settings.seed,
            workers=settings.workers,
        ),
        reporter,
    )
    done = train.run(
        train.Settings(
            rows=(rows,),
            output=scratch / "weights.hdf5",
            epochs=settings.epochs,
            window=WINDOW,
            batch=BATCH,
            learning_rate=LEARNING_RATE,
            schedule="cosine",
            final_learning_rate=FINAL_LEARNING_RATE,
            validation=0.02,
            loss="linear",
            initial=Path(settings.initial),
            engine="numba",
            tensorboard=False,
            seed=settings.seed,
            workers=settings.workers,
        ),
        reporter,
    )
    return done.weights
