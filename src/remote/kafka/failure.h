// SPDX-License-Identifier: Apache-2.0
// What librdkafka's and Kafka's error codes mean to us.
#pragma once

#include <librdkafka/rdkafka.h>

#include "base/result.h"

namespace pinflow::kafka {

// `text` is librdkafka's own, or empty; `place` says which brokers or which topic of them.
Error failure_of(rd_kafka_resp_err_t code, std::string_view text, std::string_view place);

}  // namespace pinflow::kafka
