// SPDX-License-Identifier: Apache-2.0
#include "stream/follower_state.h"

#include <fmt/format.h>

#include "codec/json/walk.h"
#include "codec/json/writer.h"

namespace pinflow::stream {
namespace {

using json::JsonReader;
using json::JsonWriter;

Status read_text(JsonReader& reader, std::string& into) {
    TRY(into, reader.read_string());
    return {};
}

Status read_number(JsonReader& reader, std::int64_t& into) {
    TRY(into, reader.read_int());
    return {};
}

void write_range(JsonWriter& writer, const ShardRange& range) {
    writer.begin_object()
        .member("shard", std::string_view(range.shard))
        .member("from", std::string_view(range.from))
        .member("to", std::string_view(range.to))
        .member("count", range.record_count)
        .member("first", std::string_view(range.first_sequence))
        .member("last", std::string_view(range.last_sequence));
    if (range.is_end) writer.member("end", true);
    writer.end_object();
}

Status read_range(JsonReader& reader, ShardRange& range) {
    return read_members(reader, [&](const std::string& name) -> Status {
        if (name == "shard") return read_text(reader, range.shard);
        if (name == "from") return read_text(reader, range.from);
        if (name == "to") return read_text(reader, range.to);
        if (name == "count") return read_number(reader, range.record_count);
        if (name == "first") return read_text(reader, range.first_sequence);
        if (name == "last") return read_text(reader, range.last_sequence);
        if (name == "end") {
            TRY(range.is_end, reader.read_bool());
            return {};
        }
        return reader.skip_value();
    });
}

Status read_ranges(JsonReader& reader, std::vector<ShardRange>& ranges) {
    TRY_STATUS(reader.enter_array());
    for (;;) {
        TRY(bool has_more, reader.next_element());
        if (!has_more) return {};
        TRY_STATUS(read_range(reader, ranges.emplace_back()));
    }
}

Status read_ids(JsonReader& reader, std::set<std::string>& ids) {
    TRY_STATUS(reader.enter_array());
    for (;;) {
        TRY(bool has_more, reader.next_element());
        if (!has_more) return {};
        TRY(std::string id, reader.read_string());
        ids.insert(std::move(id));
    }
}

void write_ledger(JsonWriter& writer, const Ledger& ledger) {
    writer.begin_object()
        .member("read", ledger.read)
        .member("written", ledger.written)
        .member("quarantined", ledger.quarantined)
        .member("duplicates", ledger.duplicates)
        .member("late", ledger.late)
        .end_object();
}

Status read_ledger(JsonReader& reader, Ledger& ledger) {
    return read_members(reader, [&](const std::string& name) -> Status {
        if (name == "read") return read_number(reader, ledger.read);
        if (name == "written") return read_number(reader, ledger.written);
        if (name == "quarantined") return read_number(reader, ledger.quarantined);
        if (name == "duplicates") return read_number(reader, ledger.duplicates);
        if (name == "late") return read_number(reader, ledger.late);
        return reader.skip_value();
    });
}

Status read_state(JsonReader& reader, FollowerState& state) {
    return read_members(reader, [&](const std::string& name) -> Status {
        if (name == "stream") return read_text(reader, state.stream);
        if (name == "table") return read_text(reader, state.table);
        if (name == "created") return read_number(reader, state.stream_life.created_ms);
        if (name == "life") return read_text(reader, state.stream_life.id);
        if (name == "batch") return read_number(reader, state.batch);
        if (name == "promised") return read_ranges(reader, state.promised);
        if (name == "ledger") return read_ledger(reader, state.ledger);
        if (name == "finished") return read_ids(reader, state.finished);
        if (name != "positions") return reader.skip_value();
        return read_members(reader, [&](const std::string& shard) {
            return read_text(reader, state.positions[shard]);
        });
    });
}

}  // namespace

std::string FollowerState::encode(const FollowerState& state) {
    JsonWriter writer;
    writer.begin_object()
        .member("stream", std::string_view(state.stream))
        .member("table", std::string_view(state.table))
        .member("created", state.stream_life.created_ms);
    if (!state.stream_life.id.empty())
        writer.member("life", std::string_view(state.stream_life.id));
    writer.member("batch", state.batch);
    writer.key("positions").begin_object();
    for (const auto& [shard, token] : state.positions)
        writer.member(shard, std::string_view(token));
    writer.end_object();
    if (!state.finished.empty()) {
        writer.key("finished").begin_array();
        for (const std::string& shard : state.finished) writer.value(std::string_view(shard));
        writer.end_array();
    }
    writer.key("promised").begin_array();
    for (const ShardRange& range : state.promised) write_range(writer, range);
    writer.end_array().key("ledger");
    write_ledger(writer, state.ledger);
    writer.end_object();
    return std::move(writer).take();
}

Result<FollowerState> FollowerState::decode(std::string_view text) {
    FollowerState state;
    JsonReader reader(text);
    TRY_STATUS(read_state(reader, state));
    TRY_STATUS(reader.finish());
    if (!state.ledger.adds_up()) return fail(Errc::corrupt, "a ledger that does not add up");
    return state;
}

std::string state_key(std::string_view stream, std::string_view table) {
    return fmt::format("{}{}/{}", kStatePrefix, stream, table);
}

}  // namespace pinflow::stream
