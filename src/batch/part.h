// SPDX-License-Identifier: Apache-2.0
// What is decoded at a time: a stretch of the objects' text, by whole lines.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace pinflow::batch {

// Lines of one object.
struct Piece {
    std::size_t object = 0;       // its place in the list of objects
    std::int64_t first_line = 1;  // of the object's lines, which count from 1
    std::string text;             // lines, ended by '\n', the object's last one perhaps not
};

struct Part {
    std::int64_t number = 0;  // from 0 in arrival order; the same objects give the same parts
    std::vector<Piece> pieces;
};

using PartPointer = std::shared_ptr<const Part>;

// One reading of all the parts. Any thread, several at once.
class PartStream {
public:
    virtual ~PartStream() = default;

    // The next to be had, which need not be the next in order; null: that was all.
    virtual Result<PartPointer> next() = 0;
};

}  // namespace pinflow::batch
