// SPDX-License-Identifier: Apache-2.0
#include "app/log_settings.h"

#include "base/text.h"

namespace pinflow::app {
namespace {

eventlog::Durability durability_named(const std::string& name) {
    if (name == "os") return eventlog::Durability::os;
    if (name == "memory") return eventlog::Durability::memory;
    return eventlog::Durability::fsync;
}

}  // namespace

Result<eventlog::NativeLogSettings> log_settings(const Settings& settings,
                                                 const DataDirectory& directory) {
    eventlog::NativeLogSettings log;
    log.directory = directory.log();
    log.durability = durability_named(settings.text("log.durability"));
    log.segment_bytes_max = static_cast<std::uint64_t>(settings.size_bytes("log.segment.bytes"));
    log.journal_file_bytes =
        static_cast<std::uint64_t>(settings.size_bytes("log.journal.file.bytes"));
    log.checkpoint_bytes = static_cast<std::uint64_t>(settings.size_bytes("log.checkpoint.bytes"));
    log.retention_check_ms = settings.duration_ms("log.retention.check.interval");
    log.scrub_bytes_per_second = static_cast<std::uint64_t>(settings.size_bytes("log.scrub.rate"));
    log.accept_data_loss = settings.boolean("log.accept_data_loss");
    if (const std::string& time = settings.text("log.retention.time"); time != "never") {
        TRY(log.retention_ms, parse_duration_ms(time));
    }
    if (const std::string& bytes = settings.text("log.retention.bytes"); bytes != "never") {
        TRY(log.retention_bytes, parse_size_bytes(bytes));
    }
    const std::string& floor = settings.text("log.free_space_floor");
    if (floor != "auto") {
        TRY(auto bytes, parse_size_bytes(floor));
        log.free_bytes_floor = static_cast<std::uint64_t>(bytes);
        log.free_ratio_floor = 0;
    }
    return log;
}

}  // namespace pinflow::app
