#include "cepstrum.h"

#include <string.h>

#include "dct.h"
#include "logarithm.h"
#include "minmax.h"

void cepstrum(float cepstra[RNN_NB_BANDS], const float energy[RNN_NB_BANDS])
{
    float log_energy[RNN_NB_BANDS], log_max = RNN_LOG_START, follow = RNN_LOG_START;
    log10_energies(log_energy, energy);
    for (int b = 0; b < RNN_NB_BANDS; b++) {
        const float level = (float)max_double((double)(log_max - RNN_LOG_RANGE),
                                              max_double((double)follow - RNN_LOG_SLOPE, (double)log_energy[b]));
        log_max = max_float(log_max, level);
        follow = (float)max_double((double)follow - RNN_LOG_SLOPE, (double)level);
        log_energy[b] = level;
    }
    dct(cepstra, log_energy);
    cepstra[0] -= RNN_CEPSTRUM_OFFSET_0;
    cepstra[1] -= RNN_CEPSTRUM_OFFSET_1;
}

int cepstral_features(float features[RNN_NB_FEATURES], struct CepstralRing *ring, const float cepstra[RNN_NB_BANDS])
{
    const int slot = ring->slot;
    const float *c1 = ring->cepstra[(slot + RNN_CEPS_MEM - 1) % RNN_CEPS_MEM];
    const float *c2 = ring->cepstra[(slot + RNN_CEPS_MEM - 2) % RNN_CEPS_MEM];
    memcpy(ring->cepstra[slot], cepstra, sizeof(ring->cepstra[slot]));
    memcpy(features + RNN_COLUMN_CEPSTRUM, cepstra, sizeof(ring->cepstra[slot]));
    for (int i = 0; i < RNN_NB_DELTA_CEPS; i++) {
        features[RNN_COLUMN_CEPSTRUM + i] = cepstra[i] + c1[i] + c2[i];
        features[RNN_COLUMN_CEPSTRUM_DELTA + i] = cepstra[i] - c2[i];
        features[RNN_COLUMN_CEPSTRUM_DELTA2 + i] = cepstra[i] - 2.0f * c1[i] + c2[i];
    }
    ring->slot = (slot + 1) % RNN_CEPS_MEM;
    return slot;
}
