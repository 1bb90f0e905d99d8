// SPDX-License-Identifier: Apache-2.0
// A part's lines to typed columns. One thread at a time; made once, used for many parts.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "batch/part.h"
#include "batch/sink_object.h"
#include "codec/records/decoder.h"
#include "record/pipeline.h"
#include "record/rows.h"

namespace pinflow::batch {

// Where a record lay: topic, partition, offset, line (from 1), item (from 0: which of the line's
// accepted records).
const Schema& place_schema();

using OnRefusal =
    std::function<void(const records::Refusal&, const SinkObject&, std::int64_t line)>;

class PartDecoder final {
public:
    // Gives these of the record's columns, by index, and behind them the place's if asked to. Kind
    // and objects must outlive it.
    static Result<PartDecoder> open(const PipelineKind& kind,
                                    const std::vector<SinkObject>& objects,
                                    std::vector<std::size_t> columns, bool with_places);

    struct Count {
        std::int64_t read = 0;  // records, refused ones too
        std::int64_t lines = 0;
    };
    // Appends the piece's accepted records to `rows`, which is of schema().
    Count decode(const Piece& piece, Rows& rows, const OnRefusal& on_refusal);

    const Schema& schema() const { return schema_; }

private:
    PartDecoder(records::Decoder decoder, const std::vector<SinkObject>& objects)
        : decoder_(std::move(decoder)), objects_(objects) {}

    void push_places(const SinkObject& object, std::int64_t line, Rows& rows) const;

    records::Decoder decoder_;
    const std::vector<SinkObject>& objects_;
    Schema schema_;
    bool with_places_ = false;
    std::vector<records::Refusal> refused_;
};

}  // namespace pinflow::batch
