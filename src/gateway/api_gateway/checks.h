// SPDX-License-Identifier: Apache-2.0
// Kinesis' constraints, and the words in which it says that they do not hold.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/kinesis/put_body.h"
#include "record/http.h"

namespace pinflow::gateway::api_gateway {

constexpr std::size_t kPartitionKeyCharactersMax = 256;
constexpr std::size_t kRecordBytesMax = 1 << 20;  // data and key; AWS's default for a stream
constexpr std::size_t kRecordsMax = 500;
constexpr std::size_t kStreamNameCharactersMax = 128;

// What does not hold, sentence by sentence; empty when all holds.
using Violations = std::vector<std::string>;

void check_stream_name(std::string_view name, Violations& violations);
// `path`: "" for PutRecord, "records.1.member." for PutRecords.
void check_put(const kinesis::PutBody& put, const std::string& path, Violations& violations);
void check_record_count(std::size_t count, Violations& violations);

// "2 validation errors detected: …; …", at most ten of them.
std::string violation_text(std::span<const std::string> violations);

// The mapping templates are for application/json, which is also what no Content-Type means; other
// types find no template (passthrough behaviour when_no_templates).
bool has_template(const HttpRequest& request);

}  // namespace pinflow::gateway::api_gateway
