// SPDX-License-Identifier: Apache-2.0
// The AWS account of the settings aws.*, for all stations that sign requests.
#pragma once

#include <functional>
#include <string>

#include "app/settings.h"
#include "codec/sigv4/signer.h"

namespace pinflow::app {

// Asked for each request; any thread. It keeps what it found for a while.
using AwsCredentials = std::function<Result<sigv4::Credentials>()>;
AwsCredentials aws_credentials(const Settings& settings);

// aws.region, else what AWS's own variables and profile say; empty: nobody says.
std::string aws_region(const Settings& settings);

}  // namespace pinflow::app
