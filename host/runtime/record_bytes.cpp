#include "runtime/record_bytes.h"

#include <base/data_json.h>
#include <base/trace.h>
#include <broker/broker.h>

namespace framespool::runtime {

namespace {

void SetContentType(SourceRecord& record, const std::string& type) {
  if (!FindHeader(record.headers, "content-type")) record.headers.push_back({"content-type", type});
}

}  // namespace

void MakeBytes(SourceRecord& record) {
  try {
    if (const auto picture = record.value.picture()) {
      record.value = picture->bytes();
      SetContentType(record, picture->content_type());
    } else if (const auto data = record.value.data()) {
      if (data->schema) {
        if (const std::string problem = SchemaProblem(*data->schema, data->value); !problem.empty()) {
          throw std::invalid_argument(problem);
        }
      }
      record.value = TextPayload(ToJson(*data));
      SetContentType(record, "application/json");
    }
  } catch (const std::exception& error) {
    throw broker::RecordRefused("the value of a record for topic " + record.topic +
                                " cannot be written as bytes: " + base::WhatOf(error));
  }
}

}  // namespace framespool::runtime
