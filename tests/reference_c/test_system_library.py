"""Programs linked with the system's librnnoise, as EasyEffects and OBS are, run ours under the name they need."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.model import write_model
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.c_build import SOURCES, built, require
from tests.c_library import digest
from tests.model_samples import synthetic

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of Linux")

#: what such programs call: a text model from an open file, states, frames
PROGRAM = """
#include <stdio.h>
#include "rnnoise.h"
int main(int count, char **arguments)
{
    float frame[480];
    FILE *file = fopen(arguments[1], "r");
    RNNModel *model = rnnoise_model_from_file(file);
    if (count != 2 || model == NULL)
        return 1;
    fclose(file);
    DenoiseState *state = rnnoise_create(model);
    while (fread(frame, sizeof(frame), 1, stdin) == 1) {
        rnnoise_process_frame(state, frame, frame);
        fwrite(frame, sizeof(frame), 1, stdout);
    }
    rnnoise_destroy(state);
    rnnoise_model_free(model);
    return rnnoise_get_frame_size() == 480 ? 0 : 1;
}
"""


def test_a_linked_program_runs_with_a_text_model(
    tmp_path: Path, golden: Callable[[str], Any], golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """It needs librnnoise.so.0; one file of that name in the search path is enough, and the bits are the recorded."""
    require("make", "gcc")
    library = built("librnnoise.so.0.4.1", "SIMD=baseline", "OPT=-O2")
    (tmp_path / "program.c").write_text(PROGRAM)
    program, place = tmp_path / "program", tmp_path / "system"
    include = ["-I", str(SOURCES / "include")]
    subprocess.run(["gcc", tmp_path / "program.c", *include, library, "-o", program], check=True)
    place.mkdir()
    (place / "librnnoise.so.0").write_bytes(library.read_bytes())
    write_model(synthetic("synthetic_b"), tmp_path / "model.rnnn")
    expected = golden("denoise.json")["synthetic_b"]
    noisy = golden_pcm("noisy")[: expected["frames"] * FRAME_SIZE].astype("<f4")
    done = subprocess.run(
        [program, tmp_path / "model.rnnn"],
        input=noisy.tobytes(),
        capture_output=True,
        check=True,
        env={**os.environ, "LD_LIBRARY_PATH": str(place)},
    )
    assert digest(np.frombuffer(done.stdout, "<f4")) == expected["sha256_audio"]
