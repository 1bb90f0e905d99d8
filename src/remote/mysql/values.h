// SPDX-License-Identifier: Apache-2.0
// MySQL's values as ours, from the text protocol: it gives every number as MySQL prints it, which
// is what the course's script saw. How each type comes out, by the reading of PyMySQL and
// default=str:
//   TINYINT (also of one digit) … BIGINT, YEAR, BIT   whole numbers; what is past 2^63-1 (BIGINT
//                                                     UNSIGNED, BIT(64)): its digits as text
//   FLOAT                                             FloatText      DOUBLE: double
//   DECIMAL                                           text, all its digits
//   DATETIME, TIMESTAMP (in UTC), DATE                DateTimeText; a fraction as Python prints it:
//                                                     six digits, or none if it is zero
//   0000-00-00 and other dates that are none          the text as it stands
//   TIME, CHAR … LONGTEXT, ENUM, SET, JSON, UUID      text in UTF-8, whatever the table's charset
//   BINARY … LONGBLOB, GEOMETRY                       text if the bytes are UTF-8; else unsupported
//   NULL                                              nothing
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/source_db.h"

namespace pinflow::mysql {

enum class Meaning : std::uint8_t { integer, bits, real, single_float, datetime, text, bytes };

struct ResultColumn {
    std::string name;
    Meaning meaning = Meaning::text;
};

// Of the protocol's type and character set numbers.
Meaning meaning_of(unsigned type, unsigned character_set);

// Of a value that is not NULL. unsupported: bytes that are no UTF-8; corrupt: text that is none, or
// a number that is none. The text names the column.
Result<SourceValue> value_of(const ResultColumn& column, std::string_view bytes);

}  // namespace pinflow::mysql
