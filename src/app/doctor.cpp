// SPDX-License-Identifier: Apache-2.0
#include "app/doctor.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/running_address.h"
#include "app/version.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/duckdb_engine.h"
#include "net/http_server.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::app {
namespace {

constexpr int kSyncsTried = 20;
constexpr std::int64_t kSyncSlowUs = 20'000;
constexpr std::uint64_t kFreeBytesWanted = std::uint64_t{2} << 30;  // twice the default floor
constexpr std::uint64_t kOpenFilesWanted = 4'096;
constexpr std::int64_t kNoEarlierThanMs = 1'735'689'600'000;  // 2025-01-01: this program is younger

double gib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

// The data directory, or the nearest folder above it that is there.
std::string standing_folder(const std::string& root) {
    std::filesystem::path path = root;
    std::error_code ignored;
    while (!std::filesystem::is_directory(path, ignored) && path.has_relative_path())
        path = path.parent_path();
    return path.string();
}

Finding examine_port(const Context& context, const std::string& setting, std::string_view door) {
    const std::string& address = context.settings.text(setting);
    Finding finding{.subject = setting};
    auto ours = running_address(context.directory, door);
    if (ours && *ours == address) {
        finding.text = fmt::format("{} is served by the pinflow of this data directory", address);
        return finding;
    }
    if (auto free = net::check_can_listen(address); free) {
        finding.text = fmt::format("{} is free", address);
    } else {
        finding.health = Health::wrong;
        finding.text = free.error().text;
        finding.fix = fmt::format(
            "stop what listens there (ss -ltnp), or take another: --set {}=127.0.0.1:0", setting);
    }
    return finding;
}

std::vector<Finding> examine_disk(const Context& context, Files& files) {
    std::string folder = standing_folder(context.directory.root);
    std::vector<Finding> findings;
    auto free = files.free_bytes(folder);
    if (!free) return {{Health::wrong, "disk", free.error().text, "name another with --data-dir"}};
    Finding& space = findings.emplace_back(Finding{.subject = "disk"});
    space.text = fmt::format("{:.1f} GiB free for {}", gib(*free), context.directory.root);
    if (*free < kFreeBytesWanted) {
        space.health = Health::wrong;
        space.fix =
            "free some, name another place with --data-dir, or lower the floor under which "
            "writes are refused: --set log.free_space_floor=100MiB";
    }
    struct statfs system{};
    if (::statfs(folder.c_str(), &system) == 0) {
        auto type = static_cast<unsigned long>(system.f_type);
        if (type == TMPFS_MAGIC)
            findings.push_back({Health::note, "disk", folder + " is in memory (tmpfs)",
                                "nothing outlives a restart of the machine: name a disk with "
                                "--data-dir"});
        if (type == NFS_SUPER_MAGIC)
            findings.push_back({Health::note, "disk", folder + " is a network file system",
                                "locks and syncs may not hold what they promise there: name a "
                                "local disk with --data-dir"});
    }
    return findings;
}

// Writes one block and syncs it, over and over: what an acknowledged post costs at least.
Result<std::int64_t> median_sync_us(Files& files, Clock& clock, const std::string& path) {
    TRY(auto file, files.open(path, OpenMode::read_write));
    std::string block(4'096, 'x');
    std::string_view part = block;
    std::vector<std::int64_t> times;
    for (int i = 0; i < kSyncsTried; ++i) {
        std::int64_t began_us = clock.steady_us();
        TRY_STATUS(file->write_at(0, std::span(&part, 1)));
        TRY_STATUS(file->sync());
        times.push_back(clock.steady_us() - began_us);
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

Finding examine_writing(const Context& context, Files& files, Clock& clock) {
    std::string folder = standing_folder(context.directory.root);
    std::string path = folder + "/doctor." + random_uuid();
    auto sync_us = median_sync_us(files, clock, path);
    (void)files.remove(path);
    if (!sync_us)
        return {
            Health::wrong, "permissions", sync_us.error().text,
            fmt::format("give {} to your user (chown), or name another with --data-dir", folder)};
    Finding finding{.subject = "permissions"};
    finding.text = fmt::format("{} can be written; a synced write takes {:.2f} ms", folder,
                               static_cast<double>(*sync_us) / 1'000);
    if (*sync_us > kSyncSlowUs) {
        finding.health = Health::note;
        finding.fix =
            "each acknowledged post waits for one: a faster disk, or for tests --set "
            "log.durability=os";
    }
    return finding;
}

Finding examine_privacy(const Context& context) {
    struct stat info{};
    Finding finding{.subject = "permissions", .text = "the data directory is not there yet"};
    if (::stat(context.directory.root.c_str(), &info) != 0) return finding;
    finding.text = fmt::format("{} has mode {:o}", context.directory.root, info.st_mode & 0777);
    if ((info.st_mode & 0022) != 0) {
        finding.health = Health::wrong;
        finding.fix = "others may write there: chmod go-w " + context.directory.root;
    } else if (info.st_uid != ::geteuid()) {
        finding.health = Health::note;
        finding.fix = "it is another user's: name your own with --data-dir";
    }
    return finding;
}

Finding examine_clock(Clock& clock) {
    std::int64_t now_ms = clock.now_ms();
    Finding finding{.subject = "clock", .text = format_utc(now_ms) + " UTC"};
    timex state{};
    bool is_synchronised = ::adjtimex(&state) != TIME_ERROR;
    if (now_ms < kNoEarlierThanMs) {
        finding.health = Health::wrong;
        finding.fix =
            "it is years behind: set it (timedatectl set-ntp true); retention, schedule "
            "and signatures go by it";
    } else if (!is_synchronised) {
        finding.health = Health::note;
        finding.text += ", not synchronised";
        finding.fix = "timedatectl set-ntp true (in a container: the host's business)";
    }
    return finding;
}

Finding examine_time_zones() {
    std::error_code ignored;
    if (std::filesystem::exists("/usr/share/zoneinfo/UTC", ignored))
        return {.subject = "time zones", .text = "/usr/share/zoneinfo is there"};
    return {Health::wrong, "time zones", "/usr/share/zoneinfo is not there",
            "apt-get install tzdata: a schedule in a zone needs it"};
}

Finding examine_limits() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    Finding finding{.subject = "limits"};
    finding.text = fmt::format("{} open files at most", files.rlim_max);
    if (files.rlim_max < kOpenFilesWanted) {
        finding.health = Health::note;
        finding.fix = "each partition keeps a file open: raise it (ulimit -Hn, LimitNOFILE)";
    }
    return finding;
}

Finding examine_engine() {
    engine::DuckDbEngine engine;
    auto session = engine.open_session({.threads = 1});
    if (!session)
        return {Health::wrong, "versions", session.error().text,
                "./dev setup fetches it, or name it: PINFLOW_DUCKDB_LIBRARY=/path/libduckdb.so"};
    auto version = (*session)->query("select version() as v");
    return {.subject = "versions",
            .text = fmt::format("pinflow {}, DuckDB {}", kVersion,
                                version ? version->columns.front().text(0) : "?")};
}

Finding examine_system() {
    utsname system{};
    ::uname(&system);
    return {.subject = "versions",
            .text = fmt::format("{} {} on {}, {} cores", system.sysname, system.release,
                                system.machine, ::sysconf(_SC_NPROCESSORS_ONLN))};
}

Finding examine_configuration(const Context& context) {
    return {.subject = "settings",
            .text = fmt::format(
                "{}, profile {}",
                context.sources.file.empty() ? "no settings file" : context.sources.file,
                context.sources.profile)};
}

Finding examine_server(const Context& context) {
    auto address = running_address(context.directory, "admin");
    if (!address) return {.subject = "server", .text = "none runs for this data directory"};
    return {.subject = "server", .text = "http://" + *address + "/"};
}

}  // namespace

std::vector<Finding> examine_machine(const Context& context) {
    posix::PosixFiles files;
    posix::SystemClock clock;
    std::vector<Finding> findings{examine_configuration(context), examine_server(context)};
    findings.push_back(examine_port(context, "listen.gateway", "gateway"));
    findings.push_back(examine_port(context, "listen.admin", "admin"));
    for (Finding& finding : examine_disk(context, files)) findings.push_back(std::move(finding));
    findings.push_back(examine_writing(context, files, clock));
    findings.push_back(examine_privacy(context));
    findings.push_back(examine_clock(clock));
    findings.push_back(examine_time_zones());
    findings.push_back(examine_limits());
    findings.push_back(examine_system());
    findings.push_back(examine_engine());
    return findings;
}

}  // namespace pinflow::app
