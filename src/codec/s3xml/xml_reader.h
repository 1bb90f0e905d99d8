// SPDX-License-Identifier: Apache-2.0
// The little of XML that S3 answers in, read strictly: elements and text. Attributes, comments and
// the declaration are passed over; a document type (and with it entities of the sender's own) is
// refused.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::s3xml {

inline constexpr std::size_t kDepthMax = 32;

// Called at each element's end with the way to it ("ListBucketResult/Contents/Key") and the text
// that stood directly in it, entities resolved. Its error ends the reading.
using VisitElement = std::function<Status(std::string_view path, std::string text)>;

// corrupt: not well-formed, deeper than kDepthMax, or a name or character that XML does not allow.
Status read_elements(std::string_view xml, const VisitElement& visit);

// The root element's name; empty if there is none. Looks no further.
std::string_view root_of(std::string_view xml);

}  // namespace pinflow::s3xml
