/* Band energies to cepstra, and what changes in them over three frames (contract/features §13, §14). */
#ifndef RNNOISE_CEPSTRUM_H
#define RNNOISE_CEPSTRUM_H

#include "rnnoise_constants.h"
#include "variant.h"

/* The last eight cepstra: a ring, and the squared distances between its slots (spectral variability). */
struct CepstralRing {
    float cepstra[RNN_CEPS_MEM][RNN_NB_BANDS];
    float distances[RNN_CEPS_MEM][RNN_CEPS_MEM];
    int slot; /* where the next frame goes */
};

/* Log energies with floors, to cepstra with their offsets. */
#define cepstrum RNN_VARIANT(cepstrum)
void cepstrum(float cepstra[RNN_NB_BANDS], const float energy[RNN_NB_BANDS]);

/* The ring takes the frame; its cepstra and differences go to `features`. Returns the slot taken. */
#define cepstral_features RNN_VARIANT(cepstral_features)
int cepstral_features(float features[RNN_NB_FEATURES], struct CepstralRing *ring, const float cepstra[RNN_NB_BANDS]);

#endif
