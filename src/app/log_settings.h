// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/data_directory.h"
#include "app/settings.h"
#include "base/result.h"
#include "eventlog/native_log.h"

namespace pinflow::app {

// What the settings log.* say of our own log.
Result<eventlog::NativeLogSettings> log_settings(const Settings& settings,
                                                 const DataDirectory& directory);

}  // namespace pinflow::app
