// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace pinflow::net {

// Looks for the end of a request's head as its bytes come in, and sees at once what Beast's parser
// would bear or wait on: lines ended by a bare LF, and folded lines (RFC 9112, sections 2.2, 5.2).
class HeaderScan {
public:
    enum class State { incomplete, complete, bare_line_feed, folded_line };

    // `bytes` are all received since the request's first byte; they may have grown since last time.
    State look(std::string_view bytes);

    std::size_t end() const {
        return line_;
    }  // when complete: bytes of the head, blank line included

private:
    std::size_t line_ = 0;     // where the line being looked at begins
    std::size_t scanned_ = 0;  // up to here there is no line feed after line_
};

}  // namespace pinflow::net
