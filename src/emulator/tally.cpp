// SPDX-License-Identifier: Apache-2.0
#include "emulator/tally.h"

#include <algorithm>

#include "codec/json/utf8.h"

namespace pinflow::emulator {
namespace {

constexpr std::size_t kReasonsMax = 16;
constexpr std::size_t kReasonBytesMax = 300;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// A server's words on their way to a terminal: one line of bounded length, whole characters.
std::string one_line(std::string_view text) {
    std::string line;
    while (!text.empty() && line.size() < kReasonBytesMax) {
        std::size_t bytes = json::utf8_sequence_bytes(text);
        if (bytes == 0 || is_control(text.front())) {
            line.push_back(' ');
        } else {
            line.append(text.substr(0, bytes));
        }
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    if (!text.empty()) line += "…";
    return line;
}

}  // namespace

void Tally::add_rejected(std::string_view form, std::string_view reason) {
    ++rejected_;
    add_reason(form, reason);
}

void Tally::add_unfinished(std::string_view form, std::string_view reason) {
    ++unfinished_;
    add_reason(form, reason);
}

void Tally::add_reason(std::string_view form, std::string_view reason) {
    std::string text = one_line(std::string(form) + ": " + std::string(reason));
    std::lock_guard lock(mutex_);
    auto known = std::ranges::find(reasons_, text, &ReasonCount::reason);
    if (known != reasons_.end()) {
        ++known->count;
    } else if (reasons_.size() < kReasonsMax) {
        reasons_.push_back({std::move(text), 1});
    } else {
        ++other_reasons_;
    }
}

EmulatorCounts Tally::counts() const {
    return {.draws = draws_,
            .posts = posts_,
            .accepted_batch = accepted_batch_,
            .accepted_stream = accepted_stream_,
            .rejected = rejected_,
            .unfinished = unfinished_,
            .in_doubt = in_doubt_,
            .retries = retries_};
}

std::vector<ReasonCount> Tally::reasons() const {
    std::lock_guard lock(mutex_);
    std::vector<ReasonCount> all = reasons_;
    std::ranges::sort(all, [](const ReasonCount& a, const ReasonCount& b) {
        return a.count != b.count ? a.count > b.count : a.reason < b.reason;
    });
    if (other_reasons_ > 0) all.push_back({"other", other_reasons_});
    return all;
}

}  // namespace pinflow::emulator
