// SPDX-License-Identifier: Apache-2.0
// A pipeline's own test cases, run through the decoder and the cleaning that the batch uses.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"

namespace pinflow::batch {

struct TestOutcome {
    std::string name;
    std::string file;  // "tests/pin.yaml:12"
    bool passed = false;
    std::string difference;  // what was expected and what came, a line each; empty when passed
};

// One outcome a case, in order. A row of a case is compared by the columns it names; a reason by
// the part it gives. Fails only when the engine cannot be had; broken SQL fails its cases.
Result<std::vector<TestOutcome>> run_pipeline_tests(const Pipeline& pipeline, SqlEngine& engine);

}  // namespace pinflow::batch
