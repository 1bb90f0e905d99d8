// SPDX-License-Identifier: Apache-2.0
#include "app/spark_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "app/object_places.h"
#include "app/secrets.h"
#include "app/spark_on_s3.h"
#include "base/text.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/spark/application.h"
#include "remote/spark/check.h"
#include "remote/spark/databricks.h"
#include "remote/spark/report.h"
#include "remote/spark/submit.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

std::string first_said(const std::string& setting, std::string otherwise) {
    return setting.empty() ? std::move(otherwise) : setting;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (std::string_view word : split(text, ' '))
        if (!word.empty()) words.emplace_back(word);
    return words;
}

// Where nobody says packages, those of S3 come with Delta's when a place is there.
std::string packages_of(const Settings& settings, bool is_on_s3) {
    const std::string& said = settings.text("spark.packages");
    if (!settings.is_default("spark.packages")) return said;
    if (!settings.text("spark.jars").empty()) return "";
    return is_on_s3 ? fmt::format("{},{}", said, spark::kS3Packages) : said;
}

spark::SubmitSettings submit_settings(const Settings& settings, SparkOnS3 s3 = {}) {
    bool is_on_s3 = !s3.properties.empty();
    std::vector<std::string> properties = std::move(s3.properties);
    for (std::string& said : words_of(settings.text("spark.conf")))
        properties.push_back(std::move(said));  // the last counts
    return {.program = settings.text("spark.submit"),
            .master = settings.text("spark.master"),
            .packages = packages_of(settings, is_on_s3),
            .packages_left_out = is_on_s3 ? spark::kS3PackageLeftOut : "",
            .jars = settings.text("spark.jars"),
            .python = settings.text("spark.python"),
            .properties = std::move(properties),
            .environment = std::move(s3.environment),
            .timeout_ms = settings.duration_ms("spark.timeout")};
}

Result<spark::DatabricksSettings> databricks_settings(const Settings& settings) {
    spark::DatabricksSettings found{.url = settings.text("spark.databricks_url"),
                                    .folder = settings.text("spark.databricks_folder"),
                                    .cluster = settings.text("spark.databricks_cluster"),
                                    .timeout_ms = settings.duration_ms("spark.timeout")};
    TRY(auto token, find_secret(settings, "spark.databricks_token"));
    found.token = token.value_or("");
    return found;
}

struct SparkNames {
    std::string objects;
    std::string tables;
};

SparkNames names_on_spark(const SparkPlace& place) {
    const Settings& settings = place.settings;
    std::string tables = tables_place(settings, place.directory);
    return {first_said(settings.text("spark.objects"), as_spark_names_it(place.objects_at)),
            first_said(settings.text("spark.tables"), as_spark_names_it(tables))};
}

std::vector<std::string> place_arguments(const SparkPlace& place) {
    SparkNames names = names_on_spark(place);
    return {"--objects",  names.objects, "--tables",
            names.tables, "--prefix",    place.settings.text("sink.topics.dir") + "/"};
}

// What would fail on Spark after half a minute fails here at once, in our own words. A place that
// only Spark knows is left to Spark.
Status look_at_places(const SparkPlace& place) {
    if (place.settings.text("spark.objects").empty()) {
        TRY_STATUS(must_be_there(place.objects_at));
        TRY_STATUS(look_at_place(place.settings, place.objects_at));
    }
    if (!place.settings.text("spark.tables").empty()) return {};
    return look_at_place(place.settings, tables_place(place.settings, place.directory));
}

Result<spark::Report> submit_here(const SparkPlace& place, std::stop_token stop) {
    TRY_STATUS(look_at_places(place));
    SparkNames names = names_on_spark(place);
    TRY(SparkOnS3 s3, spark_on_s3(place.settings, {names.objects, names.tables}));
    std::string folder = place.directory.staging() + "/spark";
    std::string report_file = folder + "/report.json";
    std::error_code error;
    fs::create_directories(folder, error);
    fs::remove(report_file, error);
    TRY_STATUS(spark::write_application(place.pipeline, folder));
    spark::Submission submission{.script = folder + "/batch.py",
                                 .arguments = place_arguments(place),
                                 .log = place.directory.root + "/spark.log"};
    submission.arguments.insert(submission.arguments.end(), {"--report", report_file});
    Status done =
        spark::run_submit(submit_settings(place.settings, std::move(s3)), submission, stop);
    bool has_ended = done || done.error().code == Errc::unavailable;
    if (!has_ended || (!done && !fs::exists(report_file)))
        return std::unexpected(std::move(done).error());
    posix::PosixFiles files;
    TRY(std::string text, read_small_file(files, report_file));
    return spark::parse_report(text, place.pipeline);
}

Result<spark::Report> submit_to_databricks(const SparkPlace& place, std::stop_token stop) {
    TRY(spark::DatabricksSettings settings, databricks_settings(place.settings));
    for (const char* name : {"spark.objects", "spark.tables"}) {
        if (place.settings.text(name).empty())
            return fail(Errc::invalid_argument,
                        fmt::format("{} must be set: Databricks does not see this machine's "
                                    "folders (such as s3://bucket/tables)",
                                    name));
    }
    TRY(std::string text,
        spark::run_on_databricks(settings, spark::application_files(place.pipeline),
                                 place_arguments(place), stop));
    return spark::parse_report(text, place.pipeline);
}

batch::KindReport kind_report(spark::KindOutcome&& kind) {
    return {.kind = std::move(kind.kind),
            .table = std::move(kind.table),
            .ledger = kind.ledger,
            .reasons = std::move(kind.reasons),
            .objects = kind.objects,
            .bytes = static_cast<std::uint64_t>(kind.bytes),
            .table_version = kind.table_version,
            .quarantine_version = kind.quarantine_version,
            .duration_us = kind.duration_us};
}

// On Spark a run reads everything; nothing is begun that the application would refuse.
Status check_loads(const Pipeline& pipeline) {
    for (const PipelineKind& kind : pipeline.kinds) {
        if (kind.load == Load::all) continue;
        return fail(
            Errc::unsupported,
            fmt::format("kind {}: `load: {}` is done by the embedded engine alone; on Spark "
                        "every run reads all objects (`load: all`)",
                        kind.name, name_of(kind.load)));
    }
    return {};
}

std::string title_of(const Pipeline& pipeline, const std::string& question) {
    auto found = std::ranges::find(pipeline.questions, question, &Question::name);
    return found == pipeline.questions.end() ? "" : found->title;
}

}  // namespace

bool is_on_spark(const Settings& settings, const std::string& flag) {
    return first_said(flag, settings.text("batch.engine")) == "spark";
}

std::string spark_place(const Settings& settings) {
    const std::string& url = settings.text("spark.databricks_url");
    return url.empty() ? "spark-submit to " + settings.text("spark.master") : url;
}

Result<std::string> look_at_spark(const Settings& settings) {
    if (settings.text("spark.databricks_url").empty()) {
        TRY(std::string program, spark::find_submit(submit_settings(settings)));
        return program + " is there; it was not run";
    }
    TRY(auto databricks, databricks_settings(settings));
    TRY_STATUS(spark::check_databricks(databricks));
    return "the workspace takes the token; nothing was run";
}

Result<BatchOutcome> run_on_spark(const SparkPlace& place, std::stop_token stop) {
    TRY_STATUS(check_loads(place.pipeline));
    posix::SystemClock clock;
    std::int64_t began_us = clock.steady_us();
    BatchOutcome outcome{.report = {.started_ms = clock.now_ms()}, .answers = {}};
    bool is_databricks = !place.settings.text("spark.databricks_url").empty();
    TRY(spark::Report report,
        is_databricks ? submit_to_databricks(place, stop) : submit_here(place, stop));
    for (spark::KindOutcome& kind : report.kinds)
        outcome.report.kinds.push_back(kind_report(std::move(kind)));
    outcome.report.ignored_count = report.ignored_count;
    for (spark::IgnoredOutcome& object : report.ignored)
        outcome.report.ignored.push_back({std::move(object.key), std::move(object.reason)});
    for (spark::AnswerOutcome& answer : report.answers) {
        outcome.answers.push_back({.name = answer.name,
                                   .title = title_of(place.pipeline, answer.name),
                                   .rows = std::move(answer.rows),
                                   .duration_us = answer.duration_us});
    }
    outcome.report.duration_us = clock.steady_us() - began_us;
    return outcome;
}

}  // namespace pinflow::app
