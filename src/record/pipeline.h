// SPDX-License-Identifier: Apache-2.0
// A pipeline as data: what pipelines/<name>/pipeline.yaml says, as values. app/ reads the file;
// batch/ and stream/ work from this and name no kind of record themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.h"

namespace pinflow {

// How a stream client may have wrapped its JSON: as a JSON string of JSON, or as base64 text.
enum class Unwrap { json_string, base64 };

// How stored JSON becomes typed columns.
struct RecordShape {
    Schema columns;                          // by name; unknown fields of a record are ignored
    std::string key;                         // a whole-number column that every record must have
    std::vector<std::string> key_fallbacks;  // fields to take the key from when it is absent, if at
                                             // least one other declared column is present
    std::vector<Unwrap> unwrap;              // tried in this order on a document that is a string
};

// Which objects a run of the batch reads, and what it does with the rows that are there.
enum class Load {
    all,       // all objects; the table is replaced
    only_new,  // those not read before; the table is made anew from all records read so far
    by_date,   // those last changed on the run's date; the rows of that date's last run are replaced
};

// "all", "new", "by_date": the spellings of pipeline.yaml.
std::string_view name_of(Load load);
std::optional<Load> load_named(std::string_view name);

struct PipelineKind {
    std::string name;          // "pin"
    std::string source_table;  // the table in the post database
    std::string topic;         // "{user}.pin"
    std::string stream;        // "streaming-{user}-pin"
    std::string table;         // the batch's table: "pin"
    std::string stream_table;  // "{user}_pin_table"
    std::string view;          // the name questions use: "pin", "users"
    Load load = Load::all;
    RecordShape shape;
    std::string clean_sql;   // one `select … from raw`: one record in, one row out
    std::string clean_file;  // where it came from, for messages
    Schema cleaned;          // the table's columns, in order
};

struct Question {
    std::string name;  // "q4_top_category_per_country"
    std::string title;
    std::string sql;  // one select over the kinds' views
    std::string file;
};

// One `pinflow test` case: records in, rows and refusals out.
struct PipelineTest {
    std::string name;
    std::string file;
    std::string kind;
    std::vector<std::string> records;      // documents as they arrive, in order
    std::vector<std::string> rows;         // the cleaned rows expected, as JSON objects
    std::vector<std::string> quarantined;  // a part of each refusal's reason, in order
};

// When the daily graph runs, and with how much patience. Without a cron line it runs by hand alone.
struct PipelineSchedule {
    std::string cron;                          // "@daily", "30 2 * * mon-fri"; empty: never
    std::string time_zone = "UTC";             // a name of the tz database
    int retries = 1;                           // of each step
    std::int64_t retry_delay_ms = 120'000;     // before a step is tried again
    std::int64_t step_timeout_ms = 3'600'000;  // of each attempt
    std::string cron_place, zone_place;        // "pipelines/mine/pipeline.yaml:12:9", for messages
    bool catch_up = false;                     // after a pause: every missed run, or the newest
};

struct Pipeline {
    std::string name;
    std::vector<PipelineKind> kinds;
    std::vector<Question> questions;
    std::vector<PipelineTest> tests;
    PipelineSchedule schedule;
};

// "streaming-{user}-pin" with user "ab" -> "streaming-ab-pin".
std::string expand_user(std::string_view pattern, std::string_view user);

// The user of "streaming-ab-pin" by that pattern -> "ab"; nothing when it does not fit or the user
// would be empty.
std::optional<std::string> match_user(std::string_view pattern, std::string_view text);

}  // namespace pinflow
