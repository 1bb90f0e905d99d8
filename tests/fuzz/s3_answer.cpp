// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/check.h"
#include "codec/s3xml/answers.h"
#include "codec/s3xml/times.h"
#include "codec/s3xml/xml_reader.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

std::string escaped(std::string_view text) {
    std::string xml;
    for (char c : text) {
        switch (c) {
            case '<': xml += "&lt;"; break;
            case '&': xml += "&#38;"; break;
            default: xml += c;
        }
    }
    return xml;
}

// What could be read is written again, and reads the same. (Times are passed over: any text of
// digits may name one.)
void write_again(const s3xml::ListPage& page) {
    std::string xml = "<ListBucketResult>";
    for (const s3xml::ListedObject& object : page.objects)
        xml += fmt::format("<Contents><Key>{}</Key><Size>{}</Size></Contents>", escaped(object.key),
                           object.bytes);
    xml += fmt::format(
        "<IsTruncated>{}</IsTruncated><NextContinuationToken>{}"
        "</NextContinuationToken></ListBucketResult>",
        !page.next_token.empty(), escaped(page.next_token));
    auto again = s3xml::read_list_page(xml);
    CHECK(again && again->objects.size() == page.objects.size());
    CHECK(again->next_token == page.next_token);
    for (std::size_t i = 0; i < page.objects.size(); ++i) {
        CHECK(again->objects[i].key == page.objects[i].key);
        CHECK(again->objects[i].bytes == page.objects[i].bytes);
    }
}

}  // namespace

void s3_answer(std::string_view input) {
    std::size_t text_bytes = 0;
    Status read = s3xml::read_elements(input, [&](std::string_view path, std::string text) {
        CHECK(!path.empty());
        text_bytes += text.size();
        return Status{};
    });
    CHECK(text_bytes <= input.size());
    if (read) CHECK(!s3xml::root_of(input).empty());
    auto page = s3xml::read_list_page(input);
    CHECK(read || !page);
    if (page) write_again(*page);
    if (!s3xml::read_error(input).code.empty()) CHECK(read.has_value());
    (void)s3xml::read_upload_id(input);
    if (auto time = s3xml::parse_iso_time(input)) CHECK(*time > -100'000'000'000'000);
    (void)s3xml::parse_http_time(input);
}

}  // namespace pinflow::fuzz
