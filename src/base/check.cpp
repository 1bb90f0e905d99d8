// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pinflow {

void check_failed(const char* condition, const char* file, int line, std::string_view note) {
    std::fprintf(stderr, "pinflow: internal error: CHECK(%s) failed at %s:%d%s%.*s\n", condition,
                 file, line, note.empty() ? "" : ": ", static_cast<int>(note.size()), note.data());
    std::fflush(stderr);
    std::abort();
}

}  // namespace pinflow
