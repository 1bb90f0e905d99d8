// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"
#include "batch/dbml.h"
#include "pinterest/source_tables.h"

namespace pinflow::app {

Exit command_export_dbml(const Context& context) {
    print_out(batch::dbml(context.pipeline, pinterest::source_tables()));
    return Exit::ok;
}

}  // namespace pinflow::app
