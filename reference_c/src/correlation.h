/* Inner products of one signal with many shifts of another: lags side by side, each sum in its order. */
#ifndef RNNOISE_CORRELATION_H
#define RNNOISE_CORRELATION_H

#include "variant.h"

/* out[k] = sum of x[j] y[k + j] over j < size, for k < lags. Up to CORRELATION_PADDING floats more of y are
 * read, not used. */
enum { CORRELATION_PADDING = 16 };

#define correlate_neighbours RNN_VARIANT(correlate_neighbours)
void correlate_neighbours(float *out, const float *x, const float *y, int size, int lags);

/* out[k] = sum of x[j] x[j - lags[k]] over j < size, for k < count. */
#define correlate_lags RNN_VARIANT(correlate_lags)
void correlate_lags(float *out, const float *x, const int *lags, int size, int count);

#endif
