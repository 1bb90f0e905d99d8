// SPDX-License-Identifier: Apache-2.0
#include "batch/load_new.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/hash.h"
#include "base/text.h"
#include "batch/cleaning.h"
#include "batch/loaded_offsets.h"
#include "batch/part_reader.h"
#include "batch/record_source.h"
#include "batch/stored_records.h"
#include "batch/survey.h"
#include "batch/table_marks.h"

namespace pinflow::batch {
namespace {

// A table as it is; an absent one as an empty one of version -1.
Task<Result<TableSnapshot>> look_or_none(Lake& lake, std::string name) {
    CO_TRY(std::unique_ptr<Table> table, lake.table(name));
    auto snapshot = co_await table->look(std::nullopt);
    if (!snapshot && snapshot.error().code == Errc::not_found)
        co_return TableSnapshot{
            .version = -1, .schema = {}, .files = {}, .batches = {}, .properties = {}};
    co_return snapshot;
}

// The same version, with its files where the engine can read them.
Task<Result<TableSnapshot>> fetched(Lake& lake, std::string name, TableSnapshot looked_at) {
    if (looked_at.version < 0) co_return looked_at;
    CO_TRY(std::unique_ptr<Table> table, lake.table(name));
    co_return co_await table->read(looked_at.version);
}

std::string value_of(const std::map<std::string, std::string>& properties, const char* name) {
    auto found = properties.find(name);
    return found == properties.end() ? "" : found->second;
}

// One run of one kind.
class NewLoad {
public:
    NewLoad(BatchPorts ports, const PipelineKind& kind, KindSettings settings)
        : ports_(ports), kind_(kind), settings_(std::move(settings)) {}

    Task<Result<KindReport>> run(std::vector<SinkObject> objects);

private:
    Task<Status> look();
    void leave_out_loaded(std::vector<SinkObject>& objects) const;
    bool is_done() const;

    Task<Status> load(const std::vector<SinkObject>& objects);
    Status decode(const std::vector<SinkObject>& objects);
    Task<Status> commit_quarantine(const std::map<std::string, std::string>& lineage);
    Task<Status> commit_raw(const std::vector<SinkObject>& objects);

    Task<Status> clean();
    Status write_stored_clean(SqlSession& session);
    Status count_reasons(SqlSession& session);
    std::int64_t last_batch() const;
    std::string app_id() const { return "pinflow/batch/" + kind_.table; }

    BatchPorts ports_;
    const PipelineKind& kind_;
    const KindSettings settings_;
    KindReport report_;

    TableSnapshot raw_;
    TableSnapshot quarantine_;
    CleanMarks marks_;  // of the clean table
    std::int64_t clean_version_ = -1;
    LoadedOffsets loaded_;
    bool begins_anew_ = false;

    Survey survey_;
    std::vector<ParquetFile> raw_files_;
    std::vector<ParquetFile> quarantine_files_;
    std::vector<ParquetFile> clean_files_;
    StagedFiles staged_;
    Ledger totals_;
};

Task<Status> NewLoad::look() {
    CO_TRY(raw_, co_await look_or_none(ports_.lake, raw_table(kind_)));
    CO_TRY(quarantine_, co_await look_or_none(ports_.lake, quarantine_table(kind_)));
    CO_TRY(TableSnapshot clean, co_await look_or_none(ports_.lake, kind_.table));
    auto marks = read_marks(clean.properties);
    if (!marks) co_return with_context(std::move(marks).error(), "table " + kind_.table);
    marks_ = *std::move(marks);
    clean_version_ = clean.version;
    bool was_other = clean.version >= 0 && marks_.load != Load::only_new;
    begins_anew_ = raw_.version < 0 || was_other ||
                   value_of(raw_.properties, kShapeProperty) != shape_fingerprint(kind_.shape);
    if (!begins_anew_) {
        auto loaded = LoadedOffsets::read(raw_.properties);
        if (!loaded) co_return with_context(std::move(loaded).error(), "table " + raw_table(kind_));
        loaded_ = *std::move(loaded);
    }
    co_return Status{};
}

void NewLoad::leave_out_loaded(std::vector<SinkObject>& objects) const {
    std::erase_if(objects, [this](const SinkObject& object) {
        return object.bytes == 0 ||
               loaded_.contains(object.topic, object.partition, object.first_offset);
    });
}

std::int64_t NewLoad::last_batch() const {
    auto found = raw_.batches.find(app_id());
    return found == raw_.batches.end() ? 0 : found->second;
}

// Whether the clean table is what the raw one makes.
bool NewLoad::is_done() const {
    return clean_version_ >= 0 && marks_.load == Load::only_new &&
           marks_.epoch == value_of(raw_.properties, kEpochProperty) &&
           marks_.batch == last_batch() && marks_.cleaning == cleaning_fingerprint(kind_);
}

// ---- objects -> raw and quarantine ----

Status NewLoad::decode(const std::vector<SinkObject>& objects) {
    TRY(std::unique_ptr<SqlSession> session, ports_.engine.open_session(settings_.sql));
    KeptParts kept;
    OpenParts open_parts = [&] {
        return std::make_unique<PartReader>(ports_.objects, objects, kept);
    };
    {
        auto parts = open_parts();
        TRY(survey_,
            survey(*session, kind_, objects, *parts, settings_.sql.threads, false, settings_.stop));
    }
    RecordSource source(kind_, objects, survey_, open_parts, true);
    TRY_STATUS(session->create_source("pinflow_decoded", source));
    TRY(std::string raw_path, ports_.lake.staging_path());
    TRY(raw_files_,
        session->write_parquet_files("SELECT * FROM pinflow_decoded", raw_schema(kind_.shape),
                                     raw_path, kTableFileBytes));
    staged_.note(raw_files_);
    TRY(std::string quarantine_path, ports_.lake.staging_path());
    TRY(quarantine_files_, write_quarantine(*session, quarantine_path));
    staged_.note(quarantine_files_);
    session.reset();  // before the source that it reads from
    if (rows_of(raw_files_) == survey_.accepted &&
        rows_of(quarantine_files_) == survey_.quarantined &&
        survey_.read == survey_.accepted + survey_.quarantined)
        return {};
    return fail(
        Errc::internal,
        fmt::format("{}: read {} records, stored {} and quarantined {}; nothing was "
                    "committed. Please report this.",
                    kind_.name, survey_.read, rows_of(raw_files_), rows_of(quarantine_files_)));
}

// First the refusals, tagged with the load's number: should the run die before the raw table has
// them loaded, the next run has the same number, and replaces them.
Task<Status> NewLoad::load(const std::vector<SinkObject>& objects) {
    CO_TRY_STATUS(decode(objects));
    auto lineage = survey_.lineage(objects).tags();
    CO_TRY_STATUS(co_await commit_quarantine(lineage));
    crash_point("batch.new.quarantine_committed");
    CO_TRY_STATUS(co_await commit_raw(objects));
    crash_point("batch.new.raw_committed");
    report_.objects = static_cast<std::int64_t>(objects.size());
    for (const SinkObject& object : objects) report_.bytes += object.bytes;
    CO_TRY(raw_, co_await look_or_none(ports_.lake, raw_table(kind_)));
    CO_TRY(quarantine_, co_await look_or_none(ports_.lake, quarantine_table(kind_)));
    co_return Status{};
}

Task<Status> NewLoad::commit_quarantine(const std::map<std::string, std::string>& lineage) {
    std::string number = std::to_string(last_batch() + 1);
    auto tags = lineage;
    tags[kBatchTag] = number;
    TableChange change{
        .removes = begins_anew_ ? TableChange::Removes::everything : TableChange::Removes::tagged,
        .tag = {kBatchTag, number},
        .schema = quarantine_schema(),
        .files = tagged_files(std::move(quarantine_files_), tags),
        .batch = {},
        .properties = {}};
    CO_TRY(std::unique_ptr<Table> table, ports_.lake.table(quarantine_table(kind_)));
    CO_TRY(TableCommit committed, co_await table->change(std::move(change)));
    report_.quarantine_version = committed.version;
    co_return Status{};
}

Task<Status> NewLoad::commit_raw(const std::vector<SinkObject>& objects) {
    for (std::size_t at = 0; at < objects.size(); ++at)
        loaded_.add(objects[at].topic, objects[at].partition, objects[at].first_offset,
                    objects[at].first_offset + survey_.lines[at]);
    CO_TRY(auto properties, loaded_.properties());
    if (begins_anew_) {
        for (const auto& [name, value] : raw_.properties)
            if (name.starts_with("pinflow.") && !properties.contains(name)) properties[name] = "";
        properties[kEpochProperty] = random_uuid();
        properties[kShapeProperty] = shape_fingerprint(kind_.shape);
    }
    TableChange change{
        .removes = begins_anew_ ? TableChange::Removes::everything : TableChange::Removes::nothing,
        .tag = {},
        .schema = raw_schema(kind_.shape),
        .files = tagged_files(std::move(raw_files_), survey_.lineage(objects).tags()),
        .batch = BatchId{.app_id = app_id(), .number = last_batch() + 1},
        .properties = std::move(properties)};
    CO_TRY(std::unique_ptr<Table> table, ports_.lake.table(raw_table(kind_)));
    CO_TRY(TableCommit committed, co_await table->change(std::move(change)));
    if (committed.is_repeat)
        co_return fail(Errc::conflict, fmt::format("another run loaded into {} meanwhile: one at a "
                                                   "time, please; run it again",
                                                   raw_table(kind_)));
    co_return Status{};
}

// ---- raw -> clean ----

Status NewLoad::write_stored_clean(SqlSession& session) {
    std::vector<std::string> paths;
    for (const DataFile& file : raw_.files) paths.push_back(file.local_path);
    TRY(std::int64_t latest, view_stored_records(session, kind_, paths));
    TRY(std::string path, ports_.lake.staging_path());
    TRY(clean_files_, write_clean(session, kind_, latest, path));
    staged_.note(clean_files_);
    totals_ = {.read = raw_.row_count() + quarantine_.row_count(),
               .written = rows_of(clean_files_),
               .quarantined = quarantine_.row_count(),
               .duplicates = raw_.row_count() - latest};
    return {};
}

// Of what was refused since the clean table was last made.
Status NewLoad::count_reasons(SqlSession& session) {
    bool same_series = marks_.epoch == value_of(raw_.properties, kEpochProperty);
    std::vector<std::string> paths;
    for (const DataFile& file : quarantine_.files) {
        auto tag = file.tags.find(kBatchTag);
        auto number = tag == file.tags.end() ? std::nullopt : parse_int(tag->second);
        if (!same_series || number.value_or(0) > marks_.batch) paths.push_back(file.local_path);
    }
    if (paths.empty()) return {};
    TRY_STATUS(session.create_view("pinflow_refused", quarantine_schema(), paths));
    TRY(Rows rows, session.query("SELECT reason, count(*) FROM pinflow_refused GROUP BY reason"));
    for (std::size_t row = 0; row < rows.count(); ++row)
        report_.reasons[std::string(rows.columns[0].text(row))] = rows.columns[1].integers[row];
    return {};
}

Task<Status> NewLoad::clean() {
    CO_TRY(raw_, co_await fetched(ports_.lake, raw_table(kind_), std::move(raw_)));
    CO_TRY(quarantine_,
           co_await fetched(ports_.lake, quarantine_table(kind_), std::move(quarantine_)));
    CO_TRY(std::unique_ptr<SqlSession> session, ports_.engine.open_session(settings_.sql));
    CO_TRY_STATUS(write_stored_clean(*session));
    CO_TRY_STATUS(count_reasons(*session));
    session.reset();  // its memory is not needed for the commit
    CleanMarks now{.load = Load::only_new,
                   .epoch = value_of(raw_.properties, kEpochProperty),
                   .cleaning = cleaning_fingerprint(kind_),
                   .batch = last_batch(),
                   .totals = totals_};
    Ledger before = marks_.epoch == now.epoch ? marks_.totals : Ledger{};
    report_.ledger = {.read = totals_.read - before.read,
                      .written = totals_.written - before.written,
                      .quarantined = totals_.quarantined - before.quarantined,
                      .duplicates = totals_.duplicates - before.duplicates};
    std::int64_t reasons = 0;
    for (const auto& [reason, count] : report_.reasons) reasons += count;
    if (!report_.ledger.adds_up() || reasons != report_.ledger.quarantined)
        co_return fail(Errc::internal,
                       fmt::format("{}: the ledger does not add up: read {}, written {}, "
                                   "quarantined {} ({} by reason), duplicates {}; the clean table "
                                   "is as it was. Please report this.",
                                   kind_.name, report_.ledger.read, report_.ledger.written,
                                   report_.ledger.quarantined, reasons, report_.ledger.duplicates));
    std::map<std::string, std::string> tags{{"raw_version", std::to_string(raw_.version)}};
    TableChange change{.removes = TableChange::Removes::everything,
                       .tag = {},
                       .schema = kind_.cleaned,
                       .files = tagged_files(std::move(clean_files_), tags),
                       .batch = {},
                       .properties = marks_of(now)};
    CO_TRY(std::unique_ptr<Table> table, ports_.lake.table(kind_.table));
    CO_TRY(TableCommit committed, co_await table->change(std::move(change)));
    report_.table_version = committed.version;
    co_return Status{};
}

Task<Result<KindReport>> NewLoad::run(std::vector<SinkObject> objects) {
    report_ = {.kind = kind_.name, .table = kind_.table};
    CO_TRY_STATUS(co_await look());
    leave_out_loaded(objects);
    report_.table_version = clean_version_;
    report_.quarantine_version = quarantine_.version;
    if (objects.empty() && !begins_anew_ && is_done()) co_return std::move(report_);
    if (!objects.empty() || begins_anew_) CO_TRY_STATUS(co_await load(objects));
    CO_TRY_STATUS(co_await clean());
    co_return std::move(report_);
}

}  // namespace

Task<Result<KindReport>> load_new(BatchPorts ports, const PipelineKind& kind,
                                  std::vector<SinkObject> objects, KindSettings settings) {
    NewLoad load(ports, kind, std::move(settings));
    co_return co_await load.run(std::move(objects));
}

}  // namespace pinflow::batch
