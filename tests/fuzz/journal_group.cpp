// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "eventlog/group_builder.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

// A body that could be read is written again, byte for byte the same.
void read_entries(std::string_view body) {
    eventlog::GroupBuilder again;
    eventlog::EntryReader reader(body);
    for (;;) {
        auto entry = reader.next();
        if (!entry) return;
        if (!*entry) break;
        std::visit([&](const auto& one) { again.add(one); }, **entry);
    }
    std::string written;
    for (std::string_view part : again.finish(0, 0, 0)) written += part;
    CHECK(written.substr(eventlog::kGroupHeaderBytes, body.size()) == body);
}

void read(std::string_view bytes) {
    auto header = eventlog::read_group_header(bytes);
    if (!header || !eventlog::check_group(*header, bytes)) return;
    read_entries(bytes.substr(eventlog::kGroupHeaderBytes, header->body_bytes));
}

}  // namespace

// The input is a body; and, once more, a group as it stands in a file.
void journal_group(std::string_view input) {
    read_entries(input);
    std::string stored(input);
    read(stored);
    stored.resize(eventlog::padded_to_block(stored.size()), '\0');
    seal_group(stored, 0);
    read(stored);
    (void)eventlog::decode_file_header(stored);
}

}  // namespace pinflow::fuzz
