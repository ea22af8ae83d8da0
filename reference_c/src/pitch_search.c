#include "pitch_search.h"

#include <string.h>

#include "correlation.h"
#include "minmax.h"

enum { COARSE_BUF_PADDED = RNN_COARSE_BUF_SIZE + 1 + CORRELATION_PADDING };

/* The two lags with the largest normalised correlation, best first; y has `size` samples at each lag. */
static void best_two(int best[2], const float *xc, const float *y, int size, int lags)
{
    float best_num[2] = {-1.0f, -1.0f}, best_den[2] = {0.0f, 0.0f};
    float energy = 1.0f;
    best[0] = 0;
    best[1] = 1;
    for (int j = 0; j < size; j++)
        energy += y[j] * y[j];
    for (int i = 0; i < lags; i++) {
        if (xc[i] > 0.0f) {
            const float scaled = xc[i] * RNN_BEST_LAG_SCALE;
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
        energy += y[i + size] * y[i + size] - y[i] * y[i];
        energy = max_float(1.0f, energy);
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

/* Correlations at the lags around one coarse candidate. */
static void fine_neighbours(float xc[RNN_FINE_LAGS], const float *x, const float *y, int coarse)
{
    enum { NEIGHBOURS = 2 * RNN_FINE_RADIUS + 1 };
    float found[NEIGHBOURS];
    const int first = max_int(0, 2 * coarse - RNN_FINE_RADIUS);
    const int last = min_int(RNN_FINE_LAGS - 1, 2 * coarse + RNN_FINE_RADIUS);
    correlate_neighbours(found, x, y + first, RNN_HALF_FRAME_SIZE, last - first + 1);
    for (int k = first; k <= last; k++)
        xc[k] = max_float(-1.0f, found[k - first]);
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
    memset(xc, 0, sizeof(xc));
    coarse_search(best, whitened);
    fine_neighbours(xc, x, whitened, best[0]);
    fine_neighbours(xc, x, whitened, best[1]);
    best_two(best, xc, whitened, RNN_HALF_FRAME_SIZE, RNN_FINE_LAGS);
    if (best[0] > 0 && best[0] < RNN_FINE_LAGS - 1)
        offset = peak_offset(xc[best[0] - 1], xc[best[0]], xc[best[0] + 1]);
    return RNN_PITCH_MAX_PERIOD - (2 * best[0] - offset);
}
