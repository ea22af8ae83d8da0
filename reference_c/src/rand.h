/* The rand() of glibc, as a plain struct: the training mixer's draws (contract/features §23). */
#ifndef RNNOISE_RAND_H
#define RNNOISE_RAND_H

#include <stdint.h>

#include "variant.h"

enum { RAND_LONG_LAG = 31, RAND_SHORT_LAG = 3, RAND_DISCARDED = 310 };

struct Rand {
    uint32_t history[RAND_LONG_LAG]; /* the last 31 values, a ring */
    int oldest;                      /* where the value 31 draws ago stands */
};

#define rand_seed RNN_VARIANT(rand_seed)
void rand_seed(struct Rand *generator, uint32_t seed);

#define rand_next RNN_VARIANT(rand_next)
int32_t rand_next(struct Rand *generator); /* 0 ... 2^31 - 1 */

#endif
