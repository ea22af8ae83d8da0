/* For a compiler without a C library: what the library's sources need, as instructions of WebAssembly. */
#ifndef RNNOISE_WASM_MATH_H
#define RNNOISE_WASM_MATH_H

static inline float fabsf(float x) { return __builtin_fabsf(x); }
static inline float sqrtf(float x) { return __builtin_sqrtf(x); }
static inline double sqrt(double x) { return __builtin_sqrt(x); }

#endif
