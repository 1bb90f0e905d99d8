// SPDX-License-Identifier: Apache-2.0
#include "app/connection_checks.h"

#include <fmt/format.h>

#include <filesystem>

#include "app/airflow_runs.h"
#include "app/log_services.h"
#include "app/object_places.h"
#include "app/source_access.h"
#include "app/spark_run.h"
#include "base/reactor.h"
#include "base/text.h"
#include "posix/system_clock.h"
#include "remote/airflow/client.h"

namespace pinflow::app {
namespace {

Result<std::string> look_at_source(const SourcePlace& place, const Pipeline& pipeline) {
    std::error_code ignored;
    if (!place.server && !std::filesystem::exists(place.file, ignored))
        return "not there yet: 'pinflow seed' makes it";
    TRY(auto source, open_source(place));
    TRY(std::int64_t rows, check_source(*source, place, pipeline));
    return fmt::format("tables and columns are there, {} rows in each", with_thousands(rows));
}

Result<ConnectionCheck> source_check(const Context& context) {
    TRY(SourcePlace place, source_place(context, ""));
    return ConnectionCheck{
        .station = "source",
        .at = place.shown(),
        .is_remote = place.server.has_value(),
        .run = [place, pipeline = context.pipeline] { return look_at_source(place, pipeline); }};
}

ConnectionCheck folder_check(std::string station, std::string folder) {
    return {.station = std::move(station), .at = std::move(folder), .run = [] {
                return Result<std::string>("on this machine");
            }};
}

std::vector<std::string> names_of(const Context& context, std::string PipelineKind::* pattern) {
    std::vector<std::string> names;
    for (const PipelineKind& kind : context.pipeline.kinds)
        names.push_back(expand_user(kind.*pattern, context.settings.text("user")));
    return names;
}

Result<std::string> look_at_kafka(const Settings& settings, std::vector<std::string> topics) {
    posix::SystemClock clock;
    TRY(auto kafka, open_kafka(settings, clock));
    TRY(auto found, kafka->check(std::move(topics)));
    std::string text =
        fmt::format("signed in at cluster {}: {} topics to be seen", found.cluster, found.topics);
    if (!found.missing_topics.empty())
        text += "; not there yet: " + join(found.missing_topics, ", ");
    return text;
}

Result<ConnectionCheck> topics_check(const Context& context) {
    if (!has_kafka(context.settings)) return folder_check("topics", context.directory.log());
    TRY(std::string place, kafka_place(context.settings));
    return ConnectionCheck{
        .station = "topics",
        .at = place,
        .is_remote = true,
        .run = [settings = context.settings, names = names_of(context, &PipelineKind::topic)] {
            return look_at_kafka(settings, names);
        }};
}

Result<std::string> look_at_kinesis(const Settings& settings, std::vector<std::string> streams) {
    posix::SystemClock clock;
    TRY(auto kinesis, open_kinesis_to_look(settings, clock));
    Reactor reactor("check");
    std::size_t count = streams.size();
    Status checked = reactor.run(kinesis->check(std::move(streams)));
    kinesis->stop();
    if (!checked) return std::unexpected(checked.error());
    return fmt::format("signed in; all {} streams are there", count);
}

Result<ConnectionCheck> streams_check(const Context& context) {
    if (!has_kinesis(context.settings)) return folder_check("streams", context.directory.log());
    return ConnectionCheck{
        .station = "streams",
        .at = kinesis_place(context.settings),
        .is_remote = true,
        .run = [settings = context.settings, names = names_of(context, &PipelineKind::stream)] {
            return look_at_kinesis(settings, names);
        }};
}

ConnectionCheck place_check(const Context& context, std::string station, std::string place) {
    return {.station = std::move(station),
            .at = place,
            .is_remote = is_remote_place(place),
            .run = [settings = context.settings, place] { return check_place(settings, place); }};
}

ConnectionCheck spark_check(const Settings& settings) {
    return {.station = "batch", .at = spark_place(settings), .is_remote = true, .run = [settings] {
                return look_at_spark(settings);
            }};
}

Result<std::string> look_at_airflow(const Settings& settings) {
    TRY(auto airflow, airflow_settings(settings));
    std::string dag = airflow.dag_id;
    TRY(auto client, airflow::AirflowClient::open(std::move(airflow)));
    TRY_STATUS(client->check_dag());
    return fmt::format("signed in; DAG {} is there and not paused", dag);
}

ConnectionCheck airflow_check(const Settings& settings) {
    return {.station = "schedule",
            .at = settings.text("airflow.url"),
            .is_remote = true,
            .run = [settings] { return look_at_airflow(settings); }};
}

}  // namespace

Result<std::vector<ConnectionCheck>> connection_checks(const Context& context) {
    std::vector<ConnectionCheck> checks;
    TRY(checks.emplace_back(), source_check(context));
    TRY(checks.emplace_back(), topics_check(context));
    TRY(checks.emplace_back(), streams_check(context));
    checks.push_back(
        place_check(context, "objects", objects_place(context.settings, context.directory)));
    checks.push_back(
        place_check(context, "tables", tables_place(context.settings, context.directory)));
    if (is_on_spark(context.settings)) checks.push_back(spark_check(context.settings));
    if (runs_by_airflow(context.settings)) checks.push_back(airflow_check(context.settings));
    return checks;
}

}  // namespace pinflow::app
