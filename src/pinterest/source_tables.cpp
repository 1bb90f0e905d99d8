// SPDX-License-Identifier: Apache-2.0
#include "pinterest/source_tables.h"

namespace pinflow::pinterest {

std::vector<SourceTable> source_tables() {
    using enum SourceColumn::Kind;
    return {
        {"pinterest_data",
         {{"index", integer},
          {"unique_id", text},
          {"title", text},
          {"description", text},
          {"poster_name", text},
          {"follower_count", text},
          {"tag_list", text},
          {"is_image_or_video", text},
          {"image_src", text},
          {"downloaded", integer},
          {"save_location", text},
          {"category", text}}},
        {"geolocation_data",
         {{"ind", integer},
          {"timestamp", datetime},
          {"latitude", single_float},
          {"longitude", single_float},
          {"country", text}}},
        {"user_data",
         {{"ind", integer},
          {"first_name", text},
          {"last_name", text},
          {"age", integer},
          {"date_joined", datetime}}},
    };
}

}  // namespace pinflow::pinterest
