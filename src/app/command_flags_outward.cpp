// SPDX-License-Identifier: Apache-2.0
// From here to elsewhere: migrate, config, export.
#include <CLI/CLI.hpp>

#include "app/command_flag_words.h"

namespace pinflow::app {
namespace {

void add_migrating(CLI::App& app, Flags& flags) {
    auto* family =
        add_family(app, "migrate", "Bring what is here to where another profile keeps it", R"(
  pinflow migrate topics --to aws       every record of every topic, compared when all is there)");
    auto* topics = add(*family, "topics", "Records of this profile's topics into another's", R"(
  pinflow migrate topics --to aws       the server stopped; Ctrl-C, and the same command goes on
  pinflow migrate topics --to aws --topic demo.pin
  pinflow migrate topics --profile aws --to local    and back)");
    takes(topics->add_option("--to", flags.migrate.to, "The profile that says where")->required(),
          "PROFILE");
    takes(topics->add_option("--topic", flags.migrate.topics, "Only this one; may be said again"),
          "TOPIC");
    runs(topics, flags, OnStop::finish,
         [&flags](Context&& context) { return command_migrate_topics(context, flags.migrate); });
}

void add_config_import(CLI::App& config, Flags& flags) {
    auto* import = add(config, "import", "The files you have already, as settings", R"(
  pinflow config import db_creds.yaml client.properties connector.properties
  pinflow config import ~/keys/* --profile aws --into pinflow.yaml --keep-secrets)");
    auto& options = flags.config_import;
    takes(import->add_option("files", options.files,
                             "db_creds.yaml, client.properties, kafka-rest.properties, the sink "
                             "connector's properties, an access key's CSV, .env"),
          "FILE")
        ->required();
    takes(import->add_option("--into", options.into,
                             "Write them into this settings file, behind what is there [stdout]"),
          "FILE");
    import->add_flag("--keep-secrets", options.keeps_secrets,
                     "Put passwords into files of the data directory that only you may read");
    import->callback([&flags] {
        flags.run_alone = [&flags] {
            ConfigImportOptions told = flags.config_import;
            told.profile = flags.settings.profile;
            told.data_dir = flags.data_dir;
            told.json = flags.json;
            told.is_quiet = flags.quiet;
            return command_config_import(told);
        };
    });
}

void add_config(CLI::App& app, Flags& flags) {
    auto* config = add_family(app, "config", "Settings: which hold, and which there are", R"(
  pinflow config show --resolved        every setting with its value and where it comes from
  pinflow config sample > pinflow.yaml
  pinflow config schema > pinflow.schema.json)");
    auto* show = add(*config, "show", "What was set (as YAML), and where");
    show->add_flag("--resolved", flags.resolved, "Every setting, also those at their defaults");
    show->callback([&flags] {
        flags.run_on_settings = [&flags](const ReadSettings& read) {
            return command_config_show(read, flags.resolved, flags.json);
        };
    });
    auto add_text = [&](const char* name, const char* text, ConfigText what) {
        add(*config, name, text)->callback([&flags, what] {
            flags.run_alone = [what] { return command_config_text(what); };
        });
    };
    add_text("schema", "JSON Schema of a settings file, for editors", ConfigText::schema);
    add_text("sample", "A settings file with every default, commented", ConfigText::sample);
    add_text("reference", "docs/settings.md", ConfigText::reference);
    add_config_import(*config, flags);
}

void add_export_airflow(CLI::App& exports, Flags& flags) {
    auto* airflow = add(exports, "airflow", "The daily graph as a DAG of Apache Airflow 2 or 3", R"(
  pinflow export airflow --output ~/airflow/dags
  pinflow export airflow --tasks databricks --notebook-path /Users/you@example.com/pinterest)");
    auto& options = flags.export_airflow;
    takes(airflow->add_option("--output", options.output,
                              "A file, or a folder for <user>_dag.py [stdout]"),
          "FILE|FOLDER");
    airflow
        ->add_option("--tasks", options.tasks,
                     "Who works: pinflow, Spark beside it, or a notebook on Databricks")
        ->capture_default_str()
        ->check(CLI::IsMember({"pinflow", "spark", "databricks"}));
    airflow->add_option("--notebook-path", options.notebook_path, "The notebook, of databricks");
    airflow->add_option("--cluster-id", options.cluster_id,
                        "Databricks' existing cluster [a new one for each run]");
    airflow->add_option("--dag-id", options.dag_id, "The DAG's name [<user>_dag]");
    airflow->add_option("--start-date", options.start_date,
                        "Its first date, as 2026-11-25 [today]");
    takes(airflow->add_option("--program", options.program,
                              "Where the workers find pinflow [this program's path]"),
          "FILE");
    runs(airflow, flags, OnStop::end_at_once, [&flags](Context&& context) {
        return command_export_airflow(context, flags.export_airflow);
    });
}

void add_exports(CLI::App& app, Flags& flags) {
    auto* exports = add_family(app, "export", "Write the pipeline for other tools");
    add_export_airflow(*exports, flags);
    runs(add(*exports, "dbml", "Source and tables as DBML, for dbdocs"), flags, OnStop::end_at_once,
         [](Context&& context) { return command_export_dbml(context); });
    auto* spark =
        add(*exports, "spark", "The pipeline as a PySpark application: batch and stream", R"(
  pinflow export spark
  pinflow export spark --output ~/spark-pipeline
  pinflow export spark --check          does Spark answer as we do?)");
    takes(spark->add_option("--output", flags.export_spark.output, "Where to write it")
              ->capture_default_str(),
          "FOLDER");
    spark->add_flag(
        "--check", flags.export_spark.check,
        "Write nothing: run the SQL here and on Spark over trial records, and tell what "
        "differs");
    runs(spark, flags, OnStop::finish,
         [&flags](Context&& context) { return command_export_spark(context, flags.export_spark); });
}

}  // namespace

void add_outward(CLI::App& app, Flags& flags) {
    add_migrating(app, flags);
    add_config(app, flags);
    add_exports(app, flags);
}

}  // namespace pinflow::app
