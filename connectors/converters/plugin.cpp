#include <framespool/plugin.h>

#include "json_converter.h"
#include "number_converters.h"
#include "text_converters.h"

namespace {

using namespace framespool;
using namespace framespool::converters;

}  // namespace

FRAMESPOOL_PLUGIN("0.1.0", ConverterOf<BooleanConverter>("BooleanConverter", "One byte, 0 or 1."),
                  ConverterOf<ByteArrayConverter>("ByteArrayConverter", "Bytes as they are."),
                  ConverterOf<DoubleConverter>("DoubleConverter", "A float64 of eight bytes."),
                  ConverterOf<FloatConverter>("FloatConverter", "A float32 of four bytes."),
                  ConverterOf<IntegerConverter>("IntegerConverter", "An int32 of four bytes."),
                  ConverterOf<JsonConverter>("JsonConverter", "JSON, with schemas or without."),
                  ConverterOf<LongConverter>("LongConverter", "An int64 of eight bytes."),
                  ConverterOf<ShortConverter>("ShortConverter", "An int16 of two bytes."),
                  ConverterOf<StringConverter>("StringConverter", "Text in UTF-8."))
