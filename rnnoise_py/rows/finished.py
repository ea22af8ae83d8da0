"""Whether a finished file is what a run would make again."""

from pathlib import Path
from typing import Final

import numpy as np

from rnnoise_py.rows.description import Description, from_attributes
from rnnoise_py.rows.extractor import RowExtractor
from rnnoise_py.rows.hdf5 import is_hdf5_name, read_attributes
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.store import ROW_BYTES
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.runs.same_run import cannot_resume, check_same

#: rows of a bare file that are made again and compared: beyond the first draw, so another seed shows
PROBE_ROWS: Final = 4096


def finished_digest(out: Path, description: Description, inputs: Inputs) -> str:
    """Return the digest of the rows in ``out`` when it is what this run would make.

    HDF5 says where it comes from. A bare file says nothing: its size and its first rows are compared.

    Raises
    ------
    InputError
        When it is something else.
    """
    if is_hdf5_name(out):
        try:
            there = from_attributes(read_attributes(out))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise cannot_resume(out, "it does not say what it was made from") from error
        check_same(out, description.identity, there.identity)
        return there.row_sha256
    reason = _bare_difference(out, description, inputs)
    if reason:
        raise cannot_resume(out, reason)
    return file_sha256(out)


def _bare_difference(out: Path, description: Description, inputs: Inputs) -> str:
    if out.stat().st_size != description.count * ROW_BYTES:
        return f"it holds {out.stat().st_size / ROW_BYTES:,.6g} rows, now its count is {description.count:,}"
    assert description.seed is not None
    count = min(PROBE_ROWS, description.count)
    sources = inputs.rotated(description.starts)
    (expected,) = RowExtractor(*sources, description.seed, mixer=description.mixer).blocks(count, count)
    found = np.fromfile(out, "<u4", expected.size)
    same = np.array_equal(found, np.ascontiguousarray(expected, "<f4").view("<u4").ravel())
    return "" if same else "its rows are not those of these inputs and this seed"
