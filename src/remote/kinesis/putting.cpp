// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/putting.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "codec/json/utf8.h"
#include "codec/json/writer.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view kHashKeyMost = "340282366920938463463374607431768211455";  // 2^128-1
constexpr std::string_view kOperation = "PutRecords";

std::size_t bytes_of(const StreamRecord& record) {
    return record.partition_key.size() + record.data.size();
}

// Nothing: it is not UTF-8.
std::optional<std::size_t> characters_of(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        std::size_t bytes = json::utf8_sequence_bytes(text);
        if (bytes == 0) return std::nullopt;
        text.remove_prefix(bytes);
        ++count;
    }
    return count;
}

bool is_hash_key(std::string_view text) {
    bool is_number =
        !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number || (text.size() > 1 && text[0] == '0')) return false;
    return text.size() < kHashKeyMost.size() ||
           (text.size() == kHashKeyMost.size() && text <= kHashKeyMost);
}

// AWS would refuse the whole request for one such record.
Status check_record(const StreamRecord& record) {
    auto characters = characters_of(record.partition_key);
    if (!characters || *characters < 1 || *characters > kKeyCharactersMax) {
        return fail(
            Errc::invalid_argument,
            fmt::format("a partition key is 1 to {} characters of UTF-8", kKeyCharactersMax));
    }
    if (record.explicit_hash_key && !is_hash_key(*record.explicit_hash_key)) {
        return fail(Errc::invalid_argument,
                    fmt::format("explicit hash key '{}' is not within 0 and 2^128-1",
                                *record.explicit_hash_key));
    }
    if (bytes_of(record) > kRecordBytesMax) {
        return fail(Errc::too_large, fmt::format("a record of {} bytes; Kinesis takes {}",
                                                 bytes_of(record), kRecordBytesMax));
    }
    return {};
}

Status read_outcomes(std::string_view json, std::size_t count, PutAnswer& answer) {
    TRY(answer, read_put_answer(json));
    bool is_whole = answer.records.size() == count &&
                    std::ranges::all_of(answer.records, [](const PutAnswer::One& one) {
                        return !one.error_code.empty() || !one.stored.sequence_number.empty();
                    });
    if (!is_whole) return fail(Errc::io, "not an outcome for each record");
    return {};
}

}  // namespace

Putting::Putting(Api& api, std::string stream, std::vector<StreamRecord> records)
    : api_(api),
      stream_(std::move(stream)),
      records_(std::move(records)),
      outcomes_(records_.size()),
      is_decided_(records_.size(), false) {}

Task<Result<std::vector<Result<StoredAt>>>> Putting::run() {
    refuse_bad_ones();
    bool has_stored = false;
    for (Places& request : requests()) {
        Status put = co_await put_request(std::move(request));
        if (put) {
            has_stored = true;
            continue;
        }
        bool is_of_stream = put.error().code == Errc::not_found;
        if (is_of_stream && !has_stored) co_return std::unexpected(put.error());
        fail_unsent(put.error());
        break;
    }
    co_return std::move(outcomes_);
}

void Putting::refuse_bad_ones() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
        Status good = check_record(records_[i]);
        if (good) continue;
        outcomes_[i] = std::unexpected(good.error());
        is_decided_[i] = true;
    }
}

std::vector<Putting::Places> Putting::requests() const {
    std::vector<Places> requests;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        if (is_decided_[i]) continue;
        bytes += bytes_of(records_[i]);
        bool fits =
            !requests.empty() && requests.back().size() < kPutRecordsMax && bytes <= kPutBytesMax;
        if (!fits) {
            requests.emplace_back();
            bytes = bytes_of(records_[i]);
        }
        requests.back().push_back(i);
    }
    return requests;
}

// An error is of the request as a whole: its records are not decided, unless one says so.
Task<Status> Putting::put_request(Places places) {
    std::int64_t began_us = api_.clock().steady_us();
    auto answer = co_await send(places);
    if (answer) {
        Places refused = take_outcomes(places, *std::move(answer), true);
        if (!refused.empty()) co_return co_await put_again(std::move(refused), began_us);
        co_return Status{};
    }
    Error& error = answer.error().error;
    bool is_for_one = error.code == Errc::invalid_argument || error.code == Errc::too_large;
    if (is_for_one && places.size() > 1) co_return co_await put_halves(std::move(places));
    if (is_for_one || error.code == Errc::timed_out) {
        for (std::size_t place : places) {
            outcomes_[place] = std::unexpected(error);
            is_decided_[place] = true;
        }
        if (is_for_one) co_return Status{};
    }
    co_return std::unexpected(std::move(error));
}

// AWS refuses a whole request for one record that a stream does not take (its size, most of all).
Task<Status> Putting::put_halves(Places places) {
    auto middle = places.begin() + static_cast<std::ptrdiff_t>(places.size() / 2);
    Places second(middle, places.end());
    places.erase(middle, places.end());
    CO_TRY_STATUS(co_await put_request(std::move(places)));
    co_return co_await put_request(std::move(second));
}

Task<Status> Putting::put_again(Places refused, std::int64_t began_us) {
    for (int rounds = 1; !refused.empty(); ++rounds) {
        std::int64_t pause_us = Api::pause_after_us(rounds);
        if (api_.clock().steady_us() + pause_us - began_us > kRetryForUs) break;
        CO_TRY_STATUS(co_await api_.pause(pause_us));
        while (!refused.empty()) {
            Places now = first_of_each_key(refused);
            auto answer = co_await send(now);
            if (!answer) {
                bool is_unknown = answer.error().error.code == Errc::timed_out;
                for (std::size_t place : now) {
                    if (is_unknown) outcomes_[place] = std::unexpected(answer.error().error);
                }
                co_return std::unexpected(std::move(answer).error().error);
            }
            Places again = take_outcomes(now, *std::move(answer), true);
            bool is_refused = !again.empty();
            std::ranges::move(again, std::back_inserter(refused));
            std::ranges::sort(refused);
            if (is_refused) break;  // and wait before the next
            rounds = 1;
        }
    }
    co_return Status{};
}

// What was refused keeps its error as its outcome until a later attempt stores it.
Putting::Places Putting::take_outcomes(const Places& places, PutAnswer answer, bool may_retry) {
    Places refused;
    for (std::size_t i = 0; i < places.size(); ++i) {
        PutAnswer::One& one = answer.records[i];
        std::size_t place = places[i];
        is_decided_[place] = true;
        if (one.error_code.empty()) {
            outcomes_[place] = std::move(one.stored);
            continue;
        }
        Failure failure = failure_of_record(one.error_code, one.error_message,
                                            api_.place_of(kOperation, stream_));
        outcomes_[place] = std::unexpected(std::move(failure.error));
        if (may_retry && failure.cure == Cure::later) refused.push_back(place);
    }
    return refused;
}

// Takes them out of `refused`.
Putting::Places Putting::first_of_each_key(Places& refused) const {
    Places first;
    Places others;
    std::set<std::string_view> keys;
    for (std::size_t place : refused) {
        bool is_first = keys.insert(records_[place].partition_key).second;
        (is_first ? first : others).push_back(place);
    }
    refused = std::move(others);
    return first;
}

Task<Reply<PutAnswer>> Putting::send(const Places& places) {
    PutAnswer answer;
    std::size_t bytes = 0;
    for (std::size_t place : places) bytes += bytes_of(records_[place]);
    auto answered = co_await api_.call(
        {.operation = kOperation,
         .stream = stream_,
         .body = [&] { return body_of(places); },
         .read = [&](std::string_view json) { return read_outcomes(json, places.size(), answer); },
         .bytes = bytes * 2,
         .is_repeatable = false});
    if (!answered) co_return std::unexpected(std::move(answered).error());
    co_return answer;
}

void Putting::fail_unsent(const Error& cause) {
    for (std::size_t i = 0; i < records_.size(); ++i) {
        if (is_decided_[i]) continue;
        outcomes_[i] = std::unexpected(cause);
        if (cause.code != Errc::timed_out) continue;
        outcomes_[i] = fail(Errc::unavailable,
                            "not sent, because the answer to records before "
                            "it did not come: " +
                                cause.text);
    }
}

std::string Putting::body_of(const Places& places) const {
    json::JsonWriter writer;
    writer.begin_object().member("StreamName", stream_).key("Records").begin_array();
    for (std::size_t place : places) {
        const StreamRecord& record = records_[place];
        writer.begin_object().member("Data", base64_encode(record.data));
        writer.member("PartitionKey", record.partition_key);
        if (record.explicit_hash_key) writer.member("ExplicitHashKey", *record.explicit_hash_key);
        writer.end_object();
    }
    writer.end_array().end_object();
    return std::move(writer).take();
}

}  // namespace pinflow::kinesis
