// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/failure.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/s3xml/answers.h"

namespace pinflow::s3 {
namespace {

struct Rule {
    std::string_view s3_code;
    Errc code;
    Cure cure;
    std::string_view advice;
};

constexpr std::string_view kRenew =
    "get new credentials (into aws.profile, aws.credentials_csv or the AWS_… variables)";
constexpr std::string_view kKeys =
    "check the secret access key (of aws.profile, aws.credentials_csv or the AWS_… variables), and "
    "s3.region";
constexpr std::string_view kRegion = "set s3.region to the bucket's region";
constexpr std::string_view kRights =
    "the account needs s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket here (without "
    "the last, S3 says this of objects that are not there, too)";
constexpr std::string_view kClock = "set this machine's clock";
constexpr std::string_view kFewer = "the store asks for fewer requests: later, or more slowly";
constexpr std::string_view kBroken =
    "the store, or what s3.endpoint leads to in its place, fails by itself: try later";
constexpr std::string_view kNotS3 = "is s3.endpoint an S3 service?";
constexpr std::string_view kOnTheWay = "the bytes were changed on the way";
// A gateway that keeps objects as files has the rule of our own folder store.
constexpr std::string_view kFolder = "InvalidKey";

// Source: "Error responses", Amazon S3 API Reference; the last group: versitygw, MinIO, Ceph.
constexpr Rule kRules[] = {
    {"NoSuchKey", Errc::not_found, Cure::none, ""},
    {"NoSuchUpload", Errc::not_found, Cure::none, ""},
    // Not not_found, which would read as "no such object" to whoever asked for one.
    {"NoSuchBucket", Errc::invalid_argument, Cure::none,
     "check the bucket in objects.url or tables.url, or make it"},
    {"InvalidBucketName", Errc::invalid_argument, Cure::none,
     "check the bucket in objects.url or tables.url"},
    {"PreconditionFailed", Errc::conflict, Cure::none, ""},
    {"ConditionalRequestConflict", Errc::conflict, Cure::again, ""},
    {"OperationAborted", Errc::conflict, Cure::again, ""},
    {"AccessDenied", Errc::permission, Cure::none, kRights},
    {"AllAccessDisabled", Errc::permission, Cure::none, ""},
    {"AccountProblem", Errc::permission, Cure::none, ""},
    {"InvalidAccessKeyId", Errc::permission, Cure::renew,
     "the store does not know this access key: check aws.profile, aws.credentials_csv or the AWS_… "
     "variables, and s3.endpoint"},
    {"SignatureDoesNotMatch", Errc::permission, Cure::none, kKeys},
    {"ExpiredToken", Errc::permission, Cure::renew, kRenew},
    {"InvalidToken", Errc::permission, Cure::renew, kRenew},
    {"TokenRefreshRequired", Errc::permission, Cure::renew, kRenew},
    {"RequestTimeTooSkewed", Errc::permission, Cure::none, kClock},
    {"RequestExpired", Errc::permission, Cure::none, kClock},
    {"PermanentRedirect", Errc::invalid_argument, Cure::none, kRegion},
    {"AuthorizationHeaderMalformed", Errc::invalid_argument, Cure::none, kRegion},
    {"IllegalLocationConstraintException", Errc::invalid_argument, Cure::none, kRegion},
    {"TemporaryRedirect", Errc::unavailable, Cure::again, "the bucket is new, or moves"},
    {"SlowDown", Errc::unavailable, Cure::again, kFewer},
    {"ServiceUnavailable", Errc::unavailable, Cure::again, kFewer},
    {"Throttling", Errc::unavailable, Cure::again, kFewer},
    {"TooManyRequests", Errc::unavailable, Cure::again, kFewer},
    {"InternalError", Errc::unavailable, Cure::again, kBroken},
    {"RequestTimeout", Errc::unavailable, Cure::again, kBroken},
    {"IncompleteBody", Errc::unavailable, Cure::again, ""},
    {"BadDigest", Errc::io, Cure::again, kOnTheWay},
    {"XAmzContentSHA256Mismatch", Errc::io, Cure::again, kOnTheWay},
    {"EntityTooLarge", Errc::too_large, Cure::none, ""},
    {"NotImplemented", Errc::unsupported, Cure::none, "the store lacks this part of S3"},
    {"InvalidObjectState", Errc::unsupported, Cure::none, "the object is archived: restore it"},
    {"MethodNotAllowed", Errc::unsupported, Cure::none, kNotS3},
    {"SecondLevelDomainForbidden", Errc::invalid_argument, Cure::none, "set s3.style to host"},
    {"QuotaExceeded", Errc::no_space, Cure::none, ""},
    {"XMinioStorageFull", Errc::no_space, Cure::none, ""},
    {"ObjectParentIsFile", Errc::invalid_argument, Cure::none, kFolder},
    {"ExistingObjectIsDirectory", Errc::invalid_argument, Cure::none, kFolder},
    {"DirectoryObjectContainsData", Errc::invalid_argument, Cure::none, kFolder},
    {"XMinioParentIsObject", Errc::invalid_argument, Cure::none, kFolder},
    {"XMinioObjectExistsAsDirectory", Errc::invalid_argument, Cure::none, kFolder},
};

// For answers without a code of theirs: of HEAD, and of what stands in front of the store.
Rule rule_of_status(int status) {
    switch (status) {
        case 401:
        case 403: return {"", Errc::permission, Cure::none, kRights};
        case 404: return {"", Errc::not_found, Cure::none, ""};
        case 409: return {"", Errc::conflict, Cure::again, ""};
        case 412: return {"", Errc::conflict, Cure::none, ""};
        case 301:
        case 400:
            return {"", Errc::invalid_argument, Cure::none, "check s3.region and s3.endpoint"};
        case 413: return {"", Errc::too_large, Cure::none, ""};
        case 501: return {"", Errc::unsupported, Cure::none, "the store lacks this part of S3"};
        case 507: return {"", Errc::no_space, Cure::none, ""};
        case 307:
        case 408:
        case 429:
        case 503: return {"", Errc::unavailable, Cure::again, kFewer};
        default: break;
    }
    if (status >= 500) return {"", Errc::unavailable, Cure::again, kBroken};
    return {"", Errc::internal, Cure::none, kNotS3};
}

Rule rule_of(std::string_view s3_code, int status) {
    for (const Rule& rule : kRules)
        if (!s3_code.empty() && rule.s3_code == s3_code) return rule;
    return rule_of_status(status);
}

// One line of what may be anything.
std::string one_line(std::string_view text) {
    constexpr std::size_t kShownBytesMax = 200;
    std::string line;
    for (char c : text.substr(0, kShownBytesMax))
        line.push_back(static_cast<unsigned char>(c) < ' ' ? ' ' : c);
    return line;
}

}  // namespace

std::string_view header_of(const HttpResponse& answer, std::string_view name) {
    for (const HttpHeader& header : answer.headers)
        if (to_lower(header.name) == name) return header.value;
    return {};
}

Failure failure_of(const HttpResponse& answer, std::string_view place) {
    s3xml::ErrorAnswer said = s3xml::read_error(answer.body);
    Rule rule = rule_of(said.code, answer.status);
    std::string region(header_of(answer, "x-amz-bucket-region"));
    if (region.empty()) region = said.region;
    std::string text(place);
    if (rule.advice == kFolder) text = fmt::format("{}: {}", kFolder, place);
    text += fmt::format(": {}", said.code.empty() ? "refused" : one_line(said.code));
    if (!said.message.empty()) text += fmt::format(" ({})", one_line(said.message));
    text += fmt::format(", HTTP {}", answer.status);
    bool is_elsewhere =
        rule.advice.contains("s3.region") && !region.empty() && rule.code == Errc::invalid_argument;
    if (is_elsewhere) {
        text += fmt::format("; set s3.region to {}", one_line(region));
    } else if (!rule.advice.empty() && rule.advice != kFolder) {
        text += fmt::format("; {}", rule.advice);
    }
    return {.error = {rule.code, std::move(text)},
            .cure = rule.cure,
            .s3_code = said.code,
            .status = answer.status,
            // Refusals are before any effect; a failure of the store may be after it.
            .in_doubt = answer.status >= 500 || answer.status == 200 || answer.status == 408};
}

}  // namespace pinflow::s3
