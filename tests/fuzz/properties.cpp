// Text of a .properties file: anything is read, and what was read can be kept as JSON and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <base/fields_json.h>
#include <framespool/properties.h>

#include "expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = framespool::ParseProperties({reinterpret_cast<const char*>(data), size});
  // What is no UTF-8 is replaced, once.
  const auto kept = framespool::ConfigFromJson(framespool::ToJson(config));
  framespool::fuzz::Expect(kept.size() <= config.size() && kept.empty() == config.empty(), "each key is kept");
  framespool::fuzz::Expect(framespool::ConfigFromJson(framespool::ToJson(kept)) == kept,
                           "a config that was kept is the same when it is read");
  return 0;
}
