// SPDX-License-Identifier: Apache-2.0
// The answers of S3 that carry XML. Source: "API operations", Amazon S3 API Reference.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::s3xml {

struct ListedObject {
    std::string key;  // as it is: decoded where the page says that its keys are encoded
    std::uint64_t bytes = 0;
    Timestamp modified_ms = 0;

    bool operator==(const ListedObject&) const = default;
};

struct ListPage {
    std::vector<ListedObject> objects;
    std::string next_token;  // empty: this was the last page

    bool operator==(const ListPage&) const = default;
};

// ListObjectsV2. corrupt: no such answer, or one that says it goes on and not where.
Result<ListPage> read_list_page(std::string_view xml);

struct ErrorAnswer {
    std::string code;  // "NoSuchKey"
    std::string message;
    std::string region;  // where the bucket is, if the answer says so
};

// An <Error>. Whatever is no such answer gives an empty code: proxies answer in HTML.
ErrorAnswer read_error(std::string_view body);

// CreateMultipartUpload's <UploadId>.
Result<std::string> read_upload_id(std::string_view xml);

// True for a body that is an <Error>, which some operations send with status 200.
bool is_error(std::string_view body);

// The body of CompleteMultipartUpload; `etags` as the parts' answers gave them, from part 1.
std::string write_completion(const std::vector<std::string>& etags);

}  // namespace pinflow::s3xml
