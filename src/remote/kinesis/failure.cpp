// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "codec/json/reader.h"

namespace pinflow::kinesis {
namespace {

constexpr std::size_t kMessageBytesMax = 300;

struct Meaning {
    std::string_view type;
    Errc code;
    Cure cure;
    std::string_view hint;  // empty: AWS's own words are enough
};

constexpr std::string_view kWrongKey =
    "the access key is not known there; look at aws.profile, aws.credentials_csv or the AWS_… "
    "variables, and whether their keys are of this account and partition";
constexpr std::string_view kDenied =
    "the account may not do this; its policy needs kinesis:PutRecords, GetRecords, "
    "GetShardIterator, ListShards, ListStreams, DescribeStreamSummary (and CreateStream, "
    "DeleteStream to make streams)";
constexpr std::string_view kKey = "the stream's KMS key cannot be used; look at its policy";
constexpr std::string_view kStale =
    "the session token is over; renew the credentials (of aws.profile, aws.credentials_csv or the "
    "AWS_… variables)";
constexpr std::string_view kFewer =
    "the service asks for fewer requests; try later, or more slowly";
constexpr std::string_view kBroken =
    "the service, or what kinesis.endpoint leads to in its place, fails by itself; try later";
constexpr std::string_view kReach = "check kinesis.endpoint, https:// or http:// included";
constexpr std::string_view kTrust =
    "trust it by kinesis.ca_file, the CA that signed its certificate";
constexpr std::string_view kElsewhere =
    "kinesis.endpoint does not lead to the Kinesis Data Streams API";

// Sources: the errors that each operation lists, Kinesis Data Streams API Reference; "Common Error
// Types", there; what emulators and AWS answer without a signature, mhart/kinesalite:index.js.
constexpr auto kMeanings = std::to_array<Meaning>({
    {"ResourceNotFoundException", Errc::not_found, Cure::none, ""},
    {"ResourceInUseException", Errc::unavailable, Cure::none, ""},
    {"InvalidArgumentException", Errc::invalid_argument, Cure::none, ""},
    {"ValidationException", Errc::invalid_argument, Cure::none, ""},
    {"SerializationException", Errc::invalid_argument, Cure::none, ""},
    {"ExpiredNextTokenException", Errc::conflict, Cure::later, ""},
    {"ExpiredIteratorException", Errc::conflict, Cure::iterator, ""},
    {"ProvisionedThroughputExceededException", Errc::unavailable, Cure::later,
     "the shard's limit is reached; more shards, or the on-demand mode, would help"},
    {"LimitExceededException", Errc::unavailable, Cure::later,
     "a limit of the account is reached (calls a second, shards, or streams being made)"},
    {"ThrottlingException", Errc::unavailable, Cure::later, kFewer},
    {"Throttling", Errc::unavailable, Cure::later, kFewer},
    {"RequestLimitExceeded", Errc::unavailable, Cure::later, kFewer},
    {"KMSThrottlingException", Errc::unavailable, Cure::later, kFewer},
    {"ServiceUnavailable", Errc::unavailable, Cure::later, kFewer},
    {"ServiceUnavailableException", Errc::unavailable, Cure::later, kFewer},
    {"InternalFailure", Errc::unavailable, Cure::unclear, kBroken},
    {"InternalFailureException", Errc::unavailable, Cure::unclear, kBroken},
    {"InternalServerError", Errc::unavailable, Cure::unclear, kBroken},
    {"AccessDeniedException", Errc::permission, Cure::none, kDenied},
    {"AccessDenied", Errc::permission, Cure::none, kDenied},
    {"NotAuthorized", Errc::permission, Cure::none, kDenied},
    {"OptInRequired", Errc::permission, Cure::none, "the account has not opened this service"},
    {"KMSAccessDeniedException", Errc::permission, Cure::none, kKey},
    {"KMSDisabledException", Errc::permission, Cure::none, kKey},
    {"KMSInvalidStateException", Errc::permission, Cure::none, kKey},
    {"KMSNotFoundException", Errc::permission, Cure::none, kKey},
    {"KMSOptInRequired", Errc::permission, Cure::none, kKey},
    {"UnrecognizedClientException", Errc::permission, Cure::none, kWrongKey},
    {"InvalidClientTokenId", Errc::permission, Cure::none, kWrongKey},
    {"ExpiredTokenException", Errc::permission, Cure::none, kStale},
    {"ExpiredToken", Errc::permission, Cure::none, kStale},
    {"InvalidSignatureException", Errc::permission, Cure::none, ""},  // see hint_of_signature
    {"SignatureDoesNotMatch", Errc::permission, Cure::none, ""},
    {"RequestExpired", Errc::permission, Cure::none, ""},
    {"MissingAuthenticationTokenException", Errc::permission, Cure::none, kWrongKey},
    {"IncompleteSignatureException", Errc::permission, Cure::none, kWrongKey},
    {"IncompleteSignature", Errc::permission, Cure::none, kWrongKey},
    {"UnknownOperationException", Errc::unsupported, Cure::none, kElsewhere},
    {"InvalidAction", Errc::unsupported, Cure::none, kElsewhere},
});

const Meaning* find_meaning(std::string_view type) {
    auto found = std::ranges::find(kMeanings, type, &Meaning::type);
    return found == kMeanings.end() ? nullptr : &*found;
}

bool is_signature(std::string_view type) {
    return type == "InvalidSignatureException" || type == "SignatureDoesNotMatch" ||
           type == "RequestExpired";
}

// One name for three mistakes: the words tell which.
std::string_view hint_of_signature(std::string_view message) {
    std::string text = to_lower(message);
    if (text.contains("expired") || text.contains("not yet current")) {
        return "this machine's clock is more than five minutes off; set it";
    }
    if (text.contains("credential should be scoped")) {
        return "kinesis.region is not the endpoint's region";
    }
    return "the secret access key is not that of the access key id; look at aws.profile, "
           "aws.credentials_csv or the AWS_… variables";
}

// Behind its first line AWS repeats what it hashed, the session token among it.
std::string_view first_line(std::string_view message) {
    return trim(message.substr(0, message.find_first_of("\r\n"))).substr(0, kMessageBytesMax);
}

std::string text_with_hint(std::string text, std::string_view hint) {
    if (!hint.empty()) text += fmt::format(" ({})", hint);
    return text;
}

std::string text_of(std::string_view place, std::string_view type, std::string_view message,
                    std::string_view hint) {
    std::string text = fmt::format("{}: {}", place, type);
    if (!message.empty()) text += fmt::format(": {}", first_line(message));
    return text_with_hint(std::move(text), hint);
}

Failure failure_of_type(std::string_view type, std::string_view message, std::string_view place) {
    const Meaning* meaning = find_meaning(type);
    if (meaning == nullptr) {
        return {.error = {Errc::internal, text_of(place, type, message, "")},
                .cure = Cure::none,
                .type = std::string(type)};
    }
    std::string_view hint = is_signature(type) ? hint_of_signature(message) : meaning->hint;
    return {.error = {meaning->code, text_of(place, type, message, hint)},
            .cure = meaning->cure,
            .type = std::string(type)};
}

struct ErrorBody {
    std::string type;
    std::string message;
};

// {"__type": "…", "message": "…"}; the message is spelt with a capital by some.
Result<ErrorBody> read_error(std::string_view text) {
    ErrorBody body;
    json::JsonReader reader(text);
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) return body;
        TRY(json::Kind kind, reader.peek());
        bool is_text = kind == json::Kind::string;
        if (is_text && *name == "__type") {
            TRY(body.type, reader.read_string());
        } else if (is_text && to_lower(*name) == "message") {
            TRY(body.message, reader.read_string());
        } else {
            TRY_STATUS(reader.skip_value());
        }
    }
}

// "com.amazonaws.kinesis#ResourceNotFoundException:http://…" to the name alone.
std::string bare_type(std::string_view type) {
    type = type.substr(type.find('#') + 1);
    return std::string(type.substr(0, type.find(':')));
}

}  // namespace

std::string header_of(const HttpResponse& answer, std::string_view lower_name) {
    for (const HttpHeader& header : answer.headers) {
        if (to_lower(header.name) == lower_name) return header.value;
    }
    return "";
}

Failure failure_of(const HttpResponse& answer, std::string_view place) {
    ErrorBody body = read_error(answer.body).value_or(ErrorBody{});
    if (body.type.empty()) body.type = header_of(answer, "x-amzn-errortype");
    if (!body.type.empty()) return failure_of_type(bare_type(body.type), body.message, place);
    std::string status = fmt::format("HTTP {}", answer.status);
    if (answer.status == 503 || answer.status == 429) {
        return {.error = {Errc::unavailable, text_of(place, status, "", kFewer)},
                .cure = Cure::later};
    }
    if (answer.status >= 500) {
        return {.error = {Errc::unavailable, text_of(place, status, "", kBroken)},
                .cure = Cure::unclear};
    }
    return {.error = {Errc::unsupported, text_of(place, status, "", kElsewhere)}};
}

Failure failure_of(Error error, std::string_view place) {
    Cure cure = Cure::none;
    if (error.code == Errc::unavailable) cure = Cure::later;
    if (error.code == Errc::timed_out || error.code == Errc::io) cure = Cure::unclear;
    std::string_view hint = error.code == Errc::permission ? kTrust
                            : cure == Cure::none           ? ""
                                                           : kReach;
    error.text = text_with_hint(fmt::format("{}: {}", place, error.text), hint);
    return {.error = std::move(error), .cure = cure};
}

Failure not_kinesis(std::string_view place, std::string_view why) {
    return {
        .error = {Errc::io, text_with_hint(fmt::format("{}: no answer of Kinesis: {}", place, why),
                                           kElsewhere)},
        .cure = Cure::garbled};
}

// Both codes that AWS gives here say that the record was not stored.
Failure failure_of_record(std::string_view code, std::string_view message, std::string_view place) {
    Failure failure = failure_of_type(code, message, place);
    if (failure.cure == Cure::unclear) failure.cure = Cure::later;
    return failure;
}

}  // namespace pinflow::kinesis
