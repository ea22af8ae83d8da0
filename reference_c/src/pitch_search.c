#include "pitch_search.h"

#include <string.h>

#include "correlation.h"
#include "minmax.h"

enum { COARSE_BUF_PADDED = RNN_COARSE_FRAME_SIZE + RNN_COARSE_LAGS + 1 + CORRELATION_PADDING };

/* Lags first ... last - 1. */
struct LagRange {
    int first, last;
};

/* energies[i] = energy of y[i ... i + size - 1], by recursion from that of lag 0, never below 1. */
static void running_energies(float *restrict energies, float first, const float *y, int size, int lags)
{
    float steps[RNN_FINE_LAGS], energy = first;
    int below = 0;
    for (int i = 0; i < lags; i++)
        steps[i] = y[i + size] * y[i + size] - y[i] * y[i];
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

/* The two best lags so far, best first: the largest normalized correlations. */
struct BestTwo {
    int lag[2];
    float num[2], den[2];
};

static const struct BestTwo no_best = {{0, 1}, {-1.0f, -1.0f}, {0.0f, 0.0f}};

static void take_best(struct BestTwo *best, const float *xc, const float *energies, struct LagRange range)
{
    for (int i = range.first; i < range.last; i++) {
        if (!(xc[i] > 0.0f))
            continue;
        const float energy = energies[i], scaled = xc[i] * RNN_BEST_LAG_SCALE, num = scaled * scaled;
        if (!(num * best->den[1] > best->num[1] * energy))
            continue;
        const int place = num * best->den[0] > best->num[0] * energy ? 0 : 1;
        if (place == 0) {
            best->num[1] = best->num[0];
            best->den[1] = best->den[0];
            best->lag[1] = best->lag[0];
        }
        best->num[place] = num;
        best->den[place] = energy;
        best->lag[place] = i;
    }
}

static struct BestTwo coarse_search(const float whitened[HALF_BUF_PADDED])
{
    const struct LagRange all = {0, RNN_COARSE_LAGS};
    float x4[RNN_COARSE_FRAME_SIZE], y4[COARSE_BUF_PADDED], xc[RNN_COARSE_LAGS], energies[RNN_COARSE_LAGS];
    float energy = 1.0f;
    struct BestTwo best = no_best;
    for (int j = 0; j < RNN_COARSE_FRAME_SIZE; j++)
        x4[j] = whitened[RNN_HALF_MAX_PERIOD + 2 * j];
    for (int j = 0; j < COARSE_BUF_PADDED; j++)
        y4[j] = whitened[2 * j];
    correlate_neighbours(xc, x4, y4, RNN_COARSE_FRAME_SIZE, RNN_COARSE_LAGS);
    for (int j = 0; j < RNN_COARSE_FRAME_SIZE; j++)
        energy += y4[j] * y4[j];
    running_energies(energies, energy, y4, RNN_COARSE_FRAME_SIZE, RNN_COARSE_LAGS);
    take_best(&best, xc, energies, all);
    return best;
}

/* The fine lags around a coarse one. */
static struct LagRange neighbourhood(int coarse)
{
    return (struct LagRange){max_int(0, 2 * coarse - RNN_FINE_RADIUS),
                             min_int(RNN_FINE_LAGS, 2 * coarse + RNN_FINE_RADIUS + 1)};
}

/* Around the two coarse lags alone: elsewhere xc is zero, which is never best. */
static struct BestTwo fine_search(float xc[RNN_FINE_LAGS], const float whitened[HALF_BUF_PADDED], const int coarse[2])
{
    const int later = coarse[1] > coarse[0], sooner = 1 - later;
    const struct LagRange low = neighbourhood(coarse[sooner]), high = neighbourhood(coarse[later]);
    const struct LagRange rest = {max_int(low.last, high.first), high.last};
    float found[2][FEW], energies[RNN_FINE_LAGS], energy = 1.0f;
    struct BestTwo best = no_best;
    correlate_two_few(found[0], found[1], &energy, whitened + RNN_HALF_MAX_PERIOD, whitened + low.first,
                      whitened + high.first, whitened, RNN_HALF_FRAME_SIZE);
    memset(xc, 0, RNN_FINE_LAGS * sizeof(float));
    for (int k = low.first; k < low.last; k++)
        xc[k] = max_float(-1.0f, found[0][k - low.first]);
    for (int k = high.first; k < high.last; k++)
        xc[k] = max_float(-1.0f, found[1][k - high.first]);
    running_energies(energies, energy, whitened, RNN_HALF_FRAME_SIZE, high.last);
    take_best(&best, xc, energies, low);
    take_best(&best, xc, energies, rest);
    return best;
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
    float xc[RNN_FINE_LAGS];
    const struct BestTwo coarse = coarse_search(whitened);
    const int best = fine_search(xc, whitened, coarse.lag).lag[0];
    int offset = 0;
    if (best > 0 && best < RNN_FINE_LAGS - 1)
        offset = peak_offset(xc[best - 1], xc[best], xc[best + 1]);
    return RNN_PITCH_MAX_PERIOD - (2 * best - offset);
}
