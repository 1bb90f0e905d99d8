// SPDX-License-Identifier: Apache-2.0
#include "batch/record_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "batch/kept_rows.h"
#include "batch/part_decoder.h"

namespace pinflow::batch {
namespace {

// A decoder and its buffer: of one thread at a time.
struct Bench {
    PartDecoder decoder;
    Rows rows;
};

class RecordPass final : public RowPass {
public:
    RecordPass(const PipelineKind& kind, const std::vector<SinkObject>& objects,
               const Survey& survey, std::unique_ptr<PartStream> parts,
               std::vector<std::size_t> columns)
        : kind_(kind),
          objects_(objects),
          survey_(survey),
          parts_(std::move(parts)),
          columns_(std::move(columns)) {
        for (std::size_t column : columns_) {
            if (column < kind.shape.columns.size()) own_columns_.push_back(column);
        }
    }

    Result<bool> next(Rows& rows) override {
        TRY(PartPointer part, parts_->next());
        if (!part) return false;
        TRY(std::unique_ptr<Bench> bench, take_bench());
        bench->rows.clear();
        for (const Piece& piece : part->pieces) {
            bench->decoder.decode(piece, bench->rows,
                                  [](const records::Refusal&, const SinkObject&, std::int64_t) {});
        }
        TRY_STATUS(check(*part, bench->rows));
        keep_rows(bench->rows, survey_.parts[static_cast<std::size_t>(part->number)].kept);
        give(bench->rows, rows);
        std::scoped_lock lock(mutex_);
        benches_.push_back(std::move(bench));
        return true;
    }

private:
    Result<std::unique_ptr<Bench>> take_bench() {
        {
            std::scoped_lock lock(mutex_);
            if (!benches_.empty()) {
                std::unique_ptr<Bench> bench = std::move(benches_.back());
                benches_.pop_back();
                return bench;
            }
        }
        bool with_places = own_columns_.size() < columns_.size();
        // Rows are counted by their first column: where only places are wanted, one comes along.
        std::vector<std::size_t> own = own_columns_;
        if (own.empty()) own.push_back(0);
        TRY(PartDecoder decoder, PartDecoder::open(kind_, objects_, std::move(own), with_places));
        Rows rows(decoder.schema());
        return std::make_unique<Bench>(std::move(decoder), std::move(rows));
    }

    Status check(const Part& part, const Rows& rows) const {
        auto number = static_cast<std::size_t>(part.number);
        auto came = static_cast<std::int64_t>(rows.count());
        if (number < survey_.parts.size() && survey_.parts[number].accepted == came) return {};
        return fail(Errc::corrupt,
                    fmt::format("objects changed while they were read, from {} on: run it again",
                                objects_[part.pieces.front().object].key));
    }

    // Moves the columns over, in the order asked for. The buffers change sides.
    void give(Rows& from, Rows& to) const {
        std::size_t own = 0;
        std::size_t first_place = std::max<std::size_t>(1, own_columns_.size());
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            std::size_t record_columns = kind_.shape.columns.size();
            std::size_t slot = columns_[at] < record_columns
                                   ? own++
                                   : first_place + (columns_[at] - record_columns);
            std::swap(from.columns[slot], to.columns[at]);
        }
    }

    const PipelineKind& kind_;
    const std::vector<SinkObject>& objects_;
    const Survey& survey_;
    std::unique_ptr<PartStream> parts_;
    const std::vector<std::size_t> columns_;
    std::vector<std::size_t> own_columns_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Bench>> benches_;  // as many as the engine has threads
};

}  // namespace

RecordSource::RecordSource(const PipelineKind& kind, const std::vector<SinkObject>& objects,
                           const Survey& survey, OpenParts open_parts, bool with_places)
    : kind_(kind),
      objects_(objects),
      survey_(survey),
      open_parts_(std::move(open_parts)),
      schema_(kind.shape.columns) {
    if (with_places) schema_.insert(schema_.end(), place_schema().begin(), place_schema().end());
}

Result<std::unique_ptr<RowPass>> RecordSource::begin(std::vector<std::size_t> columns) {
    return std::make_unique<RecordPass>(kind_, objects_, survey_, open_parts_(),
                                        std::move(columns));
}

}  // namespace pinflow::batch
