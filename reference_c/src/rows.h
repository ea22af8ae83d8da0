/* Training rows: 42 features, 22 gains, 22 noise energies, one VAD label (contract/features §21, §22). */
#ifndef RNNOISE_ROWS_H
#define RNNOISE_ROWS_H

#include "features.h"
#include "mixer.h"
#include "variant.h"

/* Plain data without pointers: save it with the bytes of the struct, go on from a copy. */
struct RowState {
    struct Mixer mixer;
    int vad_count;
    float clean_memory[RNN_FRAME_SIZE], noise_memory[RNN_FRAME_SIZE], noisy_memory[RNN_FRAME_SIZE];
    struct FeatureState features;
};

typedef void RowsInit(struct RowState *state, const struct FrameSource *noise, uint32_t seed);
typedef void RowsNext(struct RowState *state, float row[RNN_ROW_SIZE], const struct FrameSource *speech,
                      const struct FrameSource *noise);

#define rows_init RNN_VARIANT(rows_init)
RowsInit rows_init;

#define rows_next RNN_VARIANT(rows_next)
RowsNext rows_next;

#endif
