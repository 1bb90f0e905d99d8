// SPDX-License-Identifier: Apache-2.0
#include "app/reading.h"

#include <fmt/format.h>

#include <stop_token>

#include "app/interruptible_engine.h"
#include "app/object_places.h"
#include "app/stop_watch.h"
#include "base/reactor.h"
#include "base/text.h"
#include "batch/csv_text.h"
#include "batch/reports.h"
#include "batch/table_text.h"
#include "codec/json/writer.h"
#include "posix/memory_size.h"
#include "record/pipeline.h"
#include "store/folder_store.h"

namespace pinflow::app {
namespace {

Task<Status> put_reports(ObjectStore& reports, const BatchOutcome& outcome) {
    CO_TRY_STATUS(co_await batch::write_answers(reports, "", outcome.answers));
    co_return co_await batch::write_ledger(reports, "", outcome.report);
}

}  // namespace

Status write_reports(LakeAccess& lake, const DataDirectory& directory,
                     const BatchOutcome& outcome) {
    TRY(auto reports, store::FolderStore::open(lake.files, lake.clock, directory.root, "reports"));
    return run_here(put_reports(*reports, outcome));
}

SqlSettings engine_settings(const Settings& settings, const DataDirectory& directory) {
    auto memory = static_cast<std::uint64_t>(settings.size_bytes("engine.memory"));
    return SqlSettings{.threads = static_cast<int>(settings.count("engine.threads")),
                       .memory_bytes_max = memory > 0 ? memory : posix::memory_bytes() / 2,
                       .spill_directory = directory.staging() + "/spill",
                       .allow_files = true};
}

SqlSettings engine_settings(const Context& context) {
    return engine_settings(context.settings, context.directory);
}

Result<BatchOutcome> run_batch_and_ask(
    const Context& context, LakeAccess& lake, const std::string& objects_at,
    const batch::DateWindow& window, const std::function<void(const batch::KindReport&)>& on_kind) {
    TRY(auto objects, open_place_to_read(context.settings, lake.files, lake.clock, objects_at));
    BatchOutcome outcome;
    std::stop_source stop;
    InterruptibleEngine engine(lake.engine);
    StopWatch watch([&] {
        stop.request_stop();
        engine.interrupt();
    });
    batch::BatchPorts ports{
        .objects = *objects, .lake = *lake.lake, .engine = engine, .clock = lake.clock};
    batch::BatchSettings settings{
        .kind = {.sql = engine_settings(context), .window = window, .stop = stop.get_token()}};
    if (on_kind) settings.on_kind = on_kind;
    settings.prefix = context.settings.text("sink.topics.dir") + "/";
    TRY(outcome.report, run_here(batch::run_batch(ports, context.pipeline, settings)));
    TRY(outcome.answers, run_here(batch::ask(*lake.lake, engine, lake.clock, context.pipeline, "",
                                             engine_settings(context))));
    TRY_STATUS(write_reports(lake, context.directory, outcome));
    return outcome;
}

Result<std::string> table_rows_json(Lake& lake) {
    TRY(auto tables, run_here(lake.list_tables()));
    json::JsonWriter writer;
    writer.begin_object();
    for (const std::string& name : tables) {
        TRY(auto table, lake.table(name));
        TRY(auto snapshot, run_here(table->look(std::nullopt)));
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
