// SPDX-License-Identifier: Apache-2.0
#include "pinterest/draws.h"

#include <array>
#include <cmath>

namespace pinflow::pinterest {
namespace {

// ln 2 in two parts, the first with spare bits: k * kLn2High is exact for the k that occur.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kSqrtHalf = 0x1.6a09e667f3bcdp-1;

// Of the power series of e^r: 1/n!, the highest power first.
constexpr std::size_t kExpTerms = 15;
constexpr auto kExpSeries = [] {
    std::array<double, kExpTerms> series{};
    double factorial = 1;
    for (std::size_t n = 0; n < kExpTerms; ++n) {
        if (n > 0) factorial *= static_cast<double>(n);
        series[kExpTerms - 1 - n] = 1 / factorial;
    }
    return series;
}();

// Of artanh s / s in powers of s squared: 1/(2n+1), the highest power first.
constexpr std::size_t kLnTerms = 11;
constexpr auto kLnSeries = [] {
    std::array<double, kLnTerms> series{};
    for (std::size_t n = 0; n < kLnTerms; ++n) series[kLnTerms - 1 - n] = 1 / (2.0 * static_cast<double>(n) + 1);
    return series;
}();

double polynomial(const auto& series, double x) {
    double sum = 0;
    for (double coefficient : series) sum = sum * x + coefficient;
    return sum;
}

}  // namespace

double portable_exp(double x) {
    if (x < -700) return 0;
    double k = std::floor(x / kLn2High + 0.5);
    double r = (x - k * kLn2High) - k * kLn2Low;  // |r| <= 0.35
    return std::ldexp(polynomial(kExpSeries, r), static_cast<int>(k));
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
    return exponent * kLn2High + (2 * s * polynomial(kLnSeries, s * s) + exponent * kLn2Low);
}

// The smallest of n uniforms is 1 - (1 - u)^(1/n).
double Draws::smallest_of(std::int64_t count) {
    double u = unit();
    if (count <= 1) return u;
    return 1 - portable_exp(portable_ln(1 - u) / static_cast<double>(count));
}

}  // namespace pinflow::pinterest
