#include "rand.h"

enum { LEHMER_FACTOR = 16807, LEHMER_MODULUS = 2147483647 };

static uint32_t next_word(struct Rand *generator)
{
    int oldest = generator->oldest;
    int recent = (oldest + RAND_LONG_LAG - RAND_SHORT_LAG) % RAND_LONG_LAG;
    uint32_t word = generator->history[oldest] + generator->history[recent];
    generator->history[oldest] = word;
    generator->oldest = (oldest + 1) % RAND_LONG_LAG;
    return word;
}

void rand_seed(struct Rand *generator, uint32_t seed)
{
    int64_t word = seed == 0 ? 1 : (int32_t)seed; /* quirk Q-SEED-ZERO */
    generator->history[0] = (uint32_t)word;
    for (int i = 1; i < RAND_LONG_LAG; i++) {
        word = LEHMER_FACTOR * word % LEHMER_MODULUS;
        if (word < 0)
            word += LEHMER_MODULUS;
        generator->history[i] = (uint32_t)word;
    }
    /* Words 31, 32 and 33 repeat words 0, 1 and 2: in a ring of 31 that is to start at word 3. */
    generator->oldest = RAND_SHORT_LAG;
    for (int i = 0; i < RAND_DISCARDED; i++)
        next_word(generator);
}

int32_t rand_next(struct Rand *generator) { return (int32_t)(next_word(generator) >> 1); }
