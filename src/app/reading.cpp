// SPDX-License-Identifier: Apache-2.0
#include "app/reading.h"

#include <fmt/format.h>

#include <chrono>

#include "base/reactor.h"
#include "base/text.h"
#include "batch/csv_text.h"
#include "batch/reports.h"
#include "batch/table_text.h"
#include "codec/json/writer.h"
#include "posix/memory_size.h"
#include "record/pipeline.h"

namespace pinflow::app {
namespace {

// A folder as a bucket: its parent is the store's root. A path without a parent is in ".".
struct BucketPath {
    std::string root;
    std::string name;
};

BucketPath split_bucket(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Task<Status> write_reports(ObjectStore& reports, const BatchOutcome& outcome) {
    CO_TRY_STATUS(co_await batch::write_answers(reports, "", outcome.answers));
    co_return co_await batch::write_ledger(reports, "", outcome.report);
}

}  // namespace

std::string bucket_folder(const Context& context) {
    return context.directory.objects() + "/" +
           expand_user(context.settings.text("sink.s3.bucket.name"), context.settings.text("user"));
}

Result<batch::DateWindow> day_window(const std::string& date, Timestamp now_ms) {
    auto day = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(now_ms)));
    if (!date.empty()) {
        auto parts = split(date, '-');
        bool has_form =
            date.size() == 10 && parts.size() == 3 && parts[0].size() == 4 && parts[1].size() == 2;
        auto number = [&](std::size_t at) { return parse_int(parts[at]).value_or(0); };
        std::chrono::year_month_day named{
            std::chrono::year{has_form ? static_cast<int>(number(0)) : 0},
            std::chrono::month{has_form ? static_cast<unsigned>(number(1)) : 0},
            std::chrono::day{has_form ? static_cast<unsigned>(number(2)) : 0}};
        if (!named.ok())
            return fail(Errc::invalid_argument,
                        fmt::format("--date {}: a day is YYYY-MM-DD", date));
        day = std::chrono::sys_days(named);
    }
    std::chrono::year_month_day shown{day};
    auto begin_ms = std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch());
    return batch::DateWindow{
        .date =
            fmt::format("{:04}-{:02}-{:02}", static_cast<int>(shown.year()),
                        static_cast<unsigned>(shown.month()), static_cast<unsigned>(shown.day())),
        .from_ms = begin_ms.count(),
        .to_ms = begin_ms.count() + 24 * 3600 * 1000};
}

SqlSettings engine_settings(const Context& context) {
    auto memory = static_cast<std::uint64_t>(context.settings.size_bytes("engine.memory"));
    return SqlSettings{.threads = static_cast<int>(context.settings.count("engine.threads")),
                       .memory_bytes_max = memory > 0 ? memory : posix::memory_bytes() / 2,
                       .spill_directory = context.directory.staging() + "/spill",
                       .allow_files = true};
}

Result<BatchOutcome> run_batch_and_ask(
    const Context& context, LakeAccess& lake, const std::string& bucket,
    const batch::DateWindow& window, const std::function<void(const batch::KindReport&)>& on_kind) {
    auto entries = lake.files.list(bucket);
    if (!entries) {
        return fail(Errc::not_found,
                    "there are no objects in " + bucket +
                        ": post some to a running 'pinflow up', or name a folder that "
                        "holds topics/ with --objects");
    }
    BucketPath path = split_bucket(bucket);
    TRY(auto objects, store::FolderStore::open(lake.files, lake.clock, path.root, path.name));
    TRY(auto reports,
        store::FolderStore::open(lake.files, lake.clock, context.directory.root, "reports"));
    BatchOutcome outcome;
    batch::BatchPorts ports{
        .objects = *objects, .lake = *lake.lake, .engine = lake.engine, .clock = lake.clock};
    batch::BatchSettings settings{.kind = {.sql = engine_settings(context), .window = window}};
    if (on_kind) settings.on_kind = on_kind;
    settings.prefix = context.settings.text("sink.topics.dir") + "/";
    TRY(outcome.report, run_here(batch::run_batch(ports, context.pipeline, settings)));
    TRY(outcome.answers, run_here(batch::ask(*lake.lake, lake.engine, lake.clock, context.pipeline,
                                             "", engine_settings(context))));
    TRY_STATUS(run_here(write_reports(*reports, outcome)));
    return outcome;
}

Result<std::string> table_rows_json(Lake& lake) {
    TRY(auto tables, run_here(lake.list_tables()));
    json::JsonWriter writer;
    writer.begin_object();
    for (const std::string& name : tables) {
        TRY(auto table, lake.table(name));
        TRY(auto snapshot, run_here(table->read(std::nullopt)));
        writer.member(name, snapshot.row_count());
    }
    writer.end_object();
    return std::move(writer).take();
}

std::string format_rows(const Rows& rows, const std::string& format, bool json) {
    if (json) return batch::rows_json(rows) + "\n";
    if (format == "csv") return batch::csv_text(rows);
    batch::TableStyle style{.width = static_cast<std::size_t>(terminal_columns()), .rows_max = 0};
    return batch::table_text(rows, style);
}

}  // namespace pinflow::app
