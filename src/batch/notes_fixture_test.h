// SPDX-License-Identifier: Apache-2.0
// A small pipeline of one kind, with records that repeat their keys, for the tests of loading.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "batch/batch_fixture_test.h"
#include "batch/survey.h"
#include "memory/hand_clock.h"

namespace pinflow::batch {

inline Pipeline notes_pipeline(Load load) {
    PipelineKind kind{.name = "note",
                      .source_table = "notes",
                      .topic = "{user}.note",
                      .stream = "{user}-note",
                      .table = "note",
                      .stream_table = "{user}_note",
                      .view = "notes",
                      .load = load};
    kind.shape = {.columns = {{"index", ColumnType::int64}, {"text", ColumnType::text}},
                  .key = "index"};
    kind.clean_sql = "select index as ind, text from raw";
    kind.clean_file = "clean/note.sql";
    kind.cleaned = {{"ind", ColumnType::int64}, {"text", ColumnType::text}};
    return {.name = "small", .kinds = {kind}};
}

inline std::string note(std::int64_t index, const std::string& text) {
    return fmt::format(R"({{"index":{},"text":"{}"}})", index, text);
}

class NotesFixture : public BatchFixture {
protected:
    // A lake of its own for each way to load, over memory.
    struct Place {
        Place(NotesFixture& test, const std::string& name)
            : store(test.clock, test.files), staging(test.root + "/" + name) {
            reopen(test, store);
        }
        void reopen(NotesFixture& test, ObjectStore& over) {
            lake = *lake::DeltaLake::open(over, test.clock, test.engine, staging);
        }
        memory::MemoryObjectStore store;
        std::string staging;
        std::unique_ptr<lake::DeltaLake> lake;
    };

    Result<KindReport> load(Place& place, const Pipeline& pipeline,
                            std::optional<DateWindow> window = {}) {
        BatchPorts over{sunk, *place.lake, engine, clock, nullptr};
        BatchSettings settings{.kind = {.sql = {.threads = 2}, .window = std::move(window)}};
        Result<BatchReport> report = run_here(run_batch(over, pipeline, settings));
        if (!report) return std::unexpected(report.error());
        return report->kinds.at(0);
    }
    Ledger ledger_of(Place& place, const Pipeline& pipeline,
                     std::optional<DateWindow> window = {}) {
        auto report = load(place, pipeline, std::move(window));
        EXPECT_TRUE(report) << report.error().text;
        return report ? report->ledger : Ledger{};
    }
    void sink(const std::string& key, const std::string& bytes) {
        ASSERT_TRUE(run_here(sunk.put(key, bytes, PutIf::always)));
    }
    std::vector<std::string> rows_of_table(Place& place, const std::string& table,
                                           const Schema& schema) {
        std::swap(lake, place.lake);
        auto rows = table_rows(table, schema);
        std::swap(lake, place.lake);
        return rows;
    }
    std::vector<std::string> notes(Place& place) {
        return rows_of_table(place, "note", notes_pipeline(Load::all).kinds[0].cleaned);
    }
    std::vector<std::string> refused(Place& place) {
        return rows_of_table(place, "note_quarantine", quarantine_schema());
    }

    memory::HandClock sunk_clock;
    memory::MemoryObjectStore sunk{sunk_clock, files};
};

}  // namespace pinflow::batch
