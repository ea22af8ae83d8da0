#include "dct.h"

#include "rnnoise_tables.h"

void dct(float out[RNN_NB_BANDS], const float in[RNN_NB_BANDS])
{
    float sums[RNN_NB_BANDS] = {0.0f};
    for (int j = 0; j < RNN_NB_BANDS; j++)
        for (int i = 0; i < RNN_NB_BANDS; i++)
            sums[i] += in[j] * rnn_dct_table[j * RNN_NB_BANDS + i];
    for (int i = 0; i < RNN_NB_BANDS; i++)
        out[i] = (float)((double)sums[i] * RNN_DCT_SCALE);
}
