// SPDX-License-Identifier: Apache-2.0
#include "app/object_places.h"

#include <atomic>
#include <chrono>
#include <filesystem>

#include "app/aws_access.h"
#include "app/stop_watch.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "record/pipeline.h"
#include "remote/s3/address.h"
#include "remote/s3/s3_store.h"
#include "remote/s3/url.h"
#include "store/folder_store.h"

namespace pinflow::app {
namespace {

// A start or a check does not wait as long for a store as work under way does: a few small
// requests, each tried at most so often.
constexpr int kWaitsWhenLooking = 2;
constexpr std::chrono::milliseconds kTimeoutWhenLooking{5'000};

struct BucketPath {
    std::string root;
    std::string name;
};

// A path without a parent is in ".".
BucketPath split_bucket(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

s3::AddressStyle style_named(const std::string& name) {
    if (name == "host") return s3::AddressStyle::host;
    return name == "path" ? s3::AddressStyle::path : s3::AddressStyle::automatic;
}

Result<s3::S3Settings> s3_settings(const Settings& settings, const std::string& place) {
    TRY(s3::S3Url url, s3::parse_s3_url(place));
    s3::S3Settings s3{.endpoint = settings.text("s3.endpoint"),
                      .region = settings.text("s3.region"),
                      .bucket = url.bucket,
                      .prefix = url.prefix,
                      .style = style_named(settings.text("s3.style")),
                      .ca_file = settings.text("s3.ca_file"),
                      .verify_etags = settings.boolean("s3.verify_etags"),
                      .credentials = aws_credentials(settings)};
    if (s3.region.empty()) s3.region = aws_region(settings);
    return s3;
}

Result<std::unique_ptr<s3::S3Store>> open_s3(s3::S3Settings s3, Files& files, Clock& clock) {
    if (!s3.wait)
        s3.wait = [](std::chrono::milliseconds time) { return wait_unless_stopped(time, {}); };
    return s3::S3Store::open(std::move(s3), files, clock);
}

// One that gives up soon.
Result<std::unique_ptr<s3::S3Store>> open_s3_to_look(const Settings& settings, Files& files,
                                                     Clock& clock, const std::string& place) {
    TRY(auto s3, s3_settings(settings, place));
    s3.connect_timeout = s3.request_timeout = kTimeoutWhenLooking;
    s3.wait = [waits = std::make_shared<std::atomic<int>>(0)](std::chrono::milliseconds time) {
        return ++*waits <= kWaitsWhenLooking && wait_unless_stopped(time, {});
    };
    return open_s3(std::move(s3), files, clock);
}

}  // namespace

std::string objects_place(const Settings& settings, const DataDirectory& directory) {
    const std::string& url = settings.text("objects.url");
    if (!url.empty()) return expand_user(url, settings.text("user"));
    return directory.objects() + "/" +
           expand_user(settings.text("sink.s3.bucket.name"), settings.text("user"));
}

std::string tables_place(const Settings& settings, const DataDirectory& directory) {
    const std::string& url = settings.text("tables.url");
    return url.empty() ? directory.tables() : expand_user(url, settings.text("user"));
}

bool is_remote_place(const std::string& place) { return s3::is_s3_url(place); }

Result<std::unique_ptr<ObjectStore>> open_place(const Settings& settings, Files& files,
                                                Clock& clock, const std::string& place) {
    if (is_remote_place(place)) {
        TRY(auto s3, s3_settings(settings, place));
        return open_s3(std::move(s3), files, clock);
    }
    BucketPath path = split_bucket(place);
    return store::FolderStore::open(files, clock, path.root, path.name);
}

Result<std::unique_ptr<ObjectStore>> open_place_to_look(const Settings& settings, Files& files,
                                                        Clock& clock, const std::string& place) {
    if (is_remote_place(place)) return open_s3_to_look(settings, files, clock, place);
    return open_place(settings, files, clock, place);
}

Status must_be_there(const std::string& place) {
    std::error_code ignored;
    if (is_remote_place(place) || std::filesystem::is_directory(place, ignored)) return {};
    return fail(Errc::not_found, "there are no objects in " + place +
                                     ": post some to a running 'pinflow up', or name a folder that "
                                     "holds topics/ with --objects");
}

Result<std::unique_ptr<ObjectStore>> open_place_to_read(const Settings& settings, Files& files,
                                                        Clock& clock, const std::string& place) {
    TRY_STATUS(must_be_there(place));
    return open_place(settings, files, clock, place);
}

Status probe_place(const Settings& settings, Files& files, Clock& clock, const std::string& place) {
    if (!is_remote_place(place)) return {};
    TRY(auto store, open_s3_to_look(settings, files, clock, place));
    return store->probe();
}

Status look_at_place(const Settings& settings, const std::string& place) {
    if (!is_remote_place(place)) return {};
    posix::PosixFiles files;
    posix::SystemClock clock;
    TRY(auto store, open_s3_to_look(settings, files, clock, place));
    return store->look();
}

Result<S3Service> s3_service(const Settings& settings, const std::string& place) {
    TRY(auto s3, s3_settings(settings, place));
    TRY(s3::BucketAddress address, s3::address_of(s3));
    return S3Service{.endpoint = s3.endpoint,
                     .region = address.region,
                     .has_bucket_in_path = !address.base_path.empty()};
}

Result<std::string> check_place(const Settings& settings, const std::string& place) {
    if (!is_remote_place(place)) return "on this machine";
    posix::PosixFiles files;
    posix::SystemClock clock;
    TRY(auto store, open_s3_to_look(settings, files, clock, place));
    TRY_STATUS(store->check());
    return "listed, written, read and removed a probe; conditional puts are heeded";
}

}  // namespace pinflow::app
