// SPDX-License-Identifier: Apache-2.0
// The PySpark application as files: the fixed programs of application/, the pipeline as data, and
// its SQL letter for letter.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "record/pipeline.h"

namespace pinflow::spark {

// One pair that works together, tried by tests/scenario/spark_engine.py.
inline constexpr const char* kSparkVersion = "4.2.0";
inline constexpr const char* kDeltaPackage = "io.delta:delta-spark_4.2_2.13:4.4.0";
inline constexpr const char* kKafkaPackage = "org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0";
// hadoop-aws of the Hadoop that Spark brings, and of the SDK that it was built with those modules
// that it uses: its own choice, the bundle, is all of AWS in 600 MB and is left out.
inline constexpr const char* kS3Packages =
    "org.apache.hadoop:hadoop-aws:3.5.0,software.amazon.awssdk:s3:2.35.4,"
    "software.amazon.awssdk:s3-transfer-manager:2.35.4,software.amazon.awssdk:sts:2.35.4";
inline constexpr const char* kS3PackageLeftOut = "software.amazon.awssdk:bundle";

struct ApplicationFile {
    std::string name;  // "clean/pin.sql"
    std::string bytes;
};

// What pipeline.json says: kinds and questions, with the names of their SQL files.
std::string pipeline_json(const Pipeline& pipeline);

// All of them, by name: README.md, the programs, pipeline.json, clean/<kind>.sql,
// questions/<name>.sql.
std::vector<ApplicationFile> application_files(const Pipeline& pipeline);

// Writes them into the folder, which is made; files of these names are replaced. io names the file.
Status write_application(const Pipeline& pipeline, const std::string& folder);

// Where the pipeline has the SQL that the application calls "clean/pin.sql"; else the name itself.
std::string original_file(const Pipeline& pipeline, const std::string& name);

}  // namespace pinflow::spark
