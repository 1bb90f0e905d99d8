// SPDX-License-Identifier: Apache-2.0
// demo: the whole pipeline once, in this process, over real HTTP and real files.
#include <fmt/format.h>

#include "app/answers_text.h"
#include "app/demo.h"
#include "app/emulating.h"
#include "app/object_places.h"
#include "app/pipeline.h"
#include "app/reading.h"
#include "app/run_window.h"
#include "app/seeding.h"
#include "app/source_access.h"
#include "app/stored_rows.h"
#include "base/log.h"
#include "base/reactor.h"
#include "base/text.h"
#include "batch/reports.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

constexpr std::int64_t kSourceRows = 11'154;  // as the course's tables
constexpr std::int64_t kDiceSeed = 100;       // as the course's script
constexpr int kConcurrency = 32;

std::unexpected<Error> stopped(const Context& context) {
    return fail(Errc::cancelled,
                "stopped; to resume: the same command with --data-dir " + context.directory.root);
}

struct DemoResult {
    std::int64_t topics_accepted = 0;
    std::int64_t streams_accepted = 0;
    std::int64_t objects = 0;
    std::string tables_json;
    BatchOutcome batch;
    Ledger stream;
    std::vector<std::pair<std::string, double>> seconds;
};

class Demo {
public:
    Demo(Context& context, const DemoOptions& options) : context_(context), options_(options) {}

    Result<DemoResult> run();

private:
    Status seed();
    Status serve();
    Status emulate();
    Status sink();
    Status clean_and_ask();
    Status stream();
    Status finish();

    Result<std::vector<std::int64_t>> missing_rows(const emulator::PostForm& form,
                                                   const PipelineKind& kind);
    Status post(std::vector<emulator::PostForm> forms, std::vector<std::int64_t> rows,
                Stage& stage);
    void done(const char* stage, double seconds) { result_.seconds.emplace_back(stage, seconds); }

    Context& context_;
    const DemoOptions& options_;
    DemoResult result_;
    std::vector<std::int64_t> walk_;
    std::unique_ptr<RunningPipeline> running_;
};

Result<DemoResult> Demo::run() {
    for (auto step : {&Demo::seed, &Demo::serve, &Demo::emulate, &Demo::sink, &Demo::clean_and_ask,
                      &Demo::stream, &Demo::finish}) {
        if (stop_requested()) return stopped(context_);
        TRY_STATUS((this->*step)());
    }
    return std::move(result_);
}

Status Demo::seed() {
    Stage stage("seed", context_.quiet);
    posix::PosixFiles files;
    std::string path = context_.directory.source_database();
    bool is_there =
        files.open(path, OpenMode::read).has_value();  // replaced whole, so there is complete
    if (!is_there) TRY_STATUS(seed_source(path, options_.seed, kSourceRows));
    done("seed", stage.finish(fmt::format("3 tables of {} rows, seed {}",
                                          with_thousands(kSourceRows), options_.seed)));
    return {};
}

Status Demo::serve() {
    Stage stage("serve", context_.quiet);
    TRY(running_, RunningPipeline::open(context_.settings, context_.pipeline, context_.directory));
    Addresses addresses = running_->addresses();
    done("serve", stage.finish(fmt::format("gateway http://{}, page http://{}, durability {}",
                                           addresses.gateway, addresses.admin,
                                           context_.settings.text("log.durability"))));
    return {};
}

// What is stored already is not posted again: a demo that was interrupted, even killed, goes on
// with exactly what is missing, because the log is the truth about what was accepted.
Result<std::vector<std::int64_t>> Demo::missing_rows(const emulator::PostForm& form,
                                                     const PipelineKind& kind) {
    bool is_batch = form.road == emulator::Road::batch;
    TRY(auto stored, is_batch ? rows_in_topic(running_->topics(), form.name, kind.shape)
                              : rows_in_stream(running_->streams(), form.name, kind.shape));
    std::vector<std::int64_t> missing;
    for (std::int64_t row : walk_) {
        auto found = stored.find(row);
        if (found == stored.end() || found->second == 0) missing.push_back(row);
        else --found->second;
    }
    for (const auto& [row, surplus] : stored) {
        if (surplus > 0)
            return fail(
                Errc::conflict,
                fmt::format("{} holds row {} more often than this demo posts it", form.name, row));
    }
    return missing;
}

Status Demo::post(std::vector<emulator::PostForm> forms, std::vector<std::int64_t> rows,
                  Stage& stage) {
    posix::SystemClock clock;
    emulator::EmulatorSettings settings{
        .base_url = "http://" + running_->addresses().gateway + "/demo",
        .forms = std::move(forms),
        .concurrency = kConcurrency,
        .pace = emulator::NoPace{},
        .draws = static_cast<std::int64_t>(rows.size())};
    emulator::EmulatorPorts ports{
        .open_source = source_opener({.file = context_.directory.source_database()}),
        .walk = list_walk(std::move(rows)),
        .clock = &clock};
    TRY(auto outcome, run_emulator(std::move(settings), std::move(ports), stage));
    result_.topics_accepted += outcome.accepted_batch;
    result_.streams_accepted += outcome.accepted_stream;
    if (stop_requested()) return stopped(context_);
    if (outcome.reasons.empty()) return {};
    return fail(Errc::unavailable, "posts were not accepted: " + outcome.reasons.front().reason);
}

Status Demo::emulate() {
    Stage stage("emulate", context_.quiet);
    Walk dice = course_walk(kDiceSeed, kSourceRows);
    for (std::int64_t i = 0; i < options_.rows; ++i) walk_.push_back(dice()->row);
    auto forms = post_forms(context_.pipeline, context_.settings.text("user"), Roads::both);
    std::vector<std::vector<std::int64_t>> missing;
    bool is_fresh = true;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        const PipelineKind& kind = context_.pipeline.kinds[i % context_.pipeline.kinds.size()];
        TRY(auto rows, missing_rows(forms[i], kind));
        is_fresh = is_fresh && rows.size() == walk_.size();
        bool is_batch = forms[i].road == emulator::Road::batch;
        (is_batch ? result_.topics_accepted : result_.streams_accepted) +=
            static_cast<std::int64_t>(walk_.size() - rows.size());
        missing.push_back(std::move(rows));
    }
    if (is_fresh) TRY_STATUS(post(forms, walk_, stage));  // draw by draw, as the script does
    for (std::size_t i = 0; !is_fresh && i < forms.size(); ++i) {
        if (!missing[i].empty()) TRY_STATUS(post({forms[i]}, std::move(missing[i]), stage));
    }
    done("emulate",
         stage.finish(fmt::format(
             "{} draws of the dice of seed {}: {} records on topics, {} on streams",
             with_thousands(options_.rows), kDiceSeed, with_thousands(result_.topics_accepted),
             with_thousands(result_.streams_accepted))));
    return {};
}

Status Demo::sink() {
    Stage stage("sink", context_.quiet);
    TRY_STATUS(running_->flush_sink());
    LakeAccess& lake = running_->lake();
    TRY(auto store, open_place(context_.settings, lake.files, lake.clock,
                               objects_place(context_.settings, context_.directory)));
    TRY(auto objects, run_here(store->list(context_.settings.text("sink.topics.dir") + "/")));
    result_.objects = static_cast<std::int64_t>(objects.size());
    std::string first = objects.empty() ? "" : ", the first " + objects.front().key;
    done("sink", stage.finish(fmt::format("{} objects{}", with_thousands(result_.objects), first)));
    return {};
}

Status Demo::clean_and_ask() {
    Stage clean("clean", context_.quiet);
    TRY(auto today, window_of_date(schedule::Zone::utc(), "", running_->lake().clock.now_ms()));
    TRY(result_.batch,
        run_batch_and_ask(context_, running_->lake(),
                          objects_place(context_.settings, context_.directory), today, {}));
    Ledger ledger = result_.batch.report.total();
    std::int64_t asked_us = 0;
    for (const batch::Answer& answer : result_.batch.answers) asked_us += answer.duration_us;
    double asked_s = static_cast<double>(asked_us) / 1e6;
    done("clean", clean.finish(fmt::format(
                      "{} records -> {} rows in pin, geo, user; {} duplicates, {} quarantined",
                      with_thousands(ledger.read), with_thousands(ledger.written),
                      with_thousands(ledger.duplicates), ledger.quarantined)) -
                      asked_s);
    Stage ask("ask", context_.quiet);
    ask.finish(fmt::format("{} questions answered in {:.2f} s of the above",
                           result_.batch.answers.size(), asked_s));
    done("ask", asked_s);
    return {};
}

Status Demo::stream() {
    Stage stage("stream", context_.quiet);
    TRY_STATUS(running_->drain_stream());
    TRY(result_.stream, running_->stream_ledger());
    done("stream", stage.finish(fmt::format("{} rows in three {}_…_table, each record once",
                                            with_thousands(result_.stream.written),
                                            context_.settings.text("user"))));
    return {};
}

Status Demo::finish() {
    TRY(result_.tables_json, table_rows_json(*running_->lake().lake));
    TRY_STATUS(running_->close());
    if (!result_.batch.report.total().adds_up() || !result_.stream.adds_up()) {
        return fail(Errc::failed_check,
                    "a ledger does not add up; please report it with " + context_.directory.root);
    }
    return {};
}

std::string demo_json(const Context& context, const DemoOptions& options,
                      const DemoResult& result) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("rows", options.rows);
    writer.key("accepted").begin_object();
    writer.member("topics", result.topics_accepted);
    writer.member("streams", result.streams_accepted);
    writer.end_object();
    writer.member("objects", result.objects);
    writer.key("tables").raw(result.tables_json);
    writer.key("answers").raw(batch::answers_json(result.batch.answers));
    writer.key("ledger").begin_object();
    writer.key("batch").raw(ledger_json(result.batch.report.total()));
    writer.key("stream").raw(ledger_json(result.stream));
    writer.end_object();
    writer.key("seconds").begin_object();
    for (const auto& [stage, seconds] : result.seconds) writer.member(stage, seconds);
    writer.end_object();
    writer.member("data_dir", std::string_view(context.directory.root));
    writer.end_object();
    return std::move(writer).take() + "\n";
}

std::string whereabouts(const Context& context) {
    const DataDirectory& directory = context.directory;
    const std::string& user = context.settings.text("user");
    return fmt::format(
        "\nWhere it lies\n  log      {0}\n  objects  {1}\n  tables   {2}\n  reports  {3}\n"
        "\nGo on (the first after: pinflow up --data-dir {4})\n"
        "  curl -H 'Content-Type: application/vnd.kafka.json.v2+json' -d "
        "'{{\"records\":[{{\"value\":{{\"ind\":1}}}}]}}' "
        "http://127.0.0.1:8082/topics/{5}.geo\n"
        "  python3 -c \"from deltalake import DeltaTable; "
        "print(DeltaTable('{2}/pin').to_pyarrow_table())\"\n"
        "  pinflow sql --data-dir {4} \"select category, count(*) from pin group by 1 order by 2 "
        "desc\"\n",
        directory.log(), objects_place(context.settings, context.directory), directory.tables(),
        directory.reports(), directory.root, user);
}

}  // namespace

Exit command_demo(Context context, const DemoOptions& options) {
    auto directory = demo_directory(context, options);
    if (!directory) return report(directory.error());
    context.directory = *directory;
    if (auto claimed = claim_directory(context.directory, options); !claimed)
        return report(claimed.error());
    for (const char* door : {"listen.gateway", "listen.admin"}) {
        Status set =
            context.settings.set(door, "127.0.0.1:0");  // a demo never meets a running server
        if (!set) return report(set.error());
    }
    if (context.json) context.quiet = true;
    set_log_level(LogLevel::warn);
    if (options.kill) return run_kill_demo(context, options);
    auto result = Demo(context, options).run();
    if (!result) return report(result.error());
    if (context.json) {
        print_out(demo_json(context, options, *result));
        return Exit::ok;
    }
    print_out(answers_text(result->batch.answers));
    print_out(ledger_text("batch", result->batch.report.total()));
    print_out(ledger_text("stream", result->stream));
    print_out(whereabouts(context));
    return Exit::ok;
}

}  // namespace pinflow::app
