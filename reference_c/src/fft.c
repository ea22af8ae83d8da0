/* Sample n = n0 + 5 n1 + 15 n2 + 60 n3 + 240 n4. The three radix-4 stages (over n4, n3, n2) do the same for
 * each of the 15 pairs (n0, n1), which are neighbours in memory: they are the lanes of `columns`. Then lanes
 * become rows, and the last two stages (over n1, n0) run along the 64 and 192 points that are done.
 * Every butterfly is that of the plain in-place algorithm, operation for operation. */

#include "fft.h"

#include <string.h>

#include "lanes.h"
#include "rnnoise_tables.h"

enum {
    COLUMNS = 15,       /* pairs (n0, n1) */
    LANES = 16,         /* the same with one idle */
    POINTS = 64,        /* done by the radix-4 stages: a row */
    FIVE_ROWS = 320,    /* from n1 to n1 + 1 */
    THREE_POINTS = 192, /* done after the radix-3 stage */
    QUARTER = RNN_WINDOW_SIZE / 4 /* from n4 to n4 + 1 */
};

/* Where each stage's twiddles start in the packed tables: row k - 1 of m holds tw[k j stride], j < m. */
enum { TWIDDLES_4 = 0, TWIDDLES_16 = 3 * 4, TWIDDLES_64 = TWIDDLES_16 + 3 * 16, TWIDDLES_192 = TWIDDLES_64 + 2 * POINTS };

struct Columns {
    ALIGNED float re[POINTS][LANES];
    ALIGNED float im[POINTS][LANES];
};

/* `row` of 64 points after another; the last is for the idle lane. */
struct Points {
    ALIGNED float re[RNN_WINDOW_SIZE + POINTS];
    ALIGNED float im[RNN_WINDOW_SIZE + POINTS];
};

/* Radix 4 without twiddles, over n4, of real samples; they are scaled on the way. */
static void first_stage_real(struct Columns *out, const float *restrict samples)
{
    for (int row = 0; row < POINTS / 4; row++) {
        const float *restrict x = samples + row * COLUMNS;
        const int place = 16 * (row % 4) + 4 * (row / 4);
        float *restrict re = out->re[place], *restrict im = out->im[place];
        for (int l = 0; l < LANES; l++) {
            const float f0 = x[l] * RNN_FFT_SCALE, f1 = x[l + QUARTER] * RNN_FFT_SCALE;
            const float f2 = x[l + 2 * QUARTER] * RNN_FFT_SCALE, f3 = x[l + 3 * QUARTER] * RNN_FFT_SCALE;
            const float s0 = f0 - f2, t = f0 + f2, s1 = f1 + f3, d = f1 - f3;
            re[l] = t + s1;
            re[l + 2 * LANES] = t - s1;
            re[l + LANES] = s0;
            re[l + 3 * LANES] = s0;
            im[l] = 0.0f;
            im[l + 2 * LANES] = 0.0f;
            im[l + LANES] = -d;
            im[l + 3 * LANES] = d;
        }
    }
}

/* The same of complex samples. */
static void first_stage_complex(struct Columns *out, const float *restrict samples_re, const float *restrict samples_im)
{
    for (int row = 0; row < POINTS / 4; row++) {
        const float *restrict x = samples_re + row * COLUMNS, *restrict y = samples_im + row * COLUMNS;
        const int place = 16 * (row % 4) + 4 * (row / 4);
        float *restrict re = out->re[place], *restrict im = out->im[place];
        for (int l = 0; l < LANES; l++) {
            const float f0r = x[l] * RNN_FFT_SCALE, f1r = x[l + QUARTER] * RNN_FFT_SCALE;
            const float f2r = x[l + 2 * QUARTER] * RNN_FFT_SCALE, f3r = x[l + 3 * QUARTER] * RNN_FFT_SCALE;
            const float f0i = y[l] * RNN_FFT_SCALE, f1i = y[l + QUARTER] * RNN_FFT_SCALE;
            const float f2i = y[l + 2 * QUARTER] * RNN_FFT_SCALE, f3i = y[l + 3 * QUARTER] * RNN_FFT_SCALE;
            const float s0r = f0r - f2r, tr = f0r + f2r, s1r = f1r + f3r, dr = f1r - f3r;
            const float s0i = f0i - f2i, ti = f0i + f2i, s1i = f1i + f3i, di = f1i - f3i;
            re[l] = tr + s1r;
            im[l] = ti + s1i;
            re[l + 2 * LANES] = tr - s1r;
            im[l + 2 * LANES] = ti - s1i;
            re[l + LANES] = s0r + di;
            im[l + LANES] = s0i - dr;
            re[l + 3 * LANES] = s0r - di;
            im[l + 3 * LANES] = s0i + dr;
        }
    }
}

/* Radix 4 with twiddles, groups of 4 m points, in place. */
static void radix4_stage(struct Columns *points, int m, int twiddles)
{
    const float *tw_re = rnn_twiddles_re + twiddles, *tw_im = rnn_twiddles_im + twiddles;
    for (int group = 0; group < POINTS; group += 4 * m) {
        for (int j = 0; j < m; j++) {
            const float w1r = tw_re[j], w2r = tw_re[m + j], w3r = tw_re[2 * m + j];
            const float w1i = tw_im[j], w2i = tw_im[m + j], w3i = tw_im[2 * m + j];
            float *re = points->re[group + j], *im = points->im[group + j];
            const int f1 = m * LANES, f2 = 2 * f1, f3 = 3 * f1;
            UNROLL for (int l = 0; l < LANES; l += LANE_COUNT, re += LANE_COUNT, im += LANE_COUNT)
            {
                const Lanes f0r = lanes_load(re), f1r = lanes_load(re + f1);
                const Lanes f2r = lanes_load(re + f2), f3r = lanes_load(re + f3);
                const Lanes f0i = lanes_load(im), f1i = lanes_load(im + f1);
                const Lanes f2i = lanes_load(im + f2), f3i = lanes_load(im + f3);
                const Lanes ar = f1r * w1r - f1i * w1i, ai = f1r * w1i + f1i * w1r;
                const Lanes br = f2r * w2r - f2i * w2i, bi = f2r * w2i + f2i * w2r;
                const Lanes cr = f3r * w3r - f3i * w3i, ci = f3r * w3i + f3i * w3r;
                const Lanes s5r = f0r - br, tr = f0r + br, s3r = ar + cr, s4r = ar - cr;
                const Lanes s5i = f0i - bi, ti = f0i + bi, s3i = ai + ci, s4i = ai - ci;
                lanes_store(re + f2, tr - s3r);
                lanes_store(im + f2, ti - s3i);
                lanes_store(re, tr + s3r);
                lanes_store(im, ti + s3i);
                lanes_store(re + f1, s5r + s4i);
                lanes_store(im + f1, s5i - s4r);
                lanes_store(re + f3, s5r - s4i);
                lanes_store(im + f3, s5i + s4r);
            }
        }
    }
}

/* Eight lanes at a time: lane n0 + 5 n1 becomes row n0 + 5 n1. */
static void lanes_to_rows(struct Points *out, const struct Columns *in)
{
    for (int point = 0; point < POINTS; point += 8)
        for (int lane = 0; lane < LANES; lane += 8) {
            transpose8(out->re + lane * POINTS + point, POINTS, &in->re[point][lane], LANES);
            transpose8(out->im + lane * POINTS + point, POINTS, &in->im[point][lane], LANES);
        }
}

/* Over n1, whose rows are five apart. */
static void radix3_stage(struct Points *points)
{
    const float *restrict w1r = rnn_twiddles_re + TWIDDLES_64, *restrict w1i = rnn_twiddles_im + TWIDDLES_64;
    const float *restrict w2r = w1r + POINTS, *restrict w2i = w1i + POINTS;
    for (int n0 = 0; n0 < 5; n0++) {
        float *restrict re = points->re + n0 * POINTS, *restrict im = points->im + n0 * POINTS;
        for (int j = 0; j < POINTS; j++) {
            const float f1r = re[j + FIVE_ROWS], f1i = im[j + FIVE_ROWS];
            const float f2r = re[j + 2 * FIVE_ROWS], f2i = im[j + 2 * FIVE_ROWS];
            const float ar = f1r * w1r[j] - f1i * w1i[j], ai = f1r * w1i[j] + f1i * w1r[j];
            const float br = f2r * w2r[j] - f2i * w2i[j], bi = f2r * w2i[j] + f2i * w2r[j];
            const float s3r = ar + br, s0r = (ar - br) * RNN_TWIDDLE_THIRD_IM;
            const float s3i = ai + bi, s0i = (ai - bi) * RNN_TWIDDLE_THIRD_IM;
            const float ur = re[j] - s3r * 0.5f, ui = im[j] - s3i * 0.5f;
            re[j] = re[j] + s3r;
            im[j] = im[j] + s3i;
            re[j + 2 * FIVE_ROWS] = ur + s0i;
            im[j + 2 * FIVE_ROWS] = ui - s0r;
            re[j + FIVE_ROWS] = ur - s0i;
            im[j + FIVE_ROWS] = ui + s0r;
        }
    }
}

/* The inputs of one radix-5 butterfly, after the twiddles, in the sums and differences that it needs. */
struct Five {
    float s0r, s0i, s7r, s7i, s8r, s8i, s9r, s9i, s10r, s10i;
};

/* Of point 64 third + j. */
INLINE struct Five five_inputs(const struct Points *points, int third, int j)
{
    const float *re = points->re + third * FIVE_ROWS + j, *im = points->im + third * FIVE_ROWS + j;
    const float *wr = rnn_twiddles_re + TWIDDLES_192 + third * POINTS + j;
    const float *wi = rnn_twiddles_im + TWIDDLES_192 + third * POINTS + j;
    const float r1 = re[POINTS] * wr[0] - im[POINTS] * wi[0];
    const float i1 = re[POINTS] * wi[0] + im[POINTS] * wr[0];
    const float r2 = re[2 * POINTS] * wr[THREE_POINTS] - im[2 * POINTS] * wi[THREE_POINTS];
    const float i2 = re[2 * POINTS] * wi[THREE_POINTS] + im[2 * POINTS] * wr[THREE_POINTS];
    const float r3 = re[3 * POINTS] * wr[2 * THREE_POINTS] - im[3 * POINTS] * wi[2 * THREE_POINTS];
    const float i3 = re[3 * POINTS] * wi[2 * THREE_POINTS] + im[3 * POINTS] * wr[2 * THREE_POINTS];
    const float r4 = re[4 * POINTS] * wr[3 * THREE_POINTS] - im[4 * POINTS] * wi[3 * THREE_POINTS];
    const float i4 = re[4 * POINTS] * wi[3 * THREE_POINTS] + im[4 * POINTS] * wr[3 * THREE_POINTS];
    return (struct Five){re[0], im[0], r1 + r4, i1 + i4, r2 + r3, i2 + i3, r2 - r3, i2 - i3, r1 - r4, i1 - i4};
}

#define YA_RE RNN_TWIDDLE_FIFTH_RE
#define YA_IM RNN_TWIDDLE_FIFTH_IM
#define YB_RE RNN_TWIDDLE_TWO_FIFTHS_RE
#define YB_IM RNN_TWIDDLE_TWO_FIFTHS_IM

INLINE float five_s5(float s0, float s7, float s8) { return s0 + (s7 * YA_RE + s8 * YB_RE); }
INLINE float five_s11(float s0, float s7, float s8) { return s0 + (s7 * YB_RE + s8 * YA_RE); }

/* Radix 5 over n0, all outputs. */
static void radix5_stage(float *restrict re, float *restrict im, const struct Points *points)
{
    for (int third = 0; third < 3; third++, re += POINTS, im += POINTS)
        for (int j = 0; j < POINTS; j++) {
            const struct Five f = five_inputs(points, third, j);
            const float s5r = five_s5(f.s0r, f.s7r, f.s8r), s5i = five_s5(f.s0i, f.s7i, f.s8i);
            const float s6r = f.s10i * YA_IM + f.s9i * YB_IM, s6i = -(f.s10r * YA_IM + f.s9r * YB_IM);
            const float s11r = five_s11(f.s0r, f.s7r, f.s8r), s11i = five_s11(f.s0i, f.s7i, f.s8i);
            const float s12r = f.s9i * YA_IM - f.s10i * YB_IM, s12i = f.s10r * YB_IM - f.s9r * YA_IM;
            re[j] = f.s0r + (f.s7r + f.s8r);
            im[j] = f.s0i + (f.s7i + f.s8i);
            re[j + THREE_POINTS] = s5r - s6r;
            im[j + THREE_POINTS] = s5i - s6i;
            re[j + 2 * THREE_POINTS] = s11r + s12r;
            im[j + 2 * THREE_POINTS] = s11i + s12i;
            re[j + 3 * THREE_POINTS] = s11r - s12r;
            im[j + 3 * THREE_POINTS] = s11i - s12i;
            re[j + 4 * THREE_POINTS] = s5r + s6r;
            im[j + 4 * THREE_POINTS] = s5i + s6i;
        }
}

/* Radix 5, bins up to 480 (and a few more, as far as the spectrum has room). */
static void radix5_stage_half(struct Spectrum *spectrum, const struct Points *points)
{
    for (int third = 0; third < 3; third++) {
        float *restrict re = spectrum->re + third * POINTS, *restrict im = spectrum->im + third * POINTS;
        for (int j = 0; j < POINTS; j++) {
            const struct Five f = five_inputs(points, third, j);
            const float s5r = five_s5(f.s0r, f.s7r, f.s8r), s5i = five_s5(f.s0i, f.s7i, f.s8i);
            const float s6r = f.s10i * YA_IM + f.s9i * YB_IM, s6i = -(f.s10r * YA_IM + f.s9r * YB_IM);
            re[j] = f.s0r + (f.s7r + f.s8r);
            im[j] = f.s0i + (f.s7i + f.s8i);
            re[j + THREE_POINTS] = s5r - s6r;
            im[j + THREE_POINTS] = s5i - s6i;
        }
        const int room = SPECTRUM_SIZE - 2 * THREE_POINTS - third * POINTS, outputs = room < POINTS ? room : POINTS;
        for (int j = 0; j < outputs; j++) {
            const struct Five f = five_inputs(points, third, j);
            const float s12r = f.s9i * YA_IM - f.s10i * YB_IM, s12i = f.s10r * YB_IM - f.s9r * YA_IM;
            re[j + 2 * THREE_POINTS] = five_s11(f.s0r, f.s7r, f.s8r) + s12r;
            im[j + 2 * THREE_POINTS] = five_s11(f.s0i, f.s7i, f.s8i) + s12i;
        }
    }
}

/* Radix 5, real parts alone. */
static void radix5_stage_real(float *restrict re, const struct Points *points)
{
    for (int third = 0; third < 3; third++, re += POINTS)
        for (int j = 0; j < POINTS; j++) {
            const struct Five f = five_inputs(points, third, j);
            const float s5r = five_s5(f.s0r, f.s7r, f.s8r), s6r = f.s10i * YA_IM + f.s9i * YB_IM;
            const float s11r = five_s11(f.s0r, f.s7r, f.s8r), s12r = f.s9i * YA_IM - f.s10i * YB_IM;
            re[j] = f.s0r + (f.s7r + f.s8r);
            re[j + THREE_POINTS] = s5r - s6r;
            re[j + 2 * THREE_POINTS] = s11r + s12r;
            re[j + 3 * THREE_POINTS] = s11r - s12r;
            re[j + 4 * THREE_POINTS] = s5r + s6r;
        }
}

/* All stages between the first and the last. */
static void middle_stages(struct Points *points, struct Columns *columns)
{
    radix4_stage(columns, 4, TWIDDLES_4);
    radix4_stage(columns, 16, TWIDDLES_16);
    lanes_to_rows(points, columns);
    radix3_stage(points);
}

void fft_real(struct Spectrum *spectrum, const float samples[FFT_BUFFER_SIZE])
{
    struct Columns columns;
    struct Points points;
    first_stage_real(&columns, samples);
    middle_stages(&points, &columns);
    radix5_stage_half(spectrum, &points);
}

void fft_complex(float out_re[RNN_WINDOW_SIZE], float out_im[RNN_WINDOW_SIZE],
                 const float re[FFT_BUFFER_SIZE], const float im[FFT_BUFFER_SIZE])
{
    struct Columns columns;
    struct Points points;
    first_stage_complex(&columns, re, im);
    middle_stages(&points, &columns);
    radix5_stage(out_re, out_im, &points);
}

void fft_inverse(float samples[RNN_WINDOW_SIZE], const struct Spectrum *spectrum)
{
    float re[FFT_BUFFER_SIZE], im[FFT_BUFFER_SIZE], reversed[RNN_WINDOW_SIZE];
    struct Columns columns;
    struct Points points;
    memcpy(re, spectrum->re, RNN_FREQ_SIZE * sizeof(float));
    memcpy(im, spectrum->im, RNN_FREQ_SIZE * sizeof(float));
    for (int k = 1; k < RNN_FRAME_SIZE; k++) {
        re[RNN_WINDOW_SIZE - k] = spectrum->re[k];
        im[RNN_WINDOW_SIZE - k] = -spectrum->im[k];
    }
    re[RNN_WINDOW_SIZE] = im[RNN_WINDOW_SIZE] = 0.0f;
    first_stage_complex(&columns, re, im);
    middle_stages(&points, &columns);
    radix5_stage_real(reversed, &points);
    samples[0] = RNN_WINDOW_SIZE * reversed[0];
    for (int i = 1; i < RNN_WINDOW_SIZE; i++)
        samples[i] = RNN_WINDOW_SIZE * reversed[RNN_WINDOW_SIZE - i];
}
