// SPDX-License-Identifier: Apache-2.0
// The second reading: a kind's accepted records as rows that the engine takes as it needs them, so
// that no table of them has to be kept anywhere.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "batch/part.h"
#include "batch/sink_object.h"
#include "batch/survey.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"

namespace pinflow::batch {

using OpenParts = std::function<std::unique_ptr<PartStream>()>;

class RecordSource final : public RowSource {
public:
    // The record's columns, and behind them the place's (part_decoder.h) if asked to. Each pass
    // reads the parts anew, and fails with corrupt when they do not hold what the survey found.
    // What is named outlives it.
    RecordSource(const PipelineKind& kind, const std::vector<SinkObject>& objects,
                 const Survey& survey, OpenParts open_parts, bool with_places);

    const Schema& schema() const override { return schema_; }
    Result<std::unique_ptr<RowPass>> begin(std::vector<std::size_t> columns) override;

private:
    const PipelineKind& kind_;
    const std::vector<SinkObject>& objects_;
    const Survey& survey_;
    const OpenParts open_parts_;
    Schema schema_;
};

}  // namespace pinflow::batch
