#include "window.h"

#include "rnnoise_tables.h"

void apply_window(float samples[RNN_WINDOW_SIZE])
{
    float *falling = samples + RNN_FRAME_SIZE;
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        samples[i] *= rnn_half_window[i];
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        falling[i] *= rnn_half_window[RNN_FRAME_SIZE - 1 - i];
}
