// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"
#include "batch/dbml.h"
#include "pinterest/source_tables.h"
#include "remote/spark/application.h"

namespace pinflow::app {

Exit command_export_dbml(const Context& context) {
    print_out(batch::dbml(context.pipeline, pinterest::source_tables()));
    return Exit::ok;
}

Exit command_export_spark(const Context& context, const ExportSparkOptions& options) {
    Status written = spark::write_application(context.pipeline, options.output);
    if (!written) return report(written.error());
    print_message("written to " + options.output + "; its README.md has the command lines");
    return Exit::ok;
}

}  // namespace pinflow::app
