// SPDX-License-Identifier: Apache-2.0
// What `emulate` and the demos post: the forms, from the pipeline's kinds, and the walks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "record/pipeline.h"

namespace pinflow::app {

enum class Roads { batch, stream, both };

// The requests of one draw, in the course's order: every kind on the batch road, then on the
// stream's.
std::vector<emulator::PostForm> post_forms(const Pipeline& pipeline, const std::string& user,
                                           Roads roads);

using Walk = std::function<std::optional<emulator::Draw>()>;

// The course's loop with the dice of that seed; rows past the source's end cannot be drawn.
Walk course_walk(std::int64_t dice_seed, std::int64_t source_rows);
Walk list_walk(std::vector<std::int64_t> rows);              // these, in order
Walk sequential_walk(std::int64_t first, std::int64_t end);  // first, first + 1, …, end - 1

}  // namespace pinflow::app
