// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace pinflow::sink {

// topics.regex: a whole topic name must fit. RE2's syntax, which is Java's but for look-around and
// back references; matching takes time linear in the name, whatever the pattern.
class TopicPattern final {
public:
    static Result<TopicPattern> open(const std::string& pattern);
    ~TopicPattern();
    TopicPattern(TopicPattern&&) noexcept;
    TopicPattern& operator=(TopicPattern&&) noexcept;

    bool fits(std::string_view topic) const;

private:
    explicit TopicPattern(std::unique_ptr<re2::RE2> compiled);

    std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace pinflow::sink
