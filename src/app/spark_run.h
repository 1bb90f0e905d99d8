// SPDX-License-Identifier: Apache-2.0
// The batch on Spark instead of the embedded engine: the application is written, submitted, and its
// report read back as if the batch had been run here.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "app/data_directory.h"
#include "app/reading.h"
#include "app/settings.h"
#include "record/pipeline.h"

namespace pinflow::app {

// What the settings say of Spark, and where it finds objects and puts tables.
struct SparkPlace {
    Settings settings;
    DataDirectory directory;
    Pipeline pipeline;
    std::string objects_at;  // a folder or s3://…; spark.objects goes before it
};

// Whether batch.engine, or the flag if there is one, says so.
bool is_on_spark(const Settings& settings, const std::string& flag = {});

// For `check --connect`: where it will run, and what can be told of it without running anything.
std::string spark_place(const Settings& settings);
Result<std::string> look_at_spark(const Settings& settings);

// Every kind and every question; blocks until Spark is done or `stop` is requested. Reports are not
// written. Takes no lock. Errors: those of remote/spark (submit.h, databricks.h, report.h).
Result<BatchOutcome> run_on_spark(const SparkPlace& place, std::stop_token stop);

}  // namespace pinflow::app
