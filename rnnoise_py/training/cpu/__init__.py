"""Training on the CPU: numba kernels over lanes, forward and backward, and Adam."""
