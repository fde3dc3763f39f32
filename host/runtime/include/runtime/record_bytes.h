#pragma once

#include <framespool/record.h>

namespace framespool::runtime {

/// Makes the value of a record null or bytes, as topics hold them: a picture's bytes, and structured data as JSON. The
/// header content-type says which, unless the record has one. Throws RecordRefused for a value that cannot be made
/// bytes.
void MakeBytes(SourceRecord& record);

}  // namespace framespool::runtime
