"""Single pictures for papers and pull requests: a recording, training rows, a training run."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import decode_int16, open_audio
from rnnoise_py.errors import DependencyError, InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.report.pictures import DYNAMIC_RANGE, LOUDEST_QUANTILE
from rnnoise_py.report.spectra import HIGHEST_HZ, LOWEST_HZ, hz_to_mel, mel_spectrogram
from rnnoise_py.runs.atomic import atomic_path, check_new, check_not_an_input
from rnnoise_py.spec.constants import FRAME_MS, FRAME_SIZE, PCM_SCALE, SAMPLE_RATE
from rnnoise_py.spec.layout import CEPSTRUM, GAIN, NOISE_LOG_ENERGY, PITCH_CORRELATION, PITCH_PERIOD, VAD, ColumnGroup

F32 = npt.NDArray[np.float32]

SUFFIXES: Final = (".png", ".svg", ".webp")
SPECTROGRAM_COLUMNS: Final = 2400  # at most
OUTLINE_COLUMNS: Final = 1200  # of a waveform
DOTS_PER_INCH: Final = 150
_ROW_SUFFIXES: Final = frozenset({".h5", ".hdf5", ".f32"})
_TICKS: Final = (100, 500, 1_000, 2_000, 4_000, 8_000, 16_000)  # Hz
MASKED: Final = -1  #: gain of a band that is not trained on: no gain, so it is no colour of theirs
MASKED_COLOUR: Final = "0.7"
#: what is drawn of training rows, from the top; lowest and highest value shown (None: what occurs)
_HEAT_MAPS: Final[tuple[tuple[ColumnGroup, float | None, float | None], ...]] = (
    (CEPSTRUM, None, None),
    (PITCH_CORRELATION, None, None),
    (GAIN, 0, 1),
    (NOISE_LOG_ENERGY, None, None),
)


def plot_file(
    file: Path,
    output: Path | None = None,
    *,
    first: int = 0,
    count: int = 1000,
    model: Path | None = None,
    force: bool = False,
) -> Path:
    """Draw a file; its content tells what it is.

    Parameters
    ----------
    file
        Recording, training rows, ``history.csv``, or the folder of a training run.
    output
        PNG, SVG or WebP; None: the file's name with ``.png`` in the working folder.
    first, count
        Which training rows.
    model
        Model whose speech probability is drawn over a recording; None: the shipped one.
    force
        Replace the output.

    Returns
    -------
    The picture's path.

    Raises
    ------
    InputError
        When the file is none of these.
    OutputError
        When the picture is there already, has another suffix or cannot be written.
    DependencyError
        When matplotlib is not installed.
    """
    if not file.exists():
        raise InputError(f"{printable(file)} does not exist: give a recording, training rows or a training run")
    target = Path(f"{file.resolve().name if file.is_dir() else file.stem}.png") if output is None else output
    if target.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{printable(target)}: give a picture the suffix .png, .svg or .webp")
    check_not_an_input(target, file)
    check_new(target, force=force)
    try:
        import matplotlib.figure  # noqa: F401 - told before the work, not after
    except ImportError as error:
        raise DependencyError("matplotlib is not installed: pip install matplotlib") from error
    figure = _figure(file, first, count, model)
    with atomic_path(target) as temporary:
        figure.savefig(temporary, format=target.suffix[1:].lower(), dpi=DOTS_PER_INCH)
    return target


def _figure(file: Path, first: int, count: int, model: Path | None) -> Any:
    from rnnoise_py.training import history

    if file.is_dir() or file.suffix.lower() == ".csv":
        return run_figure(file / history.CSV_NAME if file.is_dir() else file)
    if file.suffix.lower() in _ROW_SUFFIXES:
        return rows_figure(file, first, count)
    return recording_figure(file, model)


def _new_figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def recording_figure(file: Path, model: Path | None) -> Any:
    """Draw a recording: mel spectrogram, waveform, speech probability."""
    from rnnoise_py.denoiser import denoise_with_vad

    with open_audio(file) as audio:
        highest = min(HIGHEST_HZ, audio.rate / 2)
    pcm = decode_int16(file)
    if len(pcm) < FRAME_SIZE:
        raise InputError(f"{printable(file)} is shorter than one frame (10 ms): give more audio")
    vad = denoise_with_vad(pcm, model=model).vad
    seconds = len(pcm) / SAMPLE_RATE
    levels = mel_spectrogram(pcm, SPECTROGRAM_COLUMNS, highest)
    top = float(np.quantile(levels, LOUDEST_QUANTILE))
    figure = _new_figure(10, 5)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    low, high = (float(mel) for mel in hz_to_mel([LOWEST_HZ, highest]))
    image = upper.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=top - DYNAMIC_RANGE,
        vmax=top,
        extent=(0, seconds, low, high),
    )
    ticks = [hz for hz in _TICKS if low < float(hz_to_mel(hz)) < high]
    upper.set_yticks(hz_to_mel(ticks), [f"{hz:g}" for hz in ticks])
    upper.set(title=printable(file.name), ylabel="frequency (Hz, mel scale)")
    figure.colorbar(image, ax=upper, label="level (dBFS)", pad=0.01)
    groups = np.array_split(pcm, min(OUTLINE_COLUMNS, len(pcm)))
    times = np.linspace(0, seconds, len(groups), endpoint=False)
    extremes = np.array([(group.min(), group.max()) for group in groups]) / PCM_SCALE
    lower.fill_between(times, extremes[:, 0], extremes[:, 1], color="0.25", linewidth=0.3)
    lower.set(xlabel="time (s)", ylabel="amplitude (±1)", ylim=(-1, 1), xlim=(0, seconds))
    speech = lower.twinx()
    speech.fill_between(np.arange(len(vad)) * FRAME_MS / 1000, vad, step="post", color="tab:blue", alpha=0.3)
    speech.set(ylabel="speech\n(probability)", ylim=(0, 1))
    return figure


def rows_figure(file: Path, first: int, count: int) -> Any:
    """Draw training rows: features and gains as heat maps, pitch period and VAD as curves."""
    rows = _read_rows(file, first, count)
    figure = _new_figure(10, 10)
    panels = figure.subplots(len(_HEAT_MAPS) + 1, 1, sharex=True, height_ratios=[3, 1.3, 3, 3, 1.5])
    for axes, (group, low, high) in zip(panels, _HEAT_MAPS, strict=False):
        values = rows[:, group.columns].T
        image = axes.imshow(
            np.ma.masked_equal(values, MASKED) if group is GAIN else values,
            origin="lower",
            aspect="auto",
            cmap=_row_colours(),
            vmin=low,
            vmax=high,
            interpolation="nearest",
            extent=(first, first + len(rows), -0.5, group.size - 0.5),
        )
        what = "band" if group in {GAIN, NOISE_LOG_ENERGY} else "coefficient"
        axes.set_ylabel(f"{_title(group)}\n({what})".replace("pitch ", "pitch\n"))
        figure.colorbar(image, ax=axes, label=f"({group.unit})", pad=0.01)
        if group is GAIN and np.any(values == MASKED):
            axes.legend(handles=[_patch(MASKED_COLOUR, "not trained on (−1)")], loc="upper right", framealpha=0.9)
    places = np.arange(first, first + len(rows))
    last = panels[-1]
    last.plot(places, rows[:, PITCH_PERIOD.start], color="tab:orange", linewidth=0.8, label=_title(PITCH_PERIOD))
    last.set(xlabel=f"row ({FRAME_MS} ms each)", ylabel=f"{_title(PITCH_PERIOD)}\n(samples / 100 − 3)")
    label = last.twinx()
    label.fill_between(places, rows[:, VAD.start], step="post", color="tab:blue", alpha=0.3, label="VAD")
    label.set(ylabel=f"VAD ({VAD.range})", ylim=(0, 1))
    lines, names = last.get_legend_handles_labels()
    areas, more = label.get_legend_handles_labels()
    last.legend(lines + areas, names + more)
    panels[0].set_title(printable(file.name))
    return figure


def _title(group: ColumnGroup) -> str:
    return group.name.replace("_", " ")


def _row_colours() -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"].with_extremes(bad=MASKED_COLOUR)


def _patch(colour: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, edgecolor="black", label=label)


def _read_rows(file: Path, first: int, count: int) -> F32:
    from rnnoise_py.rows.reader import RowReader

    reader = RowReader(file)
    if first >= reader.count:
        raise InputError(f"{printable(file)} has {reader.count} rows: give --first below that")
    wanted, parts, place = min(count, reader.count - first), [], 0
    for block in reader.blocks():
        part = block[max(0, first - place) : first + wanted - place]
        parts.append(part)
        place += len(block)
        if place >= first + wanted:
            break
    return np.concatenate(parts)


def run_figure(file: Path) -> Any:
    """Draw the curves of a training run by its ``history.csv``."""
    from rnnoise_py.training.history import curves_figure

    figure = curves_figure(_read_history(file))
    for axes in figure.axes:
        is_share = "accuracy" in axes.get_title()
        axes.set_ylabel("share of frames (0 … 1)" if is_share else "loss (no unit)")
    return figure


def _read_history(file: Path) -> Sequence[Mapping[str, float]]:
    from rnnoise_py.training.history import COLUMNS, CSV_NAME

    try:
        with file.open(newline="", encoding="utf-8") as stream:
            history = [{name: float(row[name]) for name in COLUMNS} for row in csv.DictReader(stream)]
    except OSError as error:
        raise InputError(f"cannot read {printable(file)}: {error.strerror}: no folder of a training run?") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise InputError(f"{printable(file)} is no {CSV_NAME} of a training run: give that or its folder") from error
    if not history:
        raise InputError(f"{printable(file)} holds no epochs yet")
    return history
