// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <vector>

#include "codec/kafka/record_batch.h"

namespace pinflow::kafka {

// What a message counts for, with what librdkafka holds beside its bytes.
std::size_t bytes_of(const rd_kafka_message_t& message);

// Messages of one partition, in order, become record batches with the offsets they have. Offsets
// of a batch follow one another; where some are missing, the next batch begins.
class MessageBatches {
public:
    void add(rd_kafka_message_t& message);  // must live until take()
    std::size_t bytes() const { return bytes_; }
    std::string take();

private:
    std::vector<rd_kafka_message_t*> messages_;
    std::size_t bytes_ = 0;
};

}  // namespace pinflow::kafka
