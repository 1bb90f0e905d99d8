// SPDX-License-Identifier: Apache-2.0
// What both demos share: the directory with its numbers.
#pragma once

#include "app/commands.h"

namespace pinflow::app {

// Without --data-dir a fresh numbered directory below the default one: "demo-0001", "demo-0002", …
Result<DataDirectory> demo_directory(const Context& context, const DemoOptions& options);

// Marks the directory with the demo's numbers, or refuses one that has others: a demo is resumed
// only as what it was begun as.
Status claim_directory(const DataDirectory& directory, const DemoOptions& options);

Exit run_kill_demo(const Context& context, const DemoOptions& options);

}  // namespace pinflow::app
