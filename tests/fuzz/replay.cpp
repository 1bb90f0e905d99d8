// SPDX-License-Identifier: Apache-2.0
// fuzz_replay CORPUS: every stored input through its target, as a test of every run.
// fuzz_replay CORPUS --write FOLDER: the same inputs as bytes, for libFuzzer to begin with.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/log.h"
#include "targets.h"

namespace {

namespace fs = std::filesystem;

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// Hexadecimal digits, white space, and from '#' to the line's end a comment.
std::optional<std::string> read_hex(const fs::path& path) {
    std::ifstream file(path);
    std::string digits;
    for (std::string line; std::getline(file, line);) {
        for (char c : line.substr(0, line.find('#'))) {
            if (c == ' ') continue;
            if (digit(c) < 0) return std::nullopt;
            digits += c;
        }
    }
    if (digits.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += static_cast<char>(digit(digits[i]) * 16 + digit(digits[i + 1]));
    }
    return bytes;
}

// What a target does with one stored input: run it, or write it to `folder`.
bool take(const pinflow::fuzz::Target& target, const fs::path& path, const char* folder) {
    auto bytes = read_hex(path);
    if (!bytes) {
        fmt::print(stderr, "{}: not hexadecimal\n", path.string());
        return false;
    }
    if (folder == nullptr) {
        fmt::print("{}\n", path.string());  // before: it may not come back
        std::fflush(stdout);
        target.run(*bytes);
        return true;
    }
    fs::path to = fs::path(folder) / target.name;
    fs::create_directories(to);
    std::ofstream(to / path.stem(), std::ios::binary) << *bytes;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const char* folder = argc == 4 ? argv[3] : nullptr;
    pinflow::set_log_level(pinflow::LogLevel::error);
    int failed = 0;
    for (const pinflow::fuzz::Target& target : pinflow::fuzz::kTargets) {
        int inputs = 0;
        for (const auto& entry : fs::directory_iterator(fs::path(argv[1]) / target.name)) {
            ++inputs;
            failed += take(target, entry.path(), folder) ? 0 : 1;
        }
        fmt::print("{}: {} inputs\n", target.name, inputs);
        if (inputs == 0) ++failed;
    }
    return failed == 0 ? 0 : 1;
}
