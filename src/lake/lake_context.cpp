// SPDX-License-Identifier: Apache-2.0
#include "lake/lake_context.h"

#include <filesystem>
#include <system_error>

#include "base/hash.h"

namespace pinflow::lake {

namespace fs = std::filesystem;

std::string LakeContext::fresh_staging_path() const {
    return fs::path(staging_directory) / (random_uuid() + kStagedEnding);
}

void LakeContext::discard_staged(const std::string& path) const {
    std::error_code error;
    if (fs::path(path).parent_path() == fs::path(staging_directory)) fs::remove(path, error);
}

}  // namespace pinflow::lake
