// SPDX-License-Identifier: Apache-2.0
#include "codec/s3xml/answers.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/s3xml/times.h"
#include "codec/s3xml/xml_reader.h"

namespace pinflow::s3xml {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// As forms encode: AWS writes a space as "+", others as "%20"; a plus itself is "%2B" everywhere.
Result<std::string> decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain.push_back(text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
        int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) return fail(Errc::corrupt, "a listed key is not encoded as told");
        plain.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return plain;
}

// What the elements of a page have said so far.
struct PageReader {
    ListPage page;
    ListedObject object;
    bool is_truncated = false;
    bool is_encoded = false;
    bool is_page = false;

    Status take(std::string_view path, std::string text) {
        constexpr std::string_view kRoot = "ListBucketResult";
        if (path == kRoot) is_page = true;
        if (path.size() <= kRoot.size() || !path.starts_with(kRoot)) return {};
        path.remove_prefix(kRoot.size() + 1);
        if (path == "IsTruncated") is_truncated = text == "true";
        if (path == "EncodingType") is_encoded = to_lower(text) == "url";
        if (path == "NextContinuationToken") page.next_token = std::move(text);
        if (path == "Contents/Key") object.key = std::move(text);
        if (path == "Contents/LastModified") return take_time(text);
        if (path == "Contents/Size") return take_size(text);
        if (path == "Contents") page.objects.push_back(std::exchange(object, {}));
        return {};
    }

    Status take_time(std::string_view text) {
        TRY(object.modified_ms, parse_iso_time(text));
        return {};
    }

    Status take_size(std::string_view text) {
        auto size = parse_int(text);
        if (!size || *size < 0) return fail(Errc::corrupt, "a listed size that is no number");
        object.bytes = static_cast<std::uint64_t>(*size);
        return {};
    }
};

}  // namespace

Result<ListPage> read_list_page(std::string_view xml) {
    PageReader reader;
    TRY_STATUS(read_elements(xml, [&](std::string_view path, std::string text) {
        return reader.take(path, std::move(text));
    }));
    if (!reader.is_page) return fail(Errc::corrupt, "the answer is no listing");
    if (reader.is_truncated && reader.page.next_token.empty())
        return fail(Errc::corrupt, "the listing goes on and does not say where");
    if (!reader.is_truncated) reader.page.next_token.clear();
    // EncodingType may stand behind the keys.
    for (ListedObject& object : reader.page.objects) {
        if (reader.is_encoded) {
            TRY(object.key, decoded(object.key));
        }
        if (object.key.empty()) return fail(Errc::corrupt, "a listed object without a key");
    }
    return std::move(reader.page);
}

ErrorAnswer read_error(std::string_view body) {
    ErrorAnswer answer;
    Status read = read_elements(body, [&](std::string_view path, std::string text) {
        if (path == "Error/Code") answer.code = std::move(text);
        if (path == "Error/Message") answer.message = std::move(text);
        if (path == "Error/Region") answer.region = std::move(text);
        return Status{};
    });
    return read ? answer : ErrorAnswer{};
}

Result<std::string> read_upload_id(std::string_view xml) {
    std::string id;
    TRY_STATUS(read_elements(xml, [&](std::string_view path, std::string text) {
        if (path == "InitiateMultipartUploadResult/UploadId") id = std::move(text);
        return Status{};
    }));
    if (id.empty()) return fail(Errc::corrupt, "the answer names no upload");
    return id;
}

bool is_error(std::string_view body) { return root_of(body) == "Error"; }

std::string write_completion(const std::vector<std::string>& etags) {
    std::string xml =
        R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    int number = 0;
    for (const std::string& etag : etags) {
        xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>", ++number);
        for (char c : etag) {
            if (c == '"') {
                xml += "&quot;";
            } else if (c != '<' && c != '&') {  // no ETag holds them
                xml.push_back(c);
            }
        }
        xml += "</ETag></Part>";
    }
    return xml + "</CompleteMultipartUpload>";
}

}  // namespace pinflow::s3xml
