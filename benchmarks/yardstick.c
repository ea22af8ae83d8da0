/* The unit in which speeds are quoted: one inner product of 480 floats with a single accumulator.
 *
 * Each addition waits for the one before, so the time is 480 latencies of a float addition, whatever vector units the
 * processor has; code bound by the same latency, as plain C feature extraction is, scales with it from machine to
 * machine. Prints nanoseconds, the least of many short bursts.
 *
 *     cc -O3 -o yardstick yardstick.c && ./yardstick
 */
#define _POSIX_C_SOURCE 199309L

#include <stdio.h>
#include <time.h>

enum { TAPS = 480, BURST = 2000, BURSTS = 60 };

static float product_of(const float *a, const float *b)
{
    float total = 0.0f;
    for (int tap = 0; tap < TAPS; tap++)
        total += a[tap] * b[tap];
    return total;
}

/* read through a volatile pointer: the compiler can neither inline the product nor move it out of the loop */
static float (*volatile product)(const float *, const float *) = product_of;

static double now(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return 1e9 * (double)moment.tv_sec + (double)moment.tv_nsec;
}

int main(void)
{
    static float a[TAPS], b[TAPS];
    volatile float result;
    double least = 1e30;

    for (int tap = 0; tap < TAPS; tap++) {
        a[tap] = (float)(tap % 11) * 0.25f - 1.0f;
        b[tap] = (float)(tap % 13) * 0.125f - 0.5f;
    }
    for (int burst = 0; burst < BURSTS; burst++) {
        const double start = now();
        for (int i = 0; i < BURST; i++)
            result = product(a, b);
        const double each = (now() - start) / BURST;
        if (each < least)
            least = each;
    }
    (void)result;
    printf("%.2f\n", least);
    return 0;
}
