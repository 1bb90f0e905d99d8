// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/appender.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>

#include "base/check.h"
#include "base/log.h"

namespace pinflow::kafka {
namespace {

// What librdkafka adds to a record of its own counting.
constexpr std::size_t kRecordOverheadBytes = 512;
constexpr std::size_t kHeadersMax = 1'000;  // of one record; HTTP lets fewer through
constexpr std::size_t kRetiredMax = 8;

// A record as it goes to librdkafka, which copies what it is given.
class ProduceArguments {
public:
    ProduceArguments(rd_kafka_topic_t* topic, std::int32_t partition, const RecordView& record,
                     void* mark) {
        add(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
        add(RD_KAFKA_VTYPE_PARTITION).u.i32 = partition;
        add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
        // librdkafka takes 0 for "now". A millisecond later is nearer to what was meant.
        add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms == 0 ? 1 : record.timestamp_ms;
        add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = mark;
        if (record.key) add_bytes(RD_KAFKA_VTYPE_KEY, *record.key);
        if (record.value) add_bytes(RD_KAFKA_VTYPE_VALUE, *record.value);
        for (const HeaderView& header : record.headers) add_header(header);
    }

    ErrorPtr produce(rd_kafka_t* rk) const {
        return ErrorPtr(rd_kafka_produceva(rk, arguments_.data(), arguments_.size()));
    }

private:
    rd_kafka_vu_t& add(rd_kafka_vtype_t type) {
        return arguments_.emplace_back(rd_kafka_vu_t{.vtype = type, .u = {}});
    }
    void add_bytes(rd_kafka_vtype_t type, std::string_view bytes) {
        auto& argument = add(type);
        argument.u.mem.ptr = const_cast<char*>(bytes.empty() ? "" : bytes.data());
        argument.u.mem.size = bytes.size();
    }
    void add_header(const HeaderView& header) {
        auto& argument = add(RD_KAFKA_VTYPE_HEADER);
        names_.push_back(std::make_unique<std::string>(header.name));
        argument.u.header.name = names_.back()->c_str();
        argument.u.header.val = !header.value           ? nullptr
                                : header.value->empty() ? ""
                                                        : header.value->data();
        argument.u.header.size = static_cast<ssize_t>(header.value.value_or("").size());
    }

    std::vector<rd_kafka_vu_t> arguments_;
    std::vector<std::unique_ptr<std::string>> names_;
};

std::size_t bytes_of(const RecordView& record) {
    std::size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
    for (const HeaderView& header : record.headers) {
        bytes += header.name.size() + header.value.value_or("").size();
    }
    return bytes + kRecordOverheadBytes;
}

Error whole_batch_error(rd_kafka_resp_err_t code, rd_kafka_msg_status_t status, Error error) {
    // The brokers may have it and their answer may be lost.
    if (status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED && error.code == Errc::unavailable &&
        code != RD_KAFKA_RESP_ERR__PURGE_QUEUE) {
        error.code = Errc::timed_out;
        error.text += "; it is not known whether the records are stored";
    }
    return error;
}

}  // namespace

struct Appender::Batch {
    TopicPartition partition;
    Result<Appended> outcome;
    std::size_t held_bytes = 0;
};

// Lives until each of its records has been reported, whatever becomes of who asked.
struct Appender::Request {
    std::vector<Batch> batches;
    std::vector<std::vector<Mark>> marks;     // a record each: what librdkafka gives back
    std::atomic<std::int64_t> unreported{1};  // 1: it is being handed over still
    std::optional<Resumption> waiter;
    std::shared_ptr<Request> self;
};

// A handle with the topics it has met.
class Appender::Producer {
public:
    static Result<std::shared_ptr<Producer>> open(Appender& appender);

    rd_kafka_t* get() const { return handle_->get(); }
    Handle& handle() const { return *handle_; }
    Result<rd_kafka_topic_t*> topic(const std::string& name);
    void forget_topic(const std::string& name);

    std::atomic<std::int64_t> unreported = 0;

private:
    std::unique_ptr<Handle> handle_;
    std::mutex mutex_;
    std::map<std::string, TopicPtr> topics_;
    std::vector<TopicPtr> forgotten_;  // who is appending may hold them still
};

Result<std::shared_ptr<Appender::Producer>> Appender::Producer::open(Appender& appender) {
    const KafkaSettings& settings = appender.settings_;
    // One request under way: of a producer's last batches a broker that is stopped and started
    // again remembers only the very last (the snapshot of ProducerStateManager), and what it cannot
    // tell for a repeat, librdkafka sends anew under another epoch: seen to be stored twice. The
    // bound on bytes is ours, and refuses whole batches; librdkafka's may never refuse a part.
    const ConfEntries entries = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"max.in.flight.requests.per.connection", "1"},
        {"delivery.timeout.ms", std::to_string(settings.delivery_timeout_ms)},
        {"request.timeout.ms", std::to_string(std::min<std::int64_t>(settings.delivery_timeout_ms,
                                                                     settings.request_timeout_ms))},
        {"linger.ms", fmt::format("{}", settings.linger_ms)},
        {"compression.codec", settings.compression},
        {"message.max.bytes", std::to_string(settings.record_bytes_max + kRecordOverheadBytes)},
        {"queue.buffering.max.messages", "0"},
        {"queue.buffering.max.kbytes", "2147483647"},
        {"partitioner", "murmur2_random"},
    };
    auto producer = std::make_shared<Producer>();
    Producer* self = producer.get();
    Handle::Callbacks callbacks{
        .delivered = [&appender,
                      self](const auto& message) { appender.note_delivery(*self, message); },
        .has_events =
            [&appender](Handle&) {
                std::scoped_lock lock(appender.mutex_);
                appender.has_events_ = true;
                appender.changed_.notify_all();
            }};
    TRY(producer->handle_, Handle::open(settings, appender.clock_, Handle::Kind::producer, entries,
                                        std::move(callbacks)));
    return producer;
}

Result<rd_kafka_topic_t*> Appender::Producer::topic(const std::string& name) {
    std::scoped_lock lock(mutex_);
    TopicPtr& topic = topics_[name];
    if (!topic) topic.reset(rd_kafka_topic_new(get(), name.c_str(), nullptr));
    if (!topic) return std::unexpected(handle_->failure(rd_kafka_last_error()));
    return topic.get();
}

void Appender::Producer::forget_topic(const std::string& name) {
    std::scoped_lock lock(mutex_);
    auto found = topics_.extract(name);
    if (!found.empty()) forgotten_.push_back(std::move(found.mapped()));
}

Result<std::unique_ptr<Appender>> Appender::open(const KafkaSettings& settings, Clock& clock,
                                                 Ends& ends) {
    std::unique_ptr<Appender> appender(new Appender(settings, clock, ends));
    TRY(appender->producer_, Producer::open(*appender));
    Appender* self = appender.get();
    appender->thread_ = std::thread([self] { self->serve(); });
    pthread_setname_np(appender->thread_.native_handle(), "kafka-append");
    return appender;
}

Appender::~Appender() { close(std::chrono::milliseconds{0}); }

// A producer that librdkafka has given up (its id was fenced, or lost for good) makes room for a
// fresh one.
Result<std::shared_ptr<Appender::Producer>> Appender::producer() {
    std::scoped_lock lock(mutex_);
    if (is_stopping_) return fail(Errc::cancelled, "the log is closed");
    if (producer_->handle().is_fatal()) {
        char text[512];
        auto code = rd_kafka_fatal_error(producer_->get(), text, sizeof text);
        log_warn("kafka", "the producer ended ({}: {}); another takes its place",
                 rd_kafka_err2name(code), text);
        if (retired_.size() >= kRetiredMax) {
            return fail(Errc::unavailable, fmt::format("{}: {}", settings_.shown(), text));
        }
        TRY(auto fresh, Producer::open(*this));
        retired_.push_back(std::exchange(producer_, std::move(fresh)));
    }
    return producer_;
}

Task<std::vector<Result<Appended>>> Appender::append(std::span<PartitionBatch> batches,
                                                     std::vector<Status> allowed) {
    auto executor = co_await boost::asio::this_coro::executor;
    auto request = std::make_shared<Request>();
    accept(*request, batches, std::move(allowed));
    co_await suspend(executor.context(), [this, request](Resumption waiter) {
        request->self = request;
        request->waiter = std::move(waiter);
        if (request->unreported.fetch_sub(1) != 1) return;
        std::vector<Resumption> now;  // all of it is known already
        now.push_back(std::move(*request->waiter));
        finish(*request);
        request->self.reset();
        resume_all(std::move(now));
    });
    std::vector<Result<Appended>> outcomes;
    for (Batch& batch : request->batches) outcomes.push_back(std::move(batch.outcome));
    co_return outcomes;
}

void Appender::accept(Request& request, std::span<PartitionBatch> batches,
                      std::vector<Status> allowed) {
    request.batches.resize(batches.size());
    request.marks.resize(batches.size());
    for (std::uint32_t i = 0; i < batches.size(); ++i) {
        Batch& batch = request.batches[i];
        batch.partition = batches[i].partition;
        Status accepted = allowed[i];
        if (accepted) accepted = accept_batch(request, i, batches[i]);
        if (!accepted) batch.outcome = std::unexpected(accepted.error());
    }
}

// All of a batch is looked at before any of it is sent.
Status Appender::accept_batch(Request& request, std::uint32_t index, const PartitionBatch& batch) {
    TRY(BatchHeader header, read_batch_header(batch.batch));
    if (header.bytes() != batch.batch.size()) {
        return fail(Errc::corrupt, "bytes behind the record batch");
    }
    TRY(RecordReader reader, RecordReader::open(batch.batch, header));
    std::vector<RecordView> records;
    std::vector<std::vector<HeaderView>> headers;
    records.reserve(static_cast<std::size_t>(header.record_count));
    headers.reserve(records.capacity());
    for (;;) {
        TRY(auto record, reader.next());
        if (!record) break;
        if (bytes_of(*record) - kRecordOverheadBytes > settings_.record_bytes_max ||
            record->headers.size() > kHeadersMax) {
            return fail(Errc::too_large, fmt::format("a record of {} bytes: {} at most",
                                                     bytes_of(*record) - kRecordOverheadBytes,
                                                     settings_.record_bytes_max));
        }
        headers.emplace_back(record->headers.begin(), record->headers.end());
        record->headers = headers.back();
        records.push_back(*record);
    }
    TRY(auto producer, this->producer());
    std::size_t bytes = batch.batch.size() + records.size() * kRecordOverheadBytes;
    if (held_bytes_.fetch_add(bytes) > settings_.append_bytes_max) {
        held_bytes_ -= bytes;
        return fail(Errc::unavailable, fmt::format("{}: {} bytes wait for the brokers already",
                                                   settings_.shown(), held_bytes_.load()));
    }
    request.batches[index].held_bytes = bytes;
    request.batches[index].outcome->offsets.resize(records.size());
    send(*producer, request, index, records);
    return {};
}

void Appender::send(Producer& producer, Request& request, std::uint32_t index,
                    std::span<const RecordView> records) {
    Batch& batch = request.batches[index];
    auto topic = producer.topic(batch.partition.topic);
    if (!topic) {
        batch.outcome = std::unexpected(topic.error());
        return;
    }
    std::vector<Mark>& marks = request.marks[index];
    marks.resize(records.size());
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        marks[i] = {&request, index, i};
        ++request.unreported;
        ++producer.unreported;
        ErrorPtr refused =
            ProduceArguments(*topic, batch.partition.partition, records[i], &marks[i])
                .produce(producer.get());
        if (!refused) continue;
        --request.unreported;
        --producer.unreported;
        // Reports of those sent before may write the outcome at the same time; see note_delivery.
        std::scoped_lock lock(mutex_);
        batch.outcome = std::unexpected(producer.handle().failure(
            rd_kafka_error_code(refused.get()), rd_kafka_error_string(refused.get())));
        return;
    }
}

void Appender::note_delivery(const Producer& producer, const rd_kafka_message_t& message) {
    auto& mark = *static_cast<Mark*>(message._private);
    Request& request = *mark.request;
    Batch& batch = request.batches[mark.batch];
    {
        std::scoped_lock lock(mutex_);
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && batch.outcome) {
            batch.outcome =
                std::unexpected(whole_batch_error(message.err, rd_kafka_message_status(&message),
                                                  producer.handle().failure(message.err)));
        } else if (batch.outcome) {
            batch.outcome->offsets[mark.record] = message.offset;
        }
    }
    --const_cast<Producer&>(producer).unreported;
    if (request.unreported.fetch_sub(1) != 1) return;
    std::shared_ptr<Request> self = std::move(request.self);
    finish(request);
    finished_.push_back(std::move(*request.waiter));
}

void Appender::finish(Request& request) {
    Timestamp now_ms = clock_.now_ms();
    for (Batch& batch : request.batches) {
        held_bytes_ -= std::exchange(batch.held_bytes, 0);
        if (!batch.outcome) continue;
        Appended& appended = *batch.outcome;
        appended.base_offset = appended.offsets.front();
        appended.append_time_ms = now_ms;
        ends_.note_appended(batch.partition, appended.offsets.back() + 1);
    }
}

void Appender::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return has_events_ || is_stopping_; });
        if (is_stopping_) return;
        has_events_ = false;
        std::vector<std::shared_ptr<Producer>> serving = retired_;
        serving.push_back(producer_);
        lock.unlock();
        for (const auto& producer : serving) producer->handle().poll();
        resume_all(std::exchange(finished_, {}));
        lock.lock();
        std::erase_if(retired_, [](const auto& producer) { return producer->unreported == 0; });
        lock.unlock();
        serving.clear();  // ends those without the lock, which their threads may want
        lock.lock();
    }
}

// The producer's own picture of a topic made anew is of the old one, until it looks.
void Appender::know_topic(const std::string& topic) {
    std::shared_ptr<Producer> producer;
    {
        std::scoped_lock lock(mutex_);
        producer = producer_;
    }
    auto handle = producer->topic(topic);
    if (!handle) return;
    const struct rd_kafka_metadata* metadata = nullptr;
    auto code = rd_kafka_metadata(producer->get(), 0, *handle, &metadata,
                                  static_cast<int>(settings_.request_timeout_ms));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
}

void Appender::forget_topic(const std::string& topic) {
    std::scoped_lock lock(mutex_);
    producer_->forget_topic(topic);
}

Status Appender::check() {
    std::scoped_lock lock(mutex_);
    char text[512];
    auto code = rd_kafka_fatal_error(producer_->get(), text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return std::unexpected(failure_of(code, text, settings_.shown()));
}

// Reports are served on this thread from here on.
void Appender::close(std::chrono::milliseconds grace) {
    std::vector<std::shared_ptr<Producer>> all;
    {
        std::scoped_lock lock(mutex_);
        if (std::exchange(is_stopping_, true) || !thread_.joinable()) return;
        changed_.notify_all();
        all = retired_;
        all.push_back(producer_);
    }
    thread_.join();
    for (const auto& producer : all) {
        rd_kafka_flush(producer->get(), static_cast<int>(grace.count()));
        rd_kafka_purge(producer->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(producer->get(), static_cast<int>(settings_.request_timeout_ms));
    }
    resume_all(std::exchange(finished_, {}));
}

}  // namespace pinflow::kafka
