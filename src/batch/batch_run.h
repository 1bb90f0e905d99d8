// SPDX-License-Identifier: Apache-2.0
// The daily batch: objects -> one clean table and one quarantine table a kind.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "batch/sink_object.h"
#include "ports/clock.h"
#include "ports/meter.h"
#include "ports/object_store.h"
#include "ports/sql_engine.h"
#include "ports/table.h"
#include "record/ledger.h"
#include "record/pipeline.h"

namespace pinflow::batch {

struct BatchPorts {
    ObjectStore& objects;
    Lake& lake;
    SqlEngine& engine;
    Clock& clock;
    Meter* meter = nullptr;
};

// A run's date, for kinds that are loaded by date: in milliseconds since 1970, `to` left out.
struct DateWindow {
    std::string date;  // "2024-02-29"
    Timestamp from_ms = 0;
    Timestamp to_ms = 0;
};

struct KindSettings {
    SqlSettings sql;
    std::optional<DateWindow> window;  // a kind with `load: by_date` needs it; others do not look
    std::stop_token stop;              // looked at while objects are read: `cancelled`
};

struct KindReport {
    std::string kind;
    std::string table;
    Ledger ledger;
    std::map<std::string, std::int64_t> reasons;  // of the quarantined
    std::int64_t objects = 0;
    std::uint64_t bytes = 0;  // of the objects
    std::int64_t table_version = 0;
    std::int64_t quarantine_version = 0;
    std::int64_t duration_us = 0;
};

struct BatchReport {
    Timestamp started_ms = 0;
    std::int64_t duration_us = 0;
    std::vector<KindReport> kinds;
    std::int64_t ignored_count = 0;
    std::vector<IgnoredObject> ignored;  // the first kIgnoredShownMax

    Ledger total() const;
};

struct BatchSettings {
    KindSettings kind;
    std::string prefix = "topics/";
    // Progress, in the kinds' order, on the caller's thread.
    std::function<void(const KindReport&)> on_kind = [](const KindReport&) {};
};

inline constexpr std::size_t kKindsAtOnceMax = 4;
// With less, DuckDB cannot hold the keys and the row groups that it writes, whatever it spills.
inline constexpr std::uint64_t kKindMemoryBytesMin = 160 << 20;

std::string quarantine_table(const PipelineKind& kind);  // "<table>_quarantine"
std::string raw_table(const PipelineKind& kind);         // "<table>_raw", of `load: new`

// How many of `kinds` may be cleaned at once with that memory: one at least.
std::size_t kinds_at_once(const SqlSettings& sql, std::size_t kinds);

// What each of `count` kinds may use that are cleaned at once: its share of the memory. The threads
// are not divided, so that the last to end has the machine for itself.
SqlSettings share_of(SqlSettings sql, std::size_t count);

// Every kind, kinds_at_once of them side by side, each as its `load` says (record/pipeline.h). A
// ledger that does not add up fails the run (internal) before the clean table is touched. Errors of
// the cleaning name its file and carry the engine's hint. What the ports refer to and the pipeline
// must outlive it.
Task<Result<BatchReport>> run_batch(BatchPorts ports, const Pipeline& pipeline,
                                    BatchSettings settings);

// One kind's share of it, for a schedule that runs them as tasks, several at once: each has a
// session of its own, with all that its settings allow (share_of divides it).
Task<Result<KindReport>> run_kind(BatchPorts ports, const PipelineKind& kind,
                                  std::vector<SinkObject> objects, KindSettings settings);

}  // namespace pinflow::batch
