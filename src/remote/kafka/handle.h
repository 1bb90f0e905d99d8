// SPDX-License-Identifier: Apache-2.0
// One rd_kafka_t: a client of librdkafka with its own threads and connections.
#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/clock.h"
#include "remote/kafka/failure.h"
#include "remote/kafka/settings.h"

namespace pinflow::kafka {

template <auto Free>
struct Freeing {
    template <class T>
    void operator()(T* thing) const {
        Free(thing);
    }
};
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Freeing<rd_kafka_queue_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, Freeing<rd_kafka_topic_destroy>>;
using TopicConfPtr = std::unique_ptr<rd_kafka_topic_conf_t, Freeing<rd_kafka_topic_conf_destroy>>;
using PartitionListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                         Freeing<rd_kafka_topic_partition_list_destroy>>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, Freeing<rd_kafka_error_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Freeing<rd_kafka_event_destroy>>;

using ConfEntries = std::vector<std::pair<std::string, std::string>>;

class Handle final {
public:
    enum class Kind : std::uint8_t { producer, consumer };

    // What it calls from poll(); both may be empty.
    struct Callbacks {
        std::function<void(const rd_kafka_message_t&)> delivered;  // a producer's
        // poll() is due. From any thread: brief, and without calling the handle.
        std::function<void(Handle&)> has_events;
    };

    // Connects in the background: brokers that are not there are no error. invalid_argument: a
    // setting that librdkafka does not take. `settings` and `clock` outlive the handle.
    static Result<std::unique_ptr<Handle>> open(const KafkaSettings& settings, Clock& clock,
                                                Kind kind, const ConfEntries& more,
                                                Callbacks callbacks);
    ~Handle();  // waits for librdkafka's threads
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    rd_kafka_t* get() const { return rk_; }

    // Serves delivery reports and errors that wait, and does not wait for more. A producer's, by
    // one thread.
    void poll();

    // Puts a question: call(timeout_ms) waits for the answer. Who has just waited in vain is the
    // last to wait for a while: others have his error at once. On a thread that may wait.
    Status ask(const std::function<rd_kafka_resp_err_t(int timeout_ms)>& call);

    // Any thread. The error with the reason that librdkafka last gave for not reaching the brokers,
    // where it is about that.
    Error failure(rd_kafka_resp_err_t code, std::string_view text = {});
    // The cluster's id, waiting for it where no broker has answered yet; empty where they tell
    // none.
    std::string cluster(int timeout_ms) const;
    bool is_fatal() const { return rd_kafka_fatal_error(rk_, nullptr, 0) != 0; }

private:
    Handle(const KafkaSettings& settings, Clock& clock, Kind kind, Callbacks callbacks)
        : settings_(settings), clock_(clock), kind_(kind), callbacks_(std::move(callbacks)) {}

    Status start(const ConfEntries& more);
    bool is_refused();
    void note(rd_kafka_resp_err_t code, const char* text);
    void refresh_token();

    static void on_error(rd_kafka_t*, int code, const char* text, void* self);
    static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
    static void on_log(const rd_kafka_t*, int level, const char* facility, const char* text);
    static void on_token(rd_kafka_t*, const char*, void* self);
    static void on_events(rd_kafka_t*, void* self);

    const KafkaSettings& settings_;
    Clock& clock_;
    const Kind kind_;
    const Callbacks callbacks_;
    rd_kafka_t* rk_ = nullptr;
    QueuePtr main_queue_;

    mutable std::mutex mutex_;
    rd_kafka_resp_err_t last_code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string last_text_;
    std::int64_t last_us_ = 0;
    std::optional<Error> unanswered_;  // why the last question had no answer
    std::int64_t unanswered_us_ = 0;
};

}  // namespace pinflow::kafka
