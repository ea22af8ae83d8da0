#include "biquad.h"

void biquad(float *out, float memory[2], const float *in, const struct Biquad *filter, int size)
{
    const double b0 = (double)filter->b[0], b1 = (double)filter->b[1];
    const double a0 = (double)filter->a[0], a1 = (double)filter->a[1];
    float m0 = memory[0], m1 = memory[1];
    for (int i = 0; i < size; i++) {
        const float sum = in[i] + m0;
        const double x = (double)in[i], y = (double)sum;
        m0 = (float)((double)m1 + (b0 * x - a0 * y));
        m1 = (float)(b1 * x - a1 * y);
        out[i] = sum;
    }
    memory[0] = m0;
    memory[1] = m1;
}
