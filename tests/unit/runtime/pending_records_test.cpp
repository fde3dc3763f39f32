#include <gmock/gmock.h>
#include <pending_records.h>

namespace framespool::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Fields kPending{{"stream", std::int64_t{1}}};

TEST(PendingRecords, TellsOfRecordsInTheirOrderWhenAllBeforeThemAreThere) {
  const auto record = [](std::int64_t next) {
    SourceRecord made;
    made.source_partition = kPending;
    made.source_offset = {{"next", next}};
    return made;
  };
  PendingRecords pending;
  pending.Sent(record(1));
  pending.Filtered(record(2));
  pending.Sent(record(3));
  pending.Filtered(record(4));
  EXPECT_THAT(pending.Take().records, IsEmpty());
  pending.Acknowledged(record(3));
  EXPECT_THAT(pending.Take().records, IsEmpty());
  pending.Acknowledged(record(1));
  const auto settled = pending.Take();
  EXPECT_EQ(settled.records.size(), 4U);
  EXPECT_THAT(settled.passed, ElementsAre(std::pair(kPending, Fields{{"next", std::int64_t{4}}})));
  pending.Filtered(record(5));
  pending.Sent(record(6));
  EXPECT_THAT(pending.Take().passed, IsEmpty()) << "a later record is under way and will carry its own offset";
  pending.LeftOut(record(6));
  const auto rest = pending.Take();
  EXPECT_EQ(rest.records.size(), 0U) << "5 was told before";
  EXPECT_THAT(rest.passed, ElementsAre(std::pair(kPending, Fields{{"next", std::int64_t{6}}})));
}

}  // namespace
}  // namespace framespool::runtime
