// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/data_directory.h"
#include "base/result.h"

namespace pinflow::app {

// A PEM file with the certificate authorities of Amazon RDS in all regions, which no system trusts
// by itself: <data dir>/staging/rds-ca.pem, written from the copy that the program carries.
// unsupported: this build carries none.
Result<std::string> rds_ca_file(const DataDirectory& directory);

}  // namespace pinflow::app
