// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "codec/delta/actions.h"
#include "record/schema.h"

namespace pinflow::lake {

// The protocol's default retention of removed files: a week.
inline constexpr std::int64_t kRemovedKeptMs = 7LL * 24 * 3600 * 1000;

struct LiveFile {
    delta::AddFile add;
    std::int64_t row_count = -1;  // -1: its statistics do not say
    std::string local_path;       // the store's own place of it, once somebody has asked for it
};

// A table as its log tells it up to one version: what replaying the entries in order leaves.
class LogState final {
public:
    static constexpr std::int64_t kNoVersion = -1;

    std::int64_t version() const { return version_; }
    bool exists() const { return version_ != kNoVersion; }

    // Only of a table that exists.
    const delta::Protocol& protocol() const { return *protocol_; }
    const delta::MetaData& meta_data() const { return *meta_data_; }
    const Schema& schema() const { return schema_; }

    // The live files in the order in which they were added.
    const std::map<std::uint64_t, LiveFile>& files() const { return files_; }
    std::map<std::uint64_t, LiveFile>& files() { return files_; }
    const std::map<std::string, delta::Transaction>& transactions() const { return transactions_; }
    // Files removed less than kRemovedKeptMs before the last one: a checkpoint has to keep telling
    // of them until they may be deleted for good.
    const std::deque<delta::RemoveFile>& removed() const { return removed_; }

    std::optional<std::int64_t> last_batch(const std::string& app_id) const;

    // Takes the actions of the entry (or checkpoint) of that version. Fails, and is then no longer
    // to be used, if the table then is corrupt (no protocol or metadata) or has a schema we lack.
    Status apply(std::int64_t version, std::vector<delta::Action> actions);

    // unsupported, naming the feature, if the table's rows cannot be told from what we understand.
    Status check_readable() const;
    // unsupported, naming the feature, if we might break a promise that the table makes.
    Status check_writable() const;
    bool is_append_only() const;

private:
    void take(delta::CommitInfo) {}
    void take(delta::Protocol protocol) { protocol_ = std::move(protocol); }
    void take(delta::MetaData meta_data) { meta_data_ = std::move(meta_data); }
    void take(delta::Transaction transaction);
    void take(delta::RemoveFile remove);
    void take(delta::AddFile add);
    void forget_file(const std::string& path);
    std::string setting(const std::string& name) const;
    Status read_table_schema();

    std::int64_t version_ = kNoVersion;
    std::optional<delta::Protocol> protocol_;
    std::optional<delta::MetaData> meta_data_;
    std::string schema_json_;  // what schema_ was read from
    Schema schema_;
    bool schema_has_demands_ = false;
    std::uint64_t next_sequence_ = 0;
    std::map<std::uint64_t, LiveFile> files_;
    std::unordered_map<std::string, std::uint64_t> sequences_;  // path -> key in files_
    std::size_t deletion_vectors_ = 0;
    std::deque<delta::RemoveFile> removed_;
    std::map<std::string, delta::Transaction> transactions_;
};

}  // namespace pinflow::lake
