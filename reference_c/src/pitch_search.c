#include "pitch_search.h"

#include <string.h>

#include "correlation.h"
#include "minmax.h"

enum { COARSE_BUF_PADDED = RNN_COARSE_BUF_SIZE + 1 + CORRELATION_PADDING };

/* energies[i] = 1 + energy of y[i ... i + size - 1], by recursion, never below 1. */
static void running_energies(float *restrict energies, const float *y, int size, int lags)
{
    float steps[RNN_FINE_LAGS], first = 1.0f, energy;
    int below = 0;
    for (int j = 0; j < size; j++)
        first += y[j] * y[j];
    for (int i = 0; i < lags; i++)
        steps[i] = y[i + size] * y[i + size] - y[i] * y[i];
    energy = first;
    for (int i = 0; i < lags; i++) {
        energies[i] = energy;
        energy += steps[i];
    }
    /* Without the limit the recursion is quicker, and it is rarely needed: look afterwards. */
    for (int i = 0; i < lags; i++)
        below |= 1.0f > energies[i];
    energy = first;
    for (int i = 0; i < lags && below; i++) {
        energies[i] = energy;
        energy = max_float(1.0f, energy + steps[i]);
    }
}

/* The two lags with the largest normalised correlation, best first; y has `size` samples at each lag. */
static void best_two(int best[2], const float *xc, const float *y, int size, int lags)
{
    float best_num[2] = {-1.0f, -1.0f}, best_den[2] = {0.0f, 0.0f}, energies[RNN_FINE_LAGS];
    best[0] = 0;
    best[1] = 1;
    running_energies(energies, y, size, lags);
    for (int i = 0; i < lags; i++) {
        if (!(xc[i] > 0.0f))
            continue;
        const float energy = energies[i], scaled = xc[i] * RNN_BEST_LAG_SCALE;
        const float num = scaled * scaled;
        if (num * best_den[1] > best_num[1] * energy) {
            if (num * best_den[0] > best_num[0] * energy) {
                best_num[1] = best_num[0];
                best_den[1] = best_den[0];
                best[1] = best[0];
                best_num[0] = num;
                best_den[0] = energy;
                best[0] = i;
            } else {
                best_num[1] = num;
                best_den[1] = energy;
                best[1] = i;
            }
        }
    }
}

static void coarse_search(int best[2], const float whitened[HALF_BUF_PADDED])
{
    float x4[RNN_COARSE_FRAME_SIZE], y4[COARSE_BUF_PADDED], xc[RNN_COARSE_LAGS];
    for (int j = 0; j < RNN_COARSE_FRAME_SIZE; j++)
        x4[j] = whitened[RNN_HALF_MAX_PERIOD + 2 * j];
    for (int j = 0; j < COARSE_BUF_PADDED; j++)
        y4[j] = whitened[2 * j];
    correlate_neighbours(xc, x4, y4, RNN_COARSE_FRAME_SIZE, RNN_COARSE_LAGS);
    best_two(best, xc, y4, RNN_COARSE_FRAME_SIZE, RNN_COARSE_LAGS);
}

/* Correlations at the lags around the two coarse candidates. */
static void fine_correlations(float xc[RNN_FINE_LAGS], const float *x, const float *y, const int coarse[2])
{
    float found[2][FEW];
    int first[2], last[2];
    for (int c = 0; c < 2; c++) {
        first[c] = max_int(0, 2 * coarse[c] - RNN_FINE_RADIUS);
        last[c] = min_int(RNN_FINE_LAGS - 1, 2 * coarse[c] + RNN_FINE_RADIUS);
    }
    correlate_two_few(found[0], found[1], x, y + first[0], y + first[1], RNN_HALF_FRAME_SIZE);
    memset(xc, 0, RNN_FINE_LAGS * sizeof(float));
    for (int c = 0; c < 2; c++)
        for (int k = first[c]; k <= last[c]; k++)
            xc[k] = max_float(-1.0f, found[c][k - first[c]]);
}

/* Which side of a peak is so much higher that the peak must lie between two lags. */
static int peak_offset(float before, float at, float after)
{
    if (after - before > RNN_PEAK_OFFSET * (at - before))
        return 1;
    if (before - after > RNN_PEAK_OFFSET * (at - after))
        return -1;
    return 0;
}

int pitch_search(const float whitened[HALF_BUF_PADDED])
{
    const float *x = whitened + RNN_HALF_MAX_PERIOD;
    float xc[RNN_FINE_LAGS];
    int best[2], offset = 0;
    coarse_search(best, whitened);
    fine_correlations(xc, x, whitened, best);
    best_two(best, xc, whitened, RNN_HALF_FRAME_SIZE, RNN_FINE_LAGS);
    if (best[0] > 0 && best[0] < RNN_FINE_LAGS - 1)
        offset = peak_offset(xc[best[0] - 1], xc[best[0]], xc[best[0] + 1]);
    return RNN_PITCH_MAX_PERIOD - (2 * best[0] - offset);
}
