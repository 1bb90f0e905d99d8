// SPDX-License-Identifier: Apache-2.0
// Over the members of an object, or the elements of an array, that comes next.
#pragma once

#include <string>
#include <utility>

#include "codec/json/reader.h"

namespace pinflow::json {

// Calls read(name) -> Status for each member, which reads the member's value or skips it.
template <class Read>
Status read_members(JsonReader& reader, Read&& read) {
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) return {};
        TRY_STATUS(read(*name));
    }
}

// Calls read() -> Status for each element, which reads it or skips it.
template <class Read>
Status read_elements(JsonReader& reader, Read&& read) {
    TRY_STATUS(reader.enter_array());
    for (;;) {
        TRY(bool has_more, reader.next_element());
        if (!has_more) return {};
        TRY_STATUS(read());
    }
}

}  // namespace pinflow::json
