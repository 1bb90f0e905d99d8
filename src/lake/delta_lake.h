// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lake/lake_context.h"
#include "ports/table.h"

namespace pinflow::lake {

// Delta tables in an object store: table `pin` is the objects under "pin/".
class DeltaLake final : public Lake {
public:
    // Makes the staging directory and drops what an earlier lake left in it. Everything named
    // outlives the lake, the lake its tables. The directory belongs to this lake alone; on the file
    // system of a folder store, staged files need not be copied.
    static Result<std::unique_ptr<DeltaLake>> open(ObjectStore& store, Clock& clock,
                                                   SqlEngine& engine,
                                                   std::string staging_directory);
    DeltaLake(const DeltaLake&) = delete;
    DeltaLake& operator=(const DeltaLake&) = delete;

    Result<std::unique_ptr<Table>> table(std::string name) override;
    Task<Result<std::vector<std::string>>> list_tables() override;
    Result<std::string> staging_path() override;

private:
    explicit DeltaLake(LakeContext context) : context_(std::move(context)) {}

    LakeContext context_;
};

}  // namespace pinflow::lake
