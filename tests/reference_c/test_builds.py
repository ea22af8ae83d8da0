"""The C tree under other compilers, levels, instruction sets, sanitizers, valgrind and a fuzzer."""

import hashlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.spec.constants import FRAME_SIZE
from tests.c_build import SOURCES, built, library, model_text, require

Pcm = npt.NDArray[np.int16]

COMPILERS, LEVELS, PATHS = ("gcc", "clang"), ("-O0", "-O2", "-O3"), ("auto", "baseline", "avx2", "avx512")
#: a spread over the matrix that `make test` runs; `make test-all` runs all of it
QUICK = {("gcc", "-O0", "baseline"), ("gcc", "-O2", "baseline"), ("clang", "-O3", "avx2")}
#: one build for the sanitizers and the fuzzer
SANITIZED = ("CC=clang", "OPT=-O1", "SAN=fuzzer-no-link,address,undefined")
SANITIZED_BY_GCC = ("CC=gcc", "OPT=-O1", "SAN=address,undefined")
MATRIX = [
    pytest.param(*cell, marks=() if cell in QUICK else pytest.mark.slow)
    for cell in itertools.product(COMPILERS, LEVELS, PATHS)
]


@pytest.mark.parametrize(("compiler", "level", "path"), MATRIX)
def test_every_build_gives_the_recorded_bits(
    compiler: str, level: str, path: str, golden: Callable[[str], Any], golden_pcm: Callable[[str], Pcm]
) -> None:
    """Audio and VAD of the three recorded models, from text; the path alone, so nothing else can run."""
    require(compiler)
    figures, arrays, pcm = golden("denoise.json"), golden("denoise.npz"), golden_pcm("noisy")
    noisy = pcm[: len(pcm) // FRAME_SIZE * FRAME_SIZE].astype(np.float32)
    lib = library(f"CC={compiler}", f"OPT={level}", f"SIMD={path}")
    for tag, recorded in figures.items():
        model = lib.model(model_text(arrays, recorded["activations"], tag))
        audio, vad = lib.denoise(model, noisy)
        lib.c.rnnoise_model_free(model)
        assert hashlib.sha256(audio.tobytes()).hexdigest() == recorded["sha256_audio"], tag
        assert hashlib.sha256(vad.tobytes()).hexdigest() == recorded["sha256_vad"], tag


def run_checks(*settings: str, programs: tuple[str, ...] = ("check", "check_threads")) -> None:
    """Run the self-test programs of a build."""
    for program in programs:
        run = subprocess.run([built(program, *settings)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{program} {settings}:\n{run.stdout}\n{run.stderr}"
        assert "FAILED" not in run.stderr


def test_self_tests_pass() -> None:
    """`make check` needs no Python; every path that this processor has runs in it."""
    run_checks()


@pytest.mark.parametrize(
    "settings", [SANITIZED, pytest.param(SANITIZED_BY_GCC, marks=pytest.mark.slow)], ids=["clang", "gcc"]
)
def test_address_and_undefined_behaviour_sanitizers_are_clean(settings: tuple[str, ...]) -> None:
    """All paths of the library and of the rows, good and bad models, threads."""
    run_checks(*settings)


def test_thread_sanitizer_is_clean() -> None:
    """Eight states in eight threads share one model; their digests are those of one alone."""
    require("clang")
    run_checks("CC=clang", "OPT=-O1", "SAN=thread", programs=("check_threads",))


def test_memory_sanitizer_is_clean() -> None:
    """Nothing is decided by memory that was never set: the library and the rows, and eight threads."""
    require("clang")
    run_checks("CC=clang", "OPT=-O1", "SAN=memory", "SIMD=baseline")


def test_training_tool_is_clean_under_sanitizers(tmp_path: Path, golden: Callable[[str], Any]) -> None:
    """Edge cases with other reading patterns: digests hold and nothing is reported."""
    tool = built("denoise_training", *SANITIZED)
    arrays, figures = golden("edge_cases.npz"), golden("edge_cases.json")
    for case in ("noise_shorter_than_skip", "one_frame_files", "silent_clean"):
        arrays[f"{case}__clean"].tofile(tmp_path / "clean.raw")
        arrays[f"{case}__noise"].tofile(tmp_path / "noise.raw")
        files = [str(tmp_path / "clean.raw"), str(tmp_path / "noise.raw")]
        command = [str(tool), *files, str(figures[case]["count"])]
        run = subprocess.run(command, capture_output=True, check=True)
        assert run.stderr == b""
        assert hashlib.sha256(run.stdout).hexdigest() == figures[case]["sha256"], case


def test_valgrind_is_clean(tmp_path: Path, golden: Callable[[str], Any], golden_pcm: Callable[[str], Pcm]) -> None:
    """No invalid read, no use of unset memory, no leak, with a good and with a bad model."""
    require("valgrind")
    demo = built("rnnoise_demo", "CC=gcc", "OPT=-O2", "SIMD=baseline")
    figures = golden("denoise.json")["synthetic_b"]
    text = model_text(golden("denoise.npz"), figures["activations"], "synthetic_b")
    golden_pcm("noisy")[: 30 * FRAME_SIZE + 7].tofile(tmp_path / "in.raw")
    for name, content, code in (("good", text, 0), ("bad", text[:-5000], 2)):
        (tmp_path / name).write_text(content)
        command = [
            "valgrind",
            "-q",
            "--error-exitcode=9",
            "--leak-check=full",
            "--show-leak-kinds=all",
            str(demo),
            *(str(tmp_path / file) for file in ("in.raw", "out.raw", name)),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == code, f"{name}: {run.stderr}"


def test_the_corpus_is_handled() -> None:
    """Each file of the committed corpus, under sanitizers: three are models, the others are refused."""
    replay = built("replay_model", *SANITIZED)
    files = sorted((SOURCES / "tests" / "corpus").iterdir())
    run = subprocess.run([replay, *files], capture_output=True, text=True, check=True)
    models = {Path(line.split(":")[0]).name for line in run.stdout.splitlines() if line.endswith(": a model")}
    assert models == {"smallest", "mixed", "windows_lines"}
    assert len(run.stdout.splitlines()) == len(files)


def test_fuzzing_finds_nothing(tmp_path: Path) -> None:
    """Twenty seconds of libFuzzer with ASan and UBSan (RNNOISE_FUZZ_SECONDS for longer), from the corpus."""
    fuzzer = built("fuzz_model", *SANITIZED)
    corpus = tmp_path / "corpus"
    shutil.copytree(SOURCES / "tests" / "corpus", corpus)
    seconds = os.environ.get("RNNOISE_FUZZ_SECONDS", "20")
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-print_final_stats=1", "-seed=1"]
    command = [str(fuzzer), *options, str(corpus)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr[-2000:]
    executed = int(run.stderr.split("stat::number_of_executed_units:")[1].split()[0])
    assert executed > 1000 * int(seconds), "the fuzzer hardly ran"


def test_a_copy_builds_and_installs(tmp_path: Path) -> None:
    """Anywhere; a rnn_data.c beside the Makefile takes the built-in one's place; `make install` too."""
    require("make", "gcc")
    tree, root = tmp_path / "tree", tmp_path / "root"
    shutil.copytree(SOURCES, tree, ignore=shutil.ignore_patterns("build"))
    model = (tree / "src" / "rnn_data.c").read_text()
    (tree / "src" / "rnn_data.c").unlink()
    (tree / "rnn_data.c").write_text(model)
    run = subprocess.run(
        [
            "make",
            "-s",
            "-j2",
            "-C",
            tree,
            "SIMD=baseline",
            "OPT=-O0",
            "PREFIX=/opt/rnnoise",
            f"DESTDIR={root}",
            "install",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    prefix = root / "opt" / "rnnoise"
    assert (prefix / "lib" / "librnnoise.so").resolve() == prefix / "lib" / "librnnoise.so.0.4.1"
    assert (prefix / "lib" / "librnnoise.so.0").is_symlink()
    assert (prefix / "include" / "rnnoise.h").is_file()
    package = (prefix / "lib" / "pkgconfig" / "rnnoise.pc").read_text()
    assert "libdir=/opt/rnnoise/lib" in package
    assert "@" not in package


def test_unknown_path_is_refused() -> None:
    """`make SIMD=something` says what there is."""
    require("make")
    command = ["make", "-n", "-C", str(SOURCES), "SIMD=avx1024"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "give auto, baseline, avx2 or avx512" in run.stderr
