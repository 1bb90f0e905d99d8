// SPDX-License-Identifier: Apache-2.0
#include "batch/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "batch/part_decoder.h"

namespace pinflow::batch {
namespace {

constexpr const char* kKeysTable = "pinflow_keys";      // key, position
constexpr const char* kLatestTable = "pinflow_latest";  // position
// What waits for the engine: large enough that the appender's fixed cost does not show.
constexpr std::size_t kKeysWaitingMax = 1 << 16;
constexpr std::size_t kQuarantineBytesMax = 4 << 20;
constexpr std::int64_t kPositionsAQuery = 1 << 20;

// Position = part, then the record's number among the accepted of the part: the order of arrival.
// A part has at most one line over its size, a record at least eight bytes (`{"a":1}`, a comma).
constexpr int kRecordBits = 24;

Schema keys_schema() { return {{"key", ColumnType::int64}, {"position", ColumnType::int64}}; }

std::size_t key_column(const RecordShape& shape) {
    return static_cast<std::size_t>(std::ranges::find(shape.columns, shape.key, &Field::name) -
                                    shape.columns.begin());
}

// The threads' common results. The session is used under the mutex.
class Surveying {
public:
    Surveying(SqlSession& session, const PipelineKind& kind, const std::vector<SinkObject>& objects,
              PartStream& parts, bool find_latest, std::stop_token stop)
        : session_(session),
          kind_(kind),
          objects_(objects),
          parts_(parts),
          find_latest_(find_latest),
          stop_(std::move(stop)),
          keys_(keys_schema()),
          quarantined_(quarantine_schema()) {
        survey_.lines.resize(objects.size());
    }

    Result<Survey> run(int threads);

private:
    Status work();
    Status survey_part(const Part& part, PartDecoder& decoder, Rows& rows);
    void quarantine(const records::Refusal& refusal, const SinkObject& object, std::int64_t line);
    void take_keys(std::int64_t part, const Rows& rows);
    Status hand_over(bool all);
    Status find_latest();
    Status keep_only_latest();

    SqlSession& session_;
    const PipelineKind& kind_;
    const std::vector<SinkObject>& objects_;
    PartStream& parts_;
    const bool find_latest_;
    const std::stop_token stop_;

    std::mutex mutex_;
    Status failure_;
    Survey survey_;
    Rows keys_;
    Rows quarantined_;
};

Result<Survey> Surveying::run(int threads) {
    TRY_STATUS(session_.create_table(kKeysTable, keys_.schema));
    TRY_STATUS(session_.create_table(kQuarantineTable, quarantined_.schema));
    {
        std::vector<std::jthread> workers;
        for (int worker = 0; worker < threads; ++worker) {
            workers.emplace_back([this] {
                Status done = work();
                std::scoped_lock lock(mutex_);
                if (!done && failure_) failure_ = std::move(done);
            });
        }
    }
    if (!failure_) return std::unexpected(std::move(failure_).error());
    TRY_STATUS(hand_over(true));
    if (find_latest_) TRY_STATUS(find_latest());
    return std::move(survey_);
}

Status Surveying::work() {
    TRY(PartDecoder decoder, PartDecoder::open(kind_, objects_, {key_column(kind_.shape)}, false));
    Rows rows(decoder.schema());
    while (true) {
        {
            std::scoped_lock lock(mutex_);
            if (!failure_) return {};
        }
        if (stop_.stop_requested())
            return fail(Errc::cancelled, "stopped while the objects were read");
        TRY(PartPointer part, parts_.next());
        if (!part) return {};
        rows.clear();
        TRY_STATUS(survey_part(*part, decoder, rows));
    }
}

Status Surveying::survey_part(const Part& part, PartDecoder& decoder, Rows& rows) {
    auto refuse = [this](const records::Refusal& refusal, const SinkObject& object,
                         std::int64_t line) { quarantine(refusal, object, line); };
    std::vector<PartDecoder::Count> counts;
    for (const Piece& piece : part.pieces) counts.push_back(decoder.decode(piece, rows, refuse));

    std::scoped_lock lock(mutex_);
    for (std::size_t at = 0; at < counts.size(); ++at) {
        survey_.read += counts[at].read;
        survey_.lines[part.pieces[at].object] += counts[at].lines;
    }
    auto number = static_cast<std::size_t>(part.number);
    if (survey_.parts.size() <= number) survey_.parts.resize(number + 1);
    survey_.parts[number].accepted = static_cast<std::int64_t>(rows.count());
    survey_.accepted += survey_.parts[number].accepted;
    if (find_latest_) take_keys(part.number, rows);
    return hand_over(false);
}

void Surveying::take_keys(std::int64_t part, const Rows& rows) {
    CHECK(rows.count() < (std::size_t{1} << kRecordBits), "more records than a part can hold");
    for (std::size_t row = 0; row < rows.count(); ++row) {
        keys_.columns[0].push_integer(rows.columns[0].integers[row]);
        keys_.columns[1].push_integer((part << kRecordBits) + static_cast<std::int64_t>(row));
    }
}

void Surveying::quarantine(const records::Refusal& refusal, const SinkObject& object,
                           std::int64_t line) {
    std::scoped_lock lock(mutex_);
    ++survey_.quarantined;
    ++survey_.reasons[refusal.reason];
    std::vector<Column>& columns = quarantined_.columns;
    columns[0].push_text(refusal.reason);
    columns[1].push_text(object.topic);
    columns[2].push_integer(object.partition);
    columns[3].push_integer(object.first_offset + line - 1);  // one record a line, in offset order
    columns[4].push_integer(line);
    columns[5].push_text(object.key);
    columns[6].push_text(refusal.raw);
}

Status Surveying::hand_over(bool all) {
    if (keys_.count() > (all ? 0 : kKeysWaitingMax)) {
        TRY_STATUS(session_.append(kKeysTable, keys_));
        keys_.clear();
    }
    if (quarantined_.count() > 0 && (all || quarantined_.bytes() > kQuarantineBytesMax)) {
        TRY_STATUS(session_.append(kQuarantineTable, quarantined_));
        quarantined_.clear();
    }
    return {};
}

Status Surveying::find_latest() {
    TRY_STATUS(session_.execute(
        fmt::format("CREATE OR REPLACE TABLE {} AS SELECT max(position) AS position FROM {} "
                    "GROUP BY key; DROP TABLE {}",
                    kLatestTable, kKeysTable, kKeysTable)));
    TRY(Rows rows, session_.query(fmt::format("SELECT count(*) FROM {}", kLatestTable)));
    survey_.latest = rows.columns.at(0).integers.at(0);
    if (survey_.latest < survey_.accepted) TRY_STATUS(keep_only_latest());
    return session_.execute(fmt::format("DROP TABLE {}", kLatestTable));
}

// A stretch of parts at a time, so that the positions need not all be in memory at once.
Status Surveying::keep_only_latest() {
    std::size_t begin = 0;
    while (begin < survey_.parts.size()) {
        std::size_t end = begin;
        for (std::int64_t records = 0; end < survey_.parts.size() && records < kPositionsAQuery;
             ++end) {
            auto accepted = survey_.parts[end].accepted;
            survey_.parts[end].kept.assign(static_cast<std::size_t>(accepted), false);
            records += accepted;
        }
        TRY(Rows latest, session_.query(fmt::format(
                             "SELECT position FROM {} WHERE position >= {} AND position < {}",
                             kLatestTable, begin << kRecordBits, end << kRecordBits)));
        for (std::int64_t position : latest.columns.at(0).integers) {
            auto at = static_cast<std::size_t>(position);
            survey_.parts[at >> kRecordBits].kept[at & ((std::size_t{1} << kRecordBits) - 1)] =
                true;
        }
        begin = end;
    }
    return {};
}

}  // namespace

const Schema& quarantine_schema() {
    static const Schema schema{{"reason", ColumnType::text},     {"topic", ColumnType::text},
                               {"partition", ColumnType::int32}, {"offset", ColumnType::int64},
                               {"line", ColumnType::int64},      {"object", ColumnType::text},
                               {"raw", ColumnType::binary}};
    return schema;
}

Lineage Survey::lineage(const std::vector<SinkObject>& objects) const {
    Lineage lineage;
    for (std::size_t at = 0; at < objects.size(); ++at) {
        const SinkObject& object = objects[at];
        lineage.add(object.topic, object.partition, object.first_offset,
                    object.first_offset + lines[at]);
    }
    return lineage;
}

Result<Survey> survey(SqlSession& session, const PipelineKind& kind,
                      const std::vector<SinkObject>& objects, PartStream& parts, int threads,
                      bool find_latest, std::stop_token stop) {
    int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    Surveying surveying(session, kind, objects, parts, find_latest, std::move(stop));
    return surveying.run(threads > 0 ? threads : cores);
}

}  // namespace pinflow::batch
