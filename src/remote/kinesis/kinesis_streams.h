// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/shard_stream.h"
#include "remote/kinesis/api.h"
#include "remote/kinesis/reading.h"
#include "remote/kinesis/settings.h"

namespace pinflow::kinesis {

// Streams of AWS Kinesis Data Streams, or of whatever speaks its API (JSON 1.1). Any reactor may
// call; none is blocked. Every error names the endpoint, the operation and the stream, never a
// secret.
class KinesisStreams final : public ShardStream {
public:
    // invalid_argument, naming the setting. Connects to nothing. `clock` outlives the streams; its
    // wall time must be right within five minutes, for the signatures.
    static Result<std::unique_ptr<KinesisStreams>> open(KinesisSettings settings, Clock& clock);

    // A key is ignored: AWS has none. What is promised otherwise: putting.h.
    Task<Result<std::vector<Result<StoredAt>>>> put(std::string stream,
                                                    std::vector<StreamRecord> records,
                                                    IdempotencyKey key) override;
    Task<Result<ShardPosition>> position(std::string stream, std::string shard_id,
                                         ShardStart start) override;
    Task<Result<ShardRead>> read(std::string stream, std::string shard_id, ShardPosition from,
                                 ShardLimits limits) override;

    // Complete when the stream is ACTIVE, or gone; timed_out after kStreamChangeUs. An on-demand
    // stream has the shards that AWS gives it, whatever `shards` is.
    Task<Result<StreamInfo>> create_stream(std::string name, std::int32_t shards) override;
    Task<Status> remove_stream(std::string name) override;
    // unavailable while the stream is being made, not_found while it is being removed.
    Task<Result<StreamInfo>> describe_stream(std::string name) override;
    Task<Result<std::vector<std::string>>> list_streams() override;

    // Asks for what the pipeline will need, of each of these streams: the name resolves, the
    // service answers, the signature is good, and the account may list and describe. Changes
    // nothing; whether records may be put is not tried. not_found: one of them is not there.
    Task<Status> check(std::vector<std::string> streams);

    // All that is under way, and all that comes, is cancelled soon. When it returns no other thread
    // works for a caller any more: reactors may go then. Any thread.
    void stop() { api_.stop(); }

private:
    KinesisStreams(const KinesisSettings& settings, Endpoint endpoint, Clock& clock);

    Task<Reply<SummaryAnswer>> summary_of(std::string name);
    Task<Result<std::vector<ShardInfo>>> shards_of(std::string name);
    Task<Result<StreamInfo>> await_active(std::string name);
    Task<Status> pause_between_looks(std::string place, std::int64_t began_us,
                                     std::int64_t& pause_us);

    const StreamMode new_streams_;
    Api api_;
    Reading reading_;
};

}  // namespace pinflow::kinesis
