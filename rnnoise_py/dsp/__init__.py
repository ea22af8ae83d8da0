"""DSP kernels: arrays in, arrays out, state explicit, no I/O, no validation, no allocation per frame.

One module a block, the same noun as in ``reference_c/src``, ``tests`` and ``benchmarks``.
"""
