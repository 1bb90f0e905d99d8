// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "eventlog/checkpoint.h"
#include "eventlog/settings.h"

namespace pinflow::eventlog {

// Reads every segment of the checkpoint wholly. Where something is damaged or missing, keeps what
// is whole in segments of its own, puts the damaged file aside under log/damaged/, says which
// offsets are lost, and changes `state` accordingly. Offsets are never given twice: the partition's
// end stays. Only when --accept-data-loss was said.
Status salvage_segments(Files& files, const NativeLogSettings& settings, CheckpointState& state);

}  // namespace pinflow::eventlog
