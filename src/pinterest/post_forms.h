// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "emulator/form.h"
#include "record/pipeline.h"

namespace pinflow::pinterest {

// The requests of the course's scripts, for each kind of record on each road: road by road, the kinds
// in the pipeline's order, as the scripts post pin, geo, user.
std::vector<emulator::PostForm> post_forms(const Pipeline& pipeline, std::string_view user,
                                           std::span<const emulator::Road> roads);

}  // namespace pinflow::pinterest
