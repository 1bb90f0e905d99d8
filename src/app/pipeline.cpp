// SPDX-License-Identifier: Apache-2.0
// Builds every station in data order, one paragraph a station; stops them in the same order, so
// that what one has taken the next still receives.
#include "app/pipeline.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "app/admin_server.h"
#include "app/daily_schedule.h"
#include "app/kept_places.h"
#include "app/lake_access.h"
#include "app/last_failure.h"
#include "app/log_services.h"
#include "app/log_settings.h"
#include "app/object_places.h"
#include "app/version.h"
#include "base/byte_budget.h"
#include "base/check.h"
#include "base/log.h"
#include "base/reactor.h"
#include "base/text.h"
#include "codec/json/writer.h"
#include "dash/admin_api.h"
#include "eventlog/hash_ranges.h"
#include "eventlog/native_log.h"
#include "gateway/gateway.h"
#include "memory/memory_meter.h"
#include "net/http_server.h"
#include "posix/memory_size.h"
#include "sink/sink.h"
#include "sqlite/sqlite_work_book.h"
#include "stream/stream_job.h"

namespace pinflow::app {
namespace {

// Of its own, so that /health answers when the doors have used up theirs.
constexpr std::uint64_t kAdminBudgetBytes = 16 << 20;
constexpr std::uint64_t kBudgetBytesMin = 16 << 20;  // of "auto"; the table has it for others

std::uint64_t budget_bytes(const Settings& settings) {
    if (settings.text("memory.budget") == "auto")
        return std::max(posix::memory_bytes() / 4, kBudgetBytesMin);
    return static_cast<std::uint64_t>(settings.size_bytes("memory.budget"));
}

// A station's own share for as long as it is open: an eighth, and no more than it has use for.
ByteLease share_of(ByteBudget& budget, std::uint64_t most) {
    auto share = budget.try_lease(std::min(most, budget.limit_bytes() / 8));
    CHECK(share.has_value(), "the shares are taken before any door is open");
    return *std::move(share);
}

gateway::GatewaySettings gateway_settings(const Settings& settings) {
    gateway::GatewaySettings gateway;
    gateway.auto_create_topics = settings.boolean("gateway.auto_create_topics");
    gateway.auto_create_streams = settings.boolean("gateway.auto_create_streams");
    gateway.default_response_200 = settings.boolean("gateway.default_response_200");
    return gateway;
}

sink::SinkSettings sink_settings(const Settings& settings) {
    sink::SinkSettings sink;
    sink.flush_size = settings.count("sink.flush.size");
    sink.rotate_schedule_interval_ms = settings.count("sink.rotate.schedule.interval.ms");
    sink.topics_regex = settings.text("sink.topics.regex");
    sink.topics_dir = settings.text("sink.topics.dir");
    return sink;
}

stream::StreamSettings stream_settings(const Settings& settings) {
    stream::StreamSettings stream;
    stream.source = settings.text("stream.source") == "topics" ? stream::SourceKind::topics
                                                               : stream::SourceKind::streams;
    stream.commit_interval_ms = settings.duration_ms("stream.commit.interval");
    return stream;
}

// A store that is away now may be back soon, and what is accepted meanwhile waits in the log; one
// that pretends, or refuses us, would lose commits or never take one.
Status rely_on(const Settings& settings, Files& files, Clock& clock, const std::string& place) {
    Status probed = probe_place(settings, files, clock, place);
    if (probed) return {};
    bool is_away = probed.error().code == Errc::unavailable ||
                   probed.error().code == Errc::timed_out || probed.error().code == Errc::io ||
                   probed.error().code == Errc::cancelled;
    if (!is_away) return probed;
    log_warn("lake", "the tables' place does not answer, going on without it: {}",
             probed.error().text);
    return {};
}

class NativePipeline final : public RunningPipeline {
public:
    static Result<std::unique_ptr<NativePipeline>> build(const Settings& settings,
                                                         const Pipeline& definition,
                                                         const DataDirectory& directory);
    ~NativePipeline() override { (void)close(); }

    Addresses addresses() const override {
        return {gateway_server_->address(), admin_server_->address()};
    }
    EventLog& topics() override {
        return kafka_ ? static_cast<EventLog&>(*kafka_) : log_->topics();
    }
    ShardStream& streams() override {
        return kinesis_ ? static_cast<ShardStream&>(*kinesis_) : log_->streams();
    }
    LakeAccess& lake() override { return *lake_; }
    bool has_stuck_step() const override { return schedule_ && schedule_->is_stuck(); }
    Status flush_sink() override { return sink_reactor_->run(sink_->flush_all()); }
    Status drain_stream() override { return stream_reactor_->run(stream_->drain()); }
    Result<Ledger> stream_ledger() override;
    Status close() override;
    Status health() override;

private:
    // What sink and stream have yet to read, or may have to read again.
    std::optional<Offset> held_from(eventlog::Space space, const TopicPartition& partition) const;
    std::string stream_ledgers_json();
    std::vector<dash::Problem> problems() const;
    Result<StationPlaces> places_of(const Settings& settings);

    DataDirectory directory_;
    std::optional<ByteBudget> budget_;
    ByteBudget admin_budget_{kAdminBudgetBytes};
    ByteLease sink_share_, stream_share_;
    std::unique_ptr<File> lock_;
    std::unique_ptr<LakeAccess> lake_;
    memory::MemoryMeter meter_;
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::unique_ptr<eventlog::NativeLog> log_;
    std::unique_ptr<kafka::KafkaLog> kafka_;            // or null: topics are in log_
    std::unique_ptr<kinesis::KinesisStreams> kinesis_;  // or null: streams are in log_
    std::unique_ptr<sqlite::SqliteWorkBook> work_book_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::unique_ptr<net::HttpServer> gateway_server_;
    std::unique_ptr<ObjectStore> bucket_;
    std::unique_ptr<Reactor> sink_reactor_;
    std::unique_ptr<sink::Sink> sink_;
    std::unique_ptr<Reactor> stream_reactor_;
    std::unique_ptr<stream::StreamJob> stream_;
    std::unique_ptr<DailySchedule> schedule_;
    std::unique_ptr<Reactor> admin_reactor_;
    std::unique_ptr<AdminServer> admin_;
    std::unique_ptr<net::HttpServer> admin_server_;
    std::atomic<bool> is_ready_ = false;  // read by the admin reactor: the gateway answers
    bool stream_follows_topics_ = false;
    bool is_closed_ = false;
};

Result<std::unique_ptr<NativePipeline>> NativePipeline::build(const Settings& settings,
                                                              const Pipeline& definition,
                                                              const DataDirectory& directory) {
    auto made = std::make_unique<NativePipeline>();
    NativePipeline& p = *made;
    p.directory_ = directory;

    p.budget_.emplace(budget_bytes(settings));

    // The ground: the directory's lock, the tables' lake, the reactors.
    {
        posix::PosixFiles files;
        TRY(p.lock_, take_directory(files, directory, DirectoryUse::server));
    }
    TRY(p.lake_, open_lake(settings, directory, "server"));
    Files& files = p.lake_->files;
    Clock& clock = p.lake_->clock;
    TRY_STATUS(rely_on(settings, files, clock, tables_place(settings, directory)));
    auto reactors = static_cast<std::size_t>(settings.count("threads.reactors"));
    if (reactors == 0) reactors = std::max(1u, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < reactors; ++i) {
        p.reactors_.push_back(std::make_unique<Reactor>(fmt::format("reactor-{}", i)));
    }

    // 4: the event log, recovered, and the work book, before any door is open.
    TRY(auto log_options, log_settings(settings, directory));
    log_options.on_failure = [directory, &clock](const Error& error) {
        keep_failure(directory, clock, error);
    };
    TRY(p.log_, eventlog::NativeLog::open(files, clock, log_options));
    TRY(p.work_book_, sqlite::SqliteWorkBook::open(directory.meta_database()));
    if (has_kafka(settings)) {
        TRY(p.kafka_, open_kafka(settings, clock));
    }
    if (has_kinesis(settings)) {
        TRY(p.kinesis_, open_kinesis(settings, clock));
    }
    TRY(auto places, p.places_of(settings));
    TRY_STATUS(keep_places(*p.work_book_, places, settings.boolean("places.moved")));

    // 5, 6: the sink, from the log's topics to the bucket's objects.
    TRY(p.bucket_, open_place(settings, files, clock, objects_place(settings, directory)));
    p.sink_reactor_ = std::make_unique<Reactor>("sink");
    p.sink_share_ = share_of(*p.budget_, sink::SinkSettings::kMemoryBytes);
    sink::SinkSettings sink_options = sink_settings(settings);
    sink_options.memory_bytes = p.sink_share_.bytes();
    TRY(p.sink_,
        sink::Sink::open(p.topics(), *p.bucket_, *p.work_book_, clock, p.meter_, sink_options));
    p.sink_reactor_->start(p.sink_->run());

    // 8: the stream job, from the log's tail to the tables.
    p.stream_follows_topics_ = settings.text("stream.source") == "topics";
    p.stream_reactor_ = std::make_unique<Reactor>("stream");
    p.stream_share_ = share_of(*p.budget_, stream::StreamSettings::kMemoryBytes);
    stream::StreamSettings stream_options = stream_settings(settings);
    stream_options.memory_bytes = p.stream_share_.bytes();
    TRY(p.stream_,
        stream::StreamJob::open(p.streams(), p.topics(), *p.lake_->lake, p.lake_->engine,
                                *p.work_book_, clock, p.meter_, definition.kinds, stream_options));
    p.stream_reactor_->start(p.stream_->run());

    p.log_->set_holds({[&p](eventlog::Space space, const TopicPartition& partition) {
        return p.held_from(space, partition);
    }});

    // 9: the schedule, which runs the daily graph over the sink's objects; it starts last.
    TRY(auto planned, planned_by(settings, definition.schedule));
    DailySetup daily =
        daily_setup(settings, definition, directory, planned.zone, [&p]() -> Result<std::string> {
            TRY_STATUS(p.flush_sink());
            return "the sink has put all that was accepted so far "
                   "into objects";
        });
    TRY(p.schedule_, DailySchedule::open(settings, std::move(daily), files, clock));

    // 10: the page.
    p.admin_reactor_ = std::make_unique<Reactor>("admin");
    dash::AdminSettings admin{.version = std::string(kVersion),
                              .data_directory = directory.root,
                              .reports_directory = directory.reports(),
                              .durability = settings.text("log.durability"),
                              .last_failure_json = last_failure_json(files, directory)};
    dash::AdminProbes probes{
        .health = [&p] { return p.health(); },
        .is_ready = [&p] { return p.is_ready_.load(); },
        .damage = [&p] { return p.log_->scrub_report().damage; },
        .problems = [&p] { return p.problems(); },
        .stream_ledgers_json = [&p] { return p.stream_ledgers_json(); },
        .sunk_to = [&p](const TopicPartition& partition) { return p.sink_->needs_from(partition); },
        .runs = {.book = &p.schedule_->book(),
                 .next_json = [&p] { return p.schedule_->next_json(); },
                 .start = [&p](std::string date) { return p.schedule_->start_run(date); },
                 .flush_sink = [&p] { return p.flush_sink(); }}};
    p.admin_ = std::make_unique<AdminServer>(std::move(admin), std::move(probes), p.meter_, *p.log_,
                                             p.topics(), p.streams(), *p.budget_,
                                             p.lake_->to_look(), files, clock);
    net::HttpServerSettings admin_address{.address = settings.text("listen.admin"),
                                          .budget = &p.admin_budget_};
    TRY(p.admin_server_, net::HttpServer::open({p.admin_reactor_.get()}, admin_address, *p.admin_));

    // 3: the gateway last: when it answers, all that follows is there.
    gateway::GatewaySettings gateway_options = gateway_settings(settings);
    gateway_options.budget = &*p.budget_;
    p.gateway_ = std::make_unique<gateway::Gateway>(gateway_options, p.topics(), p.streams(), clock,
                                                    p.meter_);
    net::HttpServerSettings gateway_address{.address = settings.text("listen.gateway"),
                                            .budget = &*p.budget_};
    std::vector<Reactor*> doors;
    for (auto& reactor : p.reactors_) doors.push_back(reactor.get());
    TRY(p.gateway_server_, net::HttpServer::open(doors, gateway_address, *p.gateway_));
    p.schedule_->start();
    p.is_ready_ = true;
    return made;
}

// A cluster is known by its id: its brokers' addresses change.
Result<StationPlaces> NativePipeline::places_of(const Settings& settings) {
    StationPlaces places;
    auto note = [&places](const char* station, const std::string& place, bool is_elsewhere) {
        places[station] = is_elsewhere ? place : kHere;
    };
    std::string cluster;
    if (kafka_) {
        TRY(auto found, kafka_->check());
        cluster = "Kafka cluster " + found.cluster;
    }
    note("topics", cluster, kafka_ != nullptr);
    note("streams", kinesis_place(settings), kinesis_ != nullptr);
    note("objects", objects_place(settings, directory_), !settings.is_default("objects.url"));
    note("tables", tables_place(settings, directory_), !settings.is_default("tables.url"));
    return places;
}

Status NativePipeline::close() {
    if (is_closed_) return {};
    is_closed_ = true;
    is_ready_ = false;
    Status outcome;
    auto keep_first = [&outcome](Status status) {
        if (outcome && !status) outcome = std::move(status);
    };
    if (gateway_server_) gateway_server_->close();
    if (admin_server_) admin_server_->close();
    if (schedule_) keep_first(schedule_->stop());
    if (sink_) keep_first(sink_reactor_->run(sink_->stop(true)));
    if (stream_) {
        // Over a service what is not read yet stays there for the next start.
        bool is_read_here = stream_follows_topics_ ? kafka_ == nullptr : kinesis_ == nullptr;
        if (is_read_here) keep_first(stream_reactor_->run(stream_->drain()));
        if (kinesis_) kinesis_->stop();
        stream_reactor_->run(stream_->stop());
    }
    if (kafka_) kafka_->close();
    if (log_) keep_first(log_->close());
    for (auto& reactor : reactors_) reactor->stop();
    for (Reactor* reactor : {sink_reactor_.get(), stream_reactor_.get(), admin_reactor_.get()}) {
        if (reactor != nullptr) reactor->stop();
    }
    if (work_book_) keep_first(work_book_->close());
    return outcome;
}

Status NativePipeline::health() {
    auto health = log_->health();
    if (health.is_accepting) return {};
    return fail(Errc::io, "the log takes nothing more: " + health.reason);
}

std::optional<Offset> NativePipeline::held_from(eventlog::Space space,
                                                const TopicPartition& partition) const {
    bool is_topic = space == eventlog::Space::topics;
    if (is_topic ? kafka_ != nullptr : kinesis_ != nullptr) return std::nullopt;  // read elsewhere
    std::optional<Offset> needed;
    if (is_topic) needed = sink_->needs_from(partition);
    if (is_topic != stream_follows_topics_) return needed;
    auto token = stream_->needs_from(partition.topic,
                                     is_topic ? fmt::format("partition={}", partition.partition)
                                              : eventlog::shard_id_of(partition.partition));
    if (!token) return needed;
    Offset from = parse_int(*token).value_or(0);  // over our log a position is an offset
    return std::min(needed.value_or(from), from);
}

Result<Ledger> NativePipeline::stream_ledger() {
    TRY(auto tables, stream_reactor_->run(stream_->ledgers()));
    Ledger total;
    for (const stream::TableStatus& table : tables) total += table.ledger;
    return total;
}

std::vector<dash::Problem> NativePipeline::problems() const {
    std::vector<dash::Problem> found;
    if (std::string text = sink_->problem(); !text.empty()) found.push_back({"sink", text});
    if (std::string text = stream_->problem(); !text.empty()) found.push_back({"stream", text});
    return found;
}

std::string NativePipeline::stream_ledgers_json() {
    json::JsonWriter writer;
    writer.begin_object();
    for (const stream::TableStatus& table : stream_->tables()) {
        writer.key(table.table);
        writer.raw(ledger_json(table.ledger));
    }
    writer.end_object();
    return std::move(writer).take();
}

}  // namespace

std::string addresses_json(const Addresses& addresses) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("gateway", std::string_view(addresses.gateway));
    writer.key("aws").null();
    writer.key("kafka").null();
    writer.member("admin", std::string_view(addresses.admin));
    writer.end_object();
    return std::move(writer).take();
}

std::string ledger_json(const Ledger& ledger) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("read", ledger.read);
    writer.member("written", ledger.written);
    writer.member("quarantined", ledger.quarantined);
    writer.member("duplicates", ledger.duplicates);
    writer.member("late", ledger.late);
    writer.end_object();
    return std::move(writer).take();
}

Result<std::unique_ptr<RunningPipeline>> RunningPipeline::open(const Settings& settings,
                                                               const Pipeline& definition,
                                                               const DataDirectory& directory) {
    TRY(auto built, NativePipeline::build(settings, definition, directory));
    return std::unique_ptr<RunningPipeline>(std::move(built));
}

}  // namespace pinflow::app
