/* Independent float32 sums side by side: as many lanes as the instruction set has.
 *
 * GCC's and clang's vector types give + - * per lane, rounded like single floats. */
#ifndef RNNOISE_LANES_H
#define RNNOISE_LANES_H

#include <string.h>

#if defined(__FLT_EVAL_METHOD__) && (__FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2)
#error "float sums would be kept in a wider type, with other bits: use the Makefile, or add -msse2 -mfpmath=sse (x86)"
#endif

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#include "rnn.h"

#if defined(__AVX512F__)
#define LANE_COUNT 16
#elif defined(__AVX2__)
#define LANE_COUNT 8
#elif defined(__wasm__) && !defined(__wasm_simd128__)
#define LANE_COUNT 1 /* vectors would be taken apart, and kept in memory */
#else
#define LANE_COUNT 4
#endif

#if LANE_COUNT > 1
typedef float Lanes __attribute__((vector_size(LANE_COUNT * 4)));
typedef float LanesInMemory __attribute__((vector_size(LANE_COUNT * 4), aligned(4), may_alias));
#else
typedef float Lanes;
typedef float LanesInMemory __attribute__((may_alias));
#endif

/* Where whole vectors begin in memory, they should not straddle cache lines. */
#define ALIGNED __attribute__((aligned(64)))

/* Arrays of lanes live in registers only when loops over them are unrolled. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE Lanes lanes_load(const float *from) { return *(const LanesInMemory *)from; }

INLINE void lanes_store(float *to, Lanes lanes) { *(LanesInMemory *)to = lanes; }

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
#elif defined(__wasm_simd128__)
    const v128_t bytes = wasm_v128_load32_zero(weights);
    return (Lanes)wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(bytes)));
#elif LANE_COUNT == 1
    return weights[0];
#else
    Lanes lanes;
    for (int i = 0; i < LANE_COUNT; i++)
        lanes[i] = weights[i];
    return lanes;
#endif
}

/* The weights of `vectors` vectors, a constant where this is inlined; four vectors of four lanes cost less together. */
INLINE void lanes_of_many_weights(Lanes *lanes, const rnn_weight *weights, const int vectors)
{
#if LANE_COUNT == 4 && defined(__SSE2__)
    if (vectors == 4) {
        /* 2^23 + 128 + weight as a float, put together from its bytes; the subtraction is exact. */
        const __m128i above = _mm_set1_epi16(0x4b00), zero = _mm_setzero_si128();
        const __m128i bytes = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)weights), _mm_set1_epi8(-128));
        const __m128i low = _mm_unpacklo_epi8(bytes, zero), high = _mm_unpackhi_epi8(bytes, zero);
        const __m128 much = _mm_set1_ps(8388736.0f);
        lanes[0] = (Lanes)_mm_sub_ps(_mm_castsi128_ps(_mm_unpacklo_epi16(low, above)), much);
        lanes[1] = (Lanes)_mm_sub_ps(_mm_castsi128_ps(_mm_unpackhi_epi16(low, above)), much);
        lanes[2] = (Lanes)_mm_sub_ps(_mm_castsi128_ps(_mm_unpacklo_epi16(high, above)), much);
        lanes[3] = (Lanes)_mm_sub_ps(_mm_castsi128_ps(_mm_unpackhi_epi16(high, above)), much);
        return;
    }
#elif LANE_COUNT == 4 && defined(__ARM_NEON)
    if (vectors == 4) {
        const int8x16_t bytes = vld1q_s8(weights);
        const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_s8(vget_high_s8(bytes));
        lanes[0] = (Lanes)vcvtq_f32_s32(vmovl_s16(vget_low_s16(low)));
        lanes[1] = (Lanes)vcvtq_f32_s32(vmovl_s16(vget_high_s16(low)));
        lanes[2] = (Lanes)vcvtq_f32_s32(vmovl_s16(vget_low_s16(high)));
        lanes[3] = (Lanes)vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)));
        return;
    }
#endif
    UNROLL for (int v = 0; v < vectors; v++) lanes[v] = lanes_of_weights(weights + v * LANE_COUNT);
}

/* Turns four rows of four floats, `in_stride` apart, into columns, `out_stride` apart. */
INLINE void transpose4(float *out, int out_stride, const float *in, int in_stride)
{
#if defined(__SSE2__)
    __m128 a = _mm_loadu_ps(in), b = _mm_loadu_ps(in + in_stride);
    __m128 c = _mm_loadu_ps(in + 2 * in_stride), d = _mm_loadu_ps(in + 3 * in_stride);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(out, a);
    _mm_storeu_ps(out + out_stride, b);
    _mm_storeu_ps(out + 2 * out_stride, c);
    _mm_storeu_ps(out + 3 * out_stride, d);
#elif defined(__wasm_simd128__)
    const v128_t a = wasm_v128_load(in), b = wasm_v128_load(in + in_stride);
    const v128_t c = wasm_v128_load(in + 2 * in_stride), d = wasm_v128_load(in + 3 * in_stride);
    const v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), ab_high = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
    const v128_t cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), cd_high = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    wasm_v128_store(out, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(out + out_stride, wasm_i64x2_shuffle(ab, cd, 1, 3));
    wasm_v128_store(out + 2 * out_stride, wasm_i64x2_shuffle(ab_high, cd_high, 0, 2));
    wasm_v128_store(out + 3 * out_stride, wasm_i64x2_shuffle(ab_high, cd_high, 1, 3));
#else
    for (int row = 0; row < 4; row++)
        for (int column = 0; column < 4; column++)
            out[column * out_stride + row] = in[row * in_stride + column];
#endif
}

/* The same with eight rows of eight. */
INLINE void transpose8(float *out, int out_stride, const float *in, int in_stride)
{
#if defined(__AVX__)
    __m256 rows[8], pairs[8];
    UNROLL for (int r = 0; r < 4; r++)
    { /* row r of the upper left and of the lower left quarter, then of the right ones */
        const float *upper = in + r * in_stride, *lower = upper + 4 * in_stride;
        rows[r] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(upper)), _mm_loadu_ps(lower), 1);
        rows[r + 4] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(upper + 4)), _mm_loadu_ps(lower + 4), 1);
    }
    UNROLL for (int q = 0; q < 8; q += 4)
    {
        pairs[q] = _mm256_unpacklo_ps(rows[q], rows[q + 1]);
        pairs[q + 1] = _mm256_unpackhi_ps(rows[q], rows[q + 1]);
        pairs[q + 2] = _mm256_unpacklo_ps(rows[q + 2], rows[q + 3]);
        pairs[q + 3] = _mm256_unpackhi_ps(rows[q + 2], rows[q + 3]);
        _mm256_storeu_ps(out + q * out_stride, _mm256_shuffle_ps(pairs[q], pairs[q + 2], 0x44));
        _mm256_storeu_ps(out + (q + 1) * out_stride, _mm256_shuffle_ps(pairs[q], pairs[q + 2], 0xee));
        _mm256_storeu_ps(out + (q + 2) * out_stride, _mm256_shuffle_ps(pairs[q + 1], pairs[q + 3], 0x44));
        _mm256_storeu_ps(out + (q + 3) * out_stride, _mm256_shuffle_ps(pairs[q + 1], pairs[q + 3], 0xee));
    }
#else
    for (int row = 0; row < 8; row += 4)
        for (int column = 0; column < 8; column += 4)
            transpose4(out + column * out_stride + row, out_stride, in + row * in_stride + column, in_stride);
#endif
}

/* From samples of each stream to lanes or back: `rows` of floats, `in_stride` apart, become columns. */
INLINE void turn(float *out, int out_stride, const float *in, int in_stride, int rows, int columns)
{
    const int side = LANE_COUNT < 8 ? 4 : 8;
    for (int row = 0; row < rows; row += side)
        for (int column = 0; column < columns; column += side)
            if (side == 8)
                transpose8(out + column * out_stride + row, out_stride, in + row * in_stride + column, in_stride);
            else
                transpose4(out + column * out_stride + row, out_stride, in + row * in_stride + column, in_stride);
}

/* Eight lanes, for a few lags: shorter vectors add sooner than the longest. */
#if defined(__AVX__)
typedef float Eight __attribute__((vector_size(32)));
typedef float EightInMemory __attribute__((vector_size(32), aligned(4), may_alias));

INLINE Eight eight_zeros(void) { return (Eight){0.0f}; }
INLINE Eight eight_load(const float *from) { return *(const EightInMemory *)from; }
INLINE void eight_store(float *to, Eight eight) { *(EightInMemory *)to = eight; }
INLINE Eight eight_add_product(Eight sums, float x, const float *y) { return sums + x * *(const EightInMemory *)y; }

/* Rows 0 ... 3 of the left half are four samples of y[0 ... 3], of the right half those of y[4 ... 7]. */
INLINE Eight eight_add_turned_products(Eight sums, const float *x, const float *const y[8], int j)
{
    const __m256 four = _mm256_broadcast_ps((const __m128 *)(const void *)x);
    __m256 p[4];
    UNROLL for (int k = 0; k < 4; k++) p[k] = _mm256_mul_ps(
        four, _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(y[k] + j)), _mm_loadu_ps(y[k + 4] + j), 1));
    const __m256 a = _mm256_unpacklo_ps(p[0], p[1]), b = _mm256_unpackhi_ps(p[0], p[1]);
    const __m256 c = _mm256_unpacklo_ps(p[2], p[3]), d = _mm256_unpackhi_ps(p[2], p[3]);
    sums += (Eight)_mm256_shuffle_ps(a, c, 0x44);
    sums += (Eight)_mm256_shuffle_ps(a, c, 0xee);
    sums += (Eight)_mm256_shuffle_ps(b, d, 0x44);
    sums += (Eight)_mm256_shuffle_ps(b, d, 0xee);
    return sums;
}
#else
typedef float Four __attribute__((vector_size(16)));
typedef float FourInMemory __attribute__((vector_size(16), aligned(4), may_alias));
typedef struct Eight {
    Four low, high;
} Eight;

INLINE Eight eight_zeros(void) { return (Eight){{0.0f}, {0.0f}}; }
INLINE Eight eight_load(const float *from)
{
    return (Eight){*(const FourInMemory *)from, *(const FourInMemory *)(from + 4)};
}

INLINE void eight_store(float *to, Eight eight)
{
    *(FourInMemory *)to = eight.low;
    *(FourInMemory *)(to + 4) = eight.high;
}

INLINE Eight eight_add_product(Eight sums, float x, const float *y)
{
    sums.low += x * *(const FourInMemory *)y;
    sums.high += x * *(const FourInMemory *)(y + 4);
    return sums;
}

INLINE Four four_add_turned_products(Four sums, const float *x, const float *const y[4], int j)
{
    float products[16], turned[16];
    const Four four = *(const FourInMemory *)x;
    UNROLL for (int k = 0; k < 4; k++) *(FourInMemory *)(products + 4 * k) = four * *(const FourInMemory *)(y[k] + j);
    transpose4(turned, 4, products, 4);
    UNROLL for (int k = 0; k < 4; k++) sums += *(const FourInMemory *)(turned + 4 * k);
    return sums;
}

INLINE Eight eight_add_turned_products(Eight sums, const float *x, const float *const y[8], int j)
{
    sums.low = four_add_turned_products(sums.low, x, y, j);
    sums.high = four_add_turned_products(sums.high, x, y + 4, j);
    return sums;
}
#endif

#endif
