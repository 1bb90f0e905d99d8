// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "batch/pipeline_tests.h"
#include "codec/json/writer.h"
#include "engine/duckdb_engine.h"

namespace pinflow::app {
namespace {

std::string outcomes_json(const std::vector<batch::TestOutcome>& outcomes) {
    json::JsonWriter writer;
    writer.begin_array();
    for (const batch::TestOutcome& outcome : outcomes) {
        writer.begin_object();
        writer.member("name", std::string_view(outcome.name));
        writer.member("file", std::string_view(outcome.file));
        writer.member("passed", outcome.passed);
        writer.member("difference", std::string_view(outcome.difference));
        writer.end_object();
    }
    writer.end_array();
    return std::move(writer).take() + "\n";
}

}  // namespace

Exit command_test(const Context& context) {
    engine::DuckDbEngine engine;
    auto outcomes = batch::run_pipeline_tests(context.pipeline, engine);
    if (!outcomes) return report(outcomes.error());
    std::size_t failed = 0;
    for (const batch::TestOutcome& outcome : *outcomes) failed += outcome.passed ? 0 : 1;
    if (context.json) {
        print_out(outcomes_json(*outcomes));
    } else {
        for (const batch::TestOutcome& outcome : *outcomes) {
            print_out(fmt::format("{} {} ({})\n", outcome.passed ? "ok    " : "FAILED",
                                  outcome.name, outcome.file));
            if (!outcome.passed) print_out(outcome.difference + "\n");
        }
        print_out(fmt::format("{} passed, {} failed\n", outcomes->size() - failed, failed));
    }
    return failed == 0 ? Exit::ok : Exit::check_failed;
}

}  // namespace pinflow::app
