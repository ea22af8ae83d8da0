/* Only 24 bits of a logarithm are kept. A series in binary64 gives it to within a relative 10^-14; where the rounding
 * to binary32 is the same on either side of a margin of 10^-13 it is the right one. Otherwise, rarely, the same series runs
 * in pairs of binary64 numbers. The C library's log10 is not asked: it may be a unit off, and for one energy that shows. */

#include "logarithm.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#define LOG10_2     0.30102999566398119521 /* and what binary64 leaves out: */
#define LOG10_2_LOW (-2.8037281277851704e-18)
#define TWO_OVER_LN10     0.86858896380650365530 /* likewise */
#define TWO_OVER_LN10_LOW (2.19663930043353e-17)

enum { MANTISSA_BITS = 52, TERMS = 20 /* z^20 < 10^-30: what is left out is below the pairs' last digit */ };

static const int64_t root_half = INT64_C(0x3fe6a09e667f3bcd); /* bits: mantissas are taken from sqrt(1/2) to sqrt(2) */

/* high + low, |low| at most half a unit in the last place of high. */
struct Pair {
    double high, low;
};

static struct Pair quick_sum(double a, double b) /* |a| >= |b| */
{
    const double sum = a + b;
    return (struct Pair){sum, b - (sum - a)};
}

static struct Pair exact_sum(double a, double b)
{
    const double sum = a + b, part = sum - a;
    return (struct Pair){sum, (a - (sum - part)) + (b - part)};
}

static struct Pair exact_product(double a, double b)
{
    const double splitter = 134217729.0; /* 2^27 + 1 */
    const double wide_a = splitter * a, wide_b = splitter * b, product = a * b;
    const double a1 = wide_a - (wide_a - a), a2 = a - a1, b1 = wide_b - (wide_b - b), b2 = b - b1;
    return (struct Pair){product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}

static struct Pair add(struct Pair a, struct Pair b)
{
    const struct Pair high = exact_sum(a.high, b.high);
    return quick_sum(high.high, high.low + (a.low + b.low));
}

static struct Pair multiply(struct Pair a, struct Pair b)
{
    const struct Pair high = exact_product(a.high, b.high);
    return quick_sum(high.high, high.low + (a.high * b.low + a.low * b.high));
}

static struct Pair divide(struct Pair a, struct Pair b)
{
    const double first = a.high / b.high;
    const struct Pair taken = multiply(b, (struct Pair){first, 0.0});
    const struct Pair rest = add(a, (struct Pair){-taken.high, -taken.low});
    return quick_sum(first, rest.high / b.high);
}

static float precise_log10(double exponent, double mantissa)
{
    const struct Pair one = {1.0, 0.0}, two_over_ln10 = {TWO_OVER_LN10, TWO_OVER_LN10_LOW};
    const struct Pair s = divide((struct Pair){mantissa - 1.0, 0.0}, exact_sum(mantissa, 1.0)), z = multiply(s, s);
    struct Pair series = {0.0, 0.0};
    for (int n = TERMS - 1; n >= 0; n--)
        series = add(multiply(series, z), divide(one, (struct Pair){2 * n + 1, 0.0}));
    const struct Pair whole = multiply((struct Pair){exponent, 0.0}, (struct Pair){LOG10_2, LOG10_2_LOW});
    /* rounded to binary64 first, as a C library's result is: one energy is that near a tie */
    return (float)add(whole, multiply(multiply(s, two_over_ln10), series)).high;
}

static float log10_energy(float energy)
{
    const double x = RNN_LOG_FLOOR + (double)energy;
    int64_t bits;
    if (!(x <= 2.0 * (double)FLT_MAX))
        return (float)x; /* infinity stays, and so does NaN */
    memcpy(&bits, &x, sizeof(bits));
    const int exponent = (int)((bits - root_half) >> MANTISSA_BITS);
    bits -= (int64_t)((uint64_t)exponent << MANTISSA_BITS);
    double mantissa;
    memcpy(&mantissa, &bits, sizeof(mantissa));

    /* 2 artanh(s)/ln 10 = s times the sum of 2/((2n + 1) ln 10) s^2n, |s| < 0.172 */
    const double s = (mantissa - 1.0) / (mantissa + 1.0), z = s * s;
    double series = 0.0;
    for (int n = 8; n >= 0; n--)
        series = series * z + TWO_OVER_LN10 / (2 * n + 1);
    const double value = exponent * LOG10_2 + s * series;
    const float low = (float)(value * (1.0 - 1e-13)), high = (float)(value * (1.0 + 1e-13));
    return low == high ? low : precise_log10(exponent, mantissa);
}

void log10_energies(float logs[RNN_NB_BANDS], const float energies[RNN_NB_BANDS])
{
    for (int b = 0; b < RNN_NB_BANDS; b++)
        logs[b] = log10_energy(energies[b]);
}
