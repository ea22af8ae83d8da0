#include "biquad.h"

void biquad(float *out, float memory[2], const float *in, const struct Biquad *filter, int size)
{
    const double b0 = (double)filter->b[0], b1 = (double)filter->b[1];
    const double a0 = (double)filter->a[0], a1 = (double)filter->a[1];
    float m0 = memory[0], m1 = memory[1];
    for (int i = 0; i < size; i++) {
        const float sum = in[i] + m0;
        const double x = (double)in[i], y = (double)sum;
        m0 = (float)((double)m1 + (b0 * x - a0 * y));
        m1 = (float)(b1 * x - a1 * y);
        out[i] = sum;
    }
    memory[0] = m0;
    memory[1] = m1;
}

#if BIQUAD_HAS_LANES
/* Half of the lanes in binary64. */
typedef double Half __attribute__((vector_size(LANE_COUNT * 4)));

INLINE Half low_half(Lanes lanes)
{
#if defined(__AVX512F__)
    return (Half)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)lanes));
#elif defined(__AVX2__)
    return (Half)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)lanes));
#elif defined(__SSE2__)
    return (Half)_mm_cvtps_pd((__m128)lanes);
#else
    return (Half)vcvt_f64_f32(vget_low_f32((float32x4_t)lanes));
#endif
}

INLINE Half high_half(Lanes lanes)
{
#if defined(__AVX512F__)
    return (Half)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)lanes, 1));
#elif defined(__AVX2__)
    return (Half)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)lanes, 1));
#elif defined(__SSE2__)
    return (Half)_mm_cvtps_pd(_mm_movehl_ps((__m128)lanes, (__m128)lanes));
#else
    return (Half)vcvt_high_f64_f32((float32x4_t)lanes);
#endif
}

INLINE Lanes rounded(Half low, Half high)
{
#if defined(__AVX512F__)
    return (Lanes)_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps((__m512d)low)),
                                     _mm512_cvtpd_ps((__m512d)high), 1);
#elif defined(__AVX2__)
    return (Lanes)_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps((__m256d)low)),
                                       _mm256_cvtpd_ps((__m256d)high), 1);
#elif defined(__SSE2__)
    return (Lanes)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)low), _mm_cvtpd_ps((__m128d)high));
#else
    return (Lanes)vcvt_high_f32_f64(vcvt_f32_f64((float64x2_t)low), (float64x2_t)high);
#endif
}

void biquad_lanes(float *samples, float *memory, const struct Biquad *filter, int size)
{
    const double b0 = (double)filter->b[0], b1 = (double)filter->b[1];
    const double a0 = (double)filter->a[0], a1 = (double)filter->a[1];
    Lanes m0 = lanes_load(memory), m1 = lanes_load(memory + LANE_COUNT);
    for (int i = 0; i < size; i++, samples += LANE_COUNT) {
        const Lanes in = lanes_load(samples), sum = in + m0;
        const Half x_low = low_half(in), y_low = low_half(sum), x_high = high_half(in), y_high = high_half(sum);
        m0 = rounded(low_half(m1) + (b0 * x_low - a0 * y_low), high_half(m1) + (b0 * x_high - a0 * y_high));
        m1 = rounded(b1 * x_low - a1 * y_low, b1 * x_high - a1 * y_high);
        lanes_store(samples, sum);
    }
    lanes_store(memory, m0);
    lanes_store(memory + LANE_COUNT, m1);
}
#endif
