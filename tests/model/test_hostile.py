"""Model files that were made to harm: each is one line in seconds and bounded memory, and no other file is read."""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from rnnoise_py.errors import ModelError
from rnnoise_py.model import open_model, read_model
from rnnoise_py.model.c_writer import source_text
from rnnoise_py.model.text import LARGEST_TEXT, format_text
from tests import keras_samples
from tests.conftest import NOT_HERE
from tests.model_samples import synthetic

MODEL = synthetic("synthetic_a")
SECONDS = 10
MEGABYTES = 300

#: reads the files given one after the other, and prints what each was, in what time; at the end the most memory
PROGRAM = """
import json, resource, sys, time
from rnnoise_py.errors import InputError
from rnnoise_py.model import open_model

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        found = open_model(path).format
    except InputError as error:
        found = str(error)
    print(json.dumps([path, found, time.process_time() - start]), flush=True)
with open("/proc/self/status") as status:  # what getrusage knows includes the parent's memory
    print(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
"""


def read_in_a_child(*paths: Path) -> dict[str, str]:
    """Read files in another process; check time, memory and form; return what was said of each."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the memory of a process is read from /proc")
    command = [sys.executable, "-c", PROGRAM, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60 + SECONDS * len(paths))
    *lines, memory = done.stdout.splitlines()
    said = {}
    for path, found, seconds in map(json.loads, lines):
        assert seconds < SECONDS, path
        assert found.isprintable(), path
        said[Path(path).name] = found
    assert len(said) == len(paths)
    assert int(memory) < MEGABYTES
    return said


def _hdf5(path: Path, **options: object) -> Path:
    """Write a model whose ``input_dense`` bias is stored in an unusual way."""
    with h5py.File(path, "w") as file:
        for layer, arrays in keras_samples.writable(MODEL).items():
            for what, values in arrays.items():
                if (layer, what) == ("input_dense", "bias"):
                    file.create_dataset(f"{layer}/{layer}/bias:0", **options)
                else:
                    file[f"{layer}/{layer}/{what}:0"] = values
    return path


def _values(layer: str = "input_dense", what: str = "bias") -> np.ndarray:
    values: np.ndarray = keras_samples.writable(MODEL)[layer][what]
    return values


def test_no_byte_of_another_file_gets_into_the_weights(tmp_path: Path) -> None:
    """External storage, virtual datasets, external links, soft links."""
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(256)))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = _values()
        file["a/bias:0"] = _values()
    external = _hdf5(tmp_path / "external.h5", shape=(24,), dtype="i1", external=[(str(secret), 0, 24)])
    with pytest.raises(ModelError, match="in another file, which is not read"):
        open_model(external)
    layout = h5py.VirtualLayout(shape=(24,), dtype="f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", shape=(24,))
    virtual = _without_bias(tmp_path / "virtual.h5")
    with h5py.File(virtual, "a") as file:
        file["input_dense/input_dense"].create_virtual_dataset("bias:0", layout)
    with pytest.raises(ModelError, match="in another file, which is not read"):
        open_model(virtual)
    linked = _without_bias(tmp_path / "linked.h5")
    with h5py.File(linked, "a") as file:
        file["input_dense/input_dense/bias:0"] = h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(ModelError, match="input_dense has no bias"):
        open_model(linked)
    with h5py.File(tmp_path / "group.h5", "w") as file:
        for layer in keras_samples.writable(MODEL):
            file[layer] = h5py.ExternalLink("other.h5", "/a")
    with pytest.raises(ModelError, match="are missing; found: none"):
        open_model(tmp_path / "group.h5")


def _without_bias(path: Path) -> Path:
    weights = keras_samples.writable(MODEL)
    del weights["input_dense"]["bias"]
    return keras_samples.keras2(path, weights, config=None)


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    """As external storage, and as the model itself."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    external = _hdf5(tmp_path / "external.h5", shape=(24,), dtype="i1", external=[(str(pipe), 0, 24)])
    said = read_in_a_child(pipe, external, Path("/dev/zero"))
    assert "device or a pipe" in said["pipe"]
    assert "device or a pipe" in said["zero"]
    assert "in another file" in said["external.h5"]


@pytest.mark.parametrize(
    "options", [{"compression": "lzf"}, {"scaleoffset": 4, "dtype": "i4"}, {"compression": 32001}], ids=str
)
def test_unusual_filters_are_refused(options: dict[str, object], tmp_path: Path) -> None:
    """Filters may be libraries that HDF5 looks for; deflate alone is understood."""
    values = _values().astype(str(options.get("dtype", "f4")))
    try:
        path = _hdf5(tmp_path / "m.h5", data=values, **{"chunks": (24,), **options, "dtype": values.dtype})
    except ValueError:  # this filter is not there to write with: so much the better
        pytest.skip(f"{NOT_HERE}h5py cannot write it")
    with pytest.raises(ModelError, match="filter that is not used"):
        open_model(path)


@pytest.mark.parametrize(
    "options",
    [
        {"compression": 9},
        {"compression": 4, "shuffle": True, "fletcher32": True},
        {"chunks": (7,)},
        {"fletcher32": True},
    ],
    ids=str,
)
def test_usual_storage_is_read(options: dict[str, object], tmp_path: Path) -> None:
    """Chunks, deflate, shuffle, checksums: as h5py reads them, bit for bit."""
    draw = np.random.default_rng(5)
    values = draw.integers(-127, 128, (42, 24)).astype(np.float32) / 256
    plain, packed = tmp_path / "plain.h5", tmp_path / "packed.h5"
    for path, how in ((plain, {}), (packed, {"chunks": (13, 7), **options} if options.get("chunks") is None else {})):
        weights = keras_samples.writable(MODEL)
        weights["input_dense"]["kernel"] = values  # type: ignore[assignment]
        keras_samples.keras2(path, weights, config=None)
        if how:
            with h5py.File(path, "a") as file:
                del file["input_dense/input_dense/kernel:0"]
                file["input_dense/input_dense"].create_dataset("kernel:0", data=values, **how)
    assert read_model(packed) == read_model(plain)


def _wide_strings(path: Path) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("input_dense/input_dense")
        group.create_dataset("kernel:0", shape=(196608,), dtype="S60000", chunks=(1024,))


def _many_empty(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        for i in range(3000):
            file.create_group(f"l{i}").create_dataset("kernel", shape=(196608,), dtype="f8", chunks=(196608,))


def _many_read(path: Path) -> None:
    """As many as possible under names that are expected."""
    with h5py.File(path, "w", libver="latest") as file:
        for i in range(500):
            group = file.create_group(f"layers/gru_{i}/cell/vars")
            group.create_dataset("0", shape=(128, 384), dtype="f8", chunks=(128, 384))


def _deflate_bomb(path: Path) -> None:
    with h5py.File(path, "w") as file:
        data = np.zeros((1000, 10_000))
        file.create_dataset("input_dense/input_dense/kernel:0", data=data, chunks=data.shape, compression=9)


def _small_but_huge_chunk(path: Path) -> None:
    """The array is as it should be; its one chunk unpacks to 160 MB."""
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "input_dense/input_dense/kernel:0", data=np.zeros((42, 24)), chunks=(4200, 4800), maxshape=(None, None),
            compression=9,
        )  # fmt: skip


def _deep(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        group = file["/"]
        for _ in range(3000):
            group = group.create_group("g")


def _loops(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        group = file.create_group("a")
        group["loop"] = group
        group["root"] = file["/"]
        group["soft"] = h5py.SoftLink("/a/soft")
        group["outside"] = h5py.ExternalLink("/etc/passwd", "x")
        file["input_dense"] = group
        group.create_dataset("kernel:0", data=np.zeros((42, 24)))
        for i in range(300):
            file[f"h{i}"] = group


def _long_attribute(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "[" * 3_000_000


def _deep_config(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = '{"config":' * 5_000 + "1" + "}" * 5_000


def _endless_heap(path: Path) -> None:
    """The text of an attribute lies in a heap whose free space has no length: HDF5 walks it for ever."""
    content = bytearray(keras_samples.keras2(path, keras_samples.writable(MODEL), config="{}").read_bytes())
    start = content.index(b"GCOL") + 16
    content[start : start + 16] = bytes(16)
    path.write_bytes(content)


def _zip(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)


def _weights() -> bytes:
    stream = io.BytesIO()
    keras_samples.keras3_weights(stream, keras_samples.writable(MODEL), named=True)
    return stream.getvalue()


def _many_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(2000):
            archive.writestr(f"{i:060}", b"")


def _bzip2(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("config.json", bytes(1000))
        archive.writestr("model.weights.h5", _weights())


def _lying_sizes(path: Path) -> None:
    """The archive says that its member is short."""
    _zip(path, config__json=b"[" + b"{}," * 3_000_000 + b"{}]", model__weights__h5=_weights())
    content = path.read_bytes()
    size = (9_000_004).to_bytes(4, "little")
    assert size in content
    path.write_bytes(content.replace(size, (100).to_bytes(4, "little")))


def _c_of(kind: str) -> Callable[[Path], object]:
    texts = {
        "one array": lambda: "static const rnn_weight a[] = {" + "1," * (LARGEST_TEXT // 2 - 100) + "};",
        "open": lambda: "static const rnn_weight a[9] = {" * 200_000,
        "comments": lambda: "/*" * 1_000_000 + "struct {",
        "names": lambda: "a " * 2_000_000 + "{",
        "brackets": lambda: "a[" * 1_000_000 + "{",
        "defines": lambda: "#define A 1\n" * 300_000 + "{",
        "backslashes": lambda: "#define A \\\n" * 300_000 + "{",
        "blanks": lambda: "struct " + " " * 4_000_000 + "{",
        "strings": lambda: '"\\' * 1_000_000 + "{",
    }
    return lambda path: path.write_text(texts[kind]())


HOSTILE: dict[str, Callable[[Path], object]] = {
    "wide_strings.h5": _wide_strings,
    "many_empty.h5": _many_empty,
    "many_read.h5": _many_read,
    "deflate_bomb.h5": _deflate_bomb,
    "huge_chunk.h5": _small_but_huge_chunk,
    "deep.h5": _deep,
    "loops.h5": _loops,
    "long_attribute.h5": _long_attribute,
    "endless_heap.h5": _endless_heap,
    "deep_config.h5": _deep_config,
    "config.keras": lambda path: _zip(path, config__json=b"[" * 60_000_000, model__weights__h5=_weights()),
    "weights.keras": lambda path: _zip(path, config__json=b"{}", model__weights__h5=bytes(80_000_000)),
    "members.keras": _many_members,
    "bzip2.keras": _bzip2,
    "lying.keras": _lying_sizes,
    "words.rnnn": lambda path: path.write_text(format_text(MODEL)[:32] + "1 " * 4_000_000),
    "long_word.rnnn": lambda path: path.write_text(format_text(MODEL)[:32] + "9" * 8_000_000),
    "titles.rnnn": lambda path: path.write_text("rnnoise-nu model file version 1" + " " * 8_000_000),
    **{f"{kind}.c": _c_of(kind) for kind in ("one array", "open", "comments", "names", "brackets", "defines")},
    **{f"{kind}.c": _c_of(kind) for kind in ("backslashes", "blanks", "strings")},
    "sizes.so": lambda path: path.write_bytes(b"\x7fELF\2\1\1" + bytes(9) + b"\x18\0\0\0" * 8_000_000),
    "huge.bin": lambda path: os.truncate(_touched(path), 1 << 40),
}


def _touched(path: Path) -> Path:
    path.touch()
    return path


def test_bombs_are_one_line_in_seconds_and_bounded_memory(tmp_path: Path) -> None:
    """All in one process, whose memory tells of the worst."""
    paths = []
    for name, write in HOSTILE.items():
        paths.append(tmp_path / name)
        write(paths[-1])
    said = read_in_a_child(*paths)
    for name, line in said.items():
        assert name in line, line  # refused: a format alone would stand there
    assert "unpacks to far more" in said["config.keras"]
    assert "unpacks to far more" in said["weights.keras"]
    assert "far more files" in said["members.keras"]
    assert "no plain numbers" in said["wide_strings.h5"]
    assert "a heap without an end" in said["endless_heap.h5"]


def test_damaged_files_end_soon(tmp_path: Path) -> None:
    """A few bytes of HDF5 files and archives replaced, above all in their structure."""
    weights, config = keras_samples.writable(MODEL), keras_samples.config_of(MODEL)
    originals = [
        keras_samples.keras2(tmp_path / "m.hdf5", weights, config=config).read_bytes(),
        keras_samples.keras_archive(tmp_path / "m.keras", weights, config=config).read_bytes(),
    ]
    draw, paths = random.Random(5), []
    for number in range(60):
        content = bytearray(originals[number % 2])
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(6000) if draw.random() < 0.6 else draw.randrange(len(content))
            content[place] = draw.choice((0, 255, 1, 128, draw.randrange(256)))
        paths.append(tmp_path / f"{number}.bin")
        paths[-1].write_bytes(content)
    assert len(read_in_a_child(*paths)) == len(paths)


def test_a_source_that_includes_much(tmp_path: Path) -> None:
    """Files that include each other, large ones, many."""
    (tmp_path / "m.c").write_text("".join(f'#include "{i}.c"\n' for i in range(100)) + source_text(MODEL))
    for i in range(100):
        (tmp_path / f"{i}.c").write_text('#include "m.c"\n' + f'#include "{i + 1}.c"\n' * 100 + "int a;\n" * 100_000)
    assert read_in_a_child(tmp_path / "m.c") == {"m.c": "rnn_data"}


def test_the_cases(shared: Path, tmp_path: Path) -> None:
    """Files of the makers; the file that they point at is not read."""
    makers = shared / "cases" / "hostile"
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(256)) * 16)
    commands: list[tuple[str, ...]] = []
    commands += [("hdf5_external.py", kind, f"{kind}.h5", str(secret)) for kind in ("external", "virtual")]
    commands += [("hdf5_loops.py", "loops.h5"), ("hdf5_deep.py", "deep.h5", "2000")]
    commands += [("hdf5_bombs.py", case, f"{case}.h5") for case in ("wide_strings", "perms", "external_tty")]
    for script, *arguments in commands:
        subprocess.run([sys.executable, str(makers / script), *arguments], cwd=tmp_path, check=True)
    for path, line in read_in_a_child(*sorted(tmp_path.glob("*.h5"))).items():
        assert path in line


@pytest.mark.slow
def test_the_large_cases(shared: Path, tmp_path: Path) -> None:
    """Those that take a while to make."""
    script = shared / "cases" / "hostile" / "hdf5_bombs.py"
    for case in ("many_empty", "gzip_bomb", "zip_config"):
        subprocess.run([sys.executable, str(script), case, f"{case}.h5"], cwd=tmp_path, check=True)
    for path, line in read_in_a_child(*sorted(tmp_path.glob("*.h5"))).items():
        assert path in line
    shutil.rmtree(tmp_path)
