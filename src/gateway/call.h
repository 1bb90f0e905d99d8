// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/task.h"
#include "gateway/route.h"
#include "gateway/settings.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/meter.h"
#include "ports/shard_stream.h"
#include "record/http.h"

namespace pinflow::gateway {

// What operations work with. All of it outlives every call.
struct Ports {
    const GatewaySettings& settings;
    EventLog& log;
    ShardStream& streams;
    Clock& clock;
    Counter& topic_records;
    Counter& stream_records;
    std::atomic<std::uint32_t>& next_partition;  // for records without a key
    ByteBudget& budget;
};

struct Call {
    HttpRequest request;
    Route route;
};

// One API operation. Its answer is made only when what it stored is durable.
using Operation = Task<HttpResponse> (*)(Ports ports, Call call);

}  // namespace pinflow::gateway
