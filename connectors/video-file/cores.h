#pragma once

namespace framespool::video_file {

/// How many cores this process may use: its CPU affinity, or the quota of its control group where that is less. At
/// least 1. Any thread.
int CoresGiven();

/// The cores that a control group's quota and period ("150000 100000", "max 100000", "-1 100000") grant, rounded up; 0
/// when it sets no limit.
int CoresOfQuota(const char* cpu_max);

}  // namespace framespool::video_file
