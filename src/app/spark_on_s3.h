// SPDX-License-Identifier: Apache-2.0
// How Hadoop's S3 client inside Spark (s3a) comes to know our S3 service and its keys.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/settings.h"
#include "base/result.h"

namespace pinflow::app {

// A place as Spark names it: s3a://bucket/prefix, or a folder's whole path.
std::string as_spark_names_it(const std::string& place);

struct SparkOnS3 {
    std::vector<std::string> properties;             // for the command line; no secret
    std::map<std::string, std::string> environment;  // the keys; empty: a name not to be handed on
};

// Of the places that Spark is to use, by its names; nothing where none of them is s3a. Where Spark
// runs on this machine it gets the keys of aws.*, and permission says that there are none; on a
// cluster each machine may have its own, and keys of ours go no further than the driver. Whoever
// says in spark.conf how s3a signs in is left to it.
Result<SparkOnS3> spark_on_s3(const Settings& settings, const std::vector<std::string>& places);

}  // namespace pinflow::app
