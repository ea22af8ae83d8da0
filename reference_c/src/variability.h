/* Spectral variability: how far each remembered cepstrum is from its nearest other (contract/features §15). */
#ifndef RNNOISE_VARIABILITY_H
#define RNNOISE_VARIABILITY_H

#include "cepstrum.h"
#include "variant.h"

/* Call after the ring has taken a frame into `slot`. */
#define spectral_variability RNN_VARIANT(spectral_variability)
float spectral_variability(struct CepstralRing *ring, int slot);

#endif
