// SPDX-License-Identifier: Apache-2.0
#include "app/last_failure.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/json/minify.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

// Not by the Files port: its sync is the very call that has just failed. O_SYNC writes through on a
// way of its own.
bool write_through(const std::string& path, std::string_view text) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_SYNC | O_CLOEXEC, 0644);
    if (fd < 0) return false;
    bool is_written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    return is_written;
}

}  // namespace

void keep_failure(const DataDirectory& directory, Clock& clock, const Error& error) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("time", std::string_view(format_utc(clock.now_ms()) + "Z"));
    writer.member("reason", std::string_view(error.text));
    writer.end_object();
    if (!write_through(directory.failure_file(), std::move(writer).take() + "\n")) {
        log_error("eventlog", "the reason could not be kept in {}", directory.failure_file());
    }
}

std::string last_failure_json(Files& files, const DataDirectory& directory) {
    auto text = read_small_file(files, directory.failure_file());
    if (!text) return {};
    return json::minify(*text).value_or("");
}

}  // namespace pinflow::app
