// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "eventlog/group_builder.h"
#include "eventlog/journal_reader.h"
#include "feed.h"
#include "memory/memory_files.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

constexpr std::uint64_t kEpoch = 7;
constexpr std::uint64_t kFileBytes = 16 << 10;

// Journal files as the input says: mostly as the log would write them, with anything between.
class Journal {
public:
    explicit Journal(std::string_view input) : feed_(input) {
        begin_file();
        while (!feed_.empty() && sequence_ < 5) step(feed_.number(1));
        end_file();
    }

    memory::MemoryFiles& files() { return files_; }

private:
    void step(std::uint64_t what) {
        switch (what % 8) {
            case 0: return add(number_++, kEpoch);
            case 1: return add(feed_.number(1), kEpoch);
            case 2: return add(number_++, feed_.number(1));
            case 3: bytes_ += feed_.text(); return pad();
            case 4: return flip(feed_.number(2), feed_.number(1));
            case 5: bytes_.resize(std::min<std::size_t>(bytes_.size(), feed_.number(2))); return;
            case 6: return go_on();
            case 7: end_file(); return begin_file();
        }
    }

    // A group with the body that comes next, its CRC right.
    void add(std::uint64_t number, std::uint64_t epoch) {
        std::string_view body = feed_.text();
        std::string group;
        ByteWriter writer(group);
        writer.put(eventlog::kGroupMagic);
        writer.put(std::uint32_t{0});
        writer.put(epoch);
        writer.put(number);
        writer.put(std::int64_t{0});
        writer.put(static_cast<std::uint32_t>(body.size()));
        writer.put(std::uint32_t{1});
        writer.put_bytes(body);
        seal_group(group, 0);
        bytes_ += group;
        pad();
    }

    void go_on() {
        eventlog::GroupBuilder last;
        last.add(eventlog::ContinuesEntry{});
        for (std::string_view part : last.finish(kEpoch, number_++, 0)) bytes_ += part;
        end_file();
        begin_file();
    }

    void flip(std::size_t at, std::uint64_t bits) {
        if (at < bytes_.size()) bytes_[at] = static_cast<char>(bytes_[at] ^ static_cast<int>(bits));
    }

    void pad() {
        bytes_.resize(std::min(eventlog::padded_to_block(bytes_.size()), kFileBytes), '\0');
    }

    void begin_file() {
        ++sequence_;
        bytes_ = eventlog::encode_file_header({.epoch = kEpoch,
                                               .sequence = sequence_,
                                               .file_bytes = kFileBytes,
                                               .syncs = sequence_ != 4});
    }

    void end_file() {
        if (bytes_.size() > eventlog::kJournalBlockBytes) bytes_.resize(kFileBytes, '\0');
        CHECK(files_.make_directories(eventlog::journal_directory("log")).has_value());
        auto file = files_.open(eventlog::journal_path("log", sequence_), OpenMode::read_write);
        CHECK((*file)->write_at(0, {{bytes_}}).has_value());
    }

    Feed feed_;
    memory::MemoryFiles files_{{.tracks_durability = false}};
    std::string bytes_;
    std::uint64_t sequence_ = 0;
    std::uint64_t number_ = 1;
};

// Groups come in their order, one number after the other; what is lost or ignored never ends
// earlier than what is refused.
std::optional<eventlog::JournalEnd> walk(Journal& journal, eventlog::BehindTheEnd behind) {
    std::uint64_t number = 1;
    auto visit = [&](const eventlog::GroupHeader& header, std::string_view body) -> Status {
        CHECK(header.epoch == kEpoch && header.number >= number);
        number = header.number + 1;
        eventlog::EntryReader entries(body);
        for (;;) {
            TRY(auto entry, entries.next());
            if (!entry) return {};
        }
    };
    auto end = eventlog::walk_journal(journal.files(), "log",
                                      {kEpoch, 1, eventlog::kJournalBlockBytes, 1}, behind, visit);
    if (!end) {
        CHECK(end.error().code == Errc::corrupt);
        return std::nullopt;
    }
    CHECK(end->place.number == static_cast<std::uint64_t>(end->groups) + 1);
    return *end;
}

}  // namespace

void journal_walk(std::string_view input) {
    Journal journal(input);
    auto strict = walk(journal, eventlog::BehindTheEnd::damage);
    auto lost = walk(journal, eventlog::BehindTheEnd::lost);
    if (!strict) return;
    CHECK(lost && lost->place == strict->place);
    auto again = walk(journal, eventlog::BehindTheEnd::ignored);
    CHECK(again && again->place == strict->place);
}

}  // namespace pinflow::fuzz
