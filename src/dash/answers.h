// SPDX-License-Identifier: Apache-2.0
// The two shapes in which the admin address answers.
#pragma once

#include <string>
#include <string_view>

#include "record/http.h"

namespace pinflow::dash {

inline constexpr std::string_view kJson = "application/json";

HttpResponse text_answer(int status, std::string_view type, std::string body);

// RFC 9457 problem details.
HttpResponse problem(int status, std::string_view title, std::string_view detail);

}  // namespace pinflow::dash
