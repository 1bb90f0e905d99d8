// SPDX-License-Identifier: Apache-2.0
#include "eventlog/journal_files.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kSuffix = ".journal";
constexpr std::size_t kNameDigits = 20;

std::optional<std::uint64_t> parse_name(std::string_view name) {
    if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) {
        return std::nullopt;
    }
    std::string_view digits = name.substr(0, kNameDigits);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    auto number = parse_int(digits);
    if (!number) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

}  // namespace

std::string journal_directory(const std::string& log_directory) {
    return log_directory + "/journal";
}

std::string journal_path(const std::string& log_directory, std::uint64_t sequence) {
    return fmt::format("{}/{:020}{}", journal_directory(log_directory), sequence, kSuffix);
}

Result<std::map<std::uint64_t, std::uint64_t>> list_journal(Files& files,
                                                            const std::string& log_directory) {
    std::map<std::uint64_t, std::uint64_t> found;
    auto entries = files.list(journal_directory(log_directory));
    if (!entries && entries.error().code == Errc::not_found) return found;
    if (!entries) return std::unexpected(entries.error());
    for (const DirectoryEntry& entry : *entries) {
        auto sequence = parse_name(entry.name);
        if (sequence && !entry.is_directory) found[*sequence] = entry.bytes;
    }
    return found;
}

}  // namespace pinflow::eventlog
