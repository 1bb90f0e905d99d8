// SPDX-License-Identifier: Apache-2.0
#include "pinterest/draws.h"

#include <cmath>

namespace pinflow::pinterest {
namespace {

// ln 2 in two parts, the first with spare bits: k * kLn2High is exact for the k that occur.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kSqrtHalf = 0x1.6a09e667f3bcdp-1;

}  // namespace

double portable_exp(double x) {
    if (x < -700) return 0;
    double k = std::floor(x / kLn2High + 0.5);
    double r = (x - k * kLn2High) - k * kLn2Low;  // |r| <= 0.35
    constexpr int kTerms = 15;
    double sum = 1;
    for (int n = kTerms; n > 0; --n) sum = 1 + sum * r / n;
    return std::ldexp(sum, static_cast<int>(k));
}

double portable_ln(double x) {
    int exponent = 0;
    double m = std::frexp(x, &exponent);
    if (m < kSqrtHalf) {
        m *= 2;
        --exponent;
    }
    // ln m = 2 artanh s, |s| <= 0.172
    double s = (m - 1) / (m + 1);
    double square = s * s;
    constexpr int kLastTerm = 21;
    double sum = 0;
    for (int n = kLastTerm; n > 0; n -= 2) sum = sum * square + 1.0 / n;
    return exponent * kLn2High + (2 * s * sum + exponent * kLn2Low);
}

// The smallest of n uniforms is 1 - (1 - u)^(1/n).
double Draws::smallest_of(std::int64_t count) {
    double u = unit();
    if (count <= 1) return u;
    return 1 - portable_exp(portable_ln(1 - u) / static_cast<double>(count));
}

}  // namespace pinflow::pinterest
