/* The choice among the instruction sets that were compiled in: the Makefile defines RNN_HAVE_X for each. */
#ifndef RNNOISE_DISPATCH_H
#define RNNOISE_DISPATCH_H

#include <stddef.h>

#define RNN_HAS_AVX2 __builtin_cpu_supports("avx2")
#define RNN_HAS_AVX512 \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && \
     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))

#ifdef RNN_HAVE_AVX512
#define RNN_IF_AVX512(function) RNN_HAS_AVX512 ? function##_avx512 :
#else
#define RNN_IF_AVX512(function)
#endif

#ifdef RNN_HAVE_AVX2
#define RNN_IF_AVX2(function) RNN_HAS_AVX2 ? function##_avx2 :
#else
#define RNN_IF_AVX2(function)
#endif

#ifdef RNN_HAVE_BASELINE
#define RNN_IF_BASELINE(function) function##_baseline
#else
#define RNN_IF_BASELINE(function) NULL
#endif

/* Declares a function of every instruction set: RNN_DECLARE(type of function, full name without suffix). */
#define RNN_DECLARE(type, function) \
    extern type function##_baseline; \
    extern type function##_avx2; \
    extern type function##_avx512

/* The fastest that this processor can run; NULL when it can run none that was compiled in. */
#define RNN_BEST(function) (RNN_IF_AVX512(function) RNN_IF_AVX2(function) RNN_IF_BASELINE(function))

#endif
