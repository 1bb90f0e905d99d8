// SPDX-License-Identifier: Apache-2.0
// How one row becomes one request: a value that the pipeline's owner fills in.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/row_json.h"

namespace pinflow::emulator {

enum class Road : std::uint8_t {
    batch,   // a REST Proxy topic: accepted when every entry of offsets[] has an offset
    stream,  // a Kinesis stream: accepted when there is a SequenceNumber
};

// The body is `before`, the row's JSON, `after`.
struct PostForm {
    std::string table;  // in the post database
    std::string name;   // the topic or stream, for messages
    Road road = Road::batch;
    std::string method;        // "POST"
    std::string path;          // behind the base URL, percent-encoded: "/topics/u.events"
    std::string content_type;  // "application/vnd.kafka.json.v2+json"
    std::string before;        // {"records": [{"value":
    std::string after;         // }]}
    DateTimeForm datetimes = DateTimeForm::spaced;
};

}  // namespace pinflow::emulator
