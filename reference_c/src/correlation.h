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

/* The same for eight lags, wanted or not: less to wait for. */
#define correlate_few RNN_VARIANT(correlate_few)
void correlate_few(float out[FEW], const float *x, const float *y, int size);

/* Eight lags from y1 and eight from y2 at once; *energy += the sum of squares of the first `size` of z. */
#define correlate_two_few RNN_VARIANT(correlate_two_few)
void correlate_two_few(float out1[FEW], float out2[FEW], float *energy, const float *x, const float *y1,
                       const float *y2, const float *z, int size);

/* out[k] = sum of x[j] x[j - lags[k]] over j < size, a multiple of four, for k < count. */
#define correlate_lags RNN_VARIANT(correlate_lags)
void correlate_lags(float *out, const float *x, const int *lags, int size, int count);

#endif
