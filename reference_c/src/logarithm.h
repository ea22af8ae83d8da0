/* Logarithms of band energies, the same on every platform (contract/features §13). */
#ifndef RNNOISE_LOGARITHM_H
#define RNNOISE_LOGARITHM_H

#include "rnnoise_constants.h"
#include "variant.h"

/* logs[b] = log10(1e-2 + energies[b]), rounded once; energies are not negative. */
#define log10_energies RNN_VARIANT(log10_energies)
void log10_energies(float logs[RNN_NB_BANDS], const float energies[RNN_NB_BANDS]);

#endif
