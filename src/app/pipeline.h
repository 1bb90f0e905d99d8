// SPDX-License-Identifier: Apache-2.0
// The running program: every station of the pipeline, built in data order, and stopped in the same.
#pragma once

#include <memory>
#include <string>

#include "app/data_directory.h"
#include "app/settings.h"
#include "base/result.h"
#include "ports/event_log.h"
#include "ports/shard_stream.h"
#include "record/ledger.h"
#include "record/pipeline.h"

namespace pinflow::app {

struct Addresses {
    std::string gateway;  // "127.0.0.1:41231"
    std::string admin;
};

// {"gateway":"…","aws":null,"kafka":null,"admin":"…"}: null is not built yet.
std::string addresses_json(const Addresses& addresses);

// {"read":…,"written":…,"quarantined":…,"duplicates":…,"late":…}
std::string ledger_json(const Ledger& ledger);

struct LakeAccess;

class RunningPipeline {
public:
    // Opens the log (recovering it), the books, the lake; starts sink, stream and servers. When it
    // returns, the gateway answers. busy: the directory is taken; corrupt: the log is damaged.
    static Result<std::unique_ptr<RunningPipeline>> open(const Settings& settings,
                                                         const Pipeline& definition,
                                                         const DataDirectory& directory);
    virtual ~RunningPipeline() = default;

    virtual Addresses addresses() const = 0;
    virtual EventLog& topics() = 0;
    virtual ShardStream& streams() = 0;
    virtual LakeAccess& lake() = 0;

    // All that was accepted before the call is in objects when it returns.
    virtual Status flush_sink() = 0;
    // All that was put before the call is in tables when it returns.
    virtual Status drain_stream() = 0;

    // The stream job's ledgers summed over its tables.
    virtual Result<Ledger> stream_ledger() = 0;

    // Stops taking requests, flushes the sink, stops the stream, closes the log. Once.
    virtual Status close() = 0;

    // A step of a run did not end when it was told to: the process must end without waiting for it.
    virtual bool has_stuck_step() const = 0;

    // The reason why the server must end (a failed fsync), if there is one.
    virtual Status health() = 0;
};

}  // namespace pinflow::app
