// SPDX-License-Identifier: Apache-2.0
#include <stop_token>

#include "app/commands.h"
#include "app/spark_check.h"
#include "app/stop_watch.h"
#include "batch/dbml.h"
#include "pinterest/source_tables.h"
#include "remote/spark/application.h"

namespace pinflow::app {

Exit command_export_dbml(const Context& context) {
    print_out(batch::dbml(context.pipeline, pinterest::source_tables()));
    return Exit::ok;
}

namespace {

Exit check_on_spark(const Context& context) {
    std::stop_source stop;
    StopWatch watch([&] { stop.request_stop(); });
    auto differences = differences_on_spark(context, stop.get_token());
    if (!differences) return report(differences.error());
    for (const std::string& difference : *differences) print_out(difference + "\n");
    if (differences->empty()) {
        print_message("Spark gives the same rows and the same answers over the trial records");
        return Exit::ok;
    }
    return Exit::check_failed;
}

}  // namespace

Exit command_export_spark(const Context& context, const ExportSparkOptions& options) {
    if (options.check) return check_on_spark(context);
    Status written = spark::write_application(context.pipeline, options.output);
    if (!written) return report(written.error());
    print_message("written to " + options.output + "; its README.md has the command lines");
    return Exit::ok;
}

}  // namespace pinflow::app
