// SPDX-License-Identifier: Apache-2.0
// What S3's error codes mean to us.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/http.h"

namespace pinflow::s3 {

enum class Cure : std::uint8_t {
    none,   // asking again gives the same
    again,  // the store or the way to it failed for now
    renew,  // with other credentials, if there are any by now
};

// An error inside this folder: what to tell, and whether to try once more.
struct Failure {
    Error error;
    Cure cure = Cure::none;
    std::string s3_code;  // "NoSuchKey"; empty: the answer had none, or there was no answer
    int status = 0;       // 0: no answer
    // A try may have taken effect without our hearing of it.
    bool in_doubt = false;
};

template <class T>
using Reply = std::expected<T, Failure>;

// `place` is the object or bucket as shown.
Failure failure_of(const HttpResponse& answer, std::string_view place);

// The first header of that name (ASCII case ignored); empty if there is none.
std::string_view header_of(const HttpResponse& answer, std::string_view name);

}  // namespace pinflow::s3
