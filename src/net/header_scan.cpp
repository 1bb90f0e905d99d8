// SPDX-License-Identifier: Apache-2.0
#include "net/header_scan.h"

namespace pinflow::net {

HeaderScan::State HeaderScan::look(std::string_view bytes) {
    for (;;) {
        std::size_t feed = bytes.find('\n', scanned_);
        if (feed == std::string_view::npos) {
            scanned_ = bytes.size();
            return State::incomplete;
        }
        if (feed == line_ || bytes[feed - 1] != '\r') return State::bare_line_feed;
        char first = bytes[line_];
        if (line_ > 0 && (first == ' ' || first == '\t')) return State::folded_line;
        bool is_blank = feed == line_ + 1;
        line_ = scanned_ = feed + 1;
        if (is_blank) return State::complete;
    }
}

}  // namespace pinflow::net
