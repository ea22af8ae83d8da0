#include "correlation.h"

#include "lanes.h"

enum { BLOCK = 10 /* vectors of lags at once */, GROUP = 4 };

/* `vectors` is a constant where this is inlined. */
INLINE void correlate_block(float *out, const float *x, const float *y, int size, int lags, const int vectors)
{
    Lanes sums[BLOCK];
    float found[BLOCK * LANE_COUNT];
    UNROLL for (int v = 0; v < vectors; v++) sums[v] = (Lanes){0.0f};
    for (int j = 0; j < size; j++)
        UNROLL for (int v = 0; v < vectors; v++) sums[v] += x[j] * lanes_load(y + j + v * LANE_COUNT);
    UNROLL for (int v = 0; v < vectors; v++) lanes_store(found + v * LANE_COUNT, sums[v]);
    memcpy(out, found, (size_t)lags * sizeof(float));
}

void correlate_neighbours(float *out, const float *x, const float *y, int size, int lags)
{
    while (lags >= BLOCK * LANE_COUNT) {
        correlate_block(out, x, y, size, BLOCK * LANE_COUNT, BLOCK);
        out += BLOCK * LANE_COUNT;
        y += BLOCK * LANE_COUNT;
        lags -= BLOCK * LANE_COUNT;
    }
    if (lags > 2 * LANE_COUNT)
        correlate_block(out, x, y, size, lags, BLOCK);
    else if (lags > LANE_COUNT)
        correlate_block(out, x, y, size, lags, 2);
    else if (lags > 0)
        correlate_block(out, x, y, size, lags, 1);
}

void correlate_lags(float *out, const float *x, const int *lags, int size, int count)
{
    for (int start = 0; start < count; start += GROUP) {
        const float *y[GROUP];
        float sums[GROUP] = {0.0f};
        for (int k = 0; k < GROUP; k++)
            y[k] = x - lags[start + k < count ? start + k : count - 1];
        for (int j = 0; j < size; j++)
            for (int k = 0; k < GROUP; k++)
                sums[k] += x[j] * y[k][j];
        for (int k = 0; k < GROUP && start + k < count; k++)
            out[start + k] = sums[k];
    }
}
