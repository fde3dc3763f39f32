#include <framespool/data.h>
#include <gmock/gmock.h>

namespace framespool {
namespace {

using testing::AllOf;
using testing::HasSubstr;

SchemaPtr Of(DataType type, bool optional = false) {
  return std::make_shared<const Schema>(Schema{.type = type, .optional = optional});
}

/// A person with a name, an optional age, and what the cameras saw of them.
SchemaPtr PersonSchema() {
  const auto seen = std::make_shared<const Schema>(
      Schema{.type = DataType::kMap, .keys = Of(DataType::kString), .values = Of(DataType::kInt64)});
  const auto tags = std::make_shared<const Schema>(Schema{.type = DataType::kArray, .values = Of(DataType::kString)});
  return std::make_shared<const Schema>(Schema{
      .type = DataType::kStruct,
      .name = "example.Person",
      .version = 2,
      .fields = {{"name", Of(DataType::kString)}, {"age", Of(DataType::kInt8, true)}, {"seen", seen}, {"tags", tags}}});
}

Struct Person(const SchemaPtr& schema) {
  return {schema,
          {Datum("Ada"), Datum(), Datum(Map{{Datum("door"), Datum(std::int64_t{3})}}), Datum(Array{Datum("a")})}};
}

TEST(Data, TellsTheTypeOfEachValueInConnectsWords) {
  const auto name = [](const Datum& datum) { return datum.type() ? NameOf(*datum.type()) : "null"; };
  EXPECT_EQ(name(Datum()), "null");
  EXPECT_EQ(name(Datum(std::int8_t{1})), "int8");
  EXPECT_EQ(name(Datum(std::int16_t{1})), "int16");
  EXPECT_EQ(name(Datum(std::int32_t{1})), "int32");
  EXPECT_EQ(name(Datum(std::int64_t{1})), "int64");
  EXPECT_EQ(name(Datum(1.0F)), "float32");
  EXPECT_EQ(name(Datum(1.0)), "float64");
  EXPECT_EQ(name(Datum(true)), "boolean");
  EXPECT_EQ(name(Datum("text")), "string");
  EXPECT_EQ(name(Datum(TextPayload("bytes"))), "bytes");
  EXPECT_EQ(name(Datum(Array())), "array");
  EXPECT_EQ(name(Datum(Map())), "map");
  EXPECT_EQ(name(Datum(Struct())), "struct");
}

TEST(Data, FindsTheFieldsOfAStructByTheirNames) {
  const Struct person = Person(PersonSchema());
  ASSERT_NE(person.Find("name"), nullptr);
  EXPECT_EQ(std::get<std::string>(person.Find("name")->is), "Ada");
  EXPECT_TRUE(person.Find("age")->is_null());
  EXPECT_EQ(person.Find("height"), nullptr);
  EXPECT_EQ(Struct().Find("name"), nullptr);
}

TEST(Data, IsAsItsSchemaSays) {
  const SchemaPtr schema = PersonSchema();
  EXPECT_EQ(SchemaProblem(*schema, Datum(Person(schema))), "");
}

TEST(Data, NamesThePlaceThatIsNotAsItsSchemaSays) {
  const SchemaPtr schema = PersonSchema();
  const auto problem = [&](std::size_t field, Datum value) {
    Struct person = Person(schema);
    person.values[field] = std::move(value);
    return SchemaProblem(*schema, Datum(person));
  };
  EXPECT_EQ(problem(0, Datum()), "the value.name must not be null: its schema is not optional");
  EXPECT_EQ(problem(1, Datum(std::int64_t{30})), "the value.age must be int8, but is int64");
  EXPECT_THAT(problem(2, Datum(Map{{Datum(std::int8_t{1}), Datum(std::int64_t{1})}})),
              AllOf(HasSubstr("the value.seen, entry 0, key"), HasSubstr("must be string, but is int8")));
  EXPECT_THAT(problem(2, Datum(Map{{Datum("door"), Datum("3")}})), HasSubstr("entry 0, value must be int64"));
  EXPECT_EQ(problem(3, Datum(Array{Datum("a"), Datum(1.5)})), "the value.tags[1] must be string, but is float64");
  Struct person = Person(schema);
  person.values.pop_back();
  EXPECT_EQ(SchemaProblem(*schema, Datum(person)), "the value must have 4 fields, but has 3");
}

}  // namespace
}  // namespace framespool
