// SPDX-License-Identifier: Apache-2.0
#include "sink/topic_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace pinflow::sink {

Result<TopicPattern> TopicPattern::open(const std::string& pattern) {
    auto compiled = std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet);
    if (!compiled->ok()) {
        return fail(Errc::invalid_argument,
                    fmt::format("topics.regex='{}' is no regular expression: {}", pattern,
                                compiled->error()));
    }
    return TopicPattern(std::move(compiled));
}

TopicPattern::TopicPattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
TopicPattern::~TopicPattern() = default;
TopicPattern::TopicPattern(TopicPattern&&) noexcept = default;
TopicPattern& TopicPattern::operator=(TopicPattern&&) noexcept = default;

bool TopicPattern::fits(std::string_view topic) const {
    return re2::RE2::FullMatch(re2::StringPiece(topic.data(), topic.size()), *compiled_);
}

}  // namespace pinflow::sink
