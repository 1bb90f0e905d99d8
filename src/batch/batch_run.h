// SPDX-License-Identifier: Apache-2.0
// The daily batch: all objects -> one clean table and one quarantine table a kind.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
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
    SqlSettings sql;
    std::string prefix = "topics/";
    std::function<void(const KindReport&)> on_kind = [](const KindReport&) {};  // progress
};

std::string quarantine_table(const PipelineKind& kind);  // "<table>_quarantine"

// Every kind, one after the other. The tables are replaced: the same objects give the same rows. A
// ledger that does not add up fails the run (internal) before anything is committed for that kind.
// Errors of the cleaning name its file and carry the engine's hint. What the ports refer to and the
// pipeline must outlive it.
Task<Result<BatchReport>> run_batch(BatchPorts ports, const Pipeline& pipeline,
                                    BatchSettings settings);

// One kind's share of it, for a schedule that runs them as tasks.
Task<Result<KindReport>> run_kind(BatchPorts ports, const PipelineKind& kind,
                                  std::vector<SinkObject> objects, SqlSettings sql);

}  // namespace pinflow::batch
