// SPDX-License-Identifier: Apache-2.0
// What the errors of Kinesis and of its endpoint mean to us.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/http.h"

namespace pinflow::kinesis {

enum class Cure : std::uint8_t {
    none,      // asking again gives the same
    later,     // nothing was done: too much at once, or the service is not there
    unclear,   // it may have been done: safe to ask again only where nothing changes
    garbled,   // no answer of Kinesis, so it may have been done; asking again gives the same
    iterator,  // the shard iterator is used up: get another
};

struct Failure {
    Error error;
    Cure cure = Cure::none;
    std::string type = {};  // AWS's own name: "ResourceNotFoundException"; empty: not from AWS
};

template <class T>
using Reply = std::expected<T, Failure>;

std::string header_of(const HttpResponse& answer, std::string_view lower_name);  // or empty

// Of an answer that is not 200. `place` stands in front: "kinesis https://… PutRecords, stream s".
Failure failure_of(const HttpResponse& answer, std::string_view place);

// Of net::HttpClient's error.
Failure failure_of(Error error, std::string_view place);

// An answer that Kinesis would not give.
Failure not_kinesis(std::string_view place, std::string_view why);

// Of one record in a PutRecords answer: its ErrorCode.
Failure failure_of_record(std::string_view code, std::string_view message, std::string_view place);

}  // namespace pinflow::kinesis
