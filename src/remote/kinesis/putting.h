// SPDX-License-Identifier: Apache-2.0
// Records into a stream, by PutRecords: at most kPutRecordsMax and kPutBytesMax a request, one
// request after the other, in the order given.
//
// What is promised, and what is not (AWS's own words: "PutRecords doesn't guarantee the ordering of
// records"):
//   - A record that AWS refuses alone (throttled, or a failure of its own) is put again, for
//     kRetryForUs, with growing pauses. It then stands behind records of its key that were behind
//     it in the same put and were accepted; those of one key that were refused keep their order
//     among themselves, for of each key only one is under way then.
//   - Where nothing was refused, records of a key stand in their order.
//   - A request whose answer did not come may have been stored. It is never sent twice: its records
//     have the outcome timed_out ("unknown"), and whoever puts them again accepts that they may be
//     there twice. AWS has nothing that would tell.
//   - Behind a request that failed as a whole nothing more is sent: unavailable.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/task.h"
#include "ports/shard_stream.h"
#include "remote/kinesis/answers.h"
#include "remote/kinesis/api.h"

namespace pinflow::kinesis {

// One put; it lives in the frame of the Task.
class Putting final {
public:
    Putting(Api& api, std::string stream, std::vector<StreamRecord> records);

    Task<Result<std::vector<Result<StoredAt>>>> run();

private:
    using Places = std::vector<std::size_t>;  // of records in the put

    void refuse_bad_ones();
    std::vector<Places> requests() const;
    Task<Status> put_request(Places places);
    Task<Status> put_again(Places refused, std::int64_t began_us);
    Task<Status> put_halves(Places places);
    Task<Reply<PutAnswer>> send(const Places& places);
    Places take_outcomes(const Places& places, PutAnswer answer, bool may_retry);
    Places first_of_each_key(Places& refused) const;
    void fail_unsent(const Error& cause);
    std::string body_of(const Places& places) const;

    Api& api_;
    const std::string stream_;
    const std::vector<StreamRecord> records_;
    std::vector<Result<StoredAt>> outcomes_;
    std::vector<bool> is_decided_;
};

}  // namespace pinflow::kinesis
