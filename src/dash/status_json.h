// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ports/meter.h"

namespace pinflow::dash {

// The readings as a JSON array of stations in data order: [{"name":"gateway","counts":[{"name":
// "records in, topic u.pin","value":3},…]},…]. A reading belongs to the station that its name's
// second word names: pinflow_sink_objects_total is the sink's.
std::string stations_json(const std::vector<MeterReading>& readings);

}  // namespace pinflow::dash
