#include "whitening.h"

#include <string.h>

#include "correlation.h"

enum {
    LAGS = RNN_LPC_ORDER + 1,
    TAPS = RNN_LPC_ORDER + 1,
    BODY = RNN_HALF_BUF_SIZE - RNN_LPC_ORDER /* samples that all lags share */
};

/* `half` starts TAPS floats into its buffer: the zero history of the whitening filter. */
static void downsample(float *half, const float pitch_buf[RNN_PITCH_BUF_SIZE])
{
    half[0] = 0.5f * (0.5f * pitch_buf[1] + pitch_buf[0]);
    for (int i = 1; i < RNN_HALF_BUF_SIZE; i++)
        half[i] = 0.5f * (0.5f * (pitch_buf[2 * i - 1] + pitch_buf[2 * i + 1]) + pitch_buf[2 * i]);
}

/* What is left after the body, whose sum stands in ac. */
static void add_tails(float ac[LAGS], const float *half)
{
    for (int k = 0; k < LAGS; k++) {
        float tail = 0.0f;
        for (int i = BODY + k; i < RNN_HALF_BUF_SIZE; i++)
            tail += half[i] * half[i - k];
        ac[k] = ac[k] + tail;
    }
}

static void lag_window(float ac[LAGS])
{
    ac[0] *= RNN_AC_NOISE_FLOOR;
    for (int k = 1; k < LAGS; k++)
        ac[k] -= ac[k] * (RNN_AC_LAG_WINDOW * (float)k) * (RNN_AC_LAG_WINDOW * (float)k);
}

static void levinson_durbin(float lpc[RNN_LPC_ORDER], const float ac[LAGS])
{
    float error = ac[0];
    memset(lpc, 0, RNN_LPC_ORDER * sizeof(float));
    if (ac[0] == 0.0f)
        return;
    for (int i = 0; i < RNN_LPC_ORDER; i++) {
        float rr = 0.0f;
        for (int j = 0; j < i; j++)
            rr += lpc[j] * ac[i - j];
        rr += ac[i + 1];
        const float r = -rr / error;
        lpc[i] = r;
        for (int j = 0; j < (i + 1) >> 1; j++) {
            const float t1 = lpc[j], t2 = lpc[i - 1 - j];
            lpc[j] = t1 + r * t2;
            lpc[i - 1 - j] = t2 + r * t1;
        }
        error = error - (r * r) * error;
        if (error < RNN_LEVINSON_STOP * ac[0])
            break;
    }
}

static void whitening_taps(float taps[TAPS], float lpc[RNN_LPC_ORDER])
{
    float shrink = 1.0f;
    for (int i = 0; i < RNN_LPC_ORDER; i++) {
        shrink = RNN_LPC_BANDWIDTH * shrink;
        lpc[i] = lpc[i] * shrink;
    }
    taps[0] = lpc[0] + RNN_WHITENING_ZERO;
    for (int i = 1; i < RNN_LPC_ORDER; i++)
        taps[i] = lpc[i] + RNN_WHITENING_ZERO * lpc[i - 1];
    taps[RNN_LPC_ORDER] = RNN_WHITENING_ZERO * lpc[RNN_LPC_ORDER - 1];
}

static void filter(float whitened[HALF_BUF_PADDED], const float *half, const float n[TAPS])
{
    for (int i = 0; i < RNN_HALF_BUF_SIZE; i++)
        whitened[i] = half[i] + n[0] * half[i - 1] + n[1] * half[i - 2] + n[2] * half[i - 3] + n[3] * half[i - 4] +
                      n[4] * half[i - 5];
    memset(whitened + RNN_HALF_BUF_SIZE, 0, (HALF_BUF_PADDED - RNN_HALF_BUF_SIZE) * sizeof(float));
}

static void whiten_together(float *const *whitened, const float *const *pitch_bufs, int count)
{
    float buffers[TOGETHER][TAPS + HALF_BUF_PADDED], ac[TOGETHER][FEW], lpc[RNN_LPC_ORDER], taps[TAPS];
    struct FewLags bodies[TOGETHER] = {{NULL, NULL, NULL}};
    for (int s = 0; s < count; s++) {
        float *half = buffers[s] + TAPS;
        memset(buffers[s], 0, sizeof(buffers[s]));
        memset(ac[s], 0, sizeof(ac[s]));
        downsample(half, pitch_bufs[s]);
        bodies[s] = (struct FewLags){ac[s], half, half};
    }
    correlate_few(bodies, count, BODY);
    for (int s = 0; s < count; s++) {
        float *half = buffers[s] + TAPS;
        add_tails(ac[s], half);
        lag_window(ac[s]);
        levinson_durbin(lpc, ac[s]);
        whitening_taps(taps, lpc);
        filter(whitened[s], half, taps);
    }
}

void whiten(float *const *whitened, const float *const *pitch_bufs, int count)
{
    count = STREAM_COUNT(count);
    for (int s = 0; s < count; s += TOGETHER)
        whiten_together(whitened + s, pitch_bufs + s, count - s < TOGETHER ? count - s : TOGETHER);
}
