// SPDX-License-Identifier: Apache-2.0
#include "dash/tables_look.h"

#include <chrono>

#include "base/reactor.h"
#include "codec/json/writer.h"

namespace pinflow::dash {
namespace {

void write_table(json::JsonWriter& writer, const std::string& name, const TableSnapshot& table) {
    writer.begin_object();
    writer.key("name");
    writer.value(name);
    writer.key("version");
    writer.value(table.version);
    writer.key("rows");
    writer.value(table.row_count());
    writer.key("files");
    writer.value(static_cast<std::int64_t>(table.files.size()));
    writer.end_object();
}

Result<std::string> tables_json(Lake& lake) {
    json::JsonWriter writer;
    writer.begin_array();
    TRY(auto names, run_here(lake.list_tables()));
    for (const std::string& name : names) {
        auto table = lake.table(name);
        if (!table) continue;
        auto snapshot = run_here((*table)->look(std::nullopt));
        if (snapshot) {
            write_table(writer, name, *snapshot);
        } else if (snapshot.error().code != Errc::not_found) {  // removed since it was listed
            return std::unexpected(std::move(snapshot).error());
        }
    }
    writer.end_array();
    return std::move(writer).take();
}

}  // namespace

TablesLook::~TablesLook() {
    if (thread_.joinable()) thread_.join();
}

void TablesLook::look() {
    auto json = tables_json(lake_);
    std::scoped_lock lock(mutex_);
    if (json) found_.json = *std::move(json);
    found_.problem = json ? "" : std::move(json).error().text;
    is_looking_ = false;
    has_found_ = true;
    is_done_.notify_all();
}

TablesLook::Found TablesLook::latest() {
    std::unique_lock lock(mutex_);
    if (!is_looking_) {
        if (thread_.joinable()) thread_.join();  // it has let go of the lock for the last time
        is_looking_ = true;
        began_us_ = clock_.steady_us();
        thread_ = std::thread([this] { look(); });
    }
    bool is_done = is_done_.wait_for(lock, std::chrono::milliseconds(kWaitMs),
                                     [this] { return !is_looking_; });
    Found found = found_;
    if (is_done || !found.problem.empty()) return found;
    if (!has_found_) {
        found.problem = "the tables' place has not answered yet";
    } else if (clock_.steady_us() - began_us_ > kSlowUs) {
        found.problem = "the tables' place is slow to answer: these may be old";
    }
    return found;
}

}  // namespace pinflow::dash
