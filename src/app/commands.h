// SPDX-License-Identifier: Apache-2.0
// The commands, one a file. Each takes what the command line said and gives the exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/data_directory.h"
#include "app/settings_sources.h"
#include "app/terminal.h"
#include "record/pipeline.h"

namespace pinflow::app {

// What every command knows: made once, from flags > environment > file > defaults.
struct Context {
    Settings settings;
    DataDirectory directory;
    Pipeline pipeline;
    struct Sources {
        std::string file;  // the settings file; empty: none
        std::string profile;
        std::vector<std::string> profiles;  // that the file declares
    } sources;
    bool json = false;
    bool quiet = false;
};

struct SeedOptions {
    std::int64_t rows = 11'154;
    std::uint64_t seed = 100;
    std::string file;      // empty: the data directory's source.sqlite
    std::string into;      // a database's URL, or a file; empty: `file`
    bool replace = false;  // tables that are there already, in a database
};
Exit command_seed(const Context& context, const SeedOptions& options);

struct UpOptions {
    std::string ready_file;
    bool accept_data_loss = false;
    bool moved = false;
};
Exit command_up(const Context& context, const UpOptions& options);

struct EmulateOptions {
    std::string url;  // empty: the running server's, by addresses.json
    std::string stage = "test";
    std::string source;  // an SQLite file or a URL; empty: source.url, or the data directory's
    std::string road = "batch";   // batch, stream or both
    std::string walk = "random";  // random or sequential
    std::int64_t rows = -1;       // draws; -1: until stopped
    std::int64_t dice_seed = 100;
    double rate = 0;  // draws a second; 0: the course's pace
    bool no_wait = false;
    int concurrency = 1;
};
Exit command_emulate(const Context& context, const EmulateOptions& options);

struct BatchOptions {
    std::string objects;  // a folder that holds topics/; empty: the bucket of the settings
    std::string date;     // "2024-02-29", for kinds loaded by date; empty: today in the zone
    std::string engine;   // embedded or spark; empty: batch.engine
};
Exit command_batch_run(const Context& context, const BatchOptions& options);

struct RunStartOptions {
    std::string date;      // empty: today in the schedule's zone
    std::string from, to;  // both or none: a backfill
    bool no_wait = false;  // refuse rather than queue behind a live run
    bool again = false;    // also what has succeeded
    int retries = -1;      // -1: the pipeline's
};
Exit command_run_start(const Context& context, const RunStartOptions& options);

struct RunStepOptions {
    std::string step;  // load, clean_<kind>, ask
    std::string date;  // empty: today in the schedule's zone
};
Exit command_run_step(const Context& context, const RunStepOptions& options);

struct RunListOptions {
    int limit = 20;
};
Exit command_run_list(const Context& context, const RunListOptions& options);

struct RunShowOptions {
    std::string which;  // a number or a date
    bool with_log = false;
};
Exit command_run_show(const Context& context, const RunShowOptions& options);

struct RunCancelOptions {
    std::string which;
};
Exit command_run_cancel(const Context& context, const RunCancelOptions& options);

struct AskOptions {
    std::string question;          // a name or the beginning of one; empty: all
    std::string format = "table";  // table, csv
};
Exit command_ask(const Context& context, const AskOptions& options);

struct SqlOptions {
    std::string text;
    std::string format = "table";
};
Exit command_sql(const Context& context, const SqlOptions& options);

Exit command_test(const Context& context);

struct CheckOptions {
    bool data = false;     // reads over what a stopped server has stored
    bool connect = false;  // speaks to every service that the settings name
};
Exit command_check(const Context& context, const CheckOptions& options);
Exit command_check_connect(const Context& context);
Exit command_status(const Context& context);
Exit command_doctor(const Context& context);

struct NameOptions {
    std::string name;
};
Exit command_topic_list(const Context& context);
Exit command_topic_describe(const Context& context, const NameOptions& options);
Exit command_stream_list(const Context& context);
Exit command_stream_describe(const Context& context, const NameOptions& options);
Exit command_table_list(const Context& context);
Exit command_table_describe(const Context& context, const NameOptions& options);

// Names for a shell to complete: of "TOPIC", "STREAM", "TABLE", "QUESTION", "PROFILE", "SETTING".
std::vector<std::string> names_known(const Context& context, std::string_view kind);

enum class ConfigText { schema, sample, reference };
Exit command_config_text(ConfigText what);

struct ConfigImportOptions {
    std::vector<std::string> files;
    std::string into;     // a settings file; empty: stdout
    std::string profile;  // empty: settings that hold always
    std::string data_dir;
    bool keeps_secrets = false;
    bool json = false, is_quiet = false;
};
Exit command_config_import(const ConfigImportOptions& options);
Exit command_config_show(const ReadSettings& read, bool resolved, bool json);

Exit command_export_dbml(const Context& context);

struct ExportAirflowOptions {
    std::string output;  // a file, or a folder: <user>_dag.py in it; empty: stdout
    std::string tasks = "pinflow";
    std::string notebook_path, cluster_id;  // of databricks
    std::string dag_id;                     // empty: <user>_dag
    std::string start_date;                 // empty: today in the schedule's zone
    std::string program;                    // empty: this one
};
Exit command_export_airflow(const Context& context, const ExportAirflowOptions& options);

struct ExportSparkOptions {
    std::string output = "spark";  // a folder
    bool check = false;            // compare Spark's answers with ours; nothing is written
};
Exit command_export_spark(const Context& context, const ExportSparkOptions& options);

struct MigrateOptions {
    std::string to;                   // a profile
    std::vector<std::string> topics;  // empty: all
};
Exit command_migrate_topics(const Context& context, const MigrateOptions& options);

struct DemoOptions {
    std::int64_t rows = 1'000;
    std::uint64_t seed = 100;
    bool kill = false;
    bool has_data_dir = false;  // else a fresh numbered directory
};
Exit command_demo(Context context, const DemoOptions& options);

}  // namespace pinflow::app
