#include "correlation.h"

enum { BLOCK = 16, GROUP = 4 };

void correlate_neighbours(float *out, const float *x, const float *y, int size, int lags)
{
    for (int start = 0; start < lags; start += BLOCK) {
        float sums[BLOCK] = {0.0f};
        for (int j = 0; j < size; j++)
            for (int k = 0; k < BLOCK; k++)
                sums[k] += x[j] * y[start + k + j];
        for (int k = 0; k < BLOCK && start + k < lags; k++)
            out[start + k] = sums[k];
    }
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
