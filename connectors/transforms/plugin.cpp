#include <framespool/plugin.h>

#include "cast.h"
#include "field_transforms.h"
#include "header_transforms.h"
#include "predicates.h"
#include "routers.h"
#include "shape_transforms.h"
#include "timestamp_converter.h"

namespace {

using namespace framespool;
using namespace framespool::transforms;

}  // namespace

FRAMESPOOL_PLUGIN("0.1.0", TransformOf<Cast>("Cast", "Makes numbers, booleans and texts of each other."),
                  TransformOf<DropHeaders>("DropHeaders", "Removes headers."),
                  TransformOf<ExtractField>("ExtractField", "Puts one field in the place of the whole."),
                  TransformOf<Filter>("Filter", "Leaves records out; its predicate says which."),
                  TransformOf<Flatten>("Flatten", "Makes fields of fields fields of the whole."),
                  TransformOf<HeaderFrom>("HeaderFrom", "Moves or copies fields into headers."),
                  TransformOf<HoistField>("HoistField", "Makes the whole a field."),
                  TransformOf<InsertField>("InsertField", "Adds fields with topic, offset, time or a fixed text."),
                  TransformOf<InsertHeader>("InsertHeader", "Adds a header."),
                  TransformOf<MaskField>("MaskField", "Puts nothing, or a fixed text, where a value was."),
                  TransformOf<RegexRouter>("RegexRouter", "Gives the topic another name, by a regular expression."),
                  TransformOf<ReplaceField>("ReplaceField", "Leaves fields out and renames others."),
                  TransformOf<TimestampConverter>("TimestampConverter",
                                                  "Makes times of each other: text, numbers, Timestamp."),
                  TransformOf<TimestampRouter>("TimestampRouter", "Puts the record's time into the topic's name."),
                  TransformOf<ValueToKey>("ValueToKey", "Makes a new key of some of the value's fields."),
                  PredicateOf<EveryNth>("EveryNth", "Of so many records the last one."),
                  PredicateOf<HasHeaderKey>("HasHeaderKey", "Records with a header of a name."),
                  PredicateOf<HeaderMatches>("HeaderMatches", "Records with a header whose value fits a pattern."),
                  PredicateOf<RecordIsTombstone>("RecordIsTombstone", "Records whose value is null."),
                  PredicateOf<SizeAbove>("SizeAbove", "Records whose value is larger than that."),
                  PredicateOf<TopicNameMatches>("TopicNameMatches", "Records of topics whose name fits a pattern."))
