// SPDX-License-Identifier: Apache-2.0
#include "app/kill_count.h"

#include <fmt/format.h>

#include <map>

#include "app/object_places.h"
#include "app/reading.h"
#include "base/reactor.h"
#include "base/text.h"
#include "codec/json/reader.h"

namespace pinflow::app {
namespace {

using KeysByOffset = std::multimap<std::int64_t, std::int64_t>;  // offset -> key of the line there

Result<std::int64_t> key_of_line(std::string_view line, const std::string& key) {
    json::JsonReader reader(line);
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) return fail(Errc::corrupt, "an object's line has no key");
        if (*name == key) return reader.read_int();
        TRY_STATUS(reader.skip_value());
    }
}

// The lines of every object of a topic. Object names end in "+<first offset>.json".
Result<KeysByOffset> lines_of_topic(ObjectStore& store, const std::string& prefix,
                                    const std::string& key) {
    KeysByOffset found;
    TRY(auto objects, run_here(store.list(prefix)));
    for (const ObjectInfo& object : objects) {
        std::string_view name = object.key;
        std::size_t plus = name.rfind('+');
        auto offset = parse_int(
            name.substr(plus + 1, name.size() - plus - 1 - std::string_view(".json").size()));
        if (plus == std::string_view::npos || !offset)
            return fail(Errc::corrupt, "not a sink's object: " + object.key);
        TRY(auto bytes, run_here(store.get(object.key, ByteRange{})));
        for (std::string_view line : split(bytes, '\n')) {
            if (line.empty()) continue;
            TRY(auto row, key_of_line(line, key));
            found.emplace((*offset)++, row);
        }
    }
    return found;
}

Result<std::map<std::int64_t, std::int64_t>> rows_of_table(const Context& context,
                                                           const PipelineKind& kind,
                                                           const std::string& user) {
    std::map<std::int64_t, std::int64_t> counts;
    TRY(auto lake, open_lake(context.settings, context.directory, "read"));
    TRY(auto table, lake->lake->table(expand_user(kind.stream_table, user)));
    TRY(auto snapshot, run_here(table->read(std::nullopt)));
    TRY(auto session, lake->engine.open_session(engine_settings(context)));
    std::vector<std::string> paths;
    for (const DataFile& file : snapshot.files) paths.push_back(file.local_path);
    TRY_STATUS(session->create_view("streamed", snapshot.schema, paths));
    TRY(auto rows, session->query(fmt::format("select {0}, count(*) from streamed group by {0}",
                                              kind.cleaned.front().name)));
    for (std::size_t i = 0; i < rows.count(); ++i)
        counts[rows.columns[0].integers[i]] = rows.columns[1].integers[i];
    return counts;
}

void judge(KillCount& count, std::int64_t copies) {
    ++count.accepted;
    if (copies == 0) ++count.lost;
    else ++count.found;
    if (copies > 1) ++count.doubled;
}

}  // namespace

Result<KillCount> count_after_kill(const Context& context,
                                   const std::vector<emulator::PostForm>& forms,
                                   const std::vector<emulator::AcceptedPost>& accepted) {
    KillCount count;
    posix::PosixFiles files;
    posix::SystemClock clock;
    TRY(auto store, open_place(context.settings, files, clock,
                               objects_place(context.settings, context.directory)));
    for (std::size_t form = 0; form < forms.size(); ++form) {
        const PipelineKind& kind = context.pipeline.kinds[form % context.pipeline.kinds.size()];
        bool is_batch = forms[form].road == emulator::Road::batch;
        KeysByOffset lines;
        std::map<std::int64_t, std::int64_t> rows;
        if (is_batch) {
            std::string prefix =
                context.settings.text("sink.topics.dir") + "/" + forms[form].name + "/";
            TRY(lines, lines_of_topic(*store, prefix, kind.shape.key));
            for (const auto& [offset, row] : lines) ++rows[row];
        } else {
            TRY(rows, rows_of_table(context, kind, context.settings.text("user")));
        }
        for (const emulator::AcceptedPost& post : accepted) {
            if (post.form != form) continue;
            bool is_at_offset = !is_batch || (lines.count(post.offset) == 1 &&
                                              lines.find(post.offset)->second == post.row);
            judge(count, is_at_offset ? rows[post.row] : 0);
        }
    }
    return count;
}

}  // namespace pinflow::app
