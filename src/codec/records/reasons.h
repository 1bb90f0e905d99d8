// SPDX-License-Identifier: Apache-2.0
// Why a record was refused. Short and stable: people filter quarantine tables by these.
#pragma once

#include <string_view>

namespace pinflow::records {

inline constexpr std::string_view kEmpty = "empty line";
inline constexpr std::string_view kNotJson = "not valid JSON";
inline constexpr std::string_view kNotUtf8 = "not valid UTF-8";
inline constexpr std::string_view kLoneSurrogate = "half of a surrogate pair";
inline constexpr std::string_view kTextAfter = "text after the document";
inline constexpr std::string_view kNotObject = "not a JSON object";
inline constexpr std::string_view kEmptyArray = "empty array";
inline constexpr std::string_view kMixedArray = "array with an element that is not a JSON object";
inline constexpr std::string_view kWrappedUnknown = "text that wraps no JSON object";
inline constexpr std::string_view kTooDeep = "nested deeper than 1,000";
inline constexpr std::string_view kNumberTooLong = "number longer than 1,000 characters";
inline constexpr std::string_view kTooLarge = "document over 16 MiB";
inline constexpr std::string_view kKeyMissing = "key missing";
inline constexpr std::string_view kKeyNull = "key is null";
inline constexpr std::string_view kKeyNotWhole = "key is not a whole number";

}  // namespace pinflow::records
