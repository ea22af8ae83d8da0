#include "correlation.h"

#include "lanes.h"

enum { BLOCK = 10 /* vectors of lags at once */ };

/* The next BLOCK vectors of lags, of which `lags` are wanted. */
static void correlate_block(float *out, const float *x, const float *y, int size, int lags)
{
    Lanes sums[BLOCK];
    float found[BLOCK * LANE_COUNT];
    UNROLL for (int v = 0; v < BLOCK; v++) sums[v] = (Lanes){0.0f};
    for (int j = 0; j < size; j++)
        UNROLL for (int v = 0; v < BLOCK; v++) sums[v] += x[j] * lanes_load(y + j + v * LANE_COUNT);
    UNROLL for (int v = 0; v < BLOCK; v++) lanes_store(found + v * LANE_COUNT, sums[v]);
    memcpy(out, found, (size_t)lags * sizeof(float));
}

void correlate_neighbours(float *out, const float *x, const float *y, int size, int lags)
{
    enum { LAGS = BLOCK * LANE_COUNT };
    for (int start = 0; start < lags; start += LAGS)
        correlate_block(out + start, x, y + start, size, lags - start < LAGS ? lags - start : LAGS);
}

void correlate_few(float out[FEW], const float *x, const float *y, int size)
{
    Eight sums = eight_zeros();
    for (int j = 0; j < size; j++)
        sums = eight_add_product(sums, x[j], y + j);
    eight_store(out, sums);
}

void correlate_two_few(float out1[FEW], float out2[FEW], float *energy, const float *x, const float *y1,
                       const float *y2, const float *z, int size)
{
    Eight sums1 = eight_zeros(), sums2 = eight_zeros();
    float squares = *energy;
    for (int j = 0; j < size; j++) {
        sums1 = eight_add_product(sums1, x[j], y1 + j);
        sums2 = eight_add_product(sums2, x[j], y2 + j);
        squares += z[j] * z[j];
    }
    eight_store(out1, sums1);
    eight_store(out2, sums2);
    *energy = squares;
}

/* Products of four samples of four lags each are turned, so that each addition serves four lags. */
void correlate_lags(float *out, const float *x, const int *lags, int size, int count)
{
    for (int start = 0; start < count; start += FEW) {
        const float *y[FEW];
        float found[FEW];
        Eight sums = eight_zeros();
        for (int k = 0; k < FEW; k++)
            y[k] = x - lags[start + k < count ? start + k : count - 1];
        for (int j = 0; j < size; j += 4)
            sums = eight_add_turned_products(sums, x + j, y, j);
        eight_store(found, sums);
        memcpy(out + start, found, (size_t)(count - start < FEW ? count - start : FEW) * sizeof(float));
    }
}
