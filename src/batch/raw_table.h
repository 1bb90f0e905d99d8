// SPDX-License-Identifier: Apache-2.0
// Documents of one kind on their way into a session: decoded, counted, and offered to the cleaning
// SQL as the view `raw`, with the last record of each key. While the engine takes in one chunk of
// records, on a thread of its own, the next one is decoded; the session sees one caller at a time.
#pragma once

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/records/decoder.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"
#include "record/record.h"

namespace pinflow::batch {

// The tables a RawTable makes in its session.
inline constexpr const char* kRecordsTable = "pinflow_records";  // the columns and a position
inline constexpr const char* kPositionColumn = "pinflow_position";
inline constexpr const char* kQuarantineTable = "pinflow_quarantine";  // of quarantine_schema()

// reason, topic, partition, offset, line, object, raw
const Schema& quarantine_schema();

// Where a document lay.
struct Place {
    std::string_view object;
    std::string_view topic;
    std::int32_t partition = 0;
    Offset offset = 0;
    std::int64_t line = 0;  // the first is 1
};

struct RawCounts {
    std::int64_t read = 0;
    std::int64_t accepted = 0;
    std::int64_t quarantined = 0;
    std::int64_t latest = 0;  // rows of `raw`: distinct keys among the accepted
    std::map<std::string, std::int64_t> reasons;
};

class RawTable final {
public:
    // Creates (or empties) the tables. Session and kind must outlive it.
    static Result<RawTable> open(SqlSession& session, const PipelineKind& kind);

    // The next document in arrival order.
    Status add(std::string_view document, const Place& place);

    // No more documents: makes `raw`. In order of arrival when asked to; the order costs a sort.
    Result<RawCounts> finish(bool in_order);

private:
    RawTable(SqlSession& session, const PipelineKind& kind, records::Decoder decoder);

    // Decoded, not yet in the session.
    struct Pending {
        Rows records;  // the last column is the position
        Rows quarantined;
        void clear() { records.clear(), quarantined.clear(); }
    };

    Status create_tables();
    void quarantine(const records::Refusal& refusal, const Place& place);
    Status hand_over();
    Status wait_for_append();
    Result<std::int64_t> count_latest();

    SqlSession& session_;
    const PipelineKind& kind_;
    records::Decoder decoder_;
    std::unique_ptr<Pending> filling_;
    std::unique_ptr<Pending> appending_;  // by the one thread that `append_` waits for, if any
    std::future<Status> append_;
    std::vector<records::Refusal> refused_;  // of one document
    std::size_t pending_bytes_ = 0;
    std::int64_t position_ = 0;
    RawCounts counts_;
};

}  // namespace pinflow::batch
