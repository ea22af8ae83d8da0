#include "vad_label.h"

#include "minmax.h"
#include "rnnoise_constants.h"

float vad_label(int *count, float energy)
{
    if (energy > RNN_VAD_ENERGY_HIGH)
        *count = 0;
    else if (energy > RNN_VAD_ENERGY_MID)
        *count -= 5;
    else if (energy > RNN_VAD_ENERGY_LOW)
        *count += 1;
    else
        *count += 2;
    *count = min_int(max_int(*count, 0), RNN_VAD_COUNT_MAX);
    if (*count >= RNN_VAD_COUNT_OFF)
        return 0.0f;
    return *count > 0 ? 0.5f : 1.0f;
}
