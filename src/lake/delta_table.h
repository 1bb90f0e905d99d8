// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lake/committer.h"
#include "lake/lake_context.h"
#include "lake/log_state.h"
#include "ports/table.h"

namespace pinflow::lake {

class DeltaTable final : public Table {
public:
    DeltaTable(const LakeContext& lake, std::string name) : lake_(lake), name_(std::move(name)) {}

    Task<Result<TableSnapshot>> read(std::optional<std::int64_t> version) override;
    Task<Result<TableSnapshot>> look(std::optional<std::int64_t> version) override;
    Task<Status> ensure(Schema schema) override;
    Task<Result<TableCommit>> append(std::vector<TableFile> files, BatchId batch) override;
    Task<Result<TableCommit>> replace(Schema schema, std::vector<TableFile> files) override;
    Task<Result<TableCommit>> change(TableChange change) override;
    Task<Result<std::vector<TableEvent>>> history() override;

private:
    // The state of the last call, so that the next reads only what is new. A call takes it out and
    // gives it back; one that finds it taken (or that failed) starts from the log: any number of
    // calls at once are right, and one at a time is quick.
    LogState take_state();
    void give_state(LogState state);

    Task<Result<LogState>> current_state();
    Task<Result<TableSnapshot>> snapshot_of(LogState& state);
    Status fetch_files(TableSnapshot& snapshot);
    Task<Result<std::vector<delta::AddFile>>> put_files(std::vector<TableFile> files);
    Task<void> remove_files(std::vector<delta::AddFile> adds);
    std::unexpected<Error> no_table() const;

    const LakeContext& lake_;
    const std::string name_;
    std::mutex mutex_;
    std::optional<LogState> state_;
};

}  // namespace pinflow::lake
