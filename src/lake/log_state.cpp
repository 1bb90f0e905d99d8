// SPDX-License-Identifier: Apache-2.0
#include "lake/log_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "codec/delta/schema_json.h"
#include "codec/delta/statistics.h"

namespace pinflow::lake {
namespace {

// Reader features that change nothing for us, or whose use is seen elsewhere and refused there: a
// column type (schema_json.h), a deletion vector, a sidecar (actions.h), a mapped column (below).
constexpr std::array<std::string_view, 5> kReaderFeatures{
    "columnMapping", "deletionVectors", "timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"};
// Writer features whose demands are all checked here: by the configuration and the schema's
// metadata.
constexpr std::array<std::string_view, 2> kWriterFeatures{"appendOnly", "invariants"};

constexpr int kReaderVersionWithFeatures = 3;
constexpr int kWriterVersionWithFeatures = 7;
constexpr int kWriterVersionMax = 2;  // of those without features

std::unexpected<Error> needs(std::string_view feature) {
    return fail(
        Errc::unsupported,
        fmt::format("the table needs the Delta feature {}, which is not there yet", feature));
}

template <class Known>
Status check_features(const std::vector<std::string>& features, const Known& known) {
    for (const std::string& feature : features)
        if (std::ranges::find(known, feature) == known.end()) return needs(feature);
    return {};
}

}  // namespace

std::optional<std::int64_t> LogState::last_batch(const std::string& app_id) const {
    auto found = transactions_.find(app_id);
    if (found == transactions_.end()) return std::nullopt;
    return found->second.version;
}

Status LogState::apply(std::int64_t version, std::vector<delta::Action> actions) {
    // The order of an entry's actions says nothing. A file that an entry both removes and adds (its
    // statistics or deletion vector change) is there afterwards: so removes go first.
    for (delta::Action& action : actions)
        if (auto* remove = std::get_if<delta::RemoveFile>(&action)) take(std::move(*remove));
    for (delta::Action& action : actions)
        if (!std::holds_alternative<delta::RemoveFile>(action))
            std::visit([this](auto& value) { take(std::move(value)); }, action);
    version_ = version;
    if (!protocol_ || !meta_data_)
        return fail(Errc::corrupt, fmt::format("the log has no {} up to version {}",
                                               protocol_ ? "metaData" : "protocol", version));
    return read_table_schema();
}

Status LogState::read_table_schema() {
    if (meta_data_->schema == schema_json_) return {};
    TRY(delta::TableSchema schema, delta::read_schema(meta_data_->schema));
    schema_ = std::move(schema.columns);
    schema_has_demands_ = schema.has_demands;
    schema_json_ = meta_data_->schema;
    return {};
}

void LogState::take(delta::Transaction transaction) {
    std::string app_id = transaction.app_id;
    transactions_.insert_or_assign(std::move(app_id), std::move(transaction));
}

void LogState::take(delta::RemoveFile remove) {
    forget_file(remove.path);
    removed_.push_back(std::move(remove));
    while (removed_.front().deleted_ms < removed_.back().deleted_ms - kRemovedKeptMs)
        removed_.pop_front();
}

void LogState::take(delta::AddFile add) {
    forget_file(add.path);
    if (add.has_deletion_vector) ++deletion_vectors_;
    sequences_[add.path] = next_sequence_;
    std::int64_t row_count = delta::row_count_of(add.stats).value_or(-1);
    files_[next_sequence_++] = {.add = std::move(add), .row_count = row_count, .local_path = {}};
}

void LogState::forget_file(const std::string& path) {
    auto found = sequences_.find(path);
    if (found == sequences_.end()) return;
    if (files_.at(found->second).add.has_deletion_vector) --deletion_vectors_;
    files_.erase(found->second);
    sequences_.erase(found);
}

std::string LogState::setting(const std::string& name) const {
    auto found = meta_data_->configuration.find(name);
    return found == meta_data_->configuration.end() ? "" : found->second;
}

Status LogState::check_readable() const {
    if (protocol_->min_reader_version > kReaderVersionWithFeatures)
        return needs(fmt::format("reader version {}", protocol_->min_reader_version));
    TRY_STATUS(check_features(protocol_->reader_features, kReaderFeatures));
    std::string mapping = setting("delta.columnMapping.mode");
    if (!mapping.empty() && mapping != "none") return needs("columnMapping");
    if (deletion_vectors_ > 0) return needs("deletionVectors");
    if (!meta_data_->partition_columns.empty())
        return fail(Errc::unsupported, "the table is partitioned, which is not read here");
    if (meta_data_->format != "parquet")
        return fail(Errc::unsupported,
                    fmt::format("the table's files are {}, not parquet", meta_data_->format));
    return {};
}

Status LogState::check_writable() const {
    TRY_STATUS(check_readable());
    int writer = protocol_->min_writer_version;
    if (writer > kWriterVersionMax && writer != kWriterVersionWithFeatures)
        return needs(fmt::format("writer version {}", writer));
    TRY_STATUS(check_features(protocol_->writer_features, kWriterFeatures));
    if (schema_has_demands_)
        return fail(Errc::unsupported,
                    "the table's columns make demands (not null, invariants, generated values) "
                    "that are not checked here: let its own writer add rows");
    return {};
}

bool LogState::is_append_only() const { return setting("delta.appendOnly") == "true"; }

}  // namespace pinflow::lake
