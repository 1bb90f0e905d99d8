// SPDX-License-Identifier: Apache-2.0
#include "batch/part_decoder.h"

#include <string_view>

namespace pinflow::batch {
namespace {

// The line at the front of `text`, which is cut off it.
std::string_view take_line(std::string_view& text) {
    std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

}  // namespace

const Schema& place_schema() {
    static const Schema schema{{"pinflow_topic", ColumnType::text},
                               {"pinflow_partition", ColumnType::int32},
                               {"pinflow_offset", ColumnType::int64},
                               {"pinflow_line", ColumnType::int64},
                               {"pinflow_item", ColumnType::int64}};
    return schema;
}

Result<PartDecoder> PartDecoder::open(const PipelineKind& kind,
                                      const std::vector<SinkObject>& objects,
                                      std::vector<std::size_t> columns, bool with_places) {
    TRY(records::Decoder decoder, records::Decoder::open(kind.shape));
    PartDecoder made(std::move(decoder), objects);
    for (std::size_t column : columns) made.schema_.push_back(kind.shape.columns[column]);
    made.decoder_.choose(std::move(columns));
    made.with_places_ = with_places;
    if (with_places)
        made.schema_.insert(made.schema_.end(), place_schema().begin(), place_schema().end());
    return made;
}

PartDecoder::Count PartDecoder::decode(const Piece& piece, Rows& rows,
                                       const OnRefusal& on_refusal) {
    Count count;
    const SinkObject& object = objects_[piece.object];
    for (std::string_view text = piece.text; !text.empty(); ++count.lines) {
        std::int64_t line = piece.first_line + count.lines;
        count.read += decoder_.decode(take_line(text), rows, refused_);
        if (with_places_) push_places(object, line, rows);
        for (const records::Refusal& refusal : refused_) on_refusal(refusal, object, line);
        refused_.clear();
    }
    return count;
}

// For the rows that have none yet.
void PartDecoder::push_places(const SinkObject& object, std::int64_t line, Rows& rows) const {
    std::size_t topic = schema_.size() - place_schema().size();
    std::size_t missing = rows.columns.front().size() - rows.columns[topic].size();
    for (std::size_t item = 0; item < missing; ++item) {
        rows.columns[topic].push_text(object.topic);
        rows.columns[topic + 1].push_integer(object.partition);
        rows.columns[topic + 2].push_integer(object.first_offset + line - 1);
        rows.columns[topic + 3].push_integer(line);
        rows.columns[topic + 4].push_integer(static_cast<std::int64_t>(item));
    }
}

}  // namespace pinflow::batch
