"""What ``rnnoise-py build --target`` makes: names, and what a cross compiler calls them."""

from typing import Final, NamedTuple

WEB: Final = "web"
LADSPA: Final = "ladspa"


class Cross(NamedTuple):
    """A system that libraries are made for."""

    triple: str  #: as zig calls it, with the oldest glibc
    flags: str  #: further options of the compiler


#: name → how zig is told. Without NEON on armhf: its lanes would drop subnormal numbers.
CROSS: Final = {
    "windows-x64": Cross("x86_64-windows-gnu", "-mcpu=x86_64"),
    "macos-arm64": Cross("aarch64-macos", ""),
    "macos-x64": Cross("x86_64-macos", "-mcpu=x86_64"),
    "linux-x64": Cross("x86_64-linux-gnu.2.17", "-mcpu=x86_64"),
    "linux-arm64": Cross("aarch64-linux-gnu.2.17", "-mcpu=generic"),
    "linux-armhf": Cross("arm-linux-gnueabihf.2.17", "-mcpu=generic+v7a+vfp3d16-neon"),
}
ANDROID: Final = "android-arm64"  #: zig brings no C library of Android: a compiler of its NDK is given
TARGETS: Final = (WEB, LADSPA, *CROSS, ANDROID)
