// SPDX-License-Identifier: Apache-2.0
// libFuzzer's door to one target, which CMake names.
#include <cstddef>
#include <cstdint>

#include "base/log.h"
#include "targets.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    pinflow::set_log_level(pinflow::LogLevel::error);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pinflow::fuzz::PINFLOW_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
