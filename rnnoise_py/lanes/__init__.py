"""R numbers as one value: the vector layer that all kernels are written in, and the decorators that compile them."""
