/* Independent float32 sums side by side: as many lanes as the instruction set has.
 *
 * GCC's and clang's vector types give + - * per lane, rounded like single floats. */
#ifndef RNNOISE_LANES_H
#define RNNOISE_LANES_H

#include <string.h>

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

#include "rnn.h"

#if defined(__AVX512F__)
#define LANE_COUNT 16
#elif defined(__AVX2__)
#define LANE_COUNT 8
#else
#define LANE_COUNT 4
#endif

typedef float Lanes __attribute__((vector_size(LANE_COUNT * 4)));

/* Arrays of lanes live in registers only when loops over them are unrolled. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE Lanes lanes_load(const float *from)
{
    Lanes lanes;
    memcpy(&lanes, from, sizeof(lanes));
    return lanes;
}

INLINE void lanes_store(float *to, Lanes lanes) { memcpy(to, &lanes, sizeof(lanes)); }

INLINE Lanes lanes_of_weights(const rnn_weight *weights)
{
#if defined(__AVX512F__)
    return (Lanes)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)weights)));
#elif defined(__AVX2__)
    return (Lanes)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)weights)));
#elif defined(__SSE2__)
    int four;
    memcpy(&four, weights, sizeof(four));
    __m128i bytes = _mm_cvtsi32_si128(four);
    bytes = _mm_unpacklo_epi8(bytes, bytes); /* each byte four times: the uppermost keeps its sign */
    bytes = _mm_unpacklo_epi16(bytes, bytes);
    return (Lanes)_mm_cvtepi32_ps(_mm_srai_epi32(bytes, 24));
#else
    Lanes lanes;
    for (int i = 0; i < LANE_COUNT; i++)
        lanes[i] = weights[i];
    return lanes;
#endif
}

#endif
