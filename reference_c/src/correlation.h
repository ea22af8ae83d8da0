/* Inner products of one signal with many shifts of another (contract/features §10, §11): lags side by side, each sum
 * in its order. */
#ifndef RNNOISE_CORRELATION_H
#define RNNOISE_CORRELATION_H

#include "variant.h"

/* Lanes read up to CORRELATION_PADDING floats more of y than they need. */
enum { CORRELATION_PADDING = 16, FEW = 8 };

/* out[k] = sum of x[j] y[k + j] over j < size, for k < lags. */
#define correlate_neighbours RNN_VARIANT(correlate_neighbours)
void correlate_neighbours(float *out, const float *x, const float *y, int size, int lags);

/* out[k] += sum of x[j] y[k + j] over j < size, for eight lags, wanted or not: less to wait for. */
struct FewLags {
    float *out;
    const float *x, *y;
};

#define correlate_few RNN_VARIANT(correlate_few)
void correlate_few(const struct FewLags *jobs, int count, int size);

/* out[k] = sum of x[j] x[j - lags[k]] over j < size, a multiple of four, for eight lags. */
struct AnyLags {
    float out[FEW];
    const float *x;
    int lags[FEW];
};

#define correlate_any RNN_VARIANT(correlate_any)
void correlate_any(struct AnyLags *jobs, int count, int size);

#endif
