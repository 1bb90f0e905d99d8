// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "remote/kinesis/settings.h"

namespace pinflow::kinesis {

struct Endpoint {
    std::string url;     // "https://kinesis.eu-west-1.amazonaws.com/"
    std::string region;  // what is signed
    std::string host;  // signed, as the Host header has it: without a port that goes without saying
};

// invalid_argument, naming the setting: a region that is none, or an endpoint that is not
// http(s)://host[:port].
Result<Endpoint> endpoint_of(const KinesisSettings& settings);

}  // namespace pinflow::kinesis
