#include "variability.h"

#include "minmax.h"

/* One slot has changed: only its distances are new. */
static void update_distances(struct CepstralRing *ring, int slot)
{
    for (int j = 0; j < RNN_CEPS_MEM; j++) {
        float distance = 0.0f;
        for (int k = 0; k < RNN_NB_BANDS; k++) {
            const float difference = ring->cepstra[slot][k] - ring->cepstra[j][k];
            distance += difference * difference;
        }
        ring->distances[slot][j] = ring->distances[j][slot] = distance;
    }
}

float spectral_variability(struct CepstralRing *ring, int slot)
{
    float sum = 0.0f;
    update_distances(ring, slot);
    for (int i = 0; i < RNN_CEPS_MEM; i++) { /* by slot, not by age: quirk Q-RING-SLOTS */
        float nearest = RNN_VARIABILITY_START;
        for (int j = 0; j < RNN_CEPS_MEM; j++)
            if (j != i)
                nearest = min_float(nearest, ring->distances[i][j]);
        sum += nearest;
    }
    return (float)((double)(sum / RNN_CEPS_MEM) - RNN_VARIABILITY_OFFSET);
}
