// SPDX-License-Identifier: Apache-2.0
// `pinflow migrate topics --to PROFILE`: the topics of this profile's log into another's, and the
// proof that all is there. Nothing is removed here.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "app/commands.h"
#include "app/log_services.h"
#include "app/log_settings.h"
#include "app/topic_copy.h"
#include "base/text.h"
#include "codec/json/writer.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::app {
namespace {

// One side's topics, with all that they stand on.
struct TopicsOfProfile {
    std::unique_ptr<posix::PosixFiles> files = std::make_unique<posix::PosixFiles>();
    std::unique_ptr<posix::SystemClock> clock = std::make_unique<posix::SystemClock>();
    std::unique_ptr<File> lock;  // of the data directory, for our own log
    std::unique_ptr<eventlog::NativeLog> log;
    std::unique_ptr<kafka::KafkaLog> kafka;
    std::string shown;

    EventLog& topics() { return kafka ? static_cast<EventLog&>(*kafka) : log->topics(); }
};

Result<TopicsOfProfile> open_topics(const Settings& settings, const DataDirectory& directory) {
    TopicsOfProfile side;
    if (has_kafka(settings)) {
        TRY(side.shown, kafka_place(settings));
        TRY(side.kafka, open_kafka(settings, *side.clock));
        TRY(auto found, side.kafka->check());
        side.shown += " (cluster " + found.cluster + ")";
        return side;
    }
    side.shown = directory.log();
    TRY(side.lock, take_directory(*side.files, directory, DirectoryUse::server));
    TRY(auto log, log_settings(settings, directory));
    TRY(side.log, eventlog::NativeLog::open(*side.files, *side.clock, log));
    return side;
}

Result<Settings> settings_of_profile(const Context& context, const std::string& profile) {
    TRY(ReadSettings read,
        read_settings({.file = context.sources.file, .profile = profile}, environ));
    return std::move(read.settings);
}

std::string copies_json(const std::vector<PartitionCopy>& copies) {
    json::JsonWriter writer;
    writer.begin_array();
    for (const PartitionCopy& copy : copies) {
        writer.begin_object();
        writer.member("topic", copy.partition.topic);
        writer.member("partition", copy.partition.partition);
        writer.member("records", copy.records);
        writer.member("copied", copy.copied);
        writer.member("has_same_offsets", copy.has_same_offsets);
        writer.member("sha256", copy.sha256);
        writer.end_object();
    }
    writer.end_array();
    return std::move(writer).take() + "\n";
}

std::string copies_text(const std::vector<PartitionCopy>& copies) {
    std::string text;
    for (const PartitionCopy& copy : copies) {
        text += fmt::format("{:30} {:3}  {:>12} records, {:>12} copied now, equal: {}{}\n",
                            copy.partition.topic, copy.partition.partition,
                            with_thousands(copy.records), with_thousands(copy.copied),
                            copy.sha256.empty() ? "nothing to compare" : copy.sha256.substr(0, 16),
                            copy.has_same_offsets ? "" : fmt::format(", offsets + {}", copy.shift));
    }
    return text;
}

// Positions are offsets: where those are others, what was read here is not what was read there.
void say_what_next(const std::vector<PartitionCopy>& copies, const std::string& profile) {
    bool is_same = std::ranges::all_of(copies, &PartitionCopy::has_same_offsets);
    print_message(
        is_same ? fmt::format("all is there, at the same offsets; go on with: pinflow up --profile "
                              "{} --moved",
                              profile)
                : fmt::format("all is there, but at other offsets (retention took records here): "
                              "go on with a --data-dir of its own: pinflow up --profile {} "
                              "--data-dir <new>",
                              profile));
}

}  // namespace

Exit command_migrate_topics(const Context& context, const MigrateOptions& options) {
    auto target = settings_of_profile(context, options.to);
    if (!target) {
        (void)report(target.error());
        return Exit::bad_configuration;
    }
    if (!has_kafka(context.settings) && !has_kafka(*target)) {
        print_message(fmt::format(
            "pinflow: profiles {} and {} both have their topics in the data directory's own log: "
            "set kafka.bootstrap_servers in one of them",
            context.sources.profile, options.to));
        return Exit::bad_configuration;
    }
    auto from = open_topics(context.settings, context.directory);
    if (!from) return report(from.error());
    auto to = open_topics(*target, context.directory);
    if (!to) return report(to.error());
    if (!context.quiet) print_message(fmt::format("from {}\nto   {}", from->shown, to->shown));
    Stage stage("migrate", context.quiet);
    auto copies = copy_topics(
        from->topics(), to->topics(), options.topics,
        {.is_stopped = stop_requested, .on_progress = [&](std::int64_t done, std::int64_t total) {
             stage.progress(done, total);
         }});
    if (!copies) return report(copies.error());
    std::int64_t records = 0, copied = 0;
    for (const PartitionCopy& copy : *copies) {
        records += copy.records;
        copied += copy.copied;
    }
    stage.finish(fmt::format("{} records in {} partitions are equal on both sides, {} copied now",
                             with_thousands(records), copies->size(), with_thousands(copied)));
    print_out(context.json ? copies_json(*copies) : copies_text(*copies));
    if (!context.quiet) say_what_next(*copies, options.to);
    return Exit::ok;
}

}  // namespace pinflow::app
