// SPDX-License-Identifier: Apache-2.0
#include "batch/load_whole.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "batch/cleaning.h"
#include "batch/part_reader.h"
#include "batch/record_source.h"
#include "batch/survey.h"
#include "batch/table_marks.h"

namespace pinflow::batch {
namespace {

struct Written {
    Survey survey;
    std::vector<ParquetFile> clean;
    std::vector<ParquetFile> quarantine;
};

Result<Written> clean_objects(BatchPorts ports, const PipelineKind& kind,
                              const std::vector<SinkObject>& objects,
                              const KindSettings& settings) {
    const SqlSettings& sql = settings.sql;
    TRY(std::unique_ptr<SqlSession> session, ports.engine.open_session(sql));
    KeptParts kept;
    OpenParts open_parts = [&] {
        return std::make_unique<PartReader>(ports.objects, objects, kept);
    };
    Written written;
    {
        auto parts = open_parts();
        TRY(written.survey,
            survey(*session, kind, objects, *parts, sql.threads, true, settings.stop));
    }
    RecordSource source(kind, objects, written.survey, open_parts, false);
    TRY_STATUS(session->create_source(kRawView, source));
    TRY(std::string clean_path, ports.lake.staging_path());
    TRY(written.clean, write_clean(*session, kind, written.survey.latest, clean_path));
    TRY(std::string quarantine_path, ports.lake.staging_path());
    TRY(written.quarantine, write_quarantine(*session, quarantine_path));
    session.reset();  // before the source that it reads from
    return written;
}

Result<Ledger> close_ledger(const PipelineKind& kind, const Written& written) {
    const Survey& found = written.survey;
    Ledger ledger{.read = found.read,
                  .written = rows_of(written.clean),
                  .quarantined = rows_of(written.quarantine),
                  .duplicates = found.accepted - found.latest};
    if (ledger.adds_up() && ledger.quarantined == found.quarantined) return ledger;
    return fail(
        Errc::internal,
        fmt::format("{}: the ledger does not add up: read {}, written {}, quarantined {} (of {} "
                    "refused), duplicates {}; nothing was committed. Please report this.",
                    kind.name, ledger.read, ledger.written, ledger.quarantined, found.quarantined,
                    ledger.duplicates));
}

// Rows that belong to no date would stay beside those of every date, and be counted twice.
Task<Status> check_mode(Lake& lake, const PipelineKind& kind) {
    CO_TRY(std::unique_ptr<Table> table, lake.table(kind.table));
    auto snapshot = co_await table->look(std::nullopt);
    if (!snapshot && snapshot.error().code == Errc::not_found) co_return Status{};
    if (!snapshot) co_return std::unexpected(std::move(snapshot).error());
    bool has_other_rows = std::ranges::any_of(
        snapshot->files, [](const DataFile& file) { return !file.tags.contains(kDateTag); });
    if (!has_other_rows) co_return Status{};
    co_return fail(Errc::conflict,
                   fmt::format("table {} holds rows that were not loaded by date: run it once with "
                               "no objects and `load: all` to empty it, or name another `table:`, "
                               "and then run each date",
                               kind.table));
}

TableChange change_of(const PipelineKind& kind, const KindSettings& settings, Schema schema,
                      std::vector<ParquetFile> files, std::map<std::string, std::string> tags) {
    TableChange change{.removes = TableChange::Removes::everything,
                       .tag = {},
                       .schema = std::move(schema),
                       .files = {},
                       .batch = {},
                       .properties = marks_of(kind.load)};
    if (kind.load == Load::by_date) {
        change.removes = TableChange::Removes::tagged;
        change.tag = {kDateTag, settings.window->date};
        tags[kDateTag] = settings.window->date;
    }
    change.files = tagged_files(std::move(files), tags);
    return change;
}

}  // namespace

Task<Result<KindReport>> load_whole(BatchPorts ports, const PipelineKind& kind,
                                    std::vector<SinkObject> objects, KindSettings settings) {
    if (kind.load == Load::by_date) {
        if (!settings.window)
            co_return fail(Errc::invalid_argument, "is loaded by date: say which (--date)");
        CO_TRY_STATUS(co_await check_mode(ports.lake, kind));
        std::erase_if(objects, [&](const SinkObject& object) {
            return object.modified_ms < settings.window->from_ms ||
                   object.modified_ms >= settings.window->to_ms;
        });
    }
    CO_TRY(Written written, clean_objects(ports, kind, objects, settings));
    StagedFiles staged;
    staged.note(written.clean);
    staged.note(written.quarantine);
    KindReport report{.kind = kind.name, .table = kind.table};
    CO_TRY(report.ledger, close_ledger(kind, written));
    report.reasons = written.survey.reasons;
    report.objects = static_cast<std::int64_t>(objects.size());
    for (const SinkObject& object : objects) report.bytes += object.bytes;

    auto tags = written.survey.lineage(objects).tags();
    CO_TRY(std::unique_ptr<Table> clean, ports.lake.table(kind.table));
    CO_TRY(TableCommit cleaned, co_await clean->change(change_of(kind, settings, kind.cleaned,
                                                                 std::move(written.clean), tags)));
    crash_point("batch.whole.clean_committed");
    CO_TRY(std::unique_ptr<Table> quarantine, ports.lake.table(quarantine_table(kind)));
    CO_TRY(TableCommit quarantined,
           co_await quarantine->change(change_of(kind, settings, quarantine_schema(),
                                                 std::move(written.quarantine), tags)));
    report.table_version = cleaned.version;
    report.quarantine_version = quarantined.version;
    co_return report;
}

}  // namespace pinflow::batch
