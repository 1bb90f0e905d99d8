// SPDX-License-Identifier: Apache-2.0
#include "lake/committer.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/crash_point.h"
#include "base/hash.h"
#include "base/log.h"
#include "codec/delta/names.h"
#include "lake/checkpoint.h"
#include "lake/log_reader.h"

namespace pinflow::lake {
namespace {

void sign(std::vector<delta::Action>& actions, const std::string& transaction_id,
          std::int64_t now_ms) {
    auto* info = std::get_if<delta::CommitInfo>(&actions.front());
    CHECK(info != nullptr, "an entry begins with its commitInfo");
    info->transaction_id = transaction_id;
    info->time_ms = now_ms;
    info->engine = "pinflow";
}

bool is_signed_by(const std::vector<delta::Action>& actions, const std::string& transaction_id) {
    for (const delta::Action& action : actions)
        if (const auto* info = std::get_if<delta::CommitInfo>(&action))
            return info->transaction_id == transaction_id;
    return false;
}

enum class Outcome { committed, lost_to_another };

// After the put of `version` failed: whose entry stands there? If none does, the failure stands.
Task<Result<Outcome>> read_back(const LakeContext& lake, const std::string& table,
                                std::int64_t version, const std::string& transaction_id,
                                Error failure) {
    auto actions = co_await read_entry(lake, table, version);
    if (actions) {
        co_return is_signed_by(*actions, transaction_id) ? Outcome::committed
                                                         : Outcome::lost_to_another;
    }
    if (actions.error().code == Errc::corrupt) co_return std::unexpected(actions.error());
    co_return with_context(std::move(failure), fmt::format("table {}: version {}", table, version));
}

// A table is whole without its checkpoints: a failure costs others time to read, no more.
Task<void> checkpoint_when_due(const LakeContext& lake, const std::string& table,
                               const LogState& state) {
    if (state.version() == 0 || state.version() % kCommitsPerCheckpoint != 0) co_return;
    auto written = co_await write_checkpoint(lake, table, state);
    if (!written)
        log_warn("lake", "table {}: no checkpoint of version {}: {}", table, state.version(),
                 written.error().text);
}

}  // namespace

Task<Result<TableCommit>> commit(const LakeContext& lake, std::string table, PlanCommit plan,
                                 LogState& state) {
    const std::string transaction_id =
        random_uuid();  // one for all tries: any of them may have won
    for (int tried = 0; tried < kCommitTriesMax; ++tried) {
        CO_TRY(CommitPlan planned, plan(state));
        if (const auto* done = std::get_if<TableCommit>(&planned)) co_return *done;
        auto& actions = std::get<std::vector<delta::Action>>(planned);
        sign(actions, transaction_id, lake.clock.now_ms());

        const std::int64_t version = state.version() + 1;
        auto put = co_await lake.store.put(log_key(table, delta::commit_name(version)),
                                           delta::write_actions(actions), PutIf::absent);
        Outcome outcome = Outcome::committed;
        if (!put) {
            CO_TRY(outcome, co_await read_back(lake, table, version, transaction_id,
                                               std::move(put).error()));
        }
        if (outcome == Outcome::committed) {
            crash_point("lake.committed");
            CO_TRY_STATUS(state.apply(version, std::move(actions)));
            co_await checkpoint_when_due(lake, table, state);
            co_return TableCommit{.version = version};
        }
        CO_TRY_STATUS(co_await catch_up(lake, table, std::nullopt, state));
    }
    co_return fail(Errc::conflict,
                   fmt::format("table {}: other writers were quicker {} times: one table wants one "
                               "writing system",
                               table, kCommitTriesMax));
}

}  // namespace pinflow::lake
